"""The tasks of the pretend vCenter: begun by a call, carried on by the world's time, forgotten some time after."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pyVmomi import VmomiSupport, vim, vmodl

from practice.vcenter.soap import NAMESPACE
from practice.vcenter.untyped import VimObject
from practice.world import Node, World
from practice.world.core import WorldError

FORGOTTEN_AFTER = timedelta(minutes=10)


@dataclass
class Record:
    """One task. `visible` is when it begins to be listed at its virtual machine."""

    moref: str
    method: str
    entity: VimObject
    entity_name: str
    queued: datetime
    visible: datetime
    state: str = "queued"
    percent: int | None = None
    completed: datetime | None = None
    result: VimObject = None
    error: VimObject = None


@dataclass(frozen=True)
class Work:
    """What a task does: the method and the ledger's verb for it, how long it takes, and the change itself."""

    method: str
    verb: str
    seconds: float
    run: Callable[[], VimObject]


class Tasks:
    """All tasks that are remembered. Callers hold the world's lock."""

    def __init__(self, world: World) -> None:
        """Begin without any."""
        self._world = world
        self._records: dict[str, Record] = {}
        self._numbers = itertools.count(1)

    def begin(self, node: Node, work: Work) -> VimObject:
        """Begin a task on a node and return its reference.

        Raises:
            vim.fault.TaskInProgress: Another one is at work on it.
        """
        now = self._world.now()
        entity = vim.VirtualMachine(node.moref)
        busy = [each for each in self._records.values() if each.entity == entity and each.completed is None]
        if busy:
            raise vim.fault.TaskInProgress(msg="Another task is already in progress.", task=vim.Task(busy[0].moref))
        late = self._world.faults.strike("late_result", f"vsphere:{work.verb}")
        delay = late.value if late is not None else 0.0
        record = Record(
            f"task-{next(self._numbers)}", work.method, entity, node.name, now, now + timedelta(seconds=delay)
        )
        self._records[record.moref] = record
        for percent in (0, 25, 50, 75):
            self._world.later(delay + work.seconds * percent / 100, partial(self._at, record, percent))
        self._world.later(delay + work.seconds, partial(self._finish, record, work))
        return vim.Task(record.moref)

    def info(self, moref: str) -> VimObject:
        """VSphere: `TaskInfo`; None if it is not remembered."""
        record = self._records.get(moref)
        if record is None or self._forgotten(record):
            return None
        return vim.TaskInfo(
            key=record.moref,
            task=vim.Task(record.moref),
            name=VmomiSupport.GetWsdlMethod(NAMESPACE, record.method),
            descriptionId=_description(record.method),
            entity=record.entity,
            entityName=record.entity_name,
            state=record.state,
            cancelled=False,
            cancelable=False,
            reason=vim.TaskReasonUser(userName="practice"),
            queueTime=record.queued,
            startTime=record.visible if record.state != "queued" else None,
            completeTime=record.completed,
            progress=record.percent if record.state == "running" else None,
            result=record.result,
            error=record.error,
            eventChainId=1,
        )

    def recent(self, entity: VimObject) -> list[VimObject]:
        """VSphere: `recentTask` of an entity."""
        now = self._world.now()
        return [
            vim.Task(each.moref)
            for each in self._records.values()
            if each.entity == entity and each.visible <= now and not self._forgotten(each)
        ]

    def _forgotten(self, record: Record) -> bool:
        return record.completed is not None and self._world.now() - record.completed > FORGOTTEN_AFTER

    def _at(self, record: Record, percent: int) -> None:
        record.state, record.percent = "running", percent

    def _finish(self, record: Record, work: Work) -> None:
        try:
            if self._world.faults.strike("fail", f"vsphere:{work.verb}"):
                raise vim.fault.GenericVmConfigFault(msg="The operation failed.", reason="practice")
            record.result, record.state = work.run(), "success"
        except WorldError as error:
            record.error, record.state = fault_of(error), "error"
        except vmodl.MethodFault as fault:
            record.error, record.state = fault, "error"
        record.completed = self._world.now()


def fault_of(error: WorldError) -> VimObject:
    """The world's no in vSphere's words."""
    words = f"The operation is not allowed: {error}."
    if error.code == "wrong_state":
        is_on = "is on" in str(error)
        states = ("poweredOff", "poweredOn") if is_on else ("poweredOn", "poweredOff")
        return vim.fault.InvalidPowerState(msg=words, requestedState=states[0], existingState=states[1])
    if error.code == "tools":
        return vim.fault.ToolsUnavailable(msg=words)
    if error.code == "not_found":
        return vmodl.fault.ManagedObjectNotFound(msg=words)
    return vim.fault.InvalidState(msg=words)


def _description(method: str) -> str:
    name = method.removesuffix("_Task").removesuffix("VM")
    return f"VirtualMachine.{name[0].lower()}{name[1:]}"
