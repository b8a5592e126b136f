"""Security's list, row by row: what is decided about each row, by whom, and who has done it in the console.

Rows are meant by their numbers on the list whose hash is named, so that nobody decides about rows that have moved.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from rollback.book import Book
from rollback.devices.decided import named, security_rows_of, settled
from rollback.devices.findings import Advice, security_digest
from rollback.devices.findings import SecurityRow as Listed
from rollback.operations.lead import require
from rollback.operations.notices import BELL, COMPARE
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.stages import redraw
from storage.database import Unit
from storage.models import CheckRow, SecurityRow
from storage.words import CheckState, Event, SecurityDecision, StageState

CHECK = "security-decided"
"""The check of `compare-devices` that waits until every row is settled."""
MARK = 8
"""How many characters of a list's hash are shown and typed."""
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_ALLOWED = {
    Advice.STOP_OR_LEAVE: frozenset({SecurityDecision.STOP, SecurityDecision.LEAVE}),
    Advice.REPEAT_OR_LEAVE: frozenset({SecurityDecision.REPEAT, SecurityDecision.LEAVE}),
    Advice.LOOK: frozenset(SecurityDecision),
}
_NOT_SO = {
    SecurityDecision.STOP: "nothing is pending there that could be stopped",
    SecurityDecision.REPEAT: "it is pending there already, so there is nothing to repeat",
}


@dataclass(frozen=True)
class Standing:
    """Security's list in numbers.

    Attributes:
        mark: What people type to mean this list; empty as long as there is none.
        rows: How many rows it has.
        undecided: Rows about which nothing is decided.
        undone: Rows that are decided and wait for somebody's hands in the console.
    """

    mark: str
    rows: int
    undecided: int
    undone: int

    @property
    def left(self) -> int:
        """Rows that are not settled."""
        return self.undecided + self.undone


def standing(rows: Sequence[SecurityRow]) -> Standing:
    """How far the list has come."""
    undecided = sum(not row.decision for row in rows)
    undone = sum(bool(row.decision) and not settled(row) for row in rows)
    return Standing(rows[0].list_hash[:MARK] if rows else "", len(rows), undecided, undone)


def keep_list(unit: Unit, book: Book, listed: Sequence[Listed]) -> None:
    """Keep the rows of a list that was written; a decision stays as long as there is the same to decide.

    A row is asked anew when the restored server turned out to do something else than was known when it was decided.
    """
    digest = security_digest(listed)
    present = {(row.key, row.twin): row for row in security_rows_of(unit.session, book.id)}
    if {row.list_hash for row in present.values()} == {digest} or not (present or listed):
        _show(unit, book)
        return
    kept = 0
    for number, (name, one) in enumerate(zip(named(listed), listed, strict=True), start=1):
        row = present.pop(name, None)
        if row is not None and (row.advice, row.pending) != (one.advice, one.pending):
            unit.session.delete(row)
            unit.session.flush()
            row = None
        if row is None:
            row = SecurityRow(
                rollback_id=book.id, key=name[0], twin=name[1], number=number, list_hash=digest,
                advice=one.advice, pending=one.pending,
            )  # fmt: skip
            unit.session.add(row)
        row.number, row.list_hash = number, digest
        kept += bool(row.decision)
    for gone in present.values():
        unit.session.delete(gone)
    unit.session.flush()
    unit.note(Event.SECURITY_LISTED, book.id, "bot", list=digest, rows=len(listed), decided=kept)
    _show(unit, book)


def decide(unit: Unit, book: Book, who: Presser, mark: str, numbers: str, word: str, *, tell: bool = False) -> str:
    """Decide about rows of the list; security does.

    Args:
        unit: The transaction.
        book: The rollback.
        who: Who pressed.
        mark: Beginning of the hash of the list that was read.
        numbers: Which rows: ``1-3,7``.
        word: `SecurityDecision`.
        tell: Whether the devices' users may be asked to set them up again, once all is done.

    Raises:
        Refusal: Not this person's to decide, another list, no such row, or a decision that a row has no room for.
    """
    require(book, who, Verb.SECURITY_DECIDE, "decide about security's list")
    if word not in set(SecurityDecision):
        raise Refusal(f"Decide {', '.join(SecurityDecision)}; nothing was changed.", book.id)
    decision = SecurityDecision(word)
    if tell and decision is SecurityDecision.REPEAT:
        raise Refusal(
            "Nobody is asked to set up a device on which the action is repeated. Nothing was changed.", book.id
        )
    rows = _meant(unit, book, mark, numbers)
    unfit = [row.number for row in rows if decision not in _ALLOWED[Advice(row.advice)]]
    if unfit:
        why = _NOT_SO[decision]
        raise Refusal(f"{_rows(unfit)} can't be decided `{decision}`: {why}. Nothing was changed.", book.id)
    for row in rows:
        row.decision, row.tell, row.decided_by, row.decided_at = decision, tell, who.person.id, unit.now
        row.done_by, row.done_at = "", None
    unit.note(
        Event.SECURITY_DECIDED, book.id, who.person.id, list=rows[0].list_hash, rows=[row.number for row in rows],
        decision=decision.value, tell=tell,
    )  # fmt: skip
    return _told(unit, book, f"{_rows([row.number for row in rows])}: {decision}")


