"""Veeam, judged by others: a client that was generated from Veeam's own OpenAPI documents, one package a version.

It is driven against the practice server, whose every answer it has to understand without a field left over; and what
our client sends is held against the operations, parameters and bodies that it knows.
"""

import importlib
import inspect
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from aiohttp import web

from integrations.login import Login
from integrations.veeam import Veeam
from practice.veeam import VeeamServer
from practice.world import HandTime, World
from practice.world.made import make_world, upgrade_began

VERSIONS = {"1.2-rev1": "v1_2_rev1", "1.3-rev0": "v1_3_rev0", "1.3-rev1": "v1_3_rev1", "1.3-rev2": "v1_3_rev2"}
every_version = pytest.mark.parametrize("version", VERSIONS)
REASON = "RB-7/restore-node/xms01"


class Recording(VeeamServer):
    """The practice server, which keeps what it is asked."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.asked: list[tuple[str, str, list[tuple[str, str]], Any]] = []

    async def _answered(self, request: web.Request, handler: Any) -> web.StreamResponse:
        sent = await request.json() if request.content_type == "application/json" else dict(await request.post())
        self.asked.append((request.method, request.path, list(request.query.items()), sent))
        return await super()._answered(request, handler)


class Judge:
    """One version of the generated client."""

    def __init__(self, version: str, url: str, tls: ssl.SSLContext) -> None:
        self._version, self._url, self._tls = version, url, tls
        self._token = ""

    def module(self, name: str) -> Any:
        try:
            return importlib.import_module(f"veeam_br.{VERSIONS[self._version]}.{name}")
        except ModuleNotFoundError:
            pytest.skip("left out: the generated client is not installed (python package veeam-br)")

    def model(self, name: str, kind: str) -> Any:
        return getattr(self.module(f"models.{name}"), kind)

    def call(self, operation: str, *args: Any, **more: Any) -> Any:
        """One call; the answer as the documents' model, which must know every field of it."""
        made = self.module("client")
        common = {"base_url": self._url, "verify_ssl": self._tls, "raise_on_unexpected_status": True}
        client = made.AuthenticatedClient(token=self._token, **common) if self._token else made.Client(**common)
        with client:
            answer = self.module(f"api.{operation}").sync_detailed(
                *args, client=client, x_api_version=self._version, **more
            )
        assert answer.parsed is not None, answer
        return answer.parsed

    def log_in(self, password: str) -> Any:
        grant = self.model("e_login_grant_type", "ELoginGrantType").PASSWORD
        spec = self.model("token_login_spec", "TokenLoginSpec")
        token = self.call("login.create_token", body=spec(grant_type=grant, username="restore", password=password))
        self._token = getattr(token, "access_token", "")
        return token


@pytest.fixture
def world() -> World:
    made = make_world(time=HandTime())
    for node in made.nodes.values():
        node.on = node.up = False
    return made


