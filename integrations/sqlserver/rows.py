"""Rows of an answer, read by column name and checked, and the server's local times turned into UTC."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from integrations.errors import WrongAnswer
from integrations.sqlserver.errors import SYSTEM
from integrations.sqlserver.facts import Clock

QUARTER_HOUR = timedelta(minutes=15)
ZONE_UNKNOWN = 127


class Row:
    """One row. A column that is missing or of another type is a `WrongAnswer`, not a surprise further up."""

    def __init__(self, columns: Sequence[str], values: Sequence[object]) -> None:
        """Pair names and values; names are compared without regard to case, as SQL Server does."""
        self._values: Mapping[str, object] = {c.lower(): v for c, v in zip(columns, values, strict=True)}

    def _get(self, column: str) -> object:
        if column.lower() not in self._values:
            raise WrongAnswer(SYSTEM, f"the answer has no column {column}")
        return self._values[column.lower()]

    def has(self, column: str) -> bool:
        """Whether the column is there and not NULL."""
        return self._values.get(column.lower()) is not None

    def text(self, column: str) -> str:
        """A text; NULL is the empty text."""
        value = self._get(column)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise WrongAnswer(SYSTEM, f"the column {column} is no text")
        return value.strip()

    def guid(self, column: str) -> str:
        """A uniqueidentifier in lower case; NULL is the empty text."""
        value = self._get(column)
        return "" if value is None else str(value).lower()

    def number(self, column: str) -> int:
        """A whole number; NULL is 0."""
        value = self._get(column)
        if value is None:
            return 0
        if not isinstance(value, int | Decimal | float):
            raise WrongAnswer(SYSTEM, f"the column {column} is no number")
        return int(value)

    def real(self, column: str) -> float:
        """A number with fractions; NULL is 0."""
        value = self._get(column)
        if value is None:
            return 0.0
        if not isinstance(value, int | Decimal | float):
            raise WrongAnswer(SYSTEM, f"the column {column} is no number")
        return float(value)

    def flag(self, column: str) -> bool:
        """A bit or a 0/1; NULL is no."""
        return self.number(column) == 1

    def local(self, column: str) -> datetime:
        """A server-local time, without a zone as SQL Server keeps it; only for `rows` and comparisons as text."""
        value = self._get(column)
        if not isinstance(value, datetime):
            raise WrongAnswer(SYSTEM, f"the column {column} is no time")
        return value.replace(tzinfo=None)

    def mark(self, column: str) -> str:
        """A server-local time as a text to be compared."""
        return self.local(column).isoformat(timespec="milliseconds")

    def clock(self) -> Clock:
        """The column ``server_clock``, which most statements carry along."""
        return read_clock(self.text("server_clock"))


def read_clock(text: str) -> Clock:
    """A datetimeoffset as text: ``2030-01-07 10:00:00.1234567 +01:00``.

    Raises:
        WrongAnswer: It is no time with an offset.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-"))
    except ValueError:
        raise WrongAnswer(SYSTEM, "the server's clock can't be read") from None
    offset = moment.utcoffset()
    if offset is None:
        raise WrongAnswer(SYSTEM, "the server's clock has no offset")
    return Clock(moment.astimezone(UTC), offset)


def to_utc(local: datetime, offset: timedelta) -> datetime:
    """A server-local time in UTC, by the offset that held there."""
    return (local - offset).replace(tzinfo=UTC)


def backup_times(
    start: datetime, finish: datetime, quarters: int, present: timedelta
) -> tuple[datetime, datetime, bool]:
    """Start and finish of a backup in UTC, and whether its zone was known.

    msdb keeps server-local times; `time_zone` is the distance to UTC in quarter hours when the row was written, that is
    at the end, and 127 if unknown. Where clocks were put back in between, the start would lie after its own end: it
    then belongs to the hour before.
    """
    known = quarters != ZONE_UNKNOWN
    offset = quarters * QUARTER_HOUR if known else present
    began, ended = to_utc(start, offset), to_utc(finish, offset)
    if began > ended:
        began -= timedelta(hours=1)
    return began, ended, known


def schedule_time(date: int, time: int, offset: timedelta) -> datetime | None:
    """An Agent schedule's next run: ``yyyymmdd`` and ``hhmmss`` as integers; date 0 means none.

    Raises:
        WrongAnswer: The integers are no date and time.
    """
    if not date:
        return None
    try:
        local = datetime(  # noqa: DTZ001 - server-local by definition; the next line gives it its zone
            date // 10000, date // 100 % 100, date % 100, time // 10000, time // 100 % 100, time % 100
        )
    except ValueError:
        raise WrongAnswer(SYSTEM, "the Agent's next run is no date") from None
    return to_utc(local, offset)
