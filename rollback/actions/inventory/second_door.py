"""Ways by which devices may come in beside the door, as far as the NetScaler knows of them: GSLB and inbound NAT.

A firewall's NAT, or GSLB on another appliance, nobody but people can tell of.
"""

from collections.abc import Iterator

from integrations.errors import NotFound, NotPermitted, Refused
from integrations.netscaler import NetScaler
from rollback.actions.action import Finding, Given
from rollback.systems import Systems
from storage.words import Severity

MISSING = (NotFound, Refused)
"""What an appliance says that lacks the feature."""


def second_doors(systems: Systems, given: Given) -> Iterator[Finding]:
    """Names that are answered with other addresses too, and addresses that lead to a node past the vServers."""
    if not systems.has(NetScaler):
        return
    netscaler = systems.get(NetScaler)
    try:
        ways = (*_by_name(netscaler, given), *_by_address(netscaler, given))
    except NotPermitted as refused:
        text = f"Whether GSLB or NAT lead past the door can't be read: {refused.what}."
        yield Finding("second-door", Severity.WARN, text)
        return
    for way in ways:
        yield Finding("second-door", Severity.WARN, f"{way}: devices may come in past the door.")


def _by_name(netscaler: NetScaler, given: Given) -> Iterator[str]:
    try:
        found = netscaler.global_vservers()
    except MISSING:
        return
    ours = given.estate.xenmobile.tls_name.casefold()
    for one in found:
        names = [name for name in one.domains if name.casefold() == ours]
        if names and not one.disabled:
            yield f"GSLB ({one.name}) answers {names[0]}, perhaps with the address of another site"


def _by_address(netscaler: NetScaler, given: Given) -> Iterator[str]:
    nodes = {node.address: node.name for node in given.estate.nodes}
    try:
        rules = netscaler.inbound_nat()
        if rules:
            nodes |= _members(netscaler, given)
    except MISSING:
        return
    for rule in rules:
        if rule.private in nodes:
            yield f"NAT ({rule.name}) leads from {rule.public} to {nodes[rule.private]}"


def _members(netscaler: NetScaler, given: Given) -> dict[str, str]:
    """The nodes' addresses as the NetScaler has them; the settings may name hosts."""
    names = {node.member or node.name: node.name for node in given.estate.nodes}
    members = [one for group in given.estate.netscaler.service_groups for one in netscaler.members(group)]
    return {one.address: names[one.server] for one in members if one.server in names}
