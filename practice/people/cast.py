"""Who plays which part: nobody alone, and whoever makes a change by hand isn't the one who approved it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from practice.workspace.people import STAFF, Person

ORDER: Final = ("IC", "SO", "XA", "CL", "SEC", "VA", "DBA")
"""Who approves first where several may: those whose hands may be needed afterwards come last."""


@dataclass(frozen=True)
class Cast:
    """The staff of the practice workspace.

    Attributes:
        staff: Everybody who takes part.
    """

    staff: Sequence[Person] = STAFF

    def having(self, roles: Collection[str]) -> tuple[Person, ...]:
        """The people with one of `roles`, in the order in which the roles are named."""
        return tuple(person for role in roles for person in self.staff if person.role == role)

    def first(self, *roles: str) -> Person:
        """The first person with one of `roles`.

        Raises:
            LookupError: The practice workspace has nobody in them.
        """
        found = self.having(roles)
        if not found:
            raise LookupError(f"nobody in the practice workspace is {' or '.join(roles)}")
        return found[0]

    def voters(self, missing: Sequence[Collection[str]], barred: Collection[str]) -> tuple[Person, ...]:
        """One person for each place that is still empty, all of them different, nobody of `barred` (by name)."""
        chosen: list[Person] = []
        for place in missing:
            ordered = self.having([role for role in ORDER if role in place])
            left = [person for person in ordered if person.name not in barred and person not in chosen]
            chosen += left[:1]
        return tuple(chosen)
