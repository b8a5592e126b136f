"""From rows to the picture."""

from datetime import datetime

from sqlalchemy.orm import Session

from rollback.situation.picture import Situation


def draw(session: Session, rollback_id: int, now: datetime) -> Situation:
    """The picture of a rollback as its rows have it at `now`."""
    raise NotImplementedError
