"""Samples of health as rows, so that "has held for 15 minutes" survives a restart; and what they say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.database import Unit
from storage.models import Sample

GAP = 3  # intervals without a reading that still count as watched
KEEP = timedelta(hours=24)


@dataclass(frozen=True)
class Reading:
    """One reading of one thing.

    Attributes:
        what: ``port-80``, ``vserver``, ``clock``, ``power`` …
        target: A node's or vServer's name.
        good: Whether it is as it should be when it serves.
        value: What was read, for people.
    """

    what: str
    target: str
    good: bool
    value: str = ""


def record(unit: Unit, rollback_id: int, readings: tuple[Reading, ...]) -> None:
    """Keep one round of readings; those older than a day are dropped."""
    for reading in readings:
        unit.session.add(
            Sample(
                rollback_id=rollback_id,
                what=reading.what,
                target=reading.target,
                at=unit.now,
                good=reading.good,
                value=reading.value,
            )
        )
    unit.session.execute(delete(Sample).where(Sample.rollback_id == rollback_id, Sample.at < unit.now - KEEP))  # type: ignore[arg-type]


def held(samples: list[tuple[datetime, bool]], start: datetime, now: datetime, every: timedelta) -> bool:
    """Whether everything was good from `start` to `now`, without a gap of more than three intervals.

    Args:
        samples: When and whether good, in order of time, all at or after `start`.
        start: The beginning of the span.
        now: Its end.
        every: The interval between two readings.
    """
    if not samples or not all(good for _, good in samples):
        return False
    instants = [start, *(at for at, _ in samples), now]
    return all(later - earlier <= GAP * every for earlier, later in pairwise(instants))


class RowSamples:
    """Samples out of the rows of one rollback; see `rollback.actions.action.Samples`."""

    def __init__(self, session: Session, rollback_id: int, now: datetime, every: timedelta) -> None:
        """Read with `session`, as of `now`."""
        self._session = session
        self._rollback = rollback_id
        self._now = now
        self._every = every

    def held(self, what: str, target: str, since: datetime, span: timedelta) -> bool:
        """Whether `what` at `target` was good for the last `span`, without a gap, all of it after `since`."""
        start = self._now - span
        if start < since:
            return False
        rows = self._session.execute(
            select(Sample.at, Sample.good)  # type: ignore[call-overload]
            .where(
                Sample.rollback_id == self._rollback, Sample.what == what, Sample.target == target, Sample.at >= start
            )
            .order_by(Sample.at)
        )
        return held([(at, good) for at, good in rows], start, self._now, self._every)

    def last(self, what: str, target: str) -> tuple[datetime, bool, str] | None:
        """The newest reading of `what` at `target`."""
        row = self._session.execute(
            select(Sample.at, Sample.good, Sample.value)  # type: ignore[call-overload]
            .where(Sample.rollback_id == self._rollback, Sample.what == what, Sample.target == target)
            .order_by(Sample.id.desc())  # type: ignore[union-attr]
            .limit(1)
        ).first()
        return None if row is None else (row[0], row[1], row[2])

    def counted(self, what: str, target: str) -> dict[str, int]:
        """How many readings of `what` at `target` there are (``read``), and how many of them were bad (``bad``)."""
        goods = self._session.scalars(
            select(Sample.good).where(  # type: ignore[call-overload]
                Sample.rollback_id == self._rollback, Sample.what == what, Sample.target == target
            )
        ).all()
        return {"read": len(goods), "bad": sum(not good for good in goods)}
