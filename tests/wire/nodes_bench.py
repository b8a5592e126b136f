"""What the tests of stages on nodes stand on: a practice estate in a time moved by hand, real clients, and a carrier.

The carrier does what the worker does with an effect: guards, intent, act, and after a lost reply or a crash look, by
the very rules of `rollback.recovery`. Samples are real readings, taken whenever the time moves.
"""

import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from helpers_given import TinyWatch, a_given, modes, with_changes
from integrations.errors import IntegrationError
from integrations.login import Login, LoginGuard
from integrations.netscaler import NetScaler
from integrations.sqlserver import Address, SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from practice.nitro import Door, NitroServer
from practice.tds import TdsServer
from practice.vcenter import VCenter
from practice.veeam import VeeamServer
from practice.world import HandTime
from practice.world.made import SERVICE_GROUPS, VSERVERS, make_world, upgrade_began
from practice.xenmobile import XenMobileServers
from rollback import health, recovery
from rollback.actions.action import (
    Action,
    AlreadySo,
    Change,
    Done,
    Effect,
    Failed,
    Given,
    GuardFailed,
    Outcome,
    Preview,
    Unknown,
    Verdict,
    ordered,
)
from rollback.actions.catalogue import catalogue
from rollback.cluster import Cluster
from rollback.estate import (
    Estate,
    NetScalerPlace,
    Node,
    SqlServerPlace,
    Timings,
    VeeamPlace,
    VServer,
    VSpherePlace,
    XenMobilePlace,
)
from rollback.systems import Systems
from storage.words import CheckState

NAME, USER, PASSWORD = "mdm.example.com", "rollback-bot", "made-up"
BRIEF = Timings(
    stable=timedelta(seconds=3),
    joined=timedelta(seconds=2),
    no_sessions=timedelta(seconds=1),
    drain=timedelta(seconds=5),
    sample_every=timedelta(seconds=0.5),
    look_again=timedelta(seconds=0.5),
)


class Killed(Exception):
    """The bot's process ended here."""


class Readings:
    """Samples as the worker keeps them, without the rows."""

    def __init__(self, now: Callable[[], datetime], every: timedelta) -> None:
        self._now, self._every = now, every
        self._kept: dict[tuple[str, str], list[tuple[datetime, bool, str]]] = {}

    def keep(self, readings: tuple[health.Reading, ...]) -> None:
        for one in readings:
            self._kept.setdefault((one.what, one.target), []).append((self._now(), one.good, one.value))

    def held(self, what: str, target: str, since: datetime, span: timedelta) -> bool:
        start = self._now() - span
        rows = [(at, good) for at, good, _ in self._kept.get((what, target), []) if at >= start]
        return start >= since and health.held(rows, start, self._now(), self._every)

    def last(self, what: str, target: str) -> tuple[datetime, bool, str] | None:
        kept = self._kept.get((what, target), [])
        return kept[-1] if kept else None