@pytest.fixture
def served(
    version: str, world: World, server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> Iterator[tuple[Recording, Judge]]:
    with Recording(world, {"restore": "right"}, server_tls(), newest=version) as server:
        yield server, Judge(version, server.url, client_tls)


def left_over(value: Any, where: str = "") -> list[str]:
    """Fields of an answer that the documents' model doesn't have."""
    if isinstance(value, list | tuple):
        return [one for number, inner in enumerate(value) for one in left_over(inner, f"{where}[{number}]")]
    if not attrs.has(type(value)):
        return []
    found = [f"{where}.{name}" for name in getattr(value, "additional_properties", {})]
    for field in attrs.fields(type(value)):
        if field.name != "additional_properties":
            found += left_over(getattr(value, field.name), f"{where}.{field.name}")
    return found


def points_of(judge: Judge) -> str:
    """The operation that lists an object's points got another name when it learnt to filter."""
    filters = judge._version in {"1.3-rev1", "1.3-rev2"}
    return "backup_objects.get_backup_object_restore_points" + ("_with_filtering" if filters else "")


@every_version
def test_a_client_of_the_documents_restores_a_node(served: tuple[Recording, Judge], world: World) -> None:
    """It finds a point, restores the node, polls and logs out, and no answer has a field that it doesn't know."""
    _, judge = served
    refused = judge.log_in("wrong")
    assert refused.error_code.value == "AccessDenied"
    assert judge.log_in("right").expires_in == 900
    assert left_over(judge.call("service.get_server_time")) == []

    objects = judge.call("backup_objects.get_all_backup_objects").data
    ours = judge.model("vi_backup_object_model", "ViBackupObjectModel")
    found = [ours.from_dict(one.to_dict()) for one in objects]
    assert [left_over(one) for one in found] == [[]] * len(found)
    node = next(one for one in found if one.object_id == world.nodes["xms01"].moref)

    listed = judge.call(points_of(judge), node.id)
    assert left_over(listed) == []
    before = [one for one in listed.data if one.creation_time < upgrade_began(world.now())]
    point = max(before, key=lambda one: one.creation_time)
    assert judge.call("restore_points.get_object_restore_point", point.id) == point
    assert "StartEntireVmRestore" in [one.value for one in point.allowed_operations]

    kind = "EntireViVMOriginalLocationRestoreSpec"
    spec = judge.model("entire_vi_vm_original_location_restore_spec", kind)
    original = judge.model("e_entire_vm_restore_mode_type", "EEntireVMRestoreModeType").ORIGINALLOCATION
    more = {"overwrite": True} if "overwrite" in inspect.signature(spec).parameters else {}
    body = spec(restore_point_id=point.id, type_=original, power_up=False, reason=REASON, **more)
    session = judge.call("restore.entire_vm_restore_vmware", body=body)
    assert left_over(session) == []
    assert isinstance(world.time, HandTime)
    world.time.advance(10)
    world.settle()
    ended = judge.call("sessions.get_session", session.id)
    assert (ended.state.value, ended.result.result.value, left_over(ended)) == ("Stopped", "Success", [])
    assert left_over(judge.call("sessions.get_session_logs", session.id)) == []
    assert [one.id for one in judge.call("sessions.get_all_sessions").data] == [session.id]
    assert world.nodes["xms01"].version == "10.6"
    judge.call("login.logout")


@every_version
def test_a_client_of_the_documents_reads_the_jobs(served: tuple[Recording, Judge], world: World) -> None:
    """Jobs, their state and their machines are as the documents have them."""
    _, judge = served
    judge.log_in("right")
    states = judge.call("jobs.get_all_jobs_states")
    assert left_over(states) == []
    job = judge.call("jobs.get_job", states.data[0].id)
    machines = judge.model("backup_job_virtual_machines_model", "BackupJobVirtualMachinesModel")
    inside = machines.from_dict(job.additional_properties["virtualMachines"])
    told = [{**one.to_dict()} for one in inside.includes]
    assert [one["objectId"] for one in told] == [node.moref for node in world.nodes.values()]


@every_version
def test_what_we_send_is_what_the_documents_know(
    served: tuple[Recording, Judge], version: str, world: World, client_tls: ssl.SSLContext
) -> None:
    """Every path, parameter and field of our requests belongs to an operation of that version's documents."""
    server, judge = served
    with Veeam(server.url, lambda: Login("restore", "right"), now=world.now, tls=client_tls) as client:
        assert client.version() == version
        client.server_time()
        (found,) = client.backup_objects(moref=world.nodes["xms01"].moref, name="xms01")
        point = client.restore_points(found.object_id, before=upgrade_began(world.now()))[0]
        client.restore_point(point.point_id)
        started = client.start_restore(point.point_id, REASON)
        client.session(started.session_id)
        client.session_log(started.session_id)
        client.find_restores("xms01", world.now())
        client.running_restores(world.now())
        client.jobs_touching({node.moref: node.name for node in world.nodes.values()})
    known = list(_operations(judge))
    for method, path, query, sent in server.asked:
        if path.startswith("/swagger/"):
            continue
        module = next((one for one in known if _is(one, method, path)), None)
        assert module is not None, f"the documents have no {method} {path}"
        source = inspect.getsource(module._get_kwargs)
        for name, _ in query:
            assert f'params["{name}"]' in source, f"{method} {path} has no parameter {name}"
        if isinstance(sent, dict) and sent:
            _judge_body(judge, path, sent)
    assert not any(path.startswith("/api/v1/backups") for _, path, _, _ in server.asked)


OPERATIONS = (
    "login.create_token", "login.logout", "service.get_server_time", "backup_objects.get_all_backup_objects",
    "restore_points.get_object_restore_point", "restore.entire_vm_restore_vmware", "sessions.get_session",
    "sessions.get_session_logs", "sessions.get_all_sessions", "jobs.get_all_jobs_states", "jobs.get_job",
)  # fmt: skip


def _operations(judge: Judge) -> Iterator[Any]:
    for name in (*OPERATIONS, points_of(judge)):
        yield judge.module(f"api.{name}")


def _is(module: Any, method: str, path: str) -> bool:
    """Whether an operation has this method and path; ids stand in braces in its source."""
    source = inspect.getsource(module._get_kwargs)
    template = source.split('"url": "')[1].split('"')[0].split("/")
    asked = path.split("/")
    same = len(template) == len(asked) and all(
        one == other or one.startswith("{") for one, other in zip(template, asked, strict=False)
    )
    return same and f'"method": "{method.lower()}"' in source


def _judge_body(judge: Judge, path: str, sent: dict[str, Any]) -> None:
    if path == "/api/oauth2/token":
        # The documents of 1.3-rev1 spell the grant with a capital, their own prose and a live server without.
        sent = {**sent, "grant_type": judge.model("e_login_grant_type", "ELoginGrantType").PASSWORD.value}
        spec = judge.model("token_login_spec", "TokenLoginSpec")
    else:
        kind = "EntireViVMOriginalLocationRestoreSpec"
        spec = judge.model("entire_vi_vm_original_location_restore_spec", kind)
    read = spec.from_dict(sent)
    assert left_over(read) == []
    assert {name: value for name, value in read.to_dict().items() if value is not None} == sent
