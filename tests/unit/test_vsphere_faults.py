"""Which of vCenter's faults becomes which of our errors."""

import pytest
from pyVmomi import vim, vmodl

from integrations.errors import (
    IntegrationError,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    Unreachable,
    WrongAnswer,
)
from integrations.vsphere.faults import told
from integrations.vsphere.wire import ReplyLost, Silent, Unreadable, Unsent

VM = vim.VirtualMachine("vm-1")
# What was met, the error for a read, the error for a change, and whether the change may have happened.
TABLE: list[tuple[Exception, type[IntegrationError], type[IntegrationError], bool]] = [
    (Unsent("no connection"), Unreachable, Unreachable, False),
    (ReplyLost("it broke off"), Unreachable, OutcomeUnknown, True),
    (Silent("it stayed silent"), Unreachable, OutcomeUnknown, True),
    (Unreadable("HTTP 503"), WrongAnswer, WrongAnswer, True),
    (vim.fault.NotAuthenticated(object=VM), SessionEnded, SessionEnded, False),
    (vim.fault.NoPermission(object=VM, privilegeId="System.Read"), NotPermitted, NotPermitted, False),
    (vmodl.fault.ManagedObjectNotFound(obj=VM), NotFound, NotFound, False),
    (vmodl.fault.MethodNotFound(receiver=VM, method="x"), WrongAnswer, WrongAnswer, False),
    (vim.fault.InvalidPowerState(existingState="poweredOff"), Refused, Refused, False),
    (vim.fault.TaskInProgress(task=vim.Task("task-1")), Refused, Refused, False),
    (vim.fault.ToolsUnavailable(), Refused, Refused, False),
    (vmodl.fault.SystemError(reason="x"), Refused, Refused, True),
    (vmodl.fault.HostCommunication(), Refused, Refused, True),
    (vmodl.fault.RequestCanceled(), Refused, Refused, True),
    (vmodl.RuntimeFault(), Refused, Refused, True),
]


@pytest.mark.parametrize(("met", "for_read", "for_change", "open_end"), TABLE, ids=[type(e[0]).__name__ for e in TABLE])
def test_each_failure_says_what_it_proves(
    met: Exception, for_read: type[IntegrationError], for_change: type[IntegrationError], *, open_end: bool
) -> None:
    """A read never changed anything; a change may have happened exactly where nothing proves that it did not."""
    read, change = told(met, "reading vm-1"), told(met, "powering vm-1 on", change=True)
    assert (type(read), read.may_have_happened) == (for_read, False)
    assert (type(change), change.may_have_happened) == (for_change, open_end)
    assert change.system == "vsphere"
    assert change.what.startswith("powering vm-1 on: ")
    assert change.next_step.endswith(".")


def test_a_fault_is_told_by_name_state_and_words() -> None:
    """Type, state and vCenter's words stand in the text; the type is the code."""
    fault = vim.fault.InvalidPowerState(existingState="poweredOff", msg="Not in\nthis state.")
    error = told(fault, "shutting vm-1 down")
    assert isinstance(error, Refused)
    assert error.code == "InvalidPowerState"
    assert error.what == "shutting vm-1 down: InvalidPowerState: it is poweredOff: Not in this state."


def test_a_missing_right_is_told_by_its_name() -> None:
    """The right that is missing is what a person needs to know; where vCenter names none, that is said."""
    named = told(vim.fault.NoPermission(object=VM, privilegeId="VirtualMachine.Interact.PowerOn"), "x")
    assert "VirtualMachine.Interact.PowerOn" in str(named)
    assert "a right that vCenter does not name" in str(told(vim.fault.NoPermission(object=VM), "x"))
