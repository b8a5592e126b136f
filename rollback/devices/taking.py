"""Takes a capture: the list of all devices, then the details that are needed, kept in the store as they come.

What can be known from an earlier capture is not read again. A device whose details can't be read stays without them
and is counted; a list that moved while it was read is no list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.xenmobile import DeviceDetail, XenMobile
from rollback.devices.chunks import Whole, chunks
from rollback.devices.inventory import Begun, InventoryStore, Summary, Wanted
from rollback.devices.projection import Projection, PropertyNames, completed, invitation
from rollback.devices.selection import Why, across_the_restore, carry_over, on_the_same_server
from rollback.devices.surroundings import MAY_BE_MISSING, read_surroundings
from rollback.devices.values import Cutoff, Device

KEEP_EVERY = 100
"""Details that are read before they are written down."""

PASSES = 2
"""How often a device is asked for in one go."""

Told = Callable[[int | None, str], None]


@dataclass(frozen=True)
class Order:
    """Which capture to take, and what may be spared.

    Attributes:
        rollback_id: Whose capture it is.
        name: Which of its captures.
        run: The stage and attempt.
        base: An earlier capture of the same server, whose details are kept where nothing speaks against it.
        across: The capture before the restore: suspects are read first, the rest by `rest` alone.
        rest: Read the details that an earlier order left; the list is not read again.
        cutoff: When the backup ran, once it is known.
    """

    rollback_id: int
    name: str
    run: str
    base: str = ""
    across: str = ""
    rest: bool = False
    cutoff: Cutoff | None = None


@dataclass(frozen=True)
class Reader:
    """How the node is read.

    Attributes:
        api: One node's API.
        names: Properties to read.
        page_size: Rows a page.
        at_once: Requests at once.
        progress: Told a percentage and a text now and then.
        pause: Called between two writes; it may raise to stop the reading.
    """

    api: XenMobile
    names: PropertyNames
    page_size: int
    at_once: int
    progress: Told
    pause: Callable[[], None]


def take(store: InventoryStore, reader: Reader, order: Order) -> Summary:
    """Take or go on with a capture, as far as `order` says.

    Raises:
        IntegrationError: The node can't be read (any more); what was read is kept, call again to go on.
        ListNotWhole: The list moved while it was read, and nothing of it was kept.
    """
    begun = store.begin(order.rollback_id, order.name, order.run)
    if order.cutoff is not None:
        times = (order.cutoff.backup_started, order.cutoff.backup_finished)
        store.note(begun.id, cutoff=[time.isoformat() for time in times])
    if not begun.listed:
        _list(store, reader, order, begun)
    _read_details(store, reader, begun, first=not order.rest)
    if not order.rest:
        _read_beside(store, reader, begun)
    return store.finish(order.rollback_id, order.name, whole=order.rest or not order.across)


def _list(store: InventoryStore, reader: Reader, order: Order, begun: Begun) -> None:
    projection = Projection(reader.names)
    listing = reader.api.devices(page_size=reader.page_size)
    rows: list[Device] = []
    for row in listing:
        rows.append(projection.device(row))
        if len(rows) % reader.page_size == 0:
            reader.progress(None, f"{len(rows)} of {listing.matched} devices are listed")
            reader.pause()
    listing.require_complete()
    wanted = _across(store, order, rows) if order.across else _same_server(store, order, rows)
    store.put_rows(begun.id, wanted)


def _same_server(store: InventoryStore, order: Order, rows: list[Device]) -> Wanted:
    known, whole = _known(store, order)
    kept: list[Device] = []
    to_read: list[Device] = []
    for row, why in on_the_same_server(rows, known, order.cutoff, store.now(), whole=whole):
        (to_read if why is not None else kept).append(row)

    def carried() -> Iterator[Device]:
        for chunk in chunks(kept):
            yield from map(carry_over, chunk, whole([known[row.id] for row in chunk]))

    return Wanted(carried(), to_read)


def _known(store: InventoryStore, order: Order) -> tuple[dict[str, Device], Whole]:
    """What is known of the same server, slim, and what reads the rest: this capture itself before an earlier one.

    Both hold devices by XMS' id: on one server an id belongs to one row.
    """
    earlier = store.devices(order.rollback_id, order.base) if order.base else {}
    own = {key: one for key, one in store.devices(order.rollback_id, order.name).items() if one.details}
    from_earlier, from_own = (store.whole(order.rollback_id, name) for name in (order.base, order.name))

    def whole(devices: Sequence[Device]) -> list[Device]:
        found = {one.id: one for one in from_own([one for one in devices if one.id in own])}
        found |= {one.id: one for one in from_earlier([one for one in devices if one.id not in own])}
        return [found[one.id] for one in devices]

    return earlier | own, whole


def _across(store: InventoryStore, order: Order, rows: list[Device]) -> Wanted:
    before = store.capture(order.rollback_id, order.across)
    if order.cutoff is None:
        return Wanted((), rows)
    whole = store.whole(order.rollback_id, order.across)
    found = across_the_restore(rows, before.devices, order.cutoff, store.now(), whole=whole)
    first = [row for row, why in found if why is not Why.REST]
    return Wanted((), first, [row for row, why in found if why is Why.REST])


def _read_details(store: InventoryStore, reader: Reader, begun: Begun, *, first: bool) -> None:
    """Read what is missing; what a lost reply has cost is read once more."""
    for _ in range(PASSES):
        unread = {int(device.id): device for device in store.unread(begun.id, first=first)}
        if not unread:
            return
        _read_once(store, reader, begun, unread)


def _read_once(store: InventoryStore, reader: Reader, begun: Begun, unread: Mapping[int, Device]) -> None:
    read: list[Device] = []
    try:
        for number, found in enumerate(reader.api.device_details(unread, at_once=reader.at_once), start=1):
            if isinstance(found, DeviceDetail):
                read.append(completed(unread[found.id], found, reader.names))
            if number % KEEP_EVERY == 0:
                store.put_details(begun.id, read)
                read = []
                reader.progress(100 * number // len(unread), f"details of {number} of {len(unread)} devices")
                reader.pause()
    finally:
        store.put_details(begun.id, read)


def _read_beside(store: InventoryStore, reader: Reader, begun: Begun) -> None:
    """Invitations and settings; what the login may not read is named, the capture goes on without it."""
    try:
        invitations = [kept for one in reader.api.invitations() if (kept := invitation(one)) is not None]
    except MAY_BE_MISSING as error:
        store.note(begun.id, invitations_unread=error.what)
    else:
        store.put_invitations(begun.id, invitations)
    store.note(begun.id, surroundings=read_surroundings(reader.api))
