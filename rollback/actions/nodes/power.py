"""Power on, guest shutdown, power off: goals, so safe to repeat; believed only when the power was read."""

from datetime import timedelta

from integrations.vsphere import Power, TaskRef, VmRef, VSphere
from rollback.actions.action import (
    AlreadySo,
    Change,
    Done,
    Failed,
    Given,
    InFlight,
    Json,
    Look,
    NotDone,
    Outcome,
    Unknown,
    Watch,
)
from rollback.actions.nodes.following import STEP, begin, found, running, sent, until_power
from rollback.actions.nodes.guards import hold
from rollback.actions.nodes.machines import resolve
from rollback.actions.nodes.watching import seconds
from rollback.systems import Systems
from storage.words import Repeat

HEARD = timedelta(seconds=30)
"""How long after it was asked a guest that is still on is taken to be shutting down, before it is asked again."""


class PowerEffect:
    """A machine's power is set by a task of vCenter."""

    settle, repeat, dies_with_us = timedelta(seconds=5), Repeat.SAFE, False

    def __init__(self, *, on: bool) -> None:
        """For one direction."""
        self._goal = Power.ON if on else Power.OFF
        # vSphere: `descriptionId` of the tasks.
        self._operation = "VirtualMachine.powerOn" if on else "VirtualMachine.powerOff"

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Its power, and what must hold."""
        vsphere = systems.get(VSphere)
        vm = resolve(vsphere, change)
        if vm.power is self._goal:
            raise AlreadySo(f"{change.target} is {vm.power.value} already")
        hold(change, systems, given)
        return {"power": vm.power.value, "machine": vm.ref, "at": vsphere.clock().isoformat()}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """VSphere: `PowerOnVM_Task` or `PowerOffVM_Task`, once."""
        vsphere = systems.get(VSphere)
        vm = resolve(vsphere, change)
        task = begin(lambda: self._send(vsphere, vm.ref))
        watch.ref({"task": task})
        return self.follow(change, systems, given, {"task": task}, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Its `powerState`; a task that goes on is followed."""
        vm = found(change, systems.get(VSphere))
        if isinstance(vm, Unknown):
            return vm
        if vm.power is self._goal:
            return Done(f"{change.target} is {vm.power.value}", ours=False)
        task = running(vm, self._operation)
        return InFlight({"task": task.ref}) if task else NotDone(f"{change.target} is {vm.power.value}")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Stay with the task until the power is read."""
        return sent(change, lambda: until_power(change, systems.get(VSphere), self._goal, ref, watch))

    def _send(self, vsphere: VSphere, ref: VmRef) -> TaskRef:
        return vsphere.power_on(ref) if self._goal is Power.ON else vsphere.power_off(ref)


class ShutDownEffect:
    """A guest is asked to shut down; no task of vCenter tells when it has."""

    settle, repeat, dies_with_us = timedelta(seconds=5), Repeat.SAFE, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Its power by vCenter's clock, and what must hold."""
        vsphere = systems.get(VSphere)
        vm = resolve(vsphere, change)
        if vm.power is Power.OFF:
            raise AlreadySo(f"{change.target} is off already")
        hold(change, systems, given)
        return {"power": vm.power.value, "machine": vm.ref, "at": vsphere.clock().isoformat()}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """VSphere: `ShutdownGuest`, once; then wait until the machine is off."""
        vsphere = systems.get(VSphere)
        vm = resolve(vsphere, change)
        vsphere.guest_shutdown(vm.ref)
        watch.ref({"asked": before["at"]})
        return self.follow(change, systems, given, {"asked": before["at"]}, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Its `powerState`; a guest that was asked a moment ago, or perhaps was, is given time."""
        vsphere = systems.get(VSphere)
        vm = found(change, vsphere)
        if isinstance(vm, Unknown):
            return vm
        if vm.power is Power.OFF:
            return Done(f"{change.target} is off", ours=False)
        asked = (before or {}).get("at", "")
        within = min(HEARD, given.estate.vsphere.guest_grace)
        if asked and vsphere.clock() - type(given.now).fromisoformat(asked) < within:
            return InFlight({"asked": asked, "heard": _heard(ref)}, f"{change.target} was asked to shut down")
        return NotDone(f"{change.target} is {vm.power.value}")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Wait for it to be off as long as guests get; then it is powered off hard, where that was approved.

        Where it can't be known that it was asked, it is looked for again instead, and asked.
        """
        vsphere, grace = systems.get(VSphere), given.estate.vsphere.guest_grace
        span = grace if _heard(ref) else min(HEARD, grace)
        tries = max(1, round(span.total_seconds() / STEP))
        out_of_time = Failed("")
        outcome = sent(change, lambda: until_power(change, vsphere, Power.OFF, None, watch, tries) or out_of_time)
        if outcome is not out_of_time:
            return outcome
        if not _heard(ref):
            return Failed(f"{change.target} is still on and was perhaps never asked", may_have_happened=True)
        if change.detail.get("hard_next"):
            return Done(f"{change.target} is still on after {seconds(grace)}; its plug is pulled next", ours=True)
        if change.detail.get("hard_off"):
            task = begin(lambda: vsphere.power_off(resolve(vsphere, change).ref))
            watch.ref({"task": task})
            return sent(change, lambda: until_power(change, vsphere, Power.OFF, {"task": task}, watch))
        return Failed(
            f"{change.target} was asked to shut down and is still on after {seconds(grace)}. It may still do so by "
            "itself. Look at its console in vCenter; try again when it is off or ready."
        )


def _heard(ref: Json) -> bool:
    """Whether vCenter is known to have taken the request: only then was `ref` kept by `act`."""
    return bool((ref or {}).get("heard", ref))
