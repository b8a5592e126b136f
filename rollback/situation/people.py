"""Persons as messages speak of them."""

from collections.abc import Collection

from rollback.book import Book
from rollback.roles import Person
from rollback.situation.stage_values import PersonView
from rollback.untrusted import Untrusted
from storage.words import Role


def person_view(person: Person) -> PersonView:
    """A named person."""
    return PersonView(person.id, Untrusted(person.name), person.accounts[0].user, person.roles, person.deputy_for)


def by_id(book: Book, person: str) -> PersonView:
    """The person with that id; somebody who isn't named any more is called by the id."""
    found = book.roster.person(person)
    return PersonView(person, Untrusted(person)) if found is None else person_view(found)


def holders(book: Book, roles: Collection[Role], but: Collection[str] = ()) -> tuple[PersonView, ...]:
    """Those who hold any of `roles` themselves, deputies left out; nobody whose id is in `but`."""
    found = book.roster.holders(*roles, deputies=False)
    return tuple(person_view(person) for person in found if person.id not in but)