def mark_done(unit: Unit, book: Book, who: Presser, mark: str, numbers: str) -> str:
    """Say that what was decided about rows is done in the console; an administrator who did not decide it does.

    Raises:
        Refusal: Not this person's to say, their own decision, another list, or nothing has to be done about a row.
    """
    require(book, who, Verb.SECURITY_DONE, "mark rows of security's list done")
    rows = _meant(unit, book, mark, numbers)
    idle = [row.number for row in rows if not row.decision or settled(row)]
    if idle:
        raise Refusal(f"{_rows(idle)}: nothing waits to be done there. Nothing was changed.", book.id)
    if any(row.decided_by == who.person.id for row in rows):
        raise Refusal("You decided about these rows; somebody else does it in the console and says so.", book.id)
    for row in rows:
        row.done_by, row.done_at = who.person.id, unit.now
    unit.note(
        Event.SECURITY_DONE, book.id, who.person.id, list=rows[0].list_hash, rows=[row.number for row in rows]
    )  # fmt: skip
    return _told(unit, book, f"{_rows([row.number for row in rows])}: done")


def must_be_settled(unit: Unit, book: Book) -> None:
    """Security's check isn't answered while a row is left.

    Raises:
        Refusal: One is; the sentence says how many.
    """
    now = standing(security_rows_of(unit.session, book.id))
    if now.left:
        raise Refusal(f"Security's list {now.mark} isn't settled: {words(now)}. Nothing was changed.", book.id)


def words(now: Standing) -> str:
    """How far the list has come, for people."""
    if not now.rows:
        return "no row"
    told = f"{now.rows} rows, {now.undecided} undecided"
    return f"{told}, {now.undone} decided and not done in the console yet" if now.undone else told


def _meant(unit: Unit, book: Book, mark: str, numbers: str) -> list[SecurityRow]:
    """The rows that a person means, of the list that they have read."""
    stage = book.stages.get(COMPARE)
    if stage is None or stage.state not in (StageState.RUNNING, StageState.VERIFYING):
        where = "not in this runbook" if stage is None else stage.state.replace("_", " ")
        raise Refusal(f"{COMPARE} is {where}: its list can't be decided about now. Nothing was changed.", book.id)
    rows = {row.number: row for row in security_rows_of(unit.session, book.id)}
    if not rows:
        raise Refusal("There is no row for security to decide about. Nothing was changed.", book.id)
    whole, typed = next(iter(rows.values())).list_hash, mark.strip().lower()
    if len(typed) < MARK - 2 or not whole.startswith(typed):
        raise Refusal(f"Name the list that you have read: it is {whole[:MARK]} now. Nothing was changed.", book.id)
    wanted = list(dict.fromkeys(_numbers(book, numbers)))
    missing = [number for number in wanted if number not in rows]
    if missing:
        raise Refusal(f"The list has rows 1 to {len(rows)}, not {_few(missing)}. Nothing was changed.", book.id)
    return [rows[number] for number in wanted]


def _numbers(book: Book, text: str) -> Iterator[int]:
    for part in text.replace(" ", "").split(","):
        found = _RANGE.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if last < first or last - first > 100_000:
            raise Refusal("Name the rows by their numbers on the list: `1-3,7`. Nothing was changed.", book.id)
        yield from range(first, last + 1)


def _told(unit: Unit, book: Book, what: str) -> str:
    unit.session.flush()
    _show(unit, book)
    unit.ring(BELL)
    return f"{what}. Security's list: {words(standing(security_rows_of(unit.session, book.id)))}."


def _show(unit: Unit, book: Book) -> None:
    """Have the stage's card say how far the list has come."""
    stage = book.stages[COMPARE]
    wanted = select(CheckRow).where(
        col(CheckRow.stage_id) == stage.id, col(CheckRow.attempt) == stage.attempt, col(CheckRow.name) == CHECK,
        col(CheckRow.state) == CheckState.OPEN,
    )  # fmt: skip
    check = unit.session.scalars(wanted).first()
    if check is None:
        return
    now = standing(security_rows_of(unit.session, book.id))
    check.text = f"List {now.mark}: {words(now)}." if now.rows else book.planned(stage).check(CHECK).text
    redraw(unit, stage)


def _rows(numbers: Sequence[int]) -> str:
    return f"Row {numbers[0]}" if len(numbers) == 1 else f"Rows {_few(numbers)}"


def _few(numbers: Sequence[int]) -> str:
    """Numbers as people write them, runs joined: 1-3, 7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    told = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(told) if len(told) <= 12 else f"{', '.join(told[:12])} and {len(told) - 12} more"
