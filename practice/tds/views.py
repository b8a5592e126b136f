"""The system views and msdb tables that the practice SQL Server shows, filled from the pretend world.

Each view has its columns with their types, as SQL Server documents them, and a function that makes its rows. Only the
columns that somebody may ask for are there; asking for another one is an error 207, as on a real server.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from practice.tds import views_msdb, views_server
from practice.tds.scene import Scene
from practice.tds.switches import READ_MSDB, VIEW_SERVER_STATE
from practice.tds.tokens import Column, Value, described


@dataclass(frozen=True)
class View:
    """One view or table: its columns, its rows, the right that reading it needs (empty: none)."""

    columns: tuple[Column, ...]
    rows: Callable[[Scene], Sequence[Sequence[Value]]]
    right: str = ""


def _view(columns: str, rows: Callable[[Scene], Sequence[Sequence[Value]]], right: str = "") -> View:
    """A view whose columns are written ``name type, name type``."""
    return View(described(columns), rows, right)


VIEWS = {
    name: _view(columns, rows, VIEW_SERVER_STATE if ".dm_" in name else "")
    for name, (columns, rows) in views_server.VIEWS.items()
} | {f"msdb.dbo.{name}": _view(columns, rows, READ_MSDB) for name, (columns, rows) in views_msdb.VIEWS.items()}


def find(name: str) -> View | None:
    """The view behind a dotted name, whichever database's copy of it is meant; None if there is none."""
    wanted = name.lower()
    if wanted in VIEWS:
        return VIEWS[wanted]
    return next((view for known, view in VIEWS.items() if known.startswith("*.") and wanted.endswith(known[1:])), None)
