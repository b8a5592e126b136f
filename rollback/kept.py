"""Machines that are no nodes, whatever anybody writes or renames: the bot's own, and the hosts of configured systems.

What can be known without reading anything is told by `clashes`; `why_kept` judges a machine as vCenter shows it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from rollback.estate import Estate, Kept, Node
from storage.words import SystemName


@dataclass(frozen=True)
class Shown:
    """A machine as vCenter shows it.

    Attributes:
        instance_uuid, bios_uuid: vSphere: `config.instanceUuid` and `config.uuid`.
        path: Its inventory path.
        names: Host name and addresses that its guest reports.
    """

    instance_uuid: str
    bios_uuid: str
    path: str
    names: Collection[str]


def hosts(estate: Estate) -> Mapping[str, SystemName]:
    """Where the configured systems answer: host to system, whatever the bot may do with them; no host of loopback."""
    places = {
        SystemName.NETSCALER: _host(estate.netscaler.url),
        SystemName.VSPHERE: _host(estate.vsphere.host),
        SystemName.SQLSERVER: _host(estate.sqlserver.host),
        SystemName.VEEAM: _host(estate.veeam.url),
    }
    return {host: system for system, host in places.items() if host and not _loopback(host)}


def clashes(estate: Estate) -> Iterator[tuple[int, str]]:
    """Nodes that the settings alone show to be no nodes: the node's place in its list, and a sentence."""
    systems = hosts(estate)
    for number, node in enumerate(estate.nodes):
        address = _host(node.address)
        if system := systems.get(address):
            yield number, f"node {node.name} has the address of {system} ({address}); a node is never a system's host"
        for kept in estate.kept_machines:
            if _settings_say(node, kept):
                yield number, f"node {node.name} is the machine of {kept.name}; a node is never that machine"


def why_kept(estate: Estate, node: Node, shown: Shown) -> str:
    """Why the machine behind a node must not be touched, as a clause; empty: nothing is known against it."""
    names = {_host(name) for name in (node.address, *shown.names)} - {""}
    for kept in estate.kept_machines:
        same = (
            same_uuid(kept.instance_uuid, shown.instance_uuid)
            or same_uuid(kept.bios_uuid, shown.bios_uuid)
            or (kept.inventory_path and kept.inventory_path == shown.path)
            or (kept.address and _host(kept.address) in names)
        )
        if same:
            return f"it is the machine of {kept.name}"
    return next((f"{system} answers at {host}, which is its own" for host, system in hosts(estate).items()
                 if host in names), "")  # fmt: skip


def same_uuid(one: str, other: str) -> bool:
    """Whether two UUIDs are the same machine's; older firmware tells the first three groups of a BIOS UUID reversed."""
    try:
        first, second = UUID(one.strip()), UUID(other.strip())
    except ValueError:
        return False
    return second in (first, UUID(bytes_le=first.bytes))


def _settings_say(node: Node, kept: Kept) -> bool:
    return (
        same_uuid(node.instance_uuid, kept.instance_uuid)
        or same_uuid(node.instance_uuid, kept.bios_uuid)
        or (bool(kept.inventory_path) and node.inventory_path == kept.inventory_path)
        or (bool(kept.address) and not _loopback(_host(kept.address)) and _host(node.address) == _host(kept.address))
    )


def _host(address: str) -> str:
    host = urlsplit(address).hostname if "//" in address else address
    return (host or "").strip().rstrip(".").casefold()


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
