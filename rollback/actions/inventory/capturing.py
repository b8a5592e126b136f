"""The effect that reads a node's devices into the store, bit by bit: it goes on where it was left, whoever left it.

It changes nothing at the vendor's: what it changes are our own rows, so it may always act again. While no node answers,
as during a swap, it waits.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta

from integrations.errors import IntegrationError, LoginRefused, NotPermitted, Unreachable, WrongIdentity
from integrations.xenmobile import XenMobile
from integrations.xenmobile.health import PortState
from rollback.actions.action import AlreadySo, Change, Done, Failed, Given, InFlight, Json, Look, Outcome, Watch
from rollback.actions.inventory.since import from_json, is_way_back
from rollback.cluster import Cluster
from rollback.devices.compared import comparison_of
from rollback.devices.inventory import InventoryStore, Summary
from rollback.devices.projection import PropertyNames
from rollback.devices.surroundings import read_surroundings
from rollback.devices.taking import Order, Reader, take
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import Repeat, SystemName

WARM_KIND, CLOSED_KIND, AFTER_KIND = "capture-warm", "capture-closed", "capture-after"
REST_KIND, SURROUNDINGS_KIND = "capture-rest", "capture-surroundings"
KINDS = (WARM_KIND, CLOSED_KIND, AFTER_KIND, REST_KIND, SURROUNDINGS_KIND)
API_PORT = 4443
TRIES, TRIES_OF_REST = 60, 360
"""How often the nodes are tried again without any progress; the rest is read while nodes are swapped."""

HOPELESS = (LoginRefused, NotPermitted, WrongIdentity)


def capture(kind: str, group: int, text: str, **detail: Json) -> Change:
    """A capture as a change; `detail` holds the fields of `rollback.devices.taking.Order`."""
    how = "Export the device list in the console as CSV; keep the file, its number of rows and its sha256."
    return Change(kind, group, SystemName.XENMOBILE, str(detail["capture"]), text, detail, how=how)


def run_of(given: Given) -> str:
    """What names one run of a capture: the stage and its attempt."""
    return f"{given.stage}/{given.attempt}"


@dataclass(frozen=True)
class CaptureEffect:
    """Reads devices, or only what surrounds them, into the store."""

    settle = timedelta(0)
    repeat = Repeat.SAFE
    dies_with_us = False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Whether this run has it already."""
        found = _done(change, systems, given)
        if found is not None:
            raise AlreadySo(told(found))
        return {"run": run_of(given)}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Read until it is done."""
        ref = {"capture": change.detail["capture"]}
        watch.ref(ref)
        return self.follow(change, systems, given, ref, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Our own rows say how far it came; what is missing is read on."""
        found = _done(change, systems, given)
        return Done(told(found)) if found is not None else InFlight({"capture": change.detail["capture"]})

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Read on, from whichever node answers, until it is done or nothing has come for long."""
        tries = TRIES_OF_REST if change.detail.get("rest") else TRIES
        left, last = tries, "nothing was tried"
        while left:
            before = _missing(change, systems, given)
            try:
                found = _read(change, systems, given, watch)
            except HOPELESS as error:
                return Failed(str(error))
            except IntegrationError as error:
                last = error.what
            else:
                if not (change.detail.get("rest") and found.missing):
                    _note_comparison(change, systems, given)
                    return Done(told(found), facts={"rows": found.rows, "missing": found.missing, "hash": found.hash})
                last = f"the details of {found.missing} devices can't be read"
            left = left - 1 if _missing(change, systems, given) == before else tries
            watch.progress(None, f"waiting: {last}")
            watch.wait(given.estate.timings.look_again.total_seconds())
        return Failed(f"{change.text}: {last}. What was read is kept; try again, or attest an export of the console.")


def told(found: Summary) -> str:
    """What a capture has come to, in one sentence for people."""
    missing = f", details of {found.missing} missing" if found.missing else ""
    return f"{found.rows} devices are stored{missing}; hash {found.hash[:12]}"


def _done(change: Change, systems: Systems, given: Given) -> Summary | None:
    found = systems.get(InventoryStore).summary(given.rollback_id, change.detail["capture"])
    if found is None or not found.done or found.run != run_of(given):
        return None
    return found if found.whole or not change.detail.get("rest") else None


def _note_comparison(change: Change, systems: Systems, given: Given) -> None:
    """Have the audit log hold what the lists of people were made from."""
    if not change.detail.get("across") or not change.detail.get("cutoff"):
        return
    store = systems.get(InventoryStore)
    found = comparison_of(store, given.rollback_id, way_back=is_way_back(given))
    store.note_comparison(given.rollback_id, found.digest, asdict(found.counts))


def _missing(change: Change, systems: Systems, given: Given) -> tuple[int, int]:
    found = systems.get(InventoryStore).summary(given.rollback_id, change.detail["capture"])
    return (0, 0) if found is None else (found.rows, found.missing)


def _read(change: Change, systems: Systems, given: Given, watch: Watch) -> Summary:
    store, detail, place = systems.get(InventoryStore), change.detail, given.estate.xenmobile
    api = answering(systems, given, detail["nodes"])
    if change.kind == SURROUNDINGS_KIND:
        begun = store.begin(given.rollback_id, detail["capture"], run_of(given))
        store.note(begun.id, surroundings=read_surroundings(api))
        return store.finish(given.rollback_id, detail["capture"], whole=True)
    reader = Reader(
        api,
        PropertyNames(android_mode=place.android_property),
        place.page_size,
        place.requests_at_once,
        watch.progress,
        lambda: watch.wait(0),
    )
    order = Order(
        given.rollback_id,
        detail["capture"],
        run_of(given),
        base=detail.get("base", ""),
        across=detail.get("across", ""),
        rest=bool(detail.get("rest")),
        cutoff=from_json(detail.get("cutoff")),
    )
    return take(store, reader, order)


def answering(systems: Systems, given: Given, names: Iterable[str]) -> XenMobile:
    """The API of the first of these nodes whose port answers.

    Raises:
        Unreachable: None does.
    """
    cluster = systems.get(Cluster)
    tried: list[Node] = [given.estate.node(name) for name in names]
    for node in tried:
        if cluster.port(node, API_PORT) is PortState.OPEN:
            return cluster.api(node)
    raise Unreachable("xenmobile", f"no node answers on port {API_PORT} ({', '.join(node.name for node in tried)})")


def nodes_to_read(given: Given, *, first: bool) -> list[str]:
    """The nodes in the order in which they are tried.

    Args:
        given: The stage.
        first: FIRST first, as after the restore; else the last one first, since bundles are usually made on FIRST.
    """
    names = [node.name for node in given.estate.nodes]
    picked = given.choices.get("first")
    if picked in names:
        names = [picked, *(name for name in names if name != picked)]
    return names if first else names[::-1]
