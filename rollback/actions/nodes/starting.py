"""`node-start`: one node on, alone where the plan says so, and proven before anything else goes on."""

from collections.abc import Iterable

from integrations.sqlserver import SqlServer
from integrations.vsphere import VSphere
from rollback.actions.action import Check, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes.changes import power_on
from rollback.actions.nodes.machines import facts, nodes_of, others, read, reader
from rollback.actions.nodes.shutting import door_open
from rollback.actions.nodes.versions import of_the_other_version, wanted
from rollback.actions.nodes.watching import answers, clock, held, powered, seconds, sessions
from rollback.actions.parts import Reads, verdict
from rollback.systems import Systems
from storage.words import Severity, StageState, SystemName

RED = frozenset({StageState.FAILED, StageState.NEEDS_RECONCILE})


class StartNode(Reads):
    """Power one node on."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the machine, those that must be off, the door and the database."""
        (node,) = nodes_of(given)
        alone, vsphere = bool(given.params.get("alone")), reader(systems)
        rest, door = others(given, node.name), "closed" if alone else ""
        must_be_off = rest if alone else tuple(name for name in of_the_other_version(given) if name in rest)
        named = rest if alone else ()
        findings = [*(door_open(systems, given) if alone else ()), *_database(systems, given), *_warned(given)]
        if vsphere is None:
            return Preview(changes=(power_on(given, node, None, 1, named, door=door),), findings=tuple(findings),
                           dies="Nothing: a person makes this change.")  # fmt: skip
        machines = read(vsphere, given, [node, *(given.estate.node(name) for name in must_be_off)])
        on = powered(machines[1:])
        return Preview(
            changes=(power_on(given, node, machines[0].vm, 1, named, door=door),),
            facts=facts(machines),
            findings=(*findings, *_others_on(given, on), *_clock_of_the_hosts(systems, given, vsphere)),
            identity={SystemName.VSPHERE: vsphere.identity()},
            dies=f"{node.name} goes on booting; the bot reads its power again and goes on.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """It answers; alone it must also hold, and be the only one in the database."""
        (node,) = nodes_of(given)
        checks: list[Check] = [answers(systems, node)]
        if given.params.get("alone"):
            checks.append(held("held", given, samples, [node.name], given.estate.timings.stable))
        if given.params.get("version") == "to" or not given.params.get("alone"):
            checks.append(clock(systems, given, node))
        if given.params.get("version") == "to":
            checks.append(sessions(systems, given, [node.name], pages=True))
        return verdict(given, *checks)

    def result(self, systems: Systems, given: Given) -> Json:
        """Which node is on now, and as what."""
        (node,) = nodes_of(given)
        return {"on": [node.name], "version": wanted(given)}


def _others_on(given: Given, on: tuple[str, ...]) -> tuple[Finding, ...]:
    back = given.params.get("version") == "from"
    code = "wrong-version-on" if back else "other-node-on"
    text = f"{', '.join(on)} is not off." if on else "Every other node must be off."
    return (Finding(code, Severity.HARD, text, at_start=True, holds=bool(on)),)


def _database(systems: Systems, given: Given) -> Iterable[Finding]:
    back = given.params.get("version") == "from"
    stages = ("back-restore-database",) if back else ("restore-database", "restart-sql-server")
    there = [stage for stage in stages if stage in given.states]
    if not there:
        return
    wrong = [f"{stage} is {given.states[stage]}" for stage in there if given.states[stage] in RED]
    unfinished = [stage for stage in there if given.states[stage] not in {StageState.SUCCEEDED, StageState.SKIPPED}]
    if not unfinished and systems.has(SqlServer):
        state = systems.get(SqlServer).database(given.estate.sqlserver.database)
        if (state.state, state.access) != ("ONLINE", "MULTI_USER"):
            wrong.append(f"the database is {state.state} and {state.access}")
    text = f"The database is red: {'; '.join(wrong)}." if wrong else "The database must be proven first."
    yield Finding("database-red", Severity.HARD, text, at_start=True, holds=bool(wrong or unfinished))


def _warned(given: Given) -> tuple[Finding, ...]:
    if given.params.get("version") != "to":
        if given.params.get("alone"):
            return ()
        text = "The original fault is still there: the node is started as it was."
        return (Finding("fault-still-there", Severity.WARN, text),)
    text = (
        "Outgoing mail and the ActiveSync filter act on the old data from now on, though the door is closed; native "
        "mail of unknown devices may be blocked."
    )
    return (Finding("acts-on-old-data", Severity.WARN, text),)


def _clock_of_the_hosts(systems: Systems, given: Given, vsphere: VSphere) -> tuple[Finding, ...]:
    """VCenter's clock stands for the hosts', which take theirs from the same source and can't be read from here."""
    if not systems.has(SqlServer):
        return ()
    apart = abs(vsphere.clock() - systems.get(SqlServer).clock().now)
    if apart <= given.estate.timings.clock_skew:
        return ()
    text = f"vCenter's clock is {seconds(apart)} away from SQL Server's, so a restored node may wake with a wrong time."
    return (Finding("host-clock-off", Severity.OVERRIDE, text),)
