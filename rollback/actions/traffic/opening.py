"""`vservers-enable`: open the door, exactly as it stood before; beyond it devices act on the restored database."""

from collections.abc import Iterable

from integrations.netscaler import VServer
from rollback.actions.action import Change, Check, Fact, Finding, Given, Preview, Samples, Verdict
from rollback.actions.database.checked import CHECKDB, PROVEN, Checked
from rollback.actions.nodes.beside import on_beside
from rollback.actions.nodes.versions import wanted
from rollback.actions.notices import list_changed, not_sent
from rollback.actions.parts import Reads, passed, patient, still_open, unread, verdict
from rollback.actions.probes import VSERVER
from rollback.actions.traffic.lapsed import lapsed
from rollback.actions.traffic.reading import ENABLE, PERSISTENCE, PRIOR, door, goes_back, pair, reader, saving
from rollback.cluster import Cluster
from rollback.estate import VServer as Listed
from rollback.systems import Systems
from storage.words import Severity, StageState, SystemName

CLOSING = "disable-vservers"
NOT_SENT = "notices-not-sent"


class OpenTheDoor(Reads):
    """Enable the vServers that were enabled before the door was closed; then save, as picked."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the listed vServers, the pair, and what must be so before devices are let in."""
        listed = [one for one in given.estate.netscaler.vservers if one.name in _before_us(given)]
        findings = [*_wrong_version(systems, given), *(() if goes_back(given) else _forward(systems, given))]
        lost = ("From here devices act on the restored database: those that it doesn't know drop their profile.",)
        netscaler = reader(systems)
        if netscaler is None:
            return Preview(changes=tuple(_enable(one) for one in listed), findings=tuple(findings), lost=lost)
        now = {one.name: state for one, state in door(netscaler, given).found}
        changes = tuple(_enable(one, already=not now[one.name].disabled) for one in listed if one.name in now)
        save, unsaved = saving(given, 2, unsaved=netscaler.configuration().unsaved)
        return Preview(
            changes=changes + save,
            facts=tuple(Fact(name, state.curstate, flutters=True) for name, state in now.items()),
            findings=(*pair(netscaler), *findings, *unsaved, *_persistence(given, now.values())),
            identity={SystemName.NETSCALER: netscaler.identity()},
            uses=("save",),
            lost=lost,
            dies="vServers that were enabled stay enabled; the bot reads them again and goes on.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """States, members, enrolment through the virtual address, and that nothing flaps for ten minutes."""
        patience = given.estate.timings.door_watched
        enrolment = patient(
            "enrolment", _not_enrolling(systems, given), "Enrolment is enabled through the door.", given, patience
        )
        netscaler = reader(systems)
        if netscaler is None:
            nobody = (unread(name, SystemName.NETSCALER) for name in ("door-open", "members-up", "hits", "steady"))
            return verdict(given, enrolment, *nobody)
        names = _before_us(given)
        states = [(one, state) for one, state in door(netscaler, given).found if one.name in names]
        closed = [f"{one.name} is {state.curstate}" for one, state in states if not state.serving]
        opened = patient("door-open", closed, "Each vServer is UP.", given, patience)
        on = len(nodes_on(given))
        few = [f"{one.name} has {state.active_services} of {on} members" for one, state in states
               if state.active_services is not None and state.active_services < on]  # fmt: skip
        members = patient("members-up", few, f"{on} members are up: the nodes that are on.", given, patience)
        hits = sum(netscaler.counters(state.kind, one.name).hits or 0 for one, state in states)
        came = _hits(given, hits)
        return verdict(given, opened, members, enrolment, came, _steady(given, samples, names))


def nodes_on(given: Given) -> tuple[str, ...]:
    """The nodes that the stages so far have switched on and left on."""
    on: list[str] = []
    for stage, state in given.states.items():
        if state != StageState.SUCCEEDED:
            continue
        result = given.results.get(stage) or {}
        on = [name for name in on if name not in result.get("off", [])]
        on += [name for name in result.get("on", []) if name not in on]
    return tuple(on)


def _enable(listed: Listed, *, already: bool = False) -> Change:
    return Change(
        ENABLE,
        1,
        SystemName.NETSCALER,
        listed.name,
        f"vServer {listed.name} ({listed.vip}:{listed.port}) enabled",
        {"kind": listed.kind, "vip": listed.vip, "port": listed.port},
        already=already,
        how=f"On the NetScaler: enable {listed.kind} vserver {listed.name}",
    )


def _before_us(given: Given) -> frozenset[str]:
    """Names of the vServers that were enabled before we closed them; all, where nobody knows."""
    known = (given.results.get(CLOSING) or {}).get(PRIOR)
    return frozenset(known if known is not None else [one.name for one in given.estate.netscaler.vservers])


def _forward(systems: Systems, given: Given) -> Iterable[Finding]:
    """What speaks against letting devices in on the restored database; on the way back they get their own again."""
    for found in (_notices(given), _capacity(given), _security(given), _database(given), lapsed(systems, given)):
        yield from found


def _wrong_version(systems: Systems, given: Given) -> Iterable[Finding]:
    if on := on_beside(systems, given):
        text = f"{', '.join(on)} is on and not believed to hold {wanted(given)}: two versions destroy the database."
        yield Finding("wrong-version-on", Severity.HARD, text, at_start=not _all_joined(given))


def _notices(given: Given) -> Iterable[Finding]:
    if given.states.get("release-notices") not in (StageState.SUCCEEDED, StageState.SKIPPED):
        return
    yield from not_sent(given, code=NOT_SENT)
    yield from list_changed(given, code=NOT_SENT)


def _capacity(given: Given) -> Iterable[Finding]:
    needed = max(1, -(-int(given.facts.get("devices", given.estate.devices)) // given.estate.devices_per_node))
    on = len(nodes_on(given))
    if on < needed:
        text = f"{on} of the {needed} nodes that carry all devices are on; all devices come back at once."
        lacking = tuple(f"node {count} of {needed}" for count in range(on + 1, needed + 1))
        yield Finding("capacity", Severity.OVERRIDE, text, at_start=not _all_joined(given), about=lacking)


def _all_joined(given: Given) -> bool:
    """Whether the nodes that the plan wants on at the opening have been switched on."""
    names = ("back-join-nodes", "back-start-first-node") if goes_back(given) else ("join-nodes", "start-first-node")
    last = next((name for name in names if name in given.states), "")
    return given.states.get(last) in (None, StageState.SUCCEEDED, StageState.SKIPPED)


def _security(given: Given) -> Iterable[Finding]:
    compared = given.results.get("compare-devices")
    undecided = (compared or {}).get("undecided", 0)
    if compared is None or undecided:
        text = f"The security list isn't decided ({undecided} rows left)."
        yield Finding("security-undecided", Severity.HARD, text, at_start=compared is None)


def _database(given: Given) -> Iterable[Finding]:
    found = (given.results.get("restore-database") or {}).get(CHECKDB, "")
    if found == Checked.ERRORS:
        yield Finding("database-damaged", Severity.HARD, "CHECKDB found errors in the restored database.")
    elif found not in PROVEN and given.states.get("restore-database") == StageState.SUCCEEDED:
        yield Finding("checkdb-unfinished", Severity.OVERRIDE, "CHECKDB of the restored database isn't finished.")


def _hits(given: Given, hits: int) -> Check:
    """Devices that come are a good sign; that none came while the door was watched is told and stops nothing."""
    waited = given.now - (given.stage_started or given.now)
    if hits or waited > given.estate.timings.door_watched:
        return passed("hits", f"{hits} hits so far")
    return still_open("hits", "no hits yet")


def _persistence(given: Given, now: Iterable[VServer]) -> Iterable[Finding]:
    before = (given.results.get(CLOSING) or {}).get(PERSISTENCE, {})
    for state in now:
        was = before.get(state.name, state.persistence)
        if was != state.persistence:
            text = f"Persistence of {state.name} was {was or 'none'} and is {state.persistence or 'none'}."
            yield Finding("persistence-differs", Severity.OVERRIDE, text, about=(state.name,))


def _not_enrolling(systems: Systems, given: Given) -> list[str]:
    wrong, cluster = [], systems.get(Cluster)
    for listed in given.estate.netscaler.vservers:
        if listed.name in _before_us(given):
            health = cluster.vip_health(listed)
            if not health.ok or health.enrolment is False:
                wrong.append(f"{listed.name}: {health.why or 'enrolment is disabled'}")
    return wrong


def _steady(given: Given, samples: Samples, names: frozenset[str]) -> Check:
    since, span = given.stage_started or given.now, given.estate.timings.door_watched
    flapping = [name for name in sorted(names) if not samples.held(VSERVER, name, since, span)]
    if not flapping:
        return passed("steady", f"No vServer has flapped for {span.total_seconds() / 60:.0f} min.")
    return still_open("steady", f"not yet steady for {span}: {', '.join(flapping)}")
