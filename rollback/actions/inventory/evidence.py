"""`collect-evidence`: what a machine can read of the fault is stored; bundles and logs are kept by people."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from integrations.errors import IntegrationError
from integrations.netscaler import NetScaler, VServerKind
from integrations.sqlserver import SqlServer
from integrations.vsphere import VSphere
from integrations.xenmobile.health import PortState
from rollback.actions import probes
from rollback.actions.action import (
    AlreadySo,
    Change,
    Check,
    Done,
    Fact,
    Finding,
    Given,
    InFlight,
    Json,
    Look,
    Outcome,
    Preview,
    Samples,
    Verdict,
    Watch,
)
from rollback.actions.inventory.capturing import API_PORT, answering, nodes_to_read, run_of
from rollback.actions.nodes import machines
from rollback.actions.parts import Reads, passed, verdict
from rollback.cluster import Cluster
from rollback.devices.compared import is_done
from rollback.devices.inventory import CLOSED, WARM, InventoryStore
from rollback.devices.surroundings import read_surroundings
from rollback.systems import Systems
from storage.words import CheckState, Repeat, Severity, SystemName

KIND, STORED, NAME, HISTORY = "evidence-store", "stored", "evidence", "history of the ports"
PURPOSES = (80, 443, 8443, 4443)


class CollectEvidence(Reads):
    """Stores states, counters and settings as they are now, and asks people for the rest."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Our own rows are all that is changed."""
        text = "store ports, server properties, NetScaler states and counters, suspect pages and facts of the VMs"
        change = Change(KIND, 1, SystemName.XENMOBILE, NAME, text, how="Keep screenshots of all of it.")
        cluster = systems.get(Cluster)
        down = [n.name for n in given.estate.nodes if cluster.port(n, API_PORT) is not PortState.OPEN]
        api = next((name for name in nodes_to_read(given, first=False) if name not in down), "no node")
        return Preview(
            changes=(change,),
            facts=(Fact("read by the bot", f"{api}: make bundles on another node first"),),
            findings=(*_unreachable(down), *_read_by_the_bot(systems, given, down)),
            dies="Nothing is lost; the bot reads again.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """What was stored; what could not be read is named."""
        found = systems.get(InventoryStore).summary(given.rollback_id, NAME)
        if found is None or not found.done:
            text = "The bot has stored nothing; people keep it."
            return verdict(given, Check(STORED, CheckState.NOT_CHECKED, text))
        failed = {part: told["unread"] for part, told in found.extras["evidence"].items() if "unread" in told}
        stored = [part for part in found.extras["evidence"] if part not in failed]
        left = f" Not read: {'; '.join(f'{part} ({why})' for part, why in failed.items())}." if failed else ""
        return verdict(given, passed(STORED, f"Stored: {', '.join(stored)}.{left}"), warnings=tuple(failed.values()))

    def result(self, systems: Systems, given: Given) -> Json:
        """Connections of each vServer before the door was closed: what is usual, as far as anybody knows."""
        found = systems.get(InventoryStore).summary(given.rollback_id, NAME)
        counters = (found.extras["evidence"].get("netscaler") or {}) if found is not None and found.done else {}
        return {"connections": {name: one["connections"] for name, one in counters.get("counters", {}).items()}}


class StoreEvidence:
    """Reads everything once and keeps it beside the captures."""

    settle, repeat, dies_with_us = timedelta(0), Repeat.SAFE, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Whether this attempt has stored it already."""
        if self._done(systems, given):
            raise AlreadySo("it is stored already")
        return {}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Read each part; one that can't be read doesn't stop the others."""
        found = {part: _read(read) for part, read in _parts(systems, given)}
        store = systems.get(InventoryStore)
        begun = store.begin(given.rollback_id, NAME, run_of(given))
        store.note(begun.id, evidence=found)
        store.finish(given.rollback_id, NAME, whole=True)
        return Done(f"stored: {', '.join(found)}")

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Our own rows tell."""
        return Done("it is stored") if self._done(systems, given) else InFlight({})

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Read it again."""
        return self.act(change, systems, given, {}, watch)

    def _done(self, systems: Systems, given: Given) -> bool:
        found = systems.get(InventoryStore).summary(given.rollback_id, NAME)
        return found is not None and found.done and found.run == run_of(given)


def _parts(systems: Systems, given: Given) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "ports", lambda: _ports(systems, given)
    yield HISTORY, lambda: _history(systems, given)
    if systems.get(Cluster).has_api:
        yield "server", lambda: read_surroundings(answering(systems, given, nodes_to_read(given, first=False)))
    if systems.has(NetScaler):
        yield "netscaler", lambda: _netscaler(systems.get(NetScaler), given)
    if systems.has(SqlServer):
        database = given.estate.sqlserver.database
        yield "suspect pages", lambda: {"found": [asdict(p) for p in systems.get(SqlServer).suspect_pages(database)]}
    if systems.has(VSphere):
        yield "machines", lambda: _machines(systems.get(VSphere), given)


def _read(read: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
    try:
        return read()
    except IntegrationError as error:
        return {"unread": error.what}


def _ports(systems: Systems, given: Given) -> dict[str, dict[str, str]]:
    cluster = systems.get(Cluster)
    return {
        node.name: {str(purpose): cluster.port(node, purpose).value for purpose in PURPOSES}
        for node in given.estate.nodes
    }


def _history(systems: Systems, given: Given) -> dict[str, dict[str, dict[str, int]]]:
    """How often each port was bad since the rollback began: the fault is a port that goes down and comes up again."""
    with systems.get(InventoryStore).samples(given.rollback_id, given.estate.timings.sample_every) as samples:
        return {
            node.name: {str(purpose): samples.counted(probes.port(purpose), node.name) for purpose in probes.PORTS}
            for node in given.estate.nodes
        }


def _netscaler(netscaler: NetScaler, given: Given) -> dict[str, Any]:
    listed = given.estate.netscaler.vservers
    return {
        "vservers": {one.name: netscaler.vserver(VServerKind(one.kind), one.name).curstate for one in listed},
        "counters": {one.name: asdict(netscaler.counters(VServerKind(one.kind), one.name)) for one in listed},
    }


def _machines(vsphere: VSphere, given: Given) -> dict[str, Any]:
    return {
        one.node.name: {
            "power": one.vm.power.value,
            "tools": one.vm.tools_status,
            "snapshots": len(one.vm.snapshots),
            "booted": one.vm.boot_time.isoformat() if one.vm.boot_time else "",
        }
        for one in machines.read(vsphere, given, given.estate.nodes)
    }


def _unreachable(down: list[str]) -> Iterator[Finding]:
    if down:
        text = f"{', '.join(down)} can't be reached; its bundle can't be made unless it comes back."
        yield Finding("node-unreachable", Severity.WARN, text)


def _read_by_the_bot(systems: Systems, given: Given, down: list[str]) -> Iterator[Finding]:
    """A bundle takes a node's strength, and so does reading thousands of devices from it: not both on one node."""
    if not systems.get(Cluster).has_api or not _reading(systems.get(InventoryStore), given):
        return
    answering_now = [name for name in nodes_to_read(given, first=False) if name not in down]
    if answering_now:
        node, *others = answering_now
        instead = f"make bundles on {others[-1]} first" if others else "make its bundle when that is done"
        yield Finding("node-read-by-api", Severity.WARN, f"The bot reads the devices from {node}: {instead}.")


def _reading(store: InventoryStore, given: Given) -> bool:
    """Whether devices are being read, or are about to be: the early capture begins with the rollback."""
    early, closed = (store.summary(given.rollback_id, name) for name in (WARM, CLOSED))
    return not is_done(early) or (closed is not None and not closed.done)
