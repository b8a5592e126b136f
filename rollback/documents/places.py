"""Where in a document something stands, and what is wrong there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in a file something stands; line and column count from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong, in one sentence, with its place and what was expected."""

    place: Place
    said: str

    def __str__(self) -> str:
        return f"{self.place}: {self.said}"
