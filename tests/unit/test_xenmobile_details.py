"""Reading many details: in order, few at a time, one failure is one device, and a dead node ends it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import pytest

from integrations.errors import IntegrationError, LoginRefused, NotFound, NotPermitted, SessionEnded, Unreachable
from integrations.xenmobile.details import LOST_IN_A_ROW, MissingDetail, read_details
from integrations.xenmobile.devices import DeviceDetail, device_detail


def detail(number: int) -> DeviceDetail:
    return device_detail({"id": number}, frozenset())


def failing(errors: Mapping[int, IntegrationError]) -> Callable[[int], DeviceDetail]:
    def read(number: int) -> DeviceDetail:
        if number in errors:
            raise errors[number]
        return detail(number)

    return read


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_details_come_in_the_order_of_their_ids(at_once: int) -> None:
    """However many are read at once, they are yielded in the order that was asked for."""
    found = list(read_details(detail, range(1, 41), at_once))
    assert [d.id for d in found] == list(range(1, 41))


def test_no_more_are_under_way_than_allowed() -> None:
    """A sick node never gets more requests at once than the setting says."""
    lock, now, most = threading.Lock(), 0, 0

    def read(number: int) -> DeviceDetail:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        found = detail(number)
        with lock:
            now -= 1
        return found

    assert len(list(read_details(read, range(200), 3))) == 200
    assert most <= 3


def test_ids_are_taken_as_they_are_needed() -> None:
    """A long list of ids is not read ahead, so that a capture of 100,000 devices stays small."""
    taken = 0

    def ids() -> Iterator[int]:
        nonlocal taken
        for number in range(100_000):
            taken += 1
            yield number

    reading = read_details(detail, ids(), 2)
    for _ in range(10):
        next(reading)
    assert taken <= 20
    reading.close()  # type: ignore[attr-defined]


def test_one_device_that_can_t_be_read_does_not_stop_the_rest() -> None:
    """What could not be read is named with its reason, and stands in its place."""
    gone = NotFound("xenmobile", "the server has nothing there")
    found = list(read_details(failing({3: gone}), range(1, 6), 2))
    assert [d.id for d in found] == [1, 2, 3, 4, 5]
    assert found[2] == MissingDetail(3, gone)


def test_a_lost_reply_now_and_then_does_not_stop_the_rest() -> None:
    """Single devices without an answer are missing; only several in a row mean that the node is gone."""
    lost = {n: Unreachable("xenmobile", "no answer") for n in (2, 3, 5, 6)}
    found = list(read_details(failing(lost), range(1, 8), 1))
    assert [isinstance(d, MissingDetail) for d in found] == [False, True, True, False, True, True, False]


def test_a_node_that_is_gone_ends_the_reading_and_it_can_be_taken_up_again() -> None:
    """What was yielded before stays true; a second reading takes the ids that are left."""
    dead = {n: Unreachable("xenmobile", "no answer") for n in range(4, 11)}
    reading = read_details(failing(dead), range(1, 11), 2)
    known = [found.id for found in islice(reading, 2 + LOST_IN_A_ROW)]
    assert known == [1, 2, 3, 4, 5]
    with pytest.raises(Unreachable):
        next(reading)
    again = read_details(detail, (n for n in range(1, 11) if n not in {1, 2, 3}), 2)
    assert [d.id for d in again] == list(range(4, 11))


@pytest.mark.parametrize("error", [LoginRefused, NotPermitted, SessionEnded])
def test_what_would_fail_for_all_ends_the_reading_at_once(error: type[IntegrationError]) -> None:
    """A refused login, a missing right and an ended session are not tried on thousands of devices."""
    asked: list[int] = []

    def read(number: int) -> DeviceDetail:
        asked.append(number)
        raise error("xenmobile", "no")

    with pytest.raises(error):
        list(read_details(read, range(10_000), 2))
    assert len(asked) <= 4


def test_at_least_one_request_at_once() -> None:
    """A setting of nothing at once is a mistake, not an endless wait."""
    with pytest.raises(ValueError, match="at least one"):
        list(read_details(detail, [1], 0))
