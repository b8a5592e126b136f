"""Reading a list page by page: each row once, and never whole when it is not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.xenmobile.devices import DeviceRow, device_row
from integrations.xenmobile.listing import DeviceListing, ListNotWhole, Page


def row(number: int) -> DeviceRow:
    return device_row({"id": number}, frozenset())


def server(ids: list[int], move: Callable[[int, list[int]], None] | None = None) -> Callable[[int, int], Page]:
    """A server's list that `move` may change before the page with that number is read."""
    pages = iter(range(10_000))

    def read(start: int, limit: int) -> Page:
        if move:
            move(next(pages), ids)
        return Page(tuple(row(i) for i in ids[start : start + limit]), len(ids))

    return read


ids_of_a_list = st.lists(st.integers(1, 10_000), unique=True, max_size=60).map(sorted)


@given(ids_of_a_list, st.integers(2, 70))
def test_a_list_that_stands_still_is_read_whole_and_each_row_once(ids: list[int], size: int) -> None:
    """Whatever the size of a page, all rows come once, in order, and the list is complete."""
    listing = DeviceListing(server(ids), size)
    assert [r.id for r in listing] == ids
    assert listing.complete
    listing.require_complete()


@given(ids_of_a_list, st.integers(2, 20), st.integers(1, 19))
def test_a_server_that_caps_its_pages_is_read_whole(ids: list[int], size: int, cap: int) -> None:
    """A server that gives fewer rows than asked for is read on, unless it gives no more than the overlap."""
    whole = server(ids)
    listing = DeviceListing(lambda start, limit: whole(start, min(limit, cap)), size)
    read = [r.id for r in listing]
    assert listing.complete == (read == ids)
    assert listing.complete or cap == 1


@given(ids_of_a_list, st.integers(2, 20), st.data())
def test_a_list_that_moves_is_never_called_whole_wrongly(ids: list[int], size: int, data: st.DataObject) -> None:
    """With rows vanishing and appearing between pages, a list that counts as whole holds exactly what is there."""
    moving = list(ids)

    def move(page: int, there: list[int]) -> None:
        if page and there and data.draw(st.booleans()):
            del there[data.draw(st.integers(0, len(there) - 1))]
        if page and data.draw(st.booleans()):
            there.append(max(there, default=10_000) + 1)

    listing = DeviceListing(server(moving, move), size)
    read = [r.id for r in listing]
    assert len(read) == len(set(read))
    if listing.complete:
        assert read == moving


def test_a_row_that_vanishes_in_mid_reading_is_noticed() -> None:
    """The rows behind it move up, the last one does not come again, and the count is another."""
    listing = DeviceListing(server(list(range(1, 31)), lambda page, ids: ids.remove(page) if page == 1 else None), 10)
    assert [r.id for r in listing] == list(range(1, 31))
    assert listing.moved
    assert not listing.complete


def test_a_vanished_row_is_noticed_even_if_another_appears() -> None:
    """With the count unchanged it is the overlapping row that tells."""

    def move(page: int, ids: list[int]) -> None:
        if page == 1:
            ids.pop(0)
            ids.append(99)

    listing = DeviceListing(server(list(range(1, 31)), move), 10)
    list(listing)
    assert listing.matched == 30
    with pytest.raises(ListNotWhole, match="moved"):
        listing.require_complete()


@pytest.mark.parametrize("ids", [[3, 1, 2], [1, 1, 2]])
def test_rows_out_of_order_prove_nothing(ids: list[int]) -> None:
    """A list that does not ascend by id is not called whole, because its pages can't be joined."""
    listing = DeviceListing(server(ids), 10)
    list(listing)
    assert not listing.complete


def test_pages_that_repeat_for_ever_end() -> None:
    """A server that sends the same page again and again is given up, and the list is not whole."""
    listing = DeviceListing(lambda _start, _limit: Page((row(1), row(2)), 50), 2)
    assert [r.id for r in listing] == [1, 2]
    with pytest.raises(ListNotWhole, match="2 of 50"):
        listing.require_complete()


def test_a_list_that_was_left_in_the_middle_is_not_whole() -> None:
    """Whoever stops reading has no whole list."""
    listing = DeviceListing(server(list(range(1, 11))), 5)
    next(iter(listing))
    with pytest.raises(ListNotWhole, match="not read to its end"):
        listing.require_complete()


def test_pages_of_one_row_are_refused() -> None:
    """A page that holds nothing but the overlap would never get on."""
    with pytest.raises(ValueError, match="at least two"):
        DeviceListing(server([1]), 1)
