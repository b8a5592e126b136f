"""A user and a password, handed to clients afresh at each login and never shown."""

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class Login:
    """What a client logs in with.

    Attributes:
        user: The account's name.
        password: Its password; `repr` and `str` hide it.
    """

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, password=<hidden>)"
