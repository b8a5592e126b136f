"""`vservers-disable`: close the door. A refused connection harms no device; a 401 makes an iPhone drop its profile."""

from collections.abc import Iterator
from dataclasses import replace

from integrations.errors import NotFound, NotPermitted, Refused
from integrations.netscaler import NetScaler, VServerKind
from rollback.actions.action import Change, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.parts import Reads, patient, still_open, unread, verdict
from rollback.actions.parts import passed as has_passed
from rollback.actions.traffic.reading import (
    DISABLE,
    PERSISTENCE,
    PRIOR,
    Door,
    door,
    goes_back,
    not_refusing,
    pair,
    reader,
    saving,
)
from rollback.actions.traffic.way_back import about_way_back
from rollback.estate import VServer as Listed
from rollback.systems import Systems
from storage.words import Severity, SystemName

APPLIANCE = "appliance"
"""Key of the result: which NetScaler the door was closed on."""


class CloseTheDoor(Reads):
    """Disable every listed vServer that is enabled, its state noted first; then save, if that was picked."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the listed vServers and the pair."""
        netscaler = reader(systems)
        back = tuple(about_way_back(systems, given)) if goes_back(given) else ()
        if netscaler is None:
            return replace(_by_hand(given), findings=back)
        seen = door(netscaler, given)
        ours = {change.target for change in given.made}
        changes = tuple(_disable(listed, already=now.disabled) for listed, now in seen.found
                        if not now.disabled or listed.name in ours)  # fmt: skip
        save, unsaved = _saving(given, netscaler)
        return Preview(
            changes=changes + save,
            facts=tuple(Fact(listed.name, f"{now.curstate}, {listed.vip}:{listed.port}", flutters=True)
                        for listed, now in seen.found),
            findings=(*pair(netscaler), *_about(seen, ours), *_shared(seen, netscaler), *unsaved, *back),
            identity={SystemName.NETSCALER: netscaler.identity()},
            uses=("save",),
            dies="vServers that were disabled stay disabled; the bot reads them again and goes on.",
        )  # fmt: skip

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """`curstate` of each, refusal of each virtual address, and the connections that are left."""
        refused = patient("refused", not_refusing(systems, given), "Each virtual address refuses connections.", given,
                          given.estate.timings.drain)  # fmt: skip
        netscaler = reader(systems)
        if netscaler is None:
            nobody = (unread(name, SystemName.NETSCALER) for name in ("closed", "drained"))
            return verdict(given, refused, *nobody)
        seen = door(netscaler, given)
        open_still = [f"{listed.name} is {now.curstate}" for listed, now in seen.found if not now.disabled]
        closed = patient("closed", open_still, "Each listed vServer is out of service.", given,
                         given.estate.timings.drain)  # fmt: skip
        left = {listed.name: netscaler.counters(now.kind, listed.name).connections or 0 for listed, now in seen.found}
        busy = [f"{name} still has {count} connections" for name, count in left.items() if count]
        late = given.stage_started is not None and given.now - given.stage_started > given.estate.timings.drain
        if busy and late:
            return verdict(given, closed, refused, has_passed("drained", "; ".join(busy)), warnings=tuple(busy))
        drained = still_open("drained", "; ".join(busy)) if busy else has_passed("drained", "No connection is left.")
        return verdict(given, closed, refused, drained)

    def result(self, systems: Systems, given: Given) -> Json:
        """Which vServers were enabled before us, for only those are enabled again; and on which NetScaler."""
        ours = sorted({change.target for change in (*given.planned, *given.made) if change.kind == DISABLE})
        netscaler = reader(systems)
        states = door(netscaler, given).found if netscaler is not None else ()
        return {
            PRIOR: ours,
            PERSISTENCE: {listed.name: now.persistence for listed, now in states},
            APPLIANCE: netscaler.identity() if netscaler is not None else "",
        }


def _disable(listed: Listed, *, already: bool = False) -> Change:
    return Change(
        DISABLE,
        1,
        SystemName.NETSCALER,
        listed.name,
        f"vServer {listed.name} ({listed.vip}:{listed.port}) disabled",
        {"kind": listed.kind, "vip": listed.vip, "port": listed.port},
        already=already,
        how=f"On the NetScaler: disable {listed.kind} vserver {listed.name}",
    )


def _saving(given: Given, netscaler: NetScaler) -> tuple[tuple[Change, ...], tuple[Finding, ...]]:
    """The line that saves; none where the runbook says so: nobody has approved what else would be saved with it."""
    return saving(given, 2, unsaved=netscaler.configuration().unsaved) if given.params.get("save", True) else ((), ())


def _about(seen: Door, ours: set[str]) -> tuple[Finding, ...]:
    findings = [
        Finding(
            "vserver-missing",
            Severity.OVERRIDE,
            f"vServer {listed.name} is listed and not on the NetScaler.",
            about=(listed.name,),
        )
        for listed in seen.missing
    ]
    for listed, now in seen.found:
        if now.disabled and listed.name not in ours:
            text = f"{listed.name} is disabled already, and will stay so."
            findings.append(Finding("disabled-already", Severity.WARN, text))
        if now.backup_vserver or now.redirect:
            text = (
                f"{listed.name} has {'a backup vServer' if now.backup_vserver else 'a redirect'} that would answer "
                "devices in its place; a 401 or 403 page makes iPhones drop their profile."
            )
            findings.append(Finding("page-behind-door", Severity.OVERRIDE, text, about=(listed.name,)))
    return tuple(findings)


def _shared(seen: Door, netscaler: NetScaler) -> Iterator[Finding]:
    """A Gateway behind a listed vServer: whatever else comes in through it goes away with the door."""
    for listed, now in seen.found:
        if now.kind is not VServerKind.CS:
            continue  # NITRO: a load-balancing vServer has services behind it, no Gateway
        try:
            gateways = netscaler.gateways_behind(listed.name)
        except (NotFound, NotPermitted, Refused) as unread_binding:
            text = f"Whether a Gateway lies behind {listed.name} can't be read: {unread_binding.what}."
            yield Finding("gateway-shared", Severity.WARN, text)
            continue
        if gateways:
            text = (
                f"{listed.name} leads to the Gateway {', '.join(gateways)} too: other services that come in through "
                "it go away with the door."
            )
            yield Finding("gateway-shared", Severity.WARN, text)


def _by_hand(given: Given) -> Preview:
    return Preview(
        changes=tuple(_disable(listed) for listed in given.estate.netscaler.vservers),
        facts=(Fact("NetScaler", "off: not read by the bot; paste the output of show lb vserver as evidence"),),
        dies="Nothing: people make these changes.",
    )
