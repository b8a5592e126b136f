"""Plays a rollback to its end: looks at the channel, does what waits for people, looks again at each change."""

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from practice.people import forms, judging, security
from practice.people.cards import Card
from practice.people.cast import Cast
from practice.people.console import Console, WorldRefuses
from practice.people.hands import Hands, NotSeen, NotUnderstood
from practice.people.judging import Kind, Task
from practice.people.letters import Letters
from practice.people.writing import Pen, can_be_seen, is_true
from practice.workspace.client import WorkspaceClient
from practice.workspace.inputs import CannotDoThat
from practice.workspace.people import INCIDENT, Person
from practice.workspace.seen import Seen
from practice.workspace.time import steady_seconds

COMMAND: Final = "/rollback"
AT_ONCE: Final = 8  # people who press side by side
AGAIN: Final = 3.0  # seconds after which people press again when nothing has come of it
SOON: Final = 0.4  # seconds after which they press again when they were told why
MOST: Final = 6  # times that people try the same thing
LOOKS: Final = 9  # times that people look before they say that something is not so
LOOK_AGAIN: Final = 1.0  # seconds between two of these looks
SCREEN: Final = 5.0  # seconds that people wait for a dialog
LOOK: Final = 0.5  # seconds between two looks when nothing changes
UNREAD: Final = "not checked by machine"  # how a card says that a system is off
LETTERS: Final = 1.5  # seconds between two looks at the notices
PATIENCE: Final = 75.0  # seconds in which something has to happen; a bot that stumbled tries again after 60


_LIST: Final = re.compile(r"security's list is `?([0-9a-f]{8})")


class NotSoYet(Exception):
    """What a check asks for is not so at the moment; people look again before they say no."""


UNSERVED: Final = frozenset({"dispatch_failed", "operation_timeout"})
"""What Slack shows of a bot that doesn't answer: no word of the bot's, so nobody was refused."""


class Answered(Exception):
    """The bot has answered with a sentence where a dialog was expected."""


class NotServed(Exception):
    """Slack shows that the bot is away, or that it didn't answer in time; it may be back in a moment."""


class Stuck(Exception):
    """The rollback doesn't go on, and nothing on the cards waits for anybody who could help."""


