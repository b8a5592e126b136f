"""vCenter's page: its session, what the login may, and each node's machine with its disks and snapshots."""

from collections.abc import Iterator, Sequence

from integrations.certificates import shown_by
from integrations.errors import IntegrationError
from integrations.vsphere import VSphere
from rollback.actions.inventory import proofs
from rollback.actions.inventory.preparing import Prepare
from rollback.actions.nodes import machines
from rollback.actions.nodes.kept import machines_kept
from rollback.actions.nodes.restoring import RestoreNode
from rollback.actions.nodes.shutting import no_tools
from rollback.actions.nodes.snapshotting import SnapshotNodes
from rollback.estate import Node
from rollback.readiness import judging
from rollback.readiness.place import Page, Place, Round, only
from rollback.systems import Systems
from storage.words import SystemName


def fill(taken: Round, page: Page) -> None:
    """Ask vCenter for everything that a rollback needs of it."""
    place, where = taken.place, taken.place.estate.vsphere
    page.certificate(place, lambda: shown_by(SystemName.VSPHERE, where.host, where.port))
    with place.connect(place.estate) as systems:
        vsphere = systems.get(VSphere)
        good = page.reads("reachable", lambda: _reachable(page, vsphere, f"{where.host}:{where.port}"))
        taken.reached[SystemName.VSPHERE].tell(good=good)
        if not good:
            return
        page.identity(vsphere.identity)
        page.clock(place, "vCenter", vsphere.clock)
        found = tuple(_there(place, page, vsphere))
        if found:
            view = only(systems, VSphere)
            page.reads("rights", lambda: _rights(place, page, view, found))
            page.reads("machines", lambda: _machines(place, page, view, found))
            page.reads("snapshots", lambda: _snapshots(place, page, view, found))


def _reachable(page: Page, vsphere: VSphere, where: str) -> None:
    vsphere.clock()
    page.passes("reachable", f"It answers at {where} and lets us in.")
    page.passes("version", f"{vsphere.about().name}.")


def _there(place: Place, page: Page, vsphere: VSphere) -> Iterator[Node]:
    """The nodes whose machine is where the settings say; the others have a row."""
    given = place.given()
    for node in place.estate.nodes:
        try:
            machines.read(vsphere, given, (node,))
        except IntegrationError as error:
            page.add(judging.trouble(page.subject, f"machine {node.name}", error))
        else:
            page.passes(f"machine {node.name}", f"{node.inventory_path} is there, and it is the machine that is meant.")
            yield node


def _rights(place: Place, page: Page, systems: Systems, nodes: Sequence[Node]) -> None:
    given = place.given(tuple(nodes))
    found = {one.vm.ref: one.node.name for one in machines.read(systems.get(VSphere), given, nodes)}
    by_rights: dict[frozenset[str], list[str]] = {}
    for ref, has in systems.get(VSphere).needless_privileges(list(found)).items():
        by_rights.setdefault(has, []).append(found[ref])
    extra = [f"The login may {', '.join(sorted(has))} on {', '.join(on)}" for has, on in by_rights.items() if has]
    proven = "The login has every right that it needs on each node, and none of those of an administrator."
    page.add(*judging.rights(page.subject, proofs.vsphere_rights(systems, given), extra, proven))


def _machines(place: Place, page: Page, systems: Systems, nodes: tuple[Node, ...]) -> None:
    given = place.given(nodes)
    found = [*place.meant(Prepare().preview(systems, given))]
    found += no_tools(machines.read(systems.get(VSphere), given, nodes))
    for node in nodes:
        found += place.meant(RestoreNode().preview(systems, place.given((node,))))
    good = "Each name is unique, Tools run, nothing waits for an answer, no snapshot is left."
    page.add(*judging.found(page.subject, "machines", found, good))


def _snapshots(place: Place, page: Page, systems: Systems, nodes: tuple[Node, ...]) -> None:
    given = place.given(nodes)
    preview = SnapshotNodes().preview(systems, given)
    kept = list(machines_kept(systems, given, preview))
    good = "No node is the bot's own machine, or the host of a system that the settings name."
    page.add(*judging.found(page.subject, "kept machines", kept, good))
    findings = place.meant(preview)
    good = "There is room for a snapshot of each node, and no old chain."
    page.add(*judging.found(page.subject, "snapshots", findings, good))
