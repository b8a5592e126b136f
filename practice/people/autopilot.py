"""Plays a rollback to its end: looks at the channel, does what waits for people, looks again at each change."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from practice.people import forms, judging
from practice.people.cards import Card
from practice.people.cast import Cast
from practice.people.console import Console
from practice.people.deeds import LATER, NOT_YET, Deeds
from practice.people.judging import Kind, Task
from practice.people.letters import Letters
from practice.people.screens import COMMAND, Answered, NotServed, Screens, served
from practice.people.writing import Pen
from practice.workspace.client import WorkspaceClient
from practice.workspace.people import INCIDENT, Person
from practice.workspace.time import steady_seconds

AT_ONCE: Final = 8  # people who press side by side
AGAIN: Final = 3.0  # seconds after which people press again when nothing has come of it
SOON: Final = 0.4  # seconds after which they press again when they were told why
MOST: Final = 6  # times that people try the same thing
LOOK_AGAIN: Final = 1.0  # seconds between two of these looks
LOOK: Final = 0.5  # seconds between two looks when nothing changes
LETTERS: Final = 1.5  # seconds between two looks at the notices
PATIENCE: Final = 75.0  # seconds in which something has to happen; a bot that stumbled tries again after 60


SideBySide = Callable[[Callable[[Iterable[tuple[Task, Person]]], int], Iterable[Any]], Iterable[int]]
"""How several people do what is theirs: `map`, of a pool or the plain one."""


class Stuck(Exception):
    """The rollback doesn't go on, and nothing on the cards waits for anybody who could help."""


@dataclass
class Tried:
    """What became of a task so far: how often it was tried and looked at, when last, and who was refused."""

    times: int = 0
    looks: int = 0
    at: float = -AGAIN
    refused: set[str] = field(default_factory=set)