@dataclass
class Tried:
    """What became of a task so far: since when it waits, how often it was tried and looked at, and who was refused."""

    first: float
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
    presses: int = 0
    refusals: list[str] = field(default_factory=list)
    hitches: list[str] = field(default_factory=list)
    _tried: dict[tuple[str, ...], Tried] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)
    _letters_at: float = 0.0
    _since: dict[str, int] = field(default_factory=dict)

    def start(self) -> str:
        """The incident commander starts a rollback; returns its number.

        Raises:
            Stuck: It was refused.
            TimeoutError: No dialog came.
            NotServed: The bot was away when the dialog was sent; whether it began is seen in the channel.
        """
        commander = self.cast.first("IC")
        self.workspace.slash(commander.id, INCIDENT, COMMAND, "start")
        view = self._screen(commander)
        seen = _served(self.workspace.submit(commander.id, view["id"], forms.fill(view, Pen(self.console.world()))))
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
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="people") as people:
            self._play(until, people)

    def _play(self, until: Callable[[list[Card]], bool], people: Executor) -> None:
        last = steady_seconds()
        while True:
            version = self.workspace.changes(since=2**53)["version"]
            cards = self.cards()
            if self._report(cards):
                last = steady_seconds()
            if until(cards):
                return
            done = self._try_all(judging.tasks(cards, self.cast), people) + self._write_letters(cards)
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
        letters = Letters(self.cast, self._typed)
        done = letters.round(live=live)
        self.presses += len(letters.done)
        self.refusals += letters.refusals
        return done

    def _typed(self, person: Person, text: str) -> str:
        """What the bot answers to a command; empty while it is away."""
        seen = self.workspace.slash(person.id, INCIDENT, COMMAND, text)
        return seen.text or seen.words

    def _try_all(self, tasks: Iterable[Task], people: Executor) -> int:
        """Everybody does what is theirs, one thing after another and all people side by side; returns how much."""
        theirs: dict[str, list[tuple[Task, Person]]] = {}
        for task in tasks:
            tried = self._tried.setdefault(task.key, Tried(steady_seconds()))
            person = next((one for one in task.who if one.id not in tried.refused), None)
            if person is not None and tried.times < MOST and steady_seconds() - tried.at >= AGAIN:
                theirs.setdefault(person.id, []).append((task, person))
        under_way = [
            people.submit(lambda given: sum(self._try(*one) for one in given), given) for given in theirs.values()
        ]
        return sum(one.result() for one in under_way)

    def _try(self, task: Task, person: Person) -> bool:
        """Have a person do a task; returns whether something was done."""
        tried = self._tried[task.key]
        tried.times, tried.at = tried.times + 1, steady_seconds()
        self.presses += 1
        try:
            refused = _DO[task.kind](self, task, person)
        except (NotSoYet, security.NoList) as why:
            tried.times, tried.looks = tried.times - 1, tried.looks + 1
            tried.at += LOOK_AGAIN - AGAIN
            self.hitches.append(f"{task.card.stage or task.card.gate}, {task.kind} by {person.key}: {why}")
            return False
        except LATER as why:  # look again later
            self._put_away(person)
            self.hitches.append(f"{task.card.stage or task.card.gate}, {task.kind} by {person.key}: {why}")
            return False
        except Answered as no:
            self._put_away(person)
            self._refused(task, tried, person, str(no))
            return False
        except NotServed as why:
            tried.times -= 1
            self._put_away(person)
            self.hitches.append(f"{task.card.stage or task.card.gate}, {task.kind} by {person.key}: {why}")
            return False
        if refused:
            self._refused(task, tried, person, refused)
        return not refused

    def _refused(self, task: Task, tried: Tried, person: Person, why: str) -> None:
        """Somebody else tries soon; when all were refused, everybody may again: what was in the way may be gone."""
        self.refusals.append(f"{task.card.stage or task.card.gate}, {task.kind} by {person.key}: {why}")
        tried.refused.add(person.id)
        tried.at += SOON - AGAIN
        if tried.refused >= {one.id for one in task.who}:
            tried.refused.clear()

    # Each of these returns the sentence of a refusal, or nothing.

    def _vote(self, task: Task, person: Person) -> str:
        if task.card.gate.startswith("happened:") and not self._seen_done(task.card.gate.partition(":")[2]):
            return "a look at the world says that it did not happen"
        if task.card.button("Read all"):
            return self._read_and_approve(task.card, person)
        seen = self._press(task.card, person, "Approve")
        if not _dialog(task.card, "Approve"):
            return seen.error or ""
        return self._submit(person, self._screen(person), Pen(self.console.world(), number=task.card.number))

    def _read_and_approve(self, card: Card, person: Person) -> str:
        self._press(card, person, "Read all")
        view = self._screen(person)
        while action := forms.buttons(view).get("Next page"):
            before = view["hash"]
            self.workspace.press(person.id, view_id=view["id"], action_id=action)
            view = self.workspace.wait_for(lambda before=before: self._other(person, before), SCREEN)  # type: ignore[misc]
        if not view.get("submit"):
            self.workspace.close(person.id, view["id"], whole=True)
            return ""
        return self._submit(person, view, Pen(self.console.world(), number=card.number))

    def _answer(self, task: Task, person: Person) -> str:
        check, card = task.check, task.card
        if check is None:
            raise TypeError("an answer needs its check")
        made = self._prepare(task, check.name, person)
        world = self.console.world()
        if not can_be_seen(world, check, card.stage):
            raise NotSoYet(NotSoYet.__doc__)
        so = is_true(world, check, card.stage)
        if not so and self._tried[task.key].looks < LOOKS:
            raise NotSoYet(NotSoYet.__doc__)
        self._press(card, person, "Answer")
        view = self._screen(person)
        if menu := forms.menu_with(view, check.name):
            before = view["hash"]
            self.workspace.press(person.id, view_id=view["id"], action_id=menu, choose=check.name)
            view = self.workspace.wait_for(lambda: self._other(person, before), SCREEN)
        world = self.console.world()
        pen = Pen(world, f"{card.stage} {check.name} {check.wants}", card.number, self._told_count(), made)
        return self._submit(person, view, pen, agree=so)

    def _prepare(self, task: Task, check: str, person: Person) -> list[str]:
        """What people do before they can say that a check is so."""
        if check.startswith("quiet@") and check.partition("@")[2] in QUIET:
            system = QUIET[check.partition("@")[2]]
            jobs = self.console.do("jobs", system=system, enabled=False, by=person.key)
            return [f"paused: {job}, by its administrator" for job in jobs] if isinstance(jobs, list) else []
        if check == "security-decided":
            return self._decide(task.card, person)
        if check == "decided":
            self._full_backup(task.card.number)
        return []

    def _decide(self, card: Card, person: Person) -> list[str]:
        """Decide about devices: by the list on disk, or by people's own where no machine compared them.

        What was decided is typed row by row, and an administrator says what is done.

        Raises:
            NotSoYet: The bot doesn't take a decision yet.
        """
        if any(UNREAD in line and "*compared*" in line for line in card.lines):
            by_hand = security.decide_by_hand(self.console, by=person.key)
            return [f"{count} {what}" for what, count in by_hand.items()]
        mark = _LIST.search(self._typed(person, "devices"))
        done = security.decide(self.console, security.newest_list(self.files), by=person.key)
        for what, rows in done.items():
            if rows and mark is not None:
                self._sign(person, f"{mark[1]} {','.join(map(str, rows))}", security.WORDS[what])
        return [f"{len(rows)} {what}" for what, rows in done.items()]

    def _sign(self, person: Person, rows: str, word: str) -> None:
        """Type what is decided about rows of security's list, and that it is done."""
        typed = [(person, f"devices decide {rows} {word}")]
        if word != "leave":
            typed.append((self.cast.first("XA"), f"devices done {rows}"))
        for one, text in typed:
            answer = self._typed(one, text)
            if "Security's list:" not in answer:
                raise NotSoYet(f"/rollback {text}: {answer}")

    def _told_count(self) -> int:
        """How many people a notice went to: nobody of those who must enrol again is left out."""
        counts = self.console.truth().get("counts", {})
        return int(counts.get("must", 0)) + int(counts.get("check_first", 0)) or 1

    def _full_backup(self, number: str) -> None:
        """The database administrator starts the chain of log backups anew, once however often people try to answer."""
        by, path = self.cast.first("DBA").key, rf"E:\Backup\XMS_after_{number}.bak"
        if all(made["path"] != path for made in self.console.world()["backups"]):
            self.console.do("backup", path=path, name="XMS full", by=by)

    def _attest(self, task: Task, person: Person) -> str:
        hands = Hands(self.console, self.pause)
        wanted = set(task.card.by_hand_now)
        made = [hands.make(change.text, person.key) for change in task.card.changes if change.number in wanted]
        self._press(task.card, person, "Attest")
        return self._submit(person, self._screen(person), Pen(self.console.world(), made=made))

    def _reconcile(self, task: Task, person: Person) -> str:
        unknown = [change.text for change in task.card.changes if change.state.endswith(judging.UNKNOWN)]
        hands = Hands(self.console, self.pause)
        so = [hands.is_so(text) for text in unknown]
        if any(so) and not all(so):
            return self._press(task.card, person, "Look again").error or ""
        self._press(task.card, person, "It happened" if so and all(so) else "It did not happen")
        return self._submit(person, self._screen(person), Pen(self.console.world()))

    def _seen_done(self, stage: str) -> bool:
        card = next((one for one in reversed(self.cards()) if one.stage == stage), None)
        unknown = [c.text for c in card.changes if c.state.endswith(judging.UNKNOWN)] if card is not None else []
        hands = Hands(self.console, self.pause)
        return bool(unknown) and all(hands.is_so(text) for text in unknown)

    def _retry(self, task: Task, person: Person) -> str:
        return self._press(task.card, person, "Retry").error or ""

    def _resume(self, task: Task, person: Person) -> str:
        return self._press(task.card, person, "Resume").error or ""

    def _press(self, card: Card, person: Person, label: str) -> Seen:
        found = card.button(label)
        if found is None:
            raise CannotDoThat(f"the card of {card.stage or card.gate} has no button {label!r}")
        self._since[person.id] = self.workspace.changes(since=2**53)["version"]
        return _served(self.workspace.press(person.id, INCIDENT, card.ts, found.action))

    def _put_away(self, person: Person) -> None:
        """Close whatever is open on somebody's screen."""
        view = self.workspace.screen(person.id)
        if view is not None:
            self.workspace.close(person.id, view["id"], whole=True)

    def _screen(self, person: Person) -> dict[str, Any]:
        """The dialog on somebody's screen, as soon as there is one.

        Raises:
            Answered: The bot said something to this person instead.
        """

        def seen() -> dict[str, Any] | None:
            view = self.workspace.screen(person.id)
            news = self.workspace.changes(since=self._since.get(person.id, 2**53), person=person.id)["changes"]
            if view is None and any(change["what"] == "ephemeral" for change in news):
                raise Answered(self.workspace.ephemerals(person.id)[-1]["text"])
            return view

        return self.workspace.wait_for(seen, SCREEN)

    def _other(self, person: Person, seen: str) -> dict[str, Any] | None:
        """The dialog on somebody's screen, if it was drawn anew."""
        view = self.workspace.screen(person.id)
        return view if view is not None and view["hash"] != seen else None

    def _submit(self, person: Person, view: Mapping[str, Any], pen: Pen, *, agree: bool = True) -> str:
        """Fill in a dialog and send it off; what is refused is closed, and its sentence returned."""
        seen = _served(self.workspace.submit(person.id, view["id"], forms.fill(view, pen, agree=agree)))
        refused = seen.error or " ".join(seen.problems.values())
        if seen.view is not None:
            self.workspace.close(person.id, seen.view["id"], whole=True)
            refused = refused or _words(seen.view)
        return refused


