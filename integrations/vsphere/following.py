"""Waiting until several objects of vCenter have come to an end: one collector of our own, bounded waits.

pyVmomi's own waiters have no limit of time, share the session's collector, print, and end the wait when a connection
does. Here every wait on the wire is shorter than the timeout of the connection, and a limit that has passed is an
answer, not an error: the task goes on.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import timedelta
from math import ceil

from integrations.errors import NotFound
from integrations.vsphere.collecting import Collector, Row, lent, properties, request, unread
from integrations.vsphere.faults import SYSTEM
from integrations.vsphere.session import Opened
from integrations.vsphere.untyped import VimObject, moref

Found = Mapping[str, Row]
LONGEST_ROUND = timedelta(seconds=10)


class Deadline:
    """A limit of time that is counted from its making on a monotonic clock."""

    def __init__(self, limit: timedelta, monotonic: Callable[[], float]) -> None:
        """Begin to count."""
        self._monotonic = monotonic
        self._end = monotonic() + limit.total_seconds()

    def left(self) -> float:
        """Seconds that are left; 0 or less when it has passed."""
        return self._end - self._monotonic()


def follow(
    opened: Opened,
    objects: Sequence[VimObject],
    paths: Sequence[str],
    ended: Callable[[Found], bool],
    deadline: Deadline,
    longest: timedelta,
) -> Generator[Found]:
    """What is known of the objects (all of one type), after each round of waiting; the last one is the outcome.

    Closed early, it closes what it has open at vCenter.

    Args:
        opened: The session to ask in.
        objects: Managed objects.
        paths: Their properties to be told of.
        ended: Whether nothing more needs to be waited for.
        deadline: When to stop all the same.
        longest: The longest round; below the connection's timeout.

    Raises:
        NotFound: One of the objects ceased to exist meanwhile.
    """
    known = {moref(each): Row(moref(each), {}) for each in objects}
    with lent(opened.content.propertyCollector.CreatePropertyCollector()) as collector:
        collector.CreateFilter(request(objects, [properties(type(objects[0]), paths)]), True)
        version = ""
        while True:
            wait = min(max(1, ceil(deadline.left())), int(longest.total_seconds()))
            update = collector.WaitForUpdatesEx(version, Collector.WaitOptions(maxWaitSeconds=wait))
            if update is not None:
                version = update.version
                known = {**known, **dict(_learnt(known, update))}
                if update.truncated:  # the rest of it comes at once
                    continue
            yield known
            if ended(known) or deadline.left() <= 0:
                return


def _learnt(known: Found, update: VimObject) -> Iterator[tuple[str, Row]]:
    for part in update.filterSet:
        for each in part.objectSet:
            ref = moref(each.obj)
            if str(each.kind) == "leave":
                raise NotFound(SYSTEM, f"{ref} ceased to exist while it was waited for")
            values = {change.name: change.val for change in each.changeSet}
            yield ref, Row(ref, {**known[ref].values, **values}, {**known[ref].missing, **unread(each)})