@dataclass
class Autopilot:
    """Everybody who takes part, played by one.

    Attributes:
        workspace: The practice workspace.
        console: The practice world's consoles.
        files: The folder in which the bot leaves lists and notices for named people.
        pause: Waits so many seconds.
        tell: Called with the stage and its state, at each change of it.
        cast: Who plays.
        patience: Seconds without any progress after which it gives up.
        at_once: How many people press side by side; with 1 everything is done in the caller's own thread.
        presses: How much people have done.
        refusals: What people were told instead of being served, one line each.
        hitches: What was no longer on the screen when somebody reached for it, one line each.
    """

    workspace: WorkspaceClient
    console: Console
    files: Path
    pause: Callable[[float], object]
    tell: Callable[[str, str], None] = lambda _stage, _state: None
    cast: Cast = field(default_factory=Cast)
    patience: float = PATIENCE
    at_once: int = AT_ONCE
    presses: int = 0
    refusals: list[str] = field(default_factory=list)
    hitches: list[str] = field(default_factory=list)
    _tried: dict[tuple[str, ...], Tried] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)
    _letters_at: float = 0.0
    _screens: Screens = field(init=False)
    _deeds: Deeds = field(init=False)

    def __post_init__(self) -> None:
        """Seat everybody."""
        self._screens = Screens(self.workspace)
        self._deeds = Deeds(self._screens, self.console, self.files, self.pause, self.cast, self.cards)

    def start(self) -> str:
        """The incident commander starts a rollback; returns its number.

        Raises:
            Stuck: It was refused.
            TimeoutError: No dialog came.
            NotServed: The bot was away when the dialog was sent; whether it began is seen in the channel.
        """
        commander = self.cast.first("IC")
        self.workspace.slash(commander.id, INCIDENT, COMMAND, "start")
        view = self._screens.dialog(commander)
        seen = served(self.workspace.submit(commander.id, view["id"], forms.fill(view, Pen(self.console.world()))))
        if seen.problems or seen.error:
            raise Stuck(f"the start dialog was refused: {seen.error or ' '.join(seen.problems.values())}")
        self.presses += 1
        return self.workspace.wait_for(lambda: next((c.number for c in self.cards() if c.number), None))

    def cards(self) -> list[Card]:
        """The messages in the incident channel, oldest first."""
        return [Card.of(message) for message in self.workspace.messages(INCIDENT) if message.get("blocks")]

    def play(self, until: Callable[[list[Card]], bool] = judging.is_over) -> None:
        """Go on until `until` holds of the cards.

        Raises:
            Stuck: Nothing happened for `patience` seconds.
        """
        if self.at_once == 1:
            self._play(until, map)
            return
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="people") as people:
            self._play(until, people.map)

    def _play(self, until: Callable[[list[Card]], bool], side_by_side: SideBySide) -> None:
        last = steady_seconds()
        while True:
            version = self.workspace.changes(since=2**53)["version"]
            cards = self.cards()
            if self._report(cards):
                last = steady_seconds()
            if until(cards):
                return
            done = self._try_all(judging.tasks(cards, self.cast), side_by_side) + self._write_letters(cards)
            if done:
                last = steady_seconds()
                continue
            if steady_seconds() - last > self.patience:
                raise Stuck(
                    "\n".join([f"{Stuck.__doc__}", *judging.waits_for(cards), *self.refusals[-5:], *self.hitches[-5:]])
                )
            self.workspace.changes(since=version, wait=LOOK)

    def _report(self, cards: Iterable[Card]) -> bool:
        changed = False
        for stage, state in judging.states(cards).items():
            if self._told.get(stage) != state:
                self._told[stage] = state
                self.tell(stage, state)
                changed = True
        return changed

    def _write_letters(self, cards: Iterable[Card]) -> int:
        """Look after the notices every few seconds."""
        now = steady_seconds()
        if now - self._letters_at < LETTERS:
            return 0
        self._letters_at = now
        live = "tell-users" in judging.states(cards)
        letters = Letters(self.cast, self._screens.type_in)
        done = letters.round(live=live)
        self.presses += len(letters.done)
        self.refusals += letters.refusals
        return done

    def _try_all(self, tasks: Iterable[Task], side_by_side: SideBySide) -> int:
        """Everybody does what is theirs, one thing after another and all people side by side; returns how much.

        At a gate one votes after the other: whoever is needed next is told by the card.
        """
        theirs: dict[str, list[tuple[Task, Person]]] = {}
        voting: set[str] = set()
        for task in tasks:
            tried = self._tried.setdefault(task.key, Tried())
            person = next((one for one in task.who if one.id not in tried.refused), None)
            if person is None or tried.times >= MOST or steady_seconds() - tried.at < AGAIN or task.card.ts in voting:
                continue
            if task.kind is Kind.VOTE:
                voting.add(task.card.ts)
            theirs.setdefault(person.id, []).append((task, person))
        self.presses += sum(len(given) for given in theirs.values())
        return sum(side_by_side(self._do_in_turn, theirs.values()))

    def _do_in_turn(self, given: Iterable[tuple[Task, Person]]) -> int:
        return sum(self._try(task, person) for task, person in given)

    def _try(self, task: Task, person: Person) -> bool:
        """Have a person do a task; returns whether something was done."""
        tried = self._tried[task.key]
        tried.times, tried.at = tried.times + 1, steady_seconds()
        try:
            refused = self._deeds.do(task, person, tried.looks)
        except NOT_YET as why:
            tried.times, tried.looks = tried.times - 1, tried.looks + 1
            tried.at += LOOK_AGAIN - AGAIN
            self._hitch(task, person, why)
            return False
        except (*LATER, NotServed) as why:
            tried.times -= isinstance(why, NotServed)
            self._screens.put_away(person)
            self._hitch(task, person, why)
            return False
        except Answered as no:
            self._screens.put_away(person)
            refused = str(no)
        if refused:
            self._refused(task, tried, person, refused)
        return not refused

    def _hitch(self, task: Task, person: Person, why: Exception) -> None:
        self.hitches.append(f"{task.card.stage or task.card.gate}, {task.kind} by {person.key}: {why}")

    def _refused(self, task: Task, tried: Tried, person: Person, why: str) -> None:
        """Somebody else tries soon; when all were refused, everybody may again: what was in the way may be gone."""
        self.refusals.append(f"{task.card.stage or task.card.gate}, {task.kind} by {person.key}: {why}")
        tried.refused.add(person.id)
        tried.at += SOON - AGAIN
        if tried.refused >= {one.id for one in task.who}:
            tried.refused.clear()
