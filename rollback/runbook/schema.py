"""The JSON schema of the format, and what it expects at a place: for editors, for errors, for the docs."""

from typing import Any

from rollback.documents.shape import Shape
from rollback.runbook.spec import Runbook

RUNBOOK = Shape(Runbook)


def json_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of a runbook file."""
    return RUNBOOK.json_schema()