LATER: Final = (CannotDoThat, TimeoutError, NotUnderstood, NotSeen, WorldRefuses)
"""What ends one try and is told if nothing comes of the next ones."""

QUIET: Final[Mapping[str, str]] = {"VA": "veeam", "DBA": "sqlserver"}
"""Whose jobs are paused while the rollback runs, by role."""

_DO: Final[Mapping[Kind, Callable[[Autopilot, Task, Person], str]]] = {
    Kind.VOTE: Autopilot._vote,  # noqa: SLF001 - the table of this class's own methods
    Kind.ANSWER: Autopilot._answer,  # noqa: SLF001
    Kind.ATTEST: Autopilot._attest,  # noqa: SLF001
    Kind.RECONCILE: Autopilot._reconcile,  # noqa: SLF001
    Kind.RETRY: Autopilot._retry,  # noqa: SLF001
    Kind.RESUME: Autopilot._resume,  # noqa: SLF001
}


def _served(seen: Seen) -> Seen:
    """What somebody sees after an act that the bot has taken.

    Raises:
        NotServed: The bot was away or didn't answer.
    """
    if seen.error in UNSERVED:
        raise NotServed(f"{seen.error}: {NotServed.__doc__}")
    return seen


def _dialog(card: Card, label: str) -> bool:
    """Whether a button announces a dialog."""
    found = card.button(label)
    return found is not None and found.label.endswith("…")


def _words(view: Mapping[str, Any]) -> str:
    texts = [block["text"]["text"] for block in view.get("blocks") or () if isinstance(block.get("text"), dict)]
    return " ".join(texts)[:300]
