"""The control port of the practice estate: look at the world, switch faults on, do what people do at a console.

Plain HTTP and JSON on loopback; requests with a foreign Host or Origin are refused. It is no part of the pretended
systems: the bot never speaks to it.
"""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import uuid4

from aiohttp import web

from practice.http import HttpServer, own_host_only
from practice.world import World
from practice.world.core import WorldError
from practice.world.devices import Truth, Verdict
from practice.world.state import BackupSet, Durations, Job, Node

IN_A_HURRY = Durations()
LEAST_PACE, MOST_PACE = 0.1, 20.0


class Control:
    """`GET /world`, `/ledger`, `/truth`, `/faults`; `POST /fault`, `/do`."""

    def __init__(self, world: World, *, port: int = 0) -> None:
        """Prepare the port over `world`."""
        self._world = world
        self._http = HttpServer(self._app, None, port=port)

    @property
    def url(self) -> str:
        """Its base address."""
        return self._http.url

    def start(self) -> None:
        """Serve."""
        self._http.start()

    def stop(self) -> None:
        """Close."""
        self._http.stop()

    def routes(self, path: str = "") -> list[web.RouteDef]:
        """The routes, below `path`; a server that refuses foreign pages itself may serve them too."""
        return [
            web.get(f"{path}/world", self._read(self.picture)),
            web.get(f"{path}/ledger", self._read(self.ledger)),
            web.get(f"{path}/truth", self._read(self.truth)),
            web.get(f"{path}/faults", self._read(self._world.faults.armed)),
            web.post(f"{path}/fault", self._fault),
            web.post(f"{path}/do", self._do),
        ]

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[own_host_only])
        app.add_routes(self.routes())
        return app

    def picture(self) -> dict[str, Any]:
        """Nodes, vServers, database and what has gone wrong, as they are now."""
        with self._world.lock:
            return {
                "nodes": {name: _node(n) for name, n in self._world.nodes.items()},
                "vservers": {name: self._world.curstate(v) for name, v in self._world.vservers.items()},
                "members": {f"{m.group}/{m.server}:{m.port}": self._world.member_state(m) for m in self._world.members},
                "unsaved": self._world.unsaved,
                "database": {
                    "name": self._world.database.name,
                    "state": self._world.database.state,
                    "access": self._world.database.access,
                    "version": self._world.database.version,
                    "content": self._world.database.content,
                    "started": self._world.database.started,
                },
                "backups": [dataclasses.asdict(backup) for backup in self._world.backups],
                "restores": [dataclasses.asdict(row) for row in self._world.restores],
                "points": [dataclasses.asdict(point) for point in self._world.points],
                "sessions": [dataclasses.asdict(s) for s in self._world.veeam_sessions(self._world.now())],
                "jobs": [dataclasses.asdict(job) for job in self._world.jobs],
                "now": self._world.now(),
                "harms": list(self._world.harms),
                "ha": self._world.ha_state,
                "faults": self._world.faults.armed(),
                "pace": pace(self._world),
            }

    def ledger(self) -> list[dict[str, Any]]:
        """Every change, in order."""
        return [plain(dataclasses.asdict(entry)) for entry in self._world.ledger.entries()]

    def truth(self) -> dict[str, Any]:
        """What a perfect comparison would say, told by the story itself: each device that asks for something."""
        population = self._world.population
        if population is None:
            return {}
        truth = Truth(population)
        concerned = [
            {
                "verdict": answer.verdict.value,
                "reason": answer.reason,
                "strong_id": answer.strong_id,
                "serial": answer.serial,
                "imei": answer.imei,
                "login": answer.owner.login if answer.owner else "",
                "row": answer.row_at_backup,
            }
            for answer in truth.answers()
            if answer.verdict is not Verdict.NOTHING
        ]
        return {"devices": concerned, "counts": truth.counts(), "invitations": len(truth.invitations())}

    def _read(self, what: Callable[[], Any]) -> Callable[[web.Request], Any]:
        async def handler(_: web.Request) -> web.Response:
            return web.json_response(plain(what()))

        return handler

    async def _fault(self, request: web.Request) -> web.Response:
        asked: Mapping[str, Any] = await request.json()
        name, scope = str(asked["name"]), str(asked["scope"])
        if asked.get("off"):
            self._world.faults.disarm(name, scope)
        else:
            self._world.faults.arm(name, scope, times=int(asked.get("times", 1)), value=float(asked.get("value", 0)))
        return web.json_response(self._world.faults.armed())

    async def _do(self, request: web.Request) -> web.Response:
        """One verb of the world, as a person at a console or nature does it; named arguments as they are."""
        asked: dict[str, Any] = dict(await request.json())
        verb = DEEDS.get(str(asked.pop("verb", "")))
        if verb is None:
            return web.json_response({"error": f"unknown; known are {', '.join(sorted(DEEDS))}"}, status=400)
        try:
            done = verb(self._world, **asked)
        except (WorldError, TypeError, KeyError, ValueError) as no:
            return web.json_response({"error": str(no)}, status=409)
        return web.json_response({"done": plain(done)})


