"""SQL Server's own clock in the pretend world, which may be off, and its local time without a zone."""

from datetime import datetime, timedelta

from practice.world import World


def server_now(world: World) -> datetime:
    """The instant that the server believes it is, aware UTC."""
    return world.now() + world.database.clock_offset


def local(world: World, moment: datetime | None, offset: timedelta | None = None) -> datetime | None:
    """An instant as SQL Server keeps it: in its local time, without a zone, to the millisecond."""
    if moment is None:
        return None
    shifted = moment + world.database.clock_offset + (world.database.utc_offset if offset is None else offset)
    return shifted.replace(tzinfo=None, microsecond=shifted.microsecond // 1000 * 1000)


def with_offset(world: World) -> str:
    """SYSDATETIMEOFFSET() as a text: ``2030-01-07 10:00:00.1234560 +01:00``."""
    offset = world.database.utc_offset
    shifted = server_now(world) + offset
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{shifted:%Y-%m-%d %H:%M:%S.%f}0 {sign}{hours:02d}:{rest:02d}"
