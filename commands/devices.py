"""`/rollback devices`: how many devices must enrol again, by class and kind, and where the lists lie. No names.

`devices decide LIST ROWS …` (alone it opens a dialog) and `devices done LIST ROWS` settle security's list, row by row;
`devices read before FILE` has an export of the console read where the bot can't read the devices itself.
"""

import re
from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from commands.blocks.message import code
from commands.blocks.parts import head
from commands.desk import Desk, Reply, open_book
from commands.devices_decide import open_decide
from commands.looking import looking
from commands.router import Asked
from rollback.book import Book
from rollback.devices.decided import security_rows_of
from rollback.devices.returning import returned_of
from rollback.drafts.notices import Content, Listed
from rollback.operations import exports, purging, returning, security
from rollback.operations.drafts import mark_of
from rollback.operations.notices import files_of, newest
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.database import Unit
from storage.models import FileRow, Rollback
from storage.words import Notice

LISTS = ("helpdesk.csv", "security.csv", "security-signed.csv", "invitations.csv", "never-returned.csv")
CLASSES = {
    "must": "must enrol again",
    "check_first": "to be checked first",
    "to_decide": "security decides about",
    "came_back": "came back: removed or wiped since the backup",
    "security": "rows for security",
    "invitations": "invitations to send again",
    "same": "nothing to do",
}
"""Classes of the comparison by the names of its counts."""
NOT_YET = "The devices are not compared yet: the lists are written when `compare-devices` has compared them."
BY_HAND = "The bot has no captures to compare; the lists are the people's own, from exports of the console."


USAGE = (
    "`/rollback devices`, or `… devices decide LIST ROWS stop|repeat|leave [tell]`, `… devices done LIST ROWS`: LIST "
    "is the hash of security's list, ROWS are numbers on it (`1-3,7`); or `… devices read before|after FILE [rows=N]`; "
    "`… devices close REASON` when no more devices are waited for. Nothing was changed."
)
_ROWS = re.compile(r"\s+rows=(\d{1,9})$")
Work = Callable[[Unit, Book, Presser], str]


def devices(desk: Desk, asked: Asked) -> Reply:
    """`devices [decide|done …]`: counts by class and kind, place and hash of each list; or rows are settled.

    Raises:
        Refusal: It can't be understood, or isn't this person's to do.
    """
    if [word.lower() for word in asked.words] == ["decide"]:
        return open_decide(desk, asked)
    if asked.words:
        return _settle(desk, asked)

    def show(session: Session, rollback_id: int) -> str:
        seen = Situation.of(session, rollback_id, desk.clock.now())
        return "\n".join([f"*{head(seen)}*", *lines(session, rollback_id)])

    return looking(desk, asked, Verb.DEVICES, show)


def _settle(desk: Desk, asked: Asked) -> Reply:
    work = _work(asked)
    rollback_id = desk.current(asked.press.channel)
    return desk.do(asked.press, lambda unit, who: work(unit, open_book(unit, rollback_id), who), rollback_id)


def _work(asked: Asked) -> Work:
    words = [word.lower() for word in asked.words]
    match words:
        case ["decide", mark, rows, decision]:
            return lambda unit, book, who: security.decide(unit, book, who, mark, rows, decision)
        case ["decide", mark, rows, decision, "tell"]:
            return lambda unit, book, who: security.decide(unit, book, who, mark, rows, decision, tell=True)
        case ["done", mark, rows]:
            return lambda unit, book, who: security.mark_done(unit, book, who, mark, rows)
        case ["close", *_]:
            return lambda unit, book, who: returning.close(unit, book, who, asked.rest(1))
        case ["read", which, _, *_]:
            name, count = _file(asked.rest(2))
            return lambda unit, book, who: exports.ask(unit, book, who, which, name, count)
        case _:
            raise Refusal(USAGE)


def _file(text: str) -> tuple[str, int | None]:
    """The name of a file, which may hold blanks, and how many rows the console showed, where that is said."""
    found = _ROWS.search(text)
    return (text, None) if found is None else (text[: found.start()].strip(), int(found[1]))


def lines(session: Session, rollback_id: int) -> Iterator[str]:
    """What may be said of the devices in a channel."""
    ended = session.get_one(Rollback, rollback_id)
    if ended.purged_at is not None:
        yield f"What named people was deleted on {ended.purged_at:%d %b %Y %H:%M} UTC, as was set; counts are left."
    elif (date := purging.date_of(ended)) is not None:
        yield f"What names people is deleted on {date:%d %b %Y %H:%M} UTC."
    row = newest(session, rollback_id).get(Notice.RECIPIENTS)
    if row is None:
        yield NOT_YET
        return
    listed = Content.from_json(row.texts).listed
    if listed is None:
        yield BY_HAND
        return
    yield from counts(listed)
    yield f"• the list is {mark_of(row)} (version {row.version}): {str(row.state).replace('_', ' ')}"
    now = security.standing(security_rows_of(session, rollback_id))
    if now.rows:
        yield f"• security's list is {now.mark}: {security.words(now)}"
    back = returned_of(session, rollback_id)
    if back is not None and back.counted_at is not None:
        over = f"; counting ended, by {back.closed_by}" if back.closed_at is not None else ""
        yield f"• {returning.words(back)}, counted {back.counted_at:%d %b %H:%M} UTC{over}"
    if ended.purged_at is not None:
        return
    yield from (place(file) for file in files_of(session, rollback_id) if file.name.endswith(LISTS))


def counts(listed: Listed) -> Iterator[str]:
    """The numbers of a list."""
    if not listed.exact:
        yield "This is an *estimate*: the devices were not compared by the bot's own reading of both servers."
    for name, meaning in CLASSES.items():
        if listed.classes.get(name):
            yield (
                f"• {listed.classes[name]} devices: {meaning}"
                if name not in ("security", "invitations")
                else (f"• {listed.classes[name]} {meaning}")
            )
    if listed.kinds:
        shown = ", ".join(f"{kind} {count}" for kind, count in listed.kinds.items())
        yield f"• to enrol again or to check, by kind: {shown}"
    yield (
        f"• {listed.people} people: {listed.by_mail} by mail, {listed.otherwise} otherwise; "
        f"{listed.shared} shared devices, {listed.without_user} without a user, {listed.held} held for security"
    )


def place(file: FileRow) -> str:
    """Place, count and hash of a file."""
    return f"• {code(Untrusted(file.place))}: {file.count} · sha256 {file.sha256}"
