"""What can be wrong with a runbook, with the place in its file.

RunbookError
├── RunbookUnreadable   the file is no runbook: every mistake with line, column and what was expected
└── PlanImpossible      the runbook can be read, but makes no plan for these nodes
"""

from collections.abc import Sequence

from rollback.documents.places import Mistake, Place


class RunbookError(Exception):
    """A runbook can't be used as it is; nothing was started."""


class RunbookUnreadable(RunbookError):
    """A file is no runbook.

    Attributes:
        name: The file's name.
        mistakes: Every mistake, in the order of the file.
    """

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        self.name = name
        self.mistakes = tuple(sorted(mistakes))
        lines = "\n".join(f"  {name}:{mistake}" for mistake in self.mistakes)
        super().__init__(f"The runbook can't be read and nothing was started; correct it and try again:\n{lines}")


class PlanImpossible(RunbookError):
    """A runbook can't be laid out over these nodes.

    Attributes:
        reasons: One sentence each.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(f"The runbook makes no plan for these nodes; nothing was started. {' '.join(self.reasons)}")


__all__ = ["Mistake", "Place", "PlanImpossible", "RunbookError", "RunbookUnreadable"]
