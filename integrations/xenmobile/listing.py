"""Reads the whole device list page by page, and tells whether what was read is whole.

Pages overlap by one row: the last row of a page must come again on the next one, else rows were moved, or left out, in
between. Nothing is kept of what was read but the ids.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from integrations.errors import WrongAnswer
from integrations.xenmobile.devices import DeviceRow
from integrations.xenmobile.envelope import SYSTEM


class ListNotWhole(WrongAnswer):
    """The device list was read, but rows are missing or moved meanwhile: nothing may be concluded from it."""

    world = "Some devices may be missing from what was read."
    advice = "Read the list again; with the door closed and nobody in the console it stands still."


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list.

    Attributes:
        rows: Its rows, in the server's order.
        matched: `matchedRecords`: how many rows the server says there are in all.
    """

    rows: tuple[DeviceRow, ...]
    matched: int


class DeviceListing:
    """The device list, ascending by id, each row once; to be iterated over once.

    Attributes:
        rows: How many different rows were read so far.
        matched: How many the server said there are, when it was asked last.
        moved: Whether the count or the order changed between two pages.
        finished: Whether the end was reached.
    """

    def __init__(self, read_page: Callable[[int, int], Page], page_size: int) -> None:
        """Prepare; nothing is read before the first row is asked for.

        Args:
            read_page: Reads a page, given the index of its first row and the number of rows.
            page_size: Rows a page, at least 2.

        Raises:
            ValueError: Pages of one row can't overlap.
        """
        if page_size < 2:
            raise ValueError(f"pages overlap by a row, so they hold at least two, not {page_size}")
        self._read_page = read_page
        self._page_size = page_size
        self._seen: set[int] = set()
        self._last: int | None = None
        self.matched = 0
        self.moved = False
        self.finished = False

    @property
    def rows(self) -> int:
        """How many different rows were read so far."""
        return len(self._seen)

    @property
    def complete(self) -> bool:
        """Whether every row was read and nothing moved meanwhile."""
        return self.finished and not self.moved and self.rows == self.matched

    def require_complete(self) -> None:
        """Insist on a whole list.

        Raises:
            ListNotWhole: It is not.
        """
        if self.complete:
            return
        moved = ", and it moved while it was read" if self.moved else ""
        unread = "" if self.finished else ", and it was not read to its end"
        raise ListNotWhole(SYSTEM, f"{self.rows} of {self.matched} devices were read{moved}{unread}")

    def __iter__(self) -> Iterator[DeviceRow]:
        """Yield the rows as they are read.

        Raises:
            IntegrationError: A page can't be read.
        """
        while not self.finished:
            start = max(0, self.rows - 1)
            page = self._read_page(start, self._page_size)
            self._judge(page, first=start == 0 and not self.rows)
            fresh = 0
            for row in page.rows:
                if row.id not in self._seen:
                    self._seen.add(row.id)
                    fresh += 1
                    yield row
            self._last = page.rows[-1].id if page.rows else self._last
            self.finished = not fresh or self.rows >= self.matched

    def _judge(self, page: Page, *, first: bool) -> None:
        ids = [row.id for row in page.rows]
        in_order = all(one < other for one, other in pairwise(ids))
        joined = first or self._last in ids
        if not (in_order and joined and (first or page.matched == self.matched)):
            self.moved = True
        self.matched = page.matched
