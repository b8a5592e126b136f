"""Restore points against the machines that they are of, and the jobs that would touch those machines.

Needs vCenter and Veeam: it waits until each has said that it answers, and goes by names where vCenter does not.
"""

from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from rollback.actions.inventory.preparing import Prepare
from rollback.actions.nodes import machines
from rollback.actions.nodes.shutting import veeam_busy
from rollback.readiness import judging
from rollback.readiness.place import Page, Place, Round, only
from rollback.readiness.rows import Outlook, Row
from rollback.systems import Systems
from storage.words import Mode, SystemName

ABOUT_POINTS = frozenset(
    {"outside-pairing-window", "node-not-restorable", "no-way-back", "points-old", "points-week-old"}
)


def fill(taken: Round, page: Page) -> None:
    """Ask for every node's restore points."""
    place = taken.place
    if not taken.waited_for(SystemName.VEEAM):
        text = "Not read, because Veeam does not answer."
        page.add(Row(page.subject, "points", Outlook.FAIL, text, "See Veeam's own row."))
        return
    proven = place.estate.mode(SystemName.VSPHERE) is not Mode.OFF and taken.waited_for(SystemName.VSPHERE)
    with place.connect(place.estate) as systems:
        view = only(systems, Veeam, VSphere) if proven else only(systems, Veeam)
        page.reads("points", lambda: _points(place, page, view, proven=proven))
        if proven:
            page.reads("jobs", lambda: _jobs(place, page, view))


def _points(place: Place, page: Page, systems: Systems, *, proven: bool) -> None:
    preview = Prepare().preview(systems, place.given())
    found = [one for one in place.meant(preview) if one.code in ABOUT_POINTS]
    told = "; ".join(f"{fact.name}: {fact.value}" for fact in preview.facts if fact.name.startswith("restore point"))
    when = "" if place.upgrade_told else " Judged as if an upgrade began now."
    page.add(*judging.found(page.subject, "points", found, f"Each node has one that could be restored: {told}.{when}"))
    if not proven and place.estate.mode(SystemName.VSPHERE) is not Mode.OFF:
        text = "vCenter does not answer: the points were found by the machines' names, which prove nothing."
        page.add(Row(page.subject, "points", Outlook.WARN, text, "See vCenter's own row."))


def _jobs(place: Place, page: Page, systems: Systems) -> None:
    """Veeam's jobs on the nodes: one that runs is in the way; others are told, and paused in `prepare`."""
    seen = machines.read(systems.get(VSphere), place.given(), place.estate.nodes)
    refs = {str(one.vm.ref): one.node.name for one in seen}
    touching = [one for one in systems.get(Veeam).jobs_touching(refs) if not one.job.disabled]
    told = ", ".join(one.job.name for one in touching)
    good = f"None runs now; to be paused in `prepare`: {told}." if told else "No job of Veeam touches the nodes."
    busy = veeam_busy(systems, seen)
    if touching and place.open and not busy:
        todo = "Let the backup administrator pause them while the rollback is open."
        text = f"These jobs would fire: {told}."
        page.add(Row(page.subject, "jobs", Outlook.WARN, text, todo, "jobs-would-fire"))
        return
    page.add(*judging.found(page.subject, "jobs", busy, good))