class NodesBench:
    """One practice estate of three nodes, its clients, and what a worker would do with them."""

    def __init__(
        self, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, ca_file: Path, *, sql: bool = True
    ) -> None:
        self.time = HandTime()
        self.world = make_world(3, self.time, devices=120)
        logins = {USER: PASSWORD}
        self.nodes = XenMobileServers(self.world, logins, server_tls)
        self.door = Door(self.world, self.nodes.port)
        self.nitro = NitroServer(self.world, logins, server_tls)
        self.vcenter = VCenter(self.world, logins, server_tls)
        self.veeam = VeeamServer(self.world, logins, server_tls)
        self.tds = TdsServer(self.world, logins, server_tls)
        self._servers: list[Any] = [self.nodes, self.door, self.nitro, self.vcenter, self.veeam, self.tds]
        for server in self._servers:
            server.start()
        self._client_tls = client_tls
        self.sql_address = Address("127.0.0.1", self.tds.port, "localhost", ca_file)
        self._open: list[Systems] = []
        self.estate = self._estate()
        self.samples = Readings(self.world.now, self.estate.timings.sample_every)
        self.systems_off: tuple[type, ...] = () if sql else (SqlServer,)
        self.before_next: Callable[[], object] | None = None
        self.results: dict[str, Any] = {}
        self.states: dict[str, str] = {}
        self.facts: dict[str, Any] = {
            "from_version": "10.7",
            "to_version": "10.6",
            "upgrade_started_at": upgrade_began(self.world.now()).isoformat(),
            "devices": 120,
        }

    def close(self) -> None:
        for systems in self._open:
            systems.close()
        for server in reversed(self._servers):
            server.stop()

    # The estate

    def _estate(self) -> Estate:
        port = self.nodes.port
        return Estate(
            name="practice",
            practice=True,
            nodes=tuple(
                Node(
                    name=name,
                    address="127.0.0.1",
                    inventory_path=node.inventory_path,
                    instance_uuid=node.instance_uuid,
                    member=node.member,
                    ports={
                        "80": port(name, 80),
                        "443": port(name, 443),
                        "4443": port(name, 4443),
                        "8443": port(name, 8443),
                    },
                )
                for name, node in self.world.nodes.items()
            ),
            modes=modes(),
            netscaler=NetScalerPlace(
                url=self.nitro.url,
                vservers=tuple(
                    VServer(name=name, vip="127.0.0.1", port=self.door.port(name), purpose=purpose)  # type: ignore[arg-type]
                    for name, purpose in VSERVERS.items()
                ),
                service_groups=tuple(SERVICE_GROUPS),
            ),
            xenmobile=XenMobilePlace(tls_name=NAME),
            vsphere=VSpherePlace(host="127.0.0.1", port=self.vcenter.port, guest_grace=timedelta(seconds=4)),
            sqlserver=SqlServerPlace(host="127.0.0.1", port=self.tds.port),
            veeam=VeeamPlace(url=self.veeam.url),
            timings=BRIEF,
            devices=120,
        )

    def systems(self, *off: type) -> Systems:
        """Fresh clients; those named are switched off."""
        guard = LoginGuard(lambda: Login(USER, PASSWORD))
        brief = timedelta(seconds=3)
        makers: dict[type, Callable[[], Any]] = {
            VSphere: lambda: VSphere(
                "127.0.0.1", port=self.vcenter.port, login=guard, tls=self._client_tls,
                monotonic=lambda: self.world.now().timestamp(), timeout=brief,
            ),
            Veeam: lambda: Veeam(self.veeam.url, guard, now=self.world.now, tls=self._client_tls, reply_timeout=brief),
            NetScaler: lambda: NetScaler(self.nitro.url, guard.take, tls=self._client_tls, reply_timeout=brief),
            SqlServer: lambda: SqlServer(self.sql_address, guard.take, driver="FreeTDS"),
            Cluster: lambda: Cluster(self.estate, self._client_tls, guard.take),
        }  # fmt: skip
        away = (*off, *self.systems_off)
        made = Systems({kind: make for kind, make in makers.items() if kind not in away})
        self._open.append(made)
        return made

    # The world

    def pass_time(self, seconds: float) -> None:
        for _ in range(max(1, round(seconds * 10))):
            self.time.advance(0.1)
            self.world.settle()

    def watched_for(self, seconds: float, systems: Systems) -> None:
        """Let time pass with a reading of health every half second."""
        for _ in range(max(1, round(seconds * 2))):
            self.pass_time(0.5)
            self.samples.keep(catalogue().probes(systems, self.estate))

    def close_the_door(self) -> None:
        for name in self.world.vservers:
            self.world.vserver_set(name, enabled=False, by="xa")

    def all_off(self) -> None:
        for name, node in self.world.nodes.items():
            if node.on:
                self.world.power_off(name, "va")

    def database_of(self, version: str) -> None:
        self.world.database.version = version

    def restored(self, *names: str) -> None:
        """These nodes hold 10.6, as their restore stages would have left them."""
        for name in names:
            self.world.nodes[name].version = "10.6"
            self.results[f"restore-node@{name}"] = {"proven": True, "instance_uuid": ""}
            self.states[f"restore-node@{name}"] = "succeeded"

    def started(self, *names: str) -> None:
        for name in names:
            self.world.power_on(name, "va")
        self.pass_time(2)

    def set_port_80(self, name: str, *, up: bool) -> None:
        """Port 80 alone goes down or up, as it did in the fault."""
        with self.world.acting():
            self.world.nodes[name].port80_up = up

    def done(self, system: str, verb: str, target: str = "") -> int:
        """How often the bot did that, by the ledger."""
        return sum(1 for entry in self.world.ledger.entries(system, verb, target) if entry.by == USER)

    # What the worker does

    def given(self, stage: str, *nodes: str, **told: Any) -> Given:
        params = {**({"nodes": nodes} if nodes else {}), **told.pop("params", {})}
        kept = {"facts": self.facts, "results": self.results, "states": self.states}
        return a_given(self.estate, stage, self.world.now(), params=params, **{**kept, **told})

    def set_vsphere(self, **more: Any) -> None:
        """Other settings of vSphere from now on."""
        self.estate = self.estate.model_copy(update={"vsphere": self.estate.vsphere.model_copy(update=more)})

    def effect(self, kind: str) -> Effect:
        return catalogue().effects[kind]

    def action(self, word: str) -> Action:
        return catalogue().actions[word]

    def preview(self, word: str, given: Given, *off: type) -> Preview:
        return self.action(word).preview(self.systems(*off), given)

    def carry(self, change: Change, given: Given, *, killed: bool = False) -> Outcome:
        """Carry one change out; `killed`: the process ends right after it was sent, and a new one looks."""
        effect, systems = catalogue().effects[change.kind], self.systems()
        watch = TinyWatch(self.pass_time)
        try:
            before = effect.before(change, systems, given)
        except AlreadySo as already:
            return Done(str(already), ours=False)
        except (GuardFailed, IntegrationError) as refused:
            return Failed(f"It was not begun: {refused}")
        if killed:
            watch = _DyingWatch(self.pass_time)
            with suppress(Killed):
                effect.act(change, systems, given, before, watch)
            return self._look_for(change, given, before, watch.refs[-1] if watch.refs else None)
        try:
            outcome = effect.act(change, systems, given, before, watch)
        except IntegrationError as error:
            outcome = Failed(str(error), may_have_happened=error.may_have_happened)
        if isinstance(outcome, Failed) and outcome.may_have_happened:
            return self._look_for(change, given, before, watch.refs[-1] if watch.refs else None)
        return outcome

    def find_out(self, change: Change, given: Given) -> Outcome:
        """What a new process makes of a change that was intended and never reached its system."""
        before = self.effect(change.kind).before(change, self.systems(), given)
        return self._look_for(change, given, before, None)

    def _look_for(self, change: Change, given: Given, before: Any, ref: Any) -> Outcome:
        if self.before_next is not None:
            self.before_next()
        effect, seen_nothing = catalogue().effects[change.kind], 0
        for _ in range(8):
            systems = self.systems()
            look = effect.look(change, systems, given, before, ref)
            match recovery.next_step(look, effect.repeat, effect.settle, seen_nothing, self.world.now()):
                case recovery.Believe(done):
                    return done
                case recovery.Follow(found):
                    outcome = effect.follow(change, systems, given, found, TinyWatch(self.pass_time))
                    if not (isinstance(outcome, Failed) and outcome.may_have_happened):
                        return outcome
                case recovery.ActAgain():
                    return self.carry(change, given)
                case recovery.LookAgain(at, _):
                    seen_nothing += 1
                    self.pass_time((at - self.world.now()).total_seconds())
                case recovery.AskAPerson(text):
                    return Unknown(text)
        return Unknown("looked eight times")

    def run(self, word: str, given: Given) -> tuple[Given, dict[str, Any]]:
        """A whole stage: preview, every group with what must pass behind it, verify, result."""
        action, systems = self.action(word), self.systems()
        preview = action.preview(systems, given)
        assert preview.blockers(claiming=True) == ()
        given = replace(given, planned=preview.changes, stage_started=self.world.now())
        changes = ordered(preview.changes)
        for group in sorted({change.group for change in changes}):
            for change in (one for one in changes if one.group == group):
                outcome = self.carry(change, given)
                assert isinstance(outcome, Done), outcome
            self.until_passed(partial(self._settled, action, systems, group), given, systems)
        given = with_changes(given, changes)
        self.until_passed(lambda now: action.verify(systems, now, self.samples), given, systems)
        given = replace(given, now=self.world.now())
        result = action.result(systems, given)
        self.results[given.stage], self.states[given.stage] = result, "succeeded"
        return given, result

    def _settled(self, action: Action, systems: Systems, group: int, given: Given) -> Verdict:
        return action.settled(systems, given, group, self.samples)

    def until_passed(self, ask: Callable[[Given], Verdict], given: Given, systems: Systems) -> Verdict:
        """Ask again and again, as the worker does, until nothing is open; what has failed fails the test."""
        for _ in range(60):
            verdict = ask(replace(given, now=self.world.now()))
            assert not verdict.failed(), verdict.failed()
            if not verdict.open():
                return verdict
            self.watched_for(0.5, systems)
        raise AssertionError(verdict.open())


class _DyingWatch(TinyWatch):
    """The process is killed at the first moment that an effect waits in."""

    def wait(self, seconds: float) -> None:
        raise Killed


def states_of(verdict: Verdict) -> dict[str, CheckState]:
    return {check.name: check.state for check in verdict.checks}


def codes(preview: Preview, *, claiming: bool = True) -> set[str]:
    """Codes of the findings that would stop or warn now."""
    return {f.code for f in preview.findings if not f.at_start or (claiming and f.holds)}
