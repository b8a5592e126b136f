"""Some hundreds at a time: enough to be quick, few enough for memory and for clicks that want to come in between."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from rollback.devices.values import Device

T = TypeVar("T")
CHUNK = 500

Whole = Callable[[Sequence[Device]], Sequence[Device]]
"""Gives the same devices with all of their details, in the same order; called for a few hundred at a time."""


def as_they_are(devices: Sequence[Device]) -> Sequence[Device]:
    """Devices that have their details with them."""
    return devices


def chunks(found: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """So many at a time, as long as there are any."""
    waiting = iter(found)
    while chunk := list(islice(waiting, size)):
        yield chunk
