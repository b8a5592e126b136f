"""What vCenter's event log says about a VM's power: how "off without a break" is proven."""

from collections.abc import Iterator
from datetime import datetime

from pyVmomi import vim

from integrations.errors import WrongAnswer
from integrations.vsphere.collecting import moment
from integrations.vsphere.faults import SYSTEM, short_name
from integrations.vsphere.session import Opened
from integrations.vsphere.untyped import VimObject
from integrations.vsphere.values import PowerChange, PowerEvent, VmRef

MOST = 1000  # vSphere: the greatest `maxCount`
_Event = vim.event
# Subtypes count: a VM that HA or DRS started sends an event of its own type, derived from VmPoweredOnEvent.
_MEANING = (
    (_Event.VmResettingEvent, PowerChange.RESET),
    (_Event.VmGuestRebootEvent, PowerChange.RESET),
    (_Event.VmPoweredOnEvent, PowerChange.ON),
    (_Event.VmStartingEvent, PowerChange.ON),
    (_Event.VmResumingEvent, PowerChange.ON),
    (_Event.VmPoweredOffEvent, PowerChange.OFF),
    (_Event.VmSuspendedEvent, PowerChange.SUSPENDED),
)


def power_events(opened: Opened, ref: VmRef, since: datetime) -> list[PowerEvent]:
    """Every event about the VM's power from `since` on, oldest first. vSphere: `QueryEvents`.

    Raises:
        WrongAnswer: There are so many events that some may be left out.
    """
    spec = _Event.EventFilterSpec(
        entity=_Event.EventFilterSpec.ByEntity(entity=opened.reference(vim.VirtualMachine, ref), recursion="self"),
        time=_Event.EventFilterSpec.ByTime(beginTime=since),
        maxCount=MOST,
    )
    told = opened.content.eventManager.QueryEvents(spec)
    if len(told) >= MOST:
        raise WrongAnswer(
            SYSTEM,
            f"vCenter knows {MOST} events or more of {ref}, so some may be left out",
            next_step="Read the VM's events in the vSphere client.",
        )
    return sorted((each for each in _understood(told) if each.at >= since), key=lambda each: each.at)


def meaning(event: object) -> PowerChange | None:
    """What an event says about the power of its VM; None if it says nothing."""
    return next((change for kind, change in _MEANING if isinstance(event, kind)), None)


def _understood(told: VimObject) -> Iterator[PowerEvent]:
    for each in told:
        at, change = moment(each.createdTime), meaning(each)
        if at is not None and change is not None:
            yield PowerEvent(at, change, short_name(each))
