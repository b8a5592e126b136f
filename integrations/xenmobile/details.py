"""Reads the details of many devices, a few at a time, and yields them as they come.

A device whose details can't be read is named and does not stop the rest; a node that no longer answers does.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from integrations.errors import IntegrationError, LoginRefused, NotPermitted, SessionEnded, Unreachable
from integrations.xenmobile.devices import DeviceDetail

_ALL_FAIL_ALIKE = (LoginRefused, NotPermitted, SessionEnded)
LOST_IN_A_ROW = 3
"""After so many devices without any answer the node counts as gone."""


@dataclass(frozen=True, slots=True)
class MissingDetail:
    """A device whose details could not be read.

    Attributes:
        id: Its row's id.
        why: What the client says of it.
    """

    id: int
    why: IntegrationError


def read_details(
    read: Callable[[int], DeviceDetail], ids: Iterable[int], at_once: int
) -> Iterator[DeviceDetail | MissingDetail]:
    """The details of `ids`, in their order, read `at_once` at a time.

    Args:
        read: Reads one; called in several threads.
        ids: Row ids; they are taken as they are needed, so that a long list may be given as an iterator.
        at_once: Requests at once; 1 or 2 while the node is sick.

    Raises:
        LoginRefused, NotPermitted, SessionEnded: All others would fail alike.
        Unreachable: Several in a row got no answer. What was yielded stays true: go on later with the ids left.
        ValueError: `at_once` is not positive.
    """
    if at_once < 1:
        raise ValueError(f"at least one request at once, not {at_once}")
    waiting = iter(ids)
    lost = 0
    with ThreadPoolExecutor(at_once, thread_name_prefix="xenmobile-details") as pool:
        under_way = deque((i, pool.submit(read, i)) for i in islice(waiting, 2 * at_once))
        try:
            while under_way:
                number, future = under_way.popleft()
                found = _result(number, future)
                lost = lost + 1 if isinstance(found, MissingDetail) and isinstance(found.why, Unreachable) else 0
                if lost == LOST_IN_A_ROW and isinstance(found, MissingDetail):
                    raise found.why
                under_way.extend((i, pool.submit(read, i)) for i in islice(waiting, 1))
                yield found
        finally:
            for _, left in under_way:
                left.cancel()


def _result(number: int, future: Future[DeviceDetail]) -> DeviceDetail | MissingDetail:
    try:
        return future.result()
    except _ALL_FAIL_ALIKE:
        raise
    except IntegrationError as why:
        return MissingDetail(number, why.with_traceback(None))
