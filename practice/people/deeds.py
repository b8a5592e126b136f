"""What people do about a card: vote, answer, work by hand and attest, say what became of a change, try again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from practice.people import forms, judging, security
from practice.people.cards import Card
from practice.people.cast import Cast
from practice.people.console import Console, WorldRefuses
from practice.people.hands import Hands, NotSeen, NotUnderstood
from practice.people.judging import Kind, Task
from practice.people.screens import Screens, opens_dialog
from practice.people.writing import Pen, can_be_seen, is_true
from practice.workspace.inputs import CannotDoThat
from practice.workspace.people import Person

LOOKS: Final = 9  # times that people look before they say that something is not so
UNREAD: Final = "not checked by machine"  # how a card says that a system is off
QUIET: Final[Mapping[str, str]] = {"VA": "veeam", "DBA": "sqlserver"}
"""Whose jobs are paused while the rollback runs, by role."""
_LIST: Final = re.compile(r"security's list is `?([0-9a-f]{8})")


class NotSoYet(Exception):
    """What a check asks for is not so at the moment; people look again before they say no."""


NOT_YET: Final = (NotSoYet, security.NoList)
"""What is looked at again in a moment, however often."""

LATER: Final = (CannotDoThat, TimeoutError, NotUnderstood, NotSeen, WorldRefuses)
"""What ends one try and is told if nothing comes of the next ones."""


@dataclass
class Deeds:
    """Everything that people can do; each deed returns the sentence of a refusal, or nothing.

    Attributes:
        screens: Everybody's screen.
        console: The practice world's consoles.
        files: The folder in which the bot leaves lists and notices for named people.
        pause: Waits so many seconds.
        cast: Who plays.
        cards: The messages in the incident channel, oldest first.
    """

    screens: Screens
    console: Console
    files: Path
    pause: Callable[[float], object]
    cast: Cast
    cards: Callable[[], list[Card]]

    def do(self, task: Task, person: Person, looks: int) -> str:
        """Do a task.

        Args:
            task: What is to be done.
            person: By whom.
            looks: How often it was looked at already without being so.

        Raises:
            NotSoYet, NoList, Answered, NotServed, and all of `LATER`: It came to nothing this time.
        """
        return _DO[task.kind](self, task, person, looks)

    def _vote(self, task: Task, person: Person, _: int) -> str:
        if task.card.gate.startswith("happened:") and not self._seen_done(task.card.gate.partition(":")[2]):
            return "a look at the world says that it did not happen"
        if task.card.button("Read all"):
            return self._read_and_approve(task.card, person)
        seen = self.screens.press(task.card, person, "Approve")
        if not opens_dialog(task.card, "Approve"):
            return seen.error or ""
        return self.screens.submit(
            person, self.screens.dialog(person), Pen(self.console.world(), number=task.card.number)
        )

    def _read_and_approve(self, card: Card, person: Person) -> str:
        self.screens.press(card, person, "Read all")
        view = self.screens.dialog(person)
        while action := forms.buttons(view).get("Next page"):
            before = view["hash"]
            self.screens.workspace.press(person.id, view_id=view["id"], action_id=action)
            view = self.screens.redrawn(person, before)
        if not view.get("submit"):
            self.screens.workspace.close(person.id, view["id"], whole=True)
            return ""
        return self.screens.submit(person, view, Pen(self.console.world(), number=card.number))

    def _answer(self, task: Task, person: Person, looks: int) -> str:
        check, card = task.check, task.card
        if check is None:
            raise TypeError("an answer needs its check")
        made = self._prepare(task, check.name, person)
        world = self.console.world()
        if not can_be_seen(world, check, card.stage):
            raise NotSoYet(NotSoYet.__doc__)
        so = is_true(world, check, card.stage)
        if not so and looks < LOOKS:
            raise NotSoYet(NotSoYet.__doc__)
        self.screens.press(card, person, "Answer")
        view = self.screens.dialog(person)
        if menu := forms.menu_with(view, check.name):
            before = view["hash"]
            self.screens.workspace.press(person.id, view_id=view["id"], action_id=menu, choose=check.name)
            view = self.screens.redrawn(person, before)
        world = self.console.world()
        pen = Pen(world, f"{card.stage} {check.name} {check.wants}", card.number, self._told_count(), made)
        return self.screens.submit(person, view, pen, agree=so)

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
        mark = _LIST.search(self.screens.type_in(person, "devices"))
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
            answer = self.screens.type_in(one, text)
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

    def _attest(self, task: Task, person: Person, _: int) -> str:
        hands = Hands(self.console, self.pause)
        wanted = set(task.card.by_hand_now)
        made = [hands.make(change.text, person.key) for change in task.card.changes if change.number in wanted]
        self.screens.press(task.card, person, "Attest")
        return self.screens.submit(person, self.screens.dialog(person), Pen(self.console.world(), made=made))

    def _reconcile(self, task: Task, person: Person, _: int) -> str:
        unknown = [change.text for change in task.card.changes if change.state.endswith(judging.UNKNOWN)]
        hands = Hands(self.console, self.pause)
        so = [hands.is_so(text) for text in unknown]
        if any(so) and not all(so):
            return self.screens.press(task.card, person, "Look again").error or ""
        self.screens.press(task.card, person, "It happened" if so and all(so) else "It did not happen")
        return self.screens.submit(person, self.screens.dialog(person), Pen(self.console.world()))

    def _seen_done(self, stage: str) -> bool:
        card = next((one for one in reversed(self.cards()) if one.stage == stage), None)
        unknown = [c.text for c in card.changes if c.state.endswith(judging.UNKNOWN)] if card is not None else []
        hands = Hands(self.console, self.pause)
        return bool(unknown) and all(hands.is_so(text) for text in unknown)

    def _retry(self, task: Task, person: Person, _: int) -> str:
        return self.screens.press(task.card, person, "Retry").error or ""

    def _resume(self, task: Task, person: Person, _: int) -> str:
        return self.screens.press(task.card, person, "Resume").error or ""


_DO: Final[Mapping[Kind, Callable[[Deeds, Task, Person, int], str]]] = {
    Kind.VOTE: Deeds._vote,  # noqa: SLF001 - the table of this class's own methods
    Kind.ANSWER: Deeds._answer,  # noqa: SLF001
    Kind.ATTEST: Deeds._attest,  # noqa: SLF001
    Kind.RECONCILE: Deeds._reconcile,  # noqa: SLF001
    Kind.RETRY: Deeds._retry,  # noqa: SLF001
    Kind.RESUME: Deeds._resume,  # noqa: SLF001
}
