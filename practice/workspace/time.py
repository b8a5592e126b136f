"""The practice workspace's own source of time, used unless a test hands in another one."""

import time


def wall_seconds() -> float:
    """Return seconds since 1970 by this machine's clock.

    Message timestamps, the three seconds of a trigger and of an ack, and the thirty minutes of a `response_url`
    count on whatever `now` the workspace was given; this is the default.
    """
    return time.time()  # noqa: TID251  practice keeps its own time, and this is the one place that reads it


def steady_seconds() -> float:
    """Return seconds of a clock that never jumps: how long a caller waits for something to be seen at most."""
    return time.monotonic()  # noqa: TID251  practice keeps its own time, and this is the one place that reads it
