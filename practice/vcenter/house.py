"""What the calls of the pretend vCenter work on: everything that it has, in one place."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pyVmomi import vim, vmodl

from practice.vcenter.collector import Reader
from practice.vcenter.inventory import ROOT, Inventory
from practice.vcenter.machine import about
from practice.vcenter.sessions import Session, Sessions
from practice.vcenter.tasks import Tasks
from practice.vcenter.untyped import VimObject
from practice.world import World

RIGHTS = {
    "PowerOnVM_Task": "VirtualMachine.Interact.PowerOn",
    "PowerOffVM_Task": "VirtualMachine.Interact.PowerOff",
    "ShutdownGuest": "VirtualMachine.Interact.PowerOff",
    "CreateSnapshot_Task": "VirtualMachine.State.CreateSnapshot",
    "RemoveSnapshot_Task": "VirtualMachine.State.RemoveSnapshot",
    "RevertToSnapshot_Task": "VirtualMachine.State.RevertToSnapshot",
}
ALL_RIGHTS = frozenset({"System.View", "System.Read", *RIGHTS.values()})


@dataclass
class House:
    """The pretend vCenter behind its port.

    Attributes:
        content: vSphere: `ServiceContent`, which names the managers and the identity.
        rights: The privileges that every login has; a test takes some away.
        clock_offset: How far vCenter's clock is off.
    """

    world: World
    content: VimObject
    sessions: Sessions
    tasks: Tasks
    inventory: Inventory
    reader: Reader
    rights: set[str] = field(default_factory=lambda: set(ALL_RIGHTS))
    clock_offset: timedelta = timedelta(0)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


@dataclass
class Caller:
    """Who calls: with a session, or without until a login opens one."""

    session: Session | None

    def known(self) -> Session:
        """The session.

        Raises:
            vim.fault.NotAuthenticated: There is none.
        """
        if self.session is None:
            raise vim.fault.NotAuthenticated(msg="The session is not authenticated.", privilegeId="System.View")
        return self.session


def furnish(world: World, logins: Mapping[str, str], identity: str, bystanders: int) -> House:
    """A house for a world."""
    content = _content(identity)
    tasks = Tasks(world)
    inventory = Inventory(world, tasks, content, bystanders)
    return House(world, content, Sessions(world, logins), tasks, inventory, Reader(inventory))


def _content(identity: str) -> VimObject:
    return vim.ServiceInstanceContent(
        rootFolder=ROOT,
        about=about(identity),
        propertyCollector=vmodl.query.PropertyCollector("propertyCollector"),
        viewManager=vim.view.ViewManager("ViewManager"),
        sessionManager=vim.SessionManager("SessionManager"),
        authorizationManager=vim.AuthorizationManager("AuthorizationManager"),
        eventManager=vim.event.EventManager("EventManager"),
        taskManager=vim.TaskManager("TaskManager"),
        searchIndex=vim.SearchIndex("SearchIndex"),
    )
