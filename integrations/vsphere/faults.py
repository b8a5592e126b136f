"""What went wrong with a call, in our own words: vCenter's faults and the wire's failures, mapped to one tree.

Each vCenter fault is told by its type and its own words, because the words alone are sometimes empty.
"""

from pyVmomi import vim, vmodl

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    Unreachable,
    WrongAnswer,
)
from integrations.vsphere.wire import ReplyLost, Unreadable, Unsent

SYSTEM = "vsphere"
_LONGEST = 300
# The server gave up somewhere inside, or names no fault: a change that was begun may still go on.
_UNSURE = (vmodl.fault.SystemError, vmodl.fault.HostCommunication, vmodl.fault.RequestCanceled)
TROUBLE = (Unsent, ReplyLost, Unreadable, vmodl.MethodFault)


def short_name(fault: object) -> str:
    """The vendor's short name of a fault's or event's type, e.g. ``InvalidPowerState``."""
    return type(fault).__name__.rpartition(".")[2]


def fault_words(fault: object) -> str:
    """The vendor's message of a fault on one line, cut to a readable length; empty if it has none."""
    return " ".join(str(getattr(fault, "msg", None) or "").split())[:_LONGEST]


def told(error: Exception, what: str, *, change: bool = False) -> IntegrationError:
    """The error to raise for `error`, met while doing `what`.

    Args:
        error: One of `TROUBLE`.
        what: What was being done, e.g. ``powering vm-101 on``.
        change: Whether it was a change, so that a lost reply leaves its outcome unknown.
    """
    if isinstance(error, Unsent):
        return Unreachable(SYSTEM, f"{what}: {error}")
    if isinstance(error, ReplyLost):
        return (OutcomeUnknown if change else Unreachable)(SYSTEM, f"{what}: {error}")
    if isinstance(error, Unreadable):
        return WrongAnswer(SYSTEM, f"{what}: {error}", may_have_happened=change)
    return _of_fault(error, what, change=change)


def login_refused(fault: object) -> LoginRefused:
    """The error of a login that vCenter said no to."""
    return LoginRefused(SYSTEM, f"vCenter refused the login ({short_name(fault)})")


def _of_fault(fault: Exception, what: str, *, change: bool) -> IntegrationError:
    name = short_name(fault)
    text = f"{what}: {name}"
    if isinstance(fault, vim.fault.NotAuthenticated):
        return SessionEnded(SYSTEM, f"{text}: the session is no longer there")
    if isinstance(fault, vim.fault.NoPermission):
        right = getattr(fault, "privilegeId", None) or "a right that vCenter does not name"
        return NotPermitted(SYSTEM, f"{text}: it needs {right}")
    if isinstance(fault, vmodl.fault.ManagedObjectNotFound):
        return NotFound(
            SYSTEM,
            f"{text}: the reference is no longer valid",
            next_step="Find it again by its inventory path, or press Check again.",
        )
    if isinstance(fault, vmodl.fault.MethodNotFound):
        return WrongAnswer(SYSTEM, f"{text}: this server does not know the call")
    words = ": ".join(part for part in (text, _detail(fault), fault_words(fault)) if part)
    unsure = isinstance(fault, _UNSURE) or type(fault) is vmodl.RuntimeFault
    return Refused(SYSTEM, words, code=name, may_have_happened=change and unsure)


def _detail(fault: Exception) -> str:
    if isinstance(fault, vim.fault.InvalidPowerState):
        return f"it is {getattr(fault, 'existingState', None) or 'in another state'}"
    return ""
