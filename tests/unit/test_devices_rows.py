"""Rows of a capture: written whole or not taken up, whatever breaks off in the middle."""

from collections.abc import Iterator

import pytest
from devices_made import device
from notices_told import Told, begun, told

from rollback.devices import rows
from rollback.devices.inventory import CLOSED, InventoryStore, Wanted
from rollback.devices.values import Device

__all__ = ["begun", "told"]  # fixtures
MANY = 1_200  # more than two units of rows


class BrokeOff(Exception):
    """The process died here, as far as the rows are concerned."""


def breaking_off(after: int) -> Iterator[Device]:
    for number in range(1, after + 1):
        yield device(number, serial=f"NEW{number:05}")
    raise BrokeOff


@pytest.fixture
def store(told: Told) -> InventoryStore:
    return InventoryStore(told.house.database, told.house.clock)


def test_what_there_was_stays_until_the_new_is_whole(store: InventoryStore) -> None:
    """A list that breaks off leaves the earlier rows as they were; the next one takes their place without a trace."""
    begun_capture = store.begin(1, CLOSED, "first")
    store.put_rows(begun_capture.id, Wanted([device(n) for n in range(1, 11)], ()))
    store.finish(1, CLOSED, whole=True)
    again = store.begin(1, CLOSED, "second")
    assert again.id == begun_capture.id
    with pytest.raises(BrokeOff):
        store.put_rows(again.id, Wanted(breaking_off(700), ()))
    assert {one.serial for one in store.devices(1, CLOSED).values()} == {f"SERIAL{n:05}" for n in range(1, 11)}
    assert not store.begin(1, CLOSED, "second").listed
    store.put_rows(again.id, Wanted((), [device(n, details=None) for n in range(1, MANY + 1)]))
    summary = store.finish(1, CLOSED, whole=False)
    assert (summary.rows, summary.detailed, summary.done) == (MANY, 0, True)


def test_a_list_may_be_read_from_the_rows_that_it_replaces(store: InventoryStore) -> None:
    """Details that an earlier attempt read are carried into the new list from the very rows that it replaces."""
    begun_capture = store.begin(1, CLOSED, "first")
    store.put_rows(begun_capture.id, Wanted([device(n) for n in range(1, MANY + 1)], ()))
    whole = store.whole(1, CLOSED)
    known = list(store.devices(1, CLOSED).values())
    carried = (one for chunk in rows.chunks(known) for one in whole(chunk))
    store.put_rows(begun_capture.id, Wanted(carried, [device(MANY + 1, details=None)]))
    assert store.finish(1, CLOSED, whole=True).detailed == MANY
    full = store.whole(1, CLOSED)([device(7)])
    assert list(full) == [device(7)]


def test_suspects_are_read_before_the_rest(store: InventoryStore) -> None:
    """Rows that are to be read first come first, and only they when only they are asked for."""
    begun_capture = store.begin(1, CLOSED, "first")
    first, rest = ([device(n, details=None) for n in numbers] for numbers in ((5, 3), (1, 9)))
    store.put_rows(begun_capture.id, Wanted([device(7)], first, rest))
    assert [one.id for one in store.unread(begun_capture.id, first=True)] == ["5", "3"]
    assert [one.id for one in store.unread(begun_capture.id, first=False)] == ["5", "3", "1", "9"]
