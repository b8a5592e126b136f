"""The NetScaler's page: the appliance, its pair, the vServers of the door, the members behind them."""

from urllib.parse import urlsplit

from integrations.certificates import shown_by
from integrations.netscaler import NetScaler
from rollback.actions.inventory.second_door import second_doors
from rollback.actions.nodes.readings import members_of, server_of
from rollback.actions.traffic.closing import CloseTheDoor
from rollback.readiness import judging
from rollback.readiness.place import Page, Place, Round, only
from rollback.readiness.rows import Outlook, Row
from storage.words import SystemName

HTTPS = 443
SUPERUSER = "nsroot"  # Citrix: the built-in account that may do everything
PAIR = frozenset({"not-primary", "ha-unhealthy"})


def fill(taken: Round, page: Page) -> None:
    """Ask the NetScaler for everything that a rollback needs of it."""
    place = taken.place
    address = urlsplit(place.estate.netscaler.url)
    where = (address.hostname or "", address.port or HTTPS)
    page.certificate(place, lambda: shown_by(SystemName.NETSCALER, *where))
    with place.connect(place.estate) as systems:
        netscaler = systems.get(NetScaler)
        good = page.reads("reachable", lambda: _reachable(page, netscaler))
        taken.reached[SystemName.NETSCALER].tell(good=good)
        if not good:
            return
        page.identity(netscaler.identity)
        page.clock(place, "the NetScaler", netscaler.clock)
        page.reads("rights", lambda: _rights(place, page, netscaler))
        page.reads("door", lambda: _door(place, page, only(systems, NetScaler)))
        page.reads("members", lambda: _members(place, page, netscaler))


def _reachable(page: Page, netscaler: NetScaler) -> None:
    version = netscaler.version().strip(" :")
    page.passes("reachable", "It answers and lets us in.")
    page.passes("version", f"{version}.")


def _rights(place: Place, page: Page, netscaler: NetScaler) -> None:
    """Every `show` is tried; whether it may disable and enable is proven by doing it alone, so it isn't."""
    netscaler.hardware()
    netscaler.high_availability()
    netscaler.configuration()
    beyond = [f"The login is {SUPERUSER}, who may do everything"]
    superuser = place.users.get(SystemName.NETSCALER) == SUPERUSER
    proven = "It may read what is needed; that it may disable and enable shows only when it does."
    if not place.acts(SystemName.NETSCALER):
        proven = "It may read what is needed; people make the changes."
    page.add(*judging.rights(page.subject, (), beyond if superuser else (), proven))


def _door(place: Place, page: Page, systems: object) -> None:
    findings = place.meant(CloseTheDoor().preview(systems, place.given()))  # type: ignore[arg-type]
    pair = [one for one in findings if one.code in PAIR]
    page.add(*judging.found(page.subject, "pair", pair, "It is the primary, and the pair is healthy."))
    others = second_doors(systems, place.given())  # type: ignore[arg-type]
    rest = [
        one
        for one in (*findings, *others)
        if one.code not in PAIR and not (place.open and one.code == "disabled-already")
    ]
    listed = len(place.estate.netscaler.vservers)
    page.add(*judging.found(page.subject, "door", rest, f"All {listed} vServers of the door are there and enabled."))


def _members(place: Place, page: Page, netscaler: NetScaler) -> None:
    estate = place.estate
    if not estate.netscaler.service_groups:
        return
    for node in estate.nodes:
        found = members_of(netscaler, estate, node)
        groups = {one.group for one in found}
        lacking = [group for group in estate.netscaler.service_groups if group not in groups]
        down = [f"{one.group} {one.state}" for one in found if not one.up]
        if lacking:
            text = f"{server_of(node)} is not in {', '.join(lacking)}."
            page.add(Row(page.subject, "members", Outlook.FAIL, text, "Correct the member's name in the settings."))
        elif down:
            text = f"{server_of(node)} takes no traffic: {', '.join(down)}."
            page.add(Row(page.subject, "members", place.broken(), text, "Look at the node, and at its member."))
        else:
            page.passes("members", f"{server_of(node)} is up in each of {len(groups)} service groups.")
