"""How the pretend NetScaler tells its state: one NITRO row for each thing, in the vendor's fields and spellings.

Numbers come as text in one place and as numbers in another, as they do on real appliances.
"""

import hashlib
from datetime import datetime
from typing import Any

from practice.world import VServer, World
from practice.world.state import Member

Row = dict[str, Any]
RELEASE = "NetScaler NS12.0: Build 53.13.nc, Date: Sep 30 2017, 22:30:26 "
ADDRESS = "192.0.2.10"
PARTNER = "192.0.2.11"
VIP = "192.0.2.100"


def version(_: World) -> Row:
    """``nsversion``."""
    return {"version": RELEASE, "mode": "1"}


def hardware(world: World) -> Row:
    """``nshardware``: another serial is another appliance, with another host id."""
    host = hashlib.sha256(world.ha_serial.encode()).hexdigest()[:12]
    return {
        "hwdescription": "NSMPX-8000-10G 8*CPU+6*E1K+2*IX",
        "sysid": "100",
        "hostid": int(host[:6], 16),
        "host": host,
        "serialno": world.ha_serial,
        "encodedserialno": host.upper(),
    }


def config(world: World) -> Row:
    """``nsconfig``."""
    return {
        "ipaddress": ADDRESS,
        "systemtype": "HA",
        "primaryip": ADDRESS if world.ha_state == "Primary" else PARTNER,
        "timezone": "CoordinatedUniversalTime",
        "currentsytemtime": _time(world.now()),
        "systemtime": str(int(world.now().timestamp())),
        "configchanged": world.unsaved,
    }


def ha_nodes(world: World) -> list[Row]:
    """``hanode``: the addressed node is id 0."""
    other = "Secondary" if world.ha_state == "Primary" else "Primary"
    return [
        _ha_node("0", ADDRESS, world.ha_state, "ENABLED"),
        _ha_node("1", PARTNER, other, "SUCCESS"),
    ]


def _ha_node(number: str, address: str, state: str, sync: str) -> Row:
    return {
        "id": number,
        "name": f"NS{number}",
        "ipaddress": address,
        "flags": "131",
        "hastatus": "UP",
        "state": state,
        "hasync": sync,
        "haprop": "ENABLED",
        "deadinterval": "3",
        "hellointerval": "200",
    }


def vserver(world: World, one: VServer) -> Row:
    """``lbvserver`` or ``csvserver``: a ``cs`` tells neither members nor an effective state."""
    current = world.curstate(one)
    row: Row = {
        "name": one.name,
        "ipv46": VIP,
        "port": one.port,
        "servicetype": "SSL" if one.port != 80 else "HTTP",
        "type": "ADDRESS",
        "curstate": current,
        "statechangetimesec": _time(one.changed) if one.changed else "",
        "backupvserver": one.backup_vserver,
    }
    if one.kind == "cs":
        return row | {"redirecturl": one.redirect, "status": 1}
    members = [m for m in world.members if m.port == one.port]
    return row | {
        "effectivestate": _effective(world, one, current),
        "persistencetype": one.persistence,
        "redirurl": one.redirect,
        "totalservices": str(len(members)),
        "activeservices": str(len(world.serving(one)) if one.enabled else 0),
        "health": "0" if current != "UP" else str(100 * len(world.serving(one)) // max(1, len(members))),
    }


def _effective(world: World, one: VServer, current: str) -> str:
    backup = world.vservers.get(one.backup_vserver)
    return "UP" if current != "UP" and backup is not None and world.curstate(backup) == "UP" else current


def vserver_stat(world: World, one: VServer) -> Row:
    """``stat/lbvserver`` or ``stat/csvserver``."""
    row: Row = {
        "name": one.name,
        "primaryipaddress": VIP,
        "primaryport": one.port,
        "state": world.curstate(one),
        "curclntconnections": str(one.connections),
        "establishedconn": one.connections,
        "tothits": str(world.hits(one)),
    }
    if one.kind == "lb":
        row["actsvcs"] = str(len(world.serving(one)) if one.enabled else 0)
    return row


def gateways(one: VServer) -> list[Row]:
    """``csvserver_vpnvserver_binding``."""
    return [{"name": one.name, "vserver": one.gateway}] if one.kind == "cs" and one.gateway else []


def global_vservers(world: World) -> list[Row]:
    """``gslbvserver``: it tells no names."""
    return [{"name": name, "servicetype": "SSL", "state": "UP", "curstate": "UP"} for name in world.global_names]


def global_names(world: World, name: str) -> list[Row]:
    """``gslbvserver_domain_binding``."""
    return [{"name": name, "domainname": world.global_names[name]}] if name in world.global_names else []


def inbound_nat(world: World) -> list[Row]:
    """``inat``."""
    return [
        {"name": f"inat{number}", "publicip": public, "privateip": private, "mode": "STATELESS"}
        for number, (public, private) in enumerate(world.inbound_nat.items(), start=1)
    ]


def member(world: World, one: Member) -> Row:
    """``servicegroup_servicegroupmember_binding``."""
    return {
        "servicegroupname": one.group,
        "ip": _address(world, one),
        "port": one.port,
        "svrstate": world.member_state(one),
        "weight": "1",
        "servername": one.server,
        "customserverid": "None",
        "state": "ENABLED" if one.enabled else "DISABLED",
    }


def member_stat(world: World, one: Member) -> Row:
    """``stat/servicegroupmember``."""
    return {
        "servicegroupname": f"{one.group}?{one.server}?{one.port}",
        "primaryipaddress": _address(world, one),
        "primaryport": one.port,
        "state": world.member_state(one),
        "cursrvrconnections": str(world.member_connections(one)),
        "curclntconnections": str(world.member_connections(one)),
    }


def _address(world: World, one: Member) -> str:
    servers = [node.member for node in world.nodes.values()]
    return f"192.0.2.{21 + servers.index(one.server)}" if one.server in servers else "192.0.2.20"


def _time(at: datetime) -> str:
    return at.strftime("%a %b %e %H:%M:%S %Y")
