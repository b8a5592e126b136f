"""What the NetScaler and the virtual addresses say: states of the listed vServers, refusal, findings about the pair."""

from dataclasses import dataclass

from integrations.errors import NotFound
from integrations.netscaler import NetScaler, VServer, VServerKind
from integrations.xenmobile.health import PortState
from rollback.actions.action import Change, Finding, Given
from rollback.cluster import Cluster
from rollback.estate import VServer as Listed
from rollback.systems import Systems
from storage.words import ChangeState, Severity, SystemName

DISABLE, ENABLE, SAVE = "vserver-disable", "vserver-enable", "netscaler-save"
PRIOR = "prior"
"""Key of `disable-vservers`' result: name of each listed vServer to whether it was enabled before us."""


PERSISTENCE = "persistence"
"""Key of `disable-vservers`' result: name of each listed vServer to its persistence before us."""


@dataclass(frozen=True)
class Door:
    """The listed vServers as they stand; those that the NetScaler doesn't have are missing."""

    found: tuple[tuple[Listed, VServer], ...]
    missing: tuple[Listed, ...]


def door(netscaler: NetScaler, given: Given) -> Door:
    """Read every vServer that the estate lists."""
    found: list[tuple[Listed, VServer]] = []
    missing: list[Listed] = []
    for listed in given.estate.netscaler.vservers:
        try:
            found.append((listed, netscaler.vserver(VServerKind(listed.kind), listed.name)))
        except NotFound:
            missing.append(listed)
    return Door(tuple(found), tuple(missing))


def goes_back(given: Given) -> bool:
    """Whether the stage belongs to the way back, after which nodes hold the upgraded version (``version: from``)."""
    return given.params.get("version") == "from"


def not_refusing(systems: Systems, given: Given) -> tuple[str, ...]:
    """The virtual addresses that do not refuse connections, each in words; empty: the door is shut from outside."""
    cluster, wrong = systems.get(Cluster), []
    for listed in given.estate.netscaler.vservers:
        state = cluster.vip_port(listed)
        if state is not PortState.REFUSED:
            wrong.append(f"{listed.vip}:{listed.port} ({listed.name}) is {state.value}, not refused")
    return tuple(wrong)


def pair(netscaler: NetScaler) -> tuple[Finding, ...]:
    """What stands in the way on the pair: writing to a secondary is lost at its next synchronisation."""
    ha = netscaler.high_availability()
    findings = []
    if not ha.primary:
        state = ha.own.state if ha.own is not None else "unknown"
        findings.append(
            Finding(
                "not-primary",
                Severity.HARD,
                f"The NetScaler that is addressed is {state}, not the primary: address the primary, then check again.",
            )
        )
    if ha.troubles:
        text = f"HA synchronisation isn't healthy: {'; '.join(ha.troubles)}."
        findings.append(Finding("ha-unhealthy", Severity.OVERRIDE, text))
    return tuple(findings)


def saving(given: Given, group: int, *, unsaved: bool | None) -> tuple[tuple[Change, ...], tuple[Finding, ...]]:
    """The line that saves the configuration, where it was picked; a save keeps everybody's unsaved edits.

    What an earlier attempt of the stage has changed and not saved is our own: the line stays as it was approved. A save
    of which nobody knows whether it happened takes nothing from us.
    """
    made = {change.kind for change in given.made if change.kind != SAVE or not _unproven(change)}
    foreign = bool(unsaved) and (SAVE in made or not made & {DISABLE, ENABLE})
    findings: tuple[Finding, ...] = ()
    if foreign:
        text = "Somebody else's configuration is unsaved; saving would keep it too."
        findings = (Finding("foreign-unsaved", Severity.WARN, text),)
    picked = given.choices.get("save", given.estate.netscaler.save)
    wanted = picked == "yes" or (picked == "ask" and not foreign)
    return ((save(group),) if wanted else ()), findings


def _unproven(change: Change) -> bool:
    return (change.outcome or {}).get("state") in (ChangeState.INTENDED, ChangeState.UNKNOWN)


def save(group: int) -> Change:
    """The line that saves, a change of its own."""
    return Change(
        SAVE,
        group,
        SystemName.NETSCALER,
        "configuration",
        "save the running configuration of the NetScaler, with everything in it that is unsaved",
        how="On the NetScaler: save ns config",
    )


def reader(systems: Systems) -> NetScaler | None:
    """The NetScaler, where it may be read."""
    return systems.get(NetScaler) if systems.has(NetScaler) else None
