"""A snapshot of one machine, found again by the name that we give it: vSphere lets two have the same."""

from datetime import timedelta

from integrations.vsphere import Power, TaskPhase, Vm, VSphere
from rollback.actions.action import (
    AlreadySo,
    Change,
    Done,
    Failed,
    Given,
    GuardFailed,
    InFlight,
    Json,
    Look,
    NotDone,
    Outcome,
    Unknown,
    Watch,
)
from rollback.actions.nodes.following import STEP, begin, found, running, said, sent, task_of
from rollback.actions.nodes.machines import resolve
from rollback.systems import Systems
from storage.words import Repeat

TRIES = 1200  # looks, STEP apart: ten minutes; a snapshot without memory takes seconds
LATEST = timedelta(seconds=100)  # longer than a change was ever seen to take to show
OPERATION = "VirtualMachine.createSnapshot"  # vSphere: `descriptionId`


class SnapshotEffect:
    """One snapshot, without memory and without quiescing."""

    settle, repeat, dies_with_us = LATEST, Repeat.AFTER_LOOKING, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Its snapshots; it must be off, and none may have our name."""
        vsphere = systems.get(VSphere)
        vm = resolve(vsphere, change)
        ours = vm.named(change.detail["name"])
        if len(ours) == 1:
            raise AlreadySo(f"{change.target} has the snapshot {change.detail['name']} already")
        if ours:
            raise GuardFailed(f"{change.target} has {len(ours)} snapshots called {change.detail['name']}")
        if vm.power is not Power.OFF:
            raise GuardFailed(f"{change.target} is {vm.power.value}, not off")
        return {"snapshots": [one.name for one in vm.snapshots], "at": vsphere.clock().isoformat()}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """VSphere: `CreateSnapshot_Task`, once."""
        vsphere = systems.get(VSphere)
        vm, detail = resolve(vsphere, change), change.detail
        task = begin(lambda: vsphere.snapshot_create(vm.ref, detail["name"], _description(change, given)))
        if task is None:
            return Failed(f"{change.target}: another task is at work on it", may_have_happened=True)
        watch.ref({"task": task})
        return self.follow(change, systems, given, {"task": task}, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """A task that goes on, or a snapshot of our name in the machine's tree."""
        vm = found(change, systems.get(VSphere))
        if isinstance(vm, Unknown):
            return vm
        task = running(vm, OPERATION)
        return InFlight({"task": task.ref}) if task else _in_tree(change, vm)

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Stay with the task to its end; the tree is the proof."""
        return sent(change, lambda: _to_its_end(change, systems.get(VSphere), ref, watch))


def _description(change: Change, given: Given) -> str:
    """What whoever finds it in vCenter reads; the number of the change may have come after the votes."""
    number = str(given.facts.get("change_number") or "")
    return f"{given.rollback}: {change.target} before it is restored. Remove it in clean-up. {number}".strip()


def _to_its_end(change: Change, vsphere: VSphere, ref: Json, watch: Watch) -> Outcome | None:
    for _ in range(TRIES):
        task = task_of(vsphere, ref)
        if task is not None and task.phase is TaskPhase.ERROR:
            return Failed(f"{change.target}: the snapshot was not taken ({said(task)})")
        if task is None or task.done:
            seen = _in_tree(change, resolve(vsphere, change))
            if isinstance(seen, (Done, Unknown)):
                return seen
        watch.progress(task.percent if task else None)
        watch.wait(STEP)
    return None


def _in_tree(change: Change, vm: Vm) -> Done | NotDone | Unknown:
    name = change.detail["name"]
    ours = vm.named(name)
    if len(ours) > 1:
        return Unknown(
            f"{change.target} has {len(ours)} snapshots called {name}: find out which is ours, remove the rest"
        )
    if ours:
        return Done(f"{change.target} has the snapshot {name}", facts={"snapshot": ours[0].ref})
    return NotDone(f"{change.target} has no snapshot called {name}")
