"""Removing a snapshot that this rollback took, found by its name; its disks are merged, which can take hours."""

from datetime import timedelta

from integrations.vsphere import Task, TaskPhase, Vm, VSphere
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
from rollback.actions.database.reading import SAVING
from rollback.actions.nodes.following import begin, found, said, sent, task_of
from rollback.actions.nodes.machines import placeholder, resolve
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import Repeat, StageState, SystemName

REMOVE = "snapshot-remove"
STEP = 5.0  # seconds between two readings of a task that may last for hours
LATEST = timedelta(seconds=100)  # longer than a change was ever seen to take to show
GONE = 24  # readings of a machine whose task is over: two minutes


def remove_snapshot(given: Given, node: Node, vm: Vm | None, group: int, name: str) -> Change:
    """One snapshot gone, what stands on it kept."""
    return Change(
        REMOVE,
        group,
        SystemName.VSPHERE,
        node.name,
        f"snapshot {name} of {node.name} removed, its disk merged into the one that is in use",
        {**placeholder(given, node, vm), "name": name},
        destructive=True,
        already=vm is not None and not vm.named(name),
        how=f"In vCenter delete the snapshot {name} of {node.inventory_path}, and none of the others.",
    )


class SnapshotRemoveEffect:
    """One snapshot is removed; where its reply was lost it is looked for twice before it is asked for again."""

    settle, repeat, dies_with_us = LATEST, Repeat.AFTER_LOOKING, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """It must be the only one of its name, and nobody may want it back."""
        vsphere = systems.get(VSphere)
        ours = resolve(vsphere, change).named(change.detail["name"])
        if not ours:
            raise AlreadySo(f"{change.target} has no snapshot {change.detail['name']} any more")
        if len(ours) > 1:
            raise GuardFailed(f"{change.target} has {len(ours)} snapshots called {change.detail['name']}")
        if wanted := way_back_wanted(given):
            raise GuardFailed(wanted)
        return {"snapshot": ours[0].ref, "at": vsphere.clock().isoformat()}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """VSphere: `RemoveSnapshot_Task` of the very snapshot that the guards have seen, once."""
        vsphere = systems.get(VSphere)
        task = begin(lambda: vsphere.snapshot_remove(before["snapshot"]))
        if task is None:
            return Failed(f"{change.target}: another task is at work on it", may_have_happened=True)
        watch.ref({"task": task})
        return self.follow(change, systems, given, {"task": task}, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """A task that goes on; else the machine's tree, in which it is or isn't any more."""
        vm = found(change, systems.get(VSphere))
        if isinstance(vm, Unknown):
            return vm
        task = _removing(vm)
        if task is not None:
            return InFlight({"task": task.ref}, f"{change.target}: the disks are being merged")
        return _in_tree(change, vm)

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Stay with the task to its end, however long it takes; the tree is the proof."""
        return sent(change, lambda: _to_its_end(change, systems.get(VSphere), ref, watch))


def way_back_wanted(given: Given) -> str:
    """Why what was kept for the way back has to stay; empty: nobody wants it any more."""
    back = [name for name, state in given.states.items() if _leads_back(name) and state != StageState.SKIPPED]
    if back:
        return f"the way back is being taken ({back[0]})"
    if given.states.get("go-live") != StageState.SUCCEEDED:
        return "nobody has declared the service healthy, so the way back is still wanted"
    return ""


def _leads_back(stage: str) -> bool:
    """Whether a stage belongs to the way back, by its name; `back-up-database` saves, and leads nowhere."""
    return stage.startswith("back-") and stage != SAVING


def _removing(vm: Vm) -> Task | None:
    """VSphere: `descriptionId` of the task differs between releases; both words are in all of them."""
    words = ("snapshot", "remove")
    return next((t for t in vm.tasks if not t.done and all(word in t.operation.lower() for word in words)), None)


def _to_its_end(change: Change, vsphere: VSphere, ref: Json, watch: Watch) -> Outcome | None:
    left = GONE
    while left:
        task = task_of(vsphere, ref)
        if task is not None and task.phase is TaskPhase.ERROR:
            return Failed(f"{change.target}: the snapshot was not removed ({said(task)})")
        if task is None or task.done:
            seen = _in_tree(change, resolve(vsphere, change))
            if isinstance(seen, Done):
                return seen
            left -= 1
        watch.progress(task.percent if task else None, "the disks are being merged")
        watch.wait(STEP)
    return None


def _in_tree(change: Change, vm: Vm) -> Done | NotDone:
    name = change.detail["name"]
    if vm.named(name):
        return NotDone(f"{change.target} still has the snapshot {name}.")
    told = f"{change.target} has no snapshot {name} any more"
    return Done(f"{told}; its disks still need consolidation" if vm.consolidation_needed else told)
