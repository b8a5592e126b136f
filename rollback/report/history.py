"""Every attempt of every stage: the changes and checks that the present attempt has replaced are part of the story."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.situation import Situation
from storage.models import ChangeRow, CheckRow


@dataclass(frozen=True, slots=True)
class History:
    """Rows of all attempts, by stage, in order; read within one session and not kept.

    Attributes:
        changes: By the stage's id.
        checks: By the stage's id.
    """

    changes: Mapping[int, Sequence[ChangeRow]]
    checks: Mapping[int, Sequence[CheckRow]]


def read_history(session: Session, s: Situation) -> History:
    """The changes and checks of all attempts."""
    ids = [stage.id for stage in s.stages]
    changes: dict[int, list[ChangeRow]] = defaultdict(list)
    wanted = select(ChangeRow).where(col(ChangeRow.stage_id).in_(ids))
    for change in session.scalars(wanted.order_by(col(ChangeRow.attempt), col(ChangeRow.position))):
        changes[change.stage_id].append(change)
    checks: dict[int, list[CheckRow]] = defaultdict(list)
    found = select(CheckRow).where(col(CheckRow.stage_id).in_(ids))
    for check in session.scalars(found.order_by(col(CheckRow.attempt), col(CheckRow.id))):
        checks[check.stage_id].append(check)
    return History(changes, checks)
