"""A clear no: one sentence to the person, nothing changed, an entry in the audit."""

from dataclasses import dataclass

from rollback.roles import Account, Person


class Refusal(Exception):
    """What a person asked for is not done; the message is the sentence that they are told.

    Attributes:
        rollback_id: The rollback that it was about, if any.
    """

    def __init__(self, sentence: str, rollback_id: int | None = None) -> None:
        """Keep the sentence; `rollback_id` puts the audit entry to its rollback."""
        super().__init__(sentence)
        self.sentence = sentence
        self.rollback_id = rollback_id


@dataclass(frozen=True)
class Presser:
    """Who pressed, known by account.

    Attributes:
        person: The named person.
        account: The account that pressed.
    """

    person: Person
    account: Account
