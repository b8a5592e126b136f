"""What makes a change of a node safe, read seconds before it on the connection that acts.

A change's detail may hold: ``must_be_off`` (names of nodes), ``one_version`` (no node of the other version may be on),
``door`` (``closed``), ``serves`` (name of a node that must serve), ``drained`` (name of a node whose members must have
no connection left).
"""

from integrations.netscaler import NetScaler
from integrations.vsphere import VSphere
from rollback.actions.action import Change, Given, GuardFailed
from rollback.actions.nodes.machines import read
from rollback.actions.nodes.readings import members_of
from rollback.actions.nodes.versions import of_the_other_version
from rollback.actions.nodes.watching import good_now, not_closed, powered
from rollback.systems import Systems
from storage.words import CheckState


def hold(change: Change, systems: Systems, given: Given) -> None:
    """Read every guard of the change.

    Raises:
        GuardFailed: One of them doesn't hold; it says which, and nothing was sent.
        IntegrationError: One of them can't be read; nothing was sent.
    """
    forbidden = [given.estate.node(name) for name in _beside(change, given)]
    if forbidden:
        on = powered(read(systems.get(VSphere), given, forbidden))
        if on:
            raise GuardFailed(f"{', '.join(on)} is not off, and {change.target} must not run beside it")
    if change.detail.get("door") == "closed" and (wrong := not_closed(systems, given)):
        raise GuardFailed(f"the door is not proven closed: {'; '.join(wrong)}")
    if serves := change.detail.get("serves"):
        seen = good_now("serves", systems, given.estate.node(serves))
        if seen.state is not CheckState.PASSED:
            raise GuardFailed(f"{serves} does not serve, so {change.target} stays on: {seen.text}")
    if (name := change.detail.get("drained")) and (left := connections(systems, given, name)):
        raise GuardFailed(f"{name} still has {left} connections")


def _beside(change: Change, given: Given) -> tuple[str, ...]:
    """Names of the nodes that must not run beside the change's."""
    if change.detail.get("one_version"):
        return tuple(name for name in of_the_other_version(given) if name != change.target)
    return tuple(change.detail.get("must_be_off", ()))


def connections(systems: Systems, given: Given, name: str) -> int:
    """Connections that the node's members still carry; 0 where no NetScaler is read or it tells none."""
    if not systems.has(NetScaler):
        return 0
    netscaler = systems.get(NetScaler)
    found = members_of(netscaler, given.estate, given.estate.node(name))
    return sum(netscaler.member_connections(one.group, one.server, one.port) or 0 for one in found)
