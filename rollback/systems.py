"""The connected clients of one piece of work: made on first use, closed together at its end.

A stage's run, a preview and a reading of health each get their own, so that every piece of work logs in afresh and no
session outlives it.
"""

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast

T = TypeVar("T")
LOGINS_BELL = "logins"
"""Rung when a person asks for another look: a login that was refused may then be tried once more."""


class Closes(Protocol):
    """A client that can be closed."""

    def close(self) -> None:
        """Log out and give everything back."""
        ...


class SystemOff(Exception):
    """A system was asked for that is switched off in this estate. Nothing was sent; people act and read instead."""


class Systems:
    """Clients by their type."""

    def __init__(self, makers: Mapping[type[Any], Callable[[], Closes]]) -> None:
        """Keep how each client is made; none is made yet."""
        self._makers = makers
        self._made: dict[type[Any], Closes] = {}
        self._lock = threading.Lock()  # changes of one group ask at once; a client made twice would never be closed

    def get(self, kind: type[T]) -> T:
        """The client of that type, made now if it is the first use.

        Raises:
            SystemOff: The estate has this system switched off.
        """
        with self._lock:
            if kind not in self._made:
                if kind not in self._makers:
                    raise SystemOff(f"{kind.__name__} is switched off in this estate")
                self._made[kind] = self._makers[kind]()
            return cast("T", self._made[kind])

    def has(self, kind: type[Any]) -> bool:
        """Whether the system is there to be read."""
        return kind in self._makers

    def close(self) -> None:
        """Close every client that was made; the first error is raised after all were tried."""
        errors: list[Exception] = []
        for client in self._made.values():
            try:
                client.close()
            except Exception as error:  # noqa: BLE001 - the others must be closed too
                errors.append(error)
        self._made.clear()
        if errors:
            raise errors[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
