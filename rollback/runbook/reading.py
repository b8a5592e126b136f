"""From YAML 1.2 to a `Runbook`, with the places of its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from rollback.documents.reading import Path, Unreadable, nearest, read_document
from rollback.runbook.errors import Place, RunbookUnreadable
from rollback.runbook.spec import Runbook


@dataclass(frozen=True, slots=True)
class Reading:
    """A runbook with the places of its parts.

    Attributes:
        runbook: The runbook.
        places: Where each key and each item stands, by its path: ``("stages", 3, "needs", 0)``.
        name: The file's name.
    """

    runbook: Runbook
    places: Mapping[Path, Place]
    name: str

    def at(self, *path: str | int) -> Place:
        """The place of a path, or of the nearest thing around it that the file has."""
        return nearest(self.places, path)


def builtin(name: str) -> Reading:
    """The runbook `name` that comes with the program.

    Raises:
        FileNotFoundError: No such runbook comes with the program.
        RunbookUnreadable: It has mistakes.
    """
    file = resources.files("rollback") / "runbooks" / f"{name}.yml"
    return read(file.read_text(encoding="utf-8"), f"{name}.yml")


def read(text: str, name: str) -> Reading:
    """The runbook that `text` holds; `name` is the file's name for messages.

    Raises:
        RunbookUnreadable: It holds none; the error lists every mistake.
    """
    try:
        document = read_document(text, name, Runbook)
    except Unreadable as error:
        raise RunbookUnreadable(name, error.mistakes) from None
    return Reading(document.value, document.places, name)
