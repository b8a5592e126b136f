"""Changes among the people of an open rollback: roles in the settings, accounts that Slack calls gone.

Every claim decides anew with the people as they are then; so whoever lost a role or an account since voting carries
nothing any more, and nothing has to be done to the votes themselves.
"""

from sqlalchemy import select
from sqlmodel import col

from rollback.book import Book
from rollback.roles import Account, Person, Roster
from storage.database import Unit
from storage.models import Account as AccountRow
from storage.models import PersonRow
from storage.outbox import Redraw, Say
from storage.words import Event, SubjectKind


def announce(unit: Unit, book: Book, roster: Roster, by: str = "bot") -> bool:
    """Let an open rollback go on with other people; who differs is said, and audited by id. True if anything differs.

    Args:
        unit: The transaction.
        book: The rollback; it is brought up to date.
        roster: The people as they are from now on.
        by: Id of the person who changed them, or ``bot`` where the settings were read anew.
    """
    if roster.digest() == book.row.roles_hash:
        return False
    before, now = _by_id(book.roster), _by_id(roster)
    book.row.roles, book.row.roles_hash, book.roster = roster.to_bytes(), roster.digest(), roster
    book.row.version += 1
    differs = {
        "added": sorted(now.keys() - before.keys()),
        "removed": sorted(before.keys() - now.keys()),
        "changed": sorted(one for one in now.keys() & before.keys() if now[one] != before[one]),
    }
    unit.note(Event.PEOPLE_CHANGED, book.id, by, **differs, roles=book.row.roles_hash)
    unit.put(Say("people-changed", book.id, differs))
    unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
    unit.ring("dispatcher")
    return True


def account_gone(unit: Unit, roster: Roster, account: Account, *, gone: bool) -> bool:
    """Keep what Slack said of an account last; its votes count only while it is there. True if that is news.

    Args:
        unit: The transaction.
        roster: Who is who.
        account: The account.
        gone: Whether Slack calls it deactivated.
    """
    person = roster.by_account(account)
    if person is None:
        return False
    row = _row(unit, person, account)
    if (row.gone_at is not None) is gone:
        return False
    row.gone_at = unit.now if gone else None
    unit.note(Event.ACCOUNT_GONE if gone else Event.ACCOUNT_BACK, None, "bot", person=person.id)
    unit.ring("dispatcher")
    return True


def _by_id(roster: Roster) -> dict[str, Person]:
    return {person.id: person for person in roster.people}


def _row(unit: Unit, person: Person, account: Account) -> AccountRow:
    wanted = select(AccountRow).where(col(AccountRow.team) == account.team, col(AccountRow.user) == account.user)
    found = unit.session.scalars(wanted).first()
    if found is not None:
        return found
    if unit.session.get(PersonRow, person.id) is None:
        unit.session.add(PersonRow(id=person.id, name=person.name))
        unit.session.flush()
    row = AccountRow(person=person.id, team=account.team, user=account.user)
    unit.session.add(row)
    return row
