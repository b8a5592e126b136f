"""A stored preview as people see it; `rollback.worker.previews.as_json` says how it is stored."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.situation.stage_values import FindingView, PreviewView, ProposedChange
from rollback.untrusted import Untrusted
from storage.models import GateStage, PreviewRow
from storage.words import By, Severity, SystemName


@dataclass(frozen=True)
class Previews:
    """The newest preview of every stage, and those that rounds showed.

    Attributes:
        rows: By id, as stored.
        views: By id, as people see them.
    """

    rows: Mapping[int, PreviewRow]
    views: Mapping[int, PreviewView]


def read_previews(session: Session, book: Book) -> Previews:
    """All of a rollback's previews that a picture shows."""
    newest = [stage.preview_id for stage in book.stages.values() if stage.preview_id is not None]
    shown = select(col(GateStage.preview_id)).where(col(GateStage.stage_id).in_([s.id for s in book.stages.values()]))
    wanted = select(PreviewRow).where(or_(col(PreviewRow.id).in_(newest), col(PreviewRow.id).in_(shown)))
    rows = {row.id: row for row in session.scalars(wanted) if row.id is not None}
    return Previews(rows, {key: preview_view(row) for key, row in rows.items()})


def preview_view(row: PreviewRow) -> PreviewView:
    """One preview."""
    content = row.content
    return PreviewView(
        digest=row.digest,
        taken_at=row.taken_at,
        changes=_changes(content["changes"]),
        facts=tuple((Untrusted(fact["name"]), Untrusted(fact["value"])) for fact in content["facts"]),
        findings=tuple(_finding(finding) for finding in content["findings"]),
        thens={int(group): Untrusted(text) for group, text in content["thens"].items()},
        identity=tuple((system, Untrusted(seen)) for system, seen in sorted(content["identity"].items())),
        uses=tuple(content["uses"]),
        lost=tuple(Untrusted(text) for text in content["lost"]),
        dies=Untrusted(content["dies"]),
    )


def _changes(stored: list[dict[str, Any]]) -> tuple[ProposedChange, ...]:
    places: Counter[int] = Counter()
    made = []
    for change in sorted(stored, key=lambda one: int(one["group"])):
        places[change["group"]] += 1
        made.append(
            ProposedChange(
                number=f"{change['group']}.{places[change['group']]}",
                text=Untrusted(change["text"]),
                group=change["group"],
                by=By(change["by"]),
                system=SystemName(change["system"]),
                target=Untrusted(change["target"]),
                destructive=change["destructive"],
                already=change["already"],
                how=Untrusted(change["how"]),
            )
        )
    return tuple(made)


def _finding(stored: Mapping[str, Any]) -> FindingView:
    return FindingView(
        severity=Severity(stored["severity"]),
        text=Untrusted(stored["text"]),
        at_start=stored["at_start"],
        holds=stored["holds"],
        gate=stored["gate"],
    )
