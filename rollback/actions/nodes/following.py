"""Staying with a change of a machine: reading its task and the machine until the goal is seen, never assuming it."""

from collections.abc import Callable

from integrations.errors import IntegrationError, NotFound, Refused, WrongIdentity
from integrations.vsphere import Power, Task, TaskPhase, TaskRef, Vm, VSphere
from rollback.actions.action import Change, Done, Failed, Json, Outcome, Unknown, Watch
from rollback.actions.nodes.machines import resolve

STEP, TRIES = 0.5, 240  # seconds between two readings, and how many: two minutes for what takes seconds
BUSY, ALREADY = "TaskInProgress", "InvalidPowerState"  # vSphere: names of faults


def begin(send: Callable[[], TaskRef]) -> TaskRef | None:
    """Send a change that makes a task; None: another task is at work on the machine, perhaps our own of before."""
    try:
        return send()
    except Refused as refused:
        if refused.code != BUSY:
            raise
        return None


def sent(change: Change, stay: Callable[[], Outcome | None]) -> Outcome:
    """Stay with what was sent: an error from here on is one of reading, so the change may go on."""
    try:
        outcome = stay()
    except IntegrationError as error:
        return Failed(f"{change.target}: it was sent, then {error.what}", may_have_happened=True)
    if outcome is None:
        return Failed(f"{change.target}: it was sent, and is not seen yet", may_have_happened=True)
    return outcome


def until_power(
    change: Change, vsphere: VSphere, goal: Power, ref: Json, watch: Watch, tries: int = TRIES
) -> Outcome | None:
    """Read machine and task until the machine's power is `goal`; None: it was not seen in time.

    vSphere: ``InvalidPowerState`` means nothing before the power itself was read.
    """
    for _ in range(tries):
        vm, task = resolve(vsphere, change), task_of(vsphere, ref)
        if vm.power is goal:
            return Done(f"{change.target} is {goal.value}", facts={"machine": vm.ref})
        if task is not None and task.phase is TaskPhase.ERROR and task.fault != ALREADY:
            return Failed(f"{change.target} is {vm.power.value}: vCenter's task failed ({said(task)})")
        text = f"waits for an answer in vCenter: {vm.question}" if vm.question else vm.power.value
        watch.progress(task.percent if task else None, text)
        watch.wait(STEP)
    return None


def task_of(vsphere: VSphere, ref: Json) -> Task | None:
    """The task that `ref` names; None: it names none, or vCenter has forgotten it."""
    known = (ref or {}).get("task")
    if not known:
        return None
    try:
        return vsphere.task(TaskRef(known))
    except NotFound:
        return None


def running(vm: Vm, operation: str) -> Task | None:
    """The machine's task of that kind that goes on, if there is one. vSphere: `recentTask`."""
    return next((one for one in vm.tasks if not one.done and one.operation == operation), None)


def found(change: Change, vsphere: VSphere) -> Vm | Unknown:
    """The machine of a change; where it is gone or another one, only a person can tell what happened."""
    try:
        return resolve(vsphere, change)
    except (NotFound, WrongIdentity) as error:
        return Unknown(f"{change.target}: {error.what}. {error.next_step}")


def said(task: Task) -> str:
    """What a task ended with, in vCenter's words."""
    return ": ".join(part for part in (task.fault, task.message) if part) or "no reason told"