def _node(node: Node) -> dict[str, Any]:
    return {
        "on": node.on,
        "up": node.up,
        "version": node.version,
        "recovery": node.recovery,
        "port80": node.port80_up,
        "member": node.member,
        "snapshots": [snapshot.name for snapshot in node.snapshots],
    }


def _person_restores(world: World, set_id: int, by: str) -> None:
    backup = next((b for b in world.backups if b.set_id == set_id), None)
    if backup is None:
        raise WorldError("not_found", f"there is no backup set {set_id}")
    world.restore_begin(backup, by)
    world.restore_finish(backup, by)


def _person_backs_up(world: World, path: str, name: str, by: str, *, copy_only: bool = False) -> int:
    """A full backup with a tool of its own, as long as the database can be read."""
    with world.lock:
        database, last = world.database, max((b.last_lsn for b in world.backups), default=0)
        if database.state != "ONLINE":
            raise WorldError("wrong_state", f"{database.name} is {database.state}")
        made = BackupSet(
            set_id=0,
            guid=str(uuid4()),
            database=database.name,
            database_guid=database.guid,
            name=name,
            path=path,
            position=1 + sum(b.path == path for b in world.backups),
            start=world.now(),
            finish=world.now(),
            version=database.version,
            content=database.content,
            copy_only=copy_only,
            first_lsn=last + 500,
            last_lsn=last + 1000,
        )
    return world.backup_finish(made, by).set_id


def _jobs(world: World, system: str, *, enabled: bool, by: str) -> list[str]:
    """Pause all jobs of a system, or let them run again; returns the names of those that changed."""
    with world.acting():
        changed = [job for job in world.jobs if job.system == system and job.enabled != enabled]
        for job in changed:
            job.enabled = enabled
            world.ledger.write(world.now(), system, "job_resume" if enabled else "job_pause", job.name, by=by)
    return [job.name for job in changed]


def _lasts(world: World, what: str, seconds: float) -> None:
    """From now on something takes so long; see `practice.world.state.Durations`."""
    if what not in {field.name for field in dataclasses.fields(world.durations)}:
        raise WorldError("not_found", f"nothing called {what} takes time")
    setattr(world.durations, what, seconds)


def _pace(world: World, factor: float) -> None:
    """From now on everything takes so many times as long as a practice world in a hurry."""
    if not LEAST_PACE <= factor <= MOST_PACE:
        raise WorldError("wrong_value", f"a pace lies between {LEAST_PACE:g} and {MOST_PACE:g}")
    with world.acting():
        for field in dataclasses.fields(Durations):
            setattr(world.durations, field.name, getattr(IN_A_HURRY, field.name) * factor)


def pace(world: World) -> float | None:
    """How many times as long as in a hurry everything takes; None when not everything does by the same factor."""
    factors = {
        round(getattr(world.durations, field.name) / getattr(IN_A_HURRY, field.name), 6)
        for field in dataclasses.fields(Durations)
    }
    return factors.pop() if len(factors) == 1 else None


def _job_starts(world: World, name: str, seconds: float) -> None:
    """A scheduled job begins to run, and ends after so many seconds."""
    with world.acting():
        job = next((one for one in world.jobs if one.name == name), None)
        if job is None:
            raise WorldError("not_found", f"there is no job {name}")
        if job.running:
            raise WorldError("wrong_state", f"{name} runs already")
        job.running = True
        world.ledger.write(world.now(), job.system, "job_start", job.name)
        world.later(seconds, lambda: _job_ends(world, job))


def _job_ends(world: World, job: Job) -> None:
    job.running = False
    world.ledger.write(world.now(), job.system, "job_end", job.name)


DEEDS: Mapping[str, Callable[..., Any]] = {
    "vserver": lambda world, name, enabled, by: world.vserver_set(name, enabled=enabled, by=by),
    "member": lambda world, group, server, port, enabled, by: world.member_set(
        group, server, port, enabled=enabled, by=by
    ),
    "save": lambda world, by: world.config_save(by),
    "power-on": lambda world, node, by: world.power_on(node, by),
    "shut-down": lambda world, node, by: world.guest_shutdown(node, by),
    "power-off": lambda world, node, by: world.power_off(node, by),
    "snapshot": lambda world, node, name, by: world.snapshot_create(node, name, "by hand", by).moref,
    "backup": _person_backs_up,
    "restore": _person_restores,
    "access": lambda world, mode, by: world.access_set(mode, by),
    "restart": lambda world, by: world.sql_restart(by),
    "veeam": lambda world, point, by: world.veeam_restore(point, "by hand", by).session_id,
    "jobs": _jobs,
    "fail-over": lambda world: world.fail_over(),
    "reboot-netscaler": lambda world: world.netscaler_reboot(),
    "cancel-action": lambda world, number, action, by: world.action_cancel(number, action, by),
    "ask-action": lambda world, number, action, by: world.action_ask(number, action, by),
    "revoke": lambda world, number, by: world.device_revoke(number, by),
    "invite": lambda world, login, by: world.invitation_make(login, by).id,
    "enrol": lambda world, login, by: world.device_enrol(login, by).strong_id,
    "lasts": _lasts,
    "pace": _pace,
    "job-starts": _job_starts,
}
"""What can be done at the pretended consoles, by verb."""


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 - JSON, one line a kind
    """Anything of the world as plain JSON values."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value
