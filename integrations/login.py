"""A user and a password, handed to clients afresh at each login and never shown; and a memory for refusals."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from integrations.errors import LoginRefused


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


class LoginGuard:
    """Keeps a refused login from being tried again by itself, because that locks accounts.

    A client logs in inside `attempt`, which remembers a refusal. The same login is then refused without a word on the
    wire, until it has changed (a rotated secret) or a person says *Check again*. A guard outlives its clients: who
    makes a new client for each piece of work hands all of them the same guard. Safe for threads: a login that was not
    accepted yet is tried by one of them at a time, so that a wrong one costs the account one attempt in all.
    """

    def __init__(self, read: Callable[[], Login]) -> None:
        """Guard the logins that `read` gives, read afresh each time."""
        self._read = read
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._accepted: Login | None = None
        self._refused: tuple[Login, LoginRefused] | None = None

    @classmethod
    def of(cls, login: "Callable[[], Login] | LoginGuard") -> "LoginGuard":
        """The guard that was handed in, or a new one over a plain login."""
        return login if isinstance(login, LoginGuard) else cls(login)

    def take(self) -> Login:
        """The login to try now.

        Raises:
            LoginRefused: This very login was refused before.
        """
        login = self._read()
        with self._lock:
            if self._refused is None or self._refused[0] != login:
                return login
            before = self._refused[1]
        raise LoginRefused(before.system, before.what, next_step=before.next_step)

    @contextmanager
    def attempt(self) -> Iterator[Login]:
        """One try of the login; a `LoginRefused` that is raised inside is remembered, an end without error as well.

        Raises:
            LoginRefused: Before anything is tried: this very login was refused before.
        """
        with self._turn() as login:
            try:
                yield login
            except LoginRefused as error:
                self._remember(login, error)
                raise
            self._remember(login, None)

    @contextmanager
    def _turn(self) -> Iterator[Login]:
        login = self.take() if self._accepted is not None else None
        if login is not None and login == self._accepted:
            yield login
            return
        with self._first:
            yield self.take()

    def _remember(self, login: Login, error: LoginRefused | None) -> None:
        with self._lock:
            self._accepted = None if error else login
            self._refused = (login, error) if error else None

    def check_again(self) -> None:
        """A person asks for one more try."""
        with self._lock:
            self._refused = None
