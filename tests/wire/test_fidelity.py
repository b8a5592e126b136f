"""docs/fidelity.md has a row for every call that the bot makes: recorded on the wire, or read from the code."""

import ast
import inspect
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyVmomi import VmomiSupport
from slack_sdk import WebClient
from xenmobile_bench import XenMobileBench

from integrations.login import Login
from integrations.netscaler import NetScaler, VServerKind
from integrations.sqlserver import ActingConnection, SqlServer, statements
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from integrations.xenmobile import XenMobile
from practice.nitro import NitroServer
from practice.veeam import VERSIONS, VeeamServer
from practice.world import HandTime, World
from practice.world.made import VSERVERS, make_world

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
WITHOUT_A_CALL = {"close", "check_again", "alone", "acting", "restore_request"}
"""Methods that ask nothing of a system, or only by way of others."""


def section(name: str) -> str:
    """The part of the page about one system."""
    return PAGE.split(f"## {name}\n")[1].split("\n## ")[0]


def calls(name: str) -> set[str]:
    """What stands in code marks in the first column of a system's table: its calls on the wire."""
    rows = [line for line in section(name).splitlines() if line.startswith("| ")]
    return {call for row in rows for call in re.findall(r"`([^`]+)`", row.split("|")[1])}


def methods(name: str) -> set[str]:
    """What stands in code marks in the second column: the client's methods that make the call."""
    rows = [line for line in section(name).splitlines() if line.startswith("| ")]
    return {method for row in rows for method in re.findall(r"`([^`]+)`", row.split("|")[2])}


def public(*kinds: type) -> set[str]:
    return {
        name
        for kind in kinds
        for name, value in inspect.getmembers(kind)
        if callable(value) and not name.startswith("_")
    } - WITHOUT_A_CALL


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("NetScaler", (NetScaler,)),
        ("XenMobile Server", (XenMobile,)),
        ("vSphere", (VSphere,)),
        ("SQL Server", (SqlServer, ActingConnection)),
        ("Veeam", (Veeam,)),
    ],
)
def test_every_method_of_a_client_has_its_row(name: str, kinds: tuple[type, ...]) -> None:
    """A method that a client gets without a row here is named, and so is a row whose method is gone."""
    told = methods(name)
    assert public(*kinds) - told == set()
    assert told - public(*kinds) - {"close", "port_state", "read_health", "shown_certificate"} == set()


def recorded(client: Any, doing: dict[str, Callable[[Any], object]]) -> set[str]:
    """Every call on the wire that the client makes; each of its public methods has to be done."""
    seen: set[str] = set()

    class Noting(httpx.BaseTransport):
        def __init__(self, inner: httpx.BaseTransport) -> None:
            self._inner = inner

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            action = request.url.params.get("action", "")
            seen.add(f"{request.method} {_plain(request.url.path)}" + (f"?action={action}" if action else ""))
            return self._inner.handle_request(request)

        def close(self) -> None:
            self._inner.close()

    client._wire._http = Noting(client._wire._http)
    assert set(doing) == public(type(client)) | {"close"}
    for work in doing.values():
        work(client)
    return seen


def _plain(path: str) -> str:
    """A path without what depends on the world: ids and names become what they are."""
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", path.removeprefix("/nitro/v1").removeprefix("/xenmobile/api/v1"))
    path = re.sub(r"/v1\.\d-rev\d/", "/VERSION/", path)
    for name in (*VSERVERS, "sg_xms_443"):
        path = path.replace(name, "NAME")
    return re.sub(r"/\d+$", "/ID", path)


@pytest.fixture
def world() -> World:
    return make_world(time=HandTime())


def test_every_request_to_a_netscaler_has_its_row(
    world: World, server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """What the NetScaler client sends, all of its methods done, is what the page lists."""
    lb, name = VServerKind.LB, next(iter(VSERVERS))
    doing: dict[str, Callable[[NetScaler], object]] = {
        "identity": NetScaler.identity,
        "version": NetScaler.version,
        "hardware": NetScaler.hardware,
        "clock": NetScaler.clock,
        "high_availability": NetScaler.high_availability,
        "vservers": lambda client: [client.vservers(kind) for kind in VServerKind],
        "vserver": lambda client: client.vserver(lb, name),
        "counters": lambda client: client.counters(lb, name),
        "members": lambda client: client.members("sg_xms_443"),
        "member_connections": lambda client: client.member_connections("sg_xms_443", "xms01", 443),
        "configuration": NetScaler.configuration,
        "gateways_behind": lambda client: client.gateways_behind(name),
        "global_vservers": NetScaler.global_vservers,
        "inbound_nat": NetScaler.inbound_nat,
        "disable_vserver": lambda client: client.disable_vserver(lb, name),
        "enable_vserver": lambda client: client.enable_vserver(lb, name),
        "disable_member": lambda client: client.disable_member("sg_xms_443", "xms01", 443, graceful=True),
        "enable_member": lambda client: client.enable_member("sg_xms_443", "xms01", 443),
        "save_configuration": NetScaler.save_configuration,
        "close": NetScaler.close,
    }
    world.global_names[name] = "mdm.example.com"
    with NitroServer(world, {"bot": "right"}, server_tls()) as server:
        client = NetScaler(server.url, lambda: Login("bot", "right"), tls=client_tls)
        assert recorded(client, doing) == calls("NetScaler")


def test_every_request_to_veeam_has_its_row(
    world: World, server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """What the Veeam client sends in every version, all of its methods done, is what the page lists."""
    for node in world.nodes.values():
        node.on = node.up = False
    sent: set[str] = set()
    for version in VERSIONS:
        with VeeamServer(world, {"restore": "right"}, server_tls(), newest=version.name) as server:
            sent |= recorded(_veeam(server, world, client_tls), _asked_of_veeam(world))
        assert isinstance(world.time, HandTime)
        world.time.advance(timedelta(minutes=5))
        world.settle()
    assert sent == calls("Veeam")


def _veeam(server: VeeamServer, world: World, tls: ssl.SSLContext) -> Veeam:
    return Veeam(server.url, lambda: Login("restore", "right"), now=world.now, tls=tls)


def _asked_of_veeam(world: World) -> dict[str, Callable[[Veeam], object]]:
    point = next(one.point_id for one in world.points if one.version == "10.6")
    found: list[str] = []
    return {
        "version": Veeam.version,
        "server_time": Veeam.server_time,
        "certificate": Veeam.certificate,
        "identity": Veeam.identity,
        "administers": Veeam.administers,
        "backup_objects": lambda client: found.append(client.backup_objects()[0].object_id),
        "restore_points": lambda client: client.restore_points(found[0]),
        "restore_point": lambda client: client.restore_point(point),
        "start_restore": lambda client: found.append(client.start_restore(point, "reason").session_id),
        "session": lambda client: client.session(found[1]),
        "sessions": lambda client: client.sessions("RestoreVm", world.now() - timedelta(hours=1)),
        "session_log": lambda client: client.session_log(found[1]),
        "find_restores": lambda client: client.find_restores("xms01", world.now()),
        "running_restores": lambda client: client.running_restores(world.now()),
        "jobs": Veeam.jobs,
        "jobs_touching": lambda client: client.jobs_touching({}),
        "close": Veeam.close,
    }


def test_every_request_to_xenmobile_has_its_row(xms: XenMobileBench) -> None:
    """What the XenMobile client sends, all of its methods done, and what it asks without a login, is on the page."""
    client = xms.client()
    doing: dict[str, Callable[[XenMobile], object]] = {
        name: getattr(XenMobile, name) for name in public(XenMobile) | {"close"}
    }
    first: list[int] = []
    doing = {"log_in": XenMobile.log_in} | {name: doing[name] for name in sorted(doing) if name != "close"}
    doing["devices"] = lambda one: first.extend(row.id for row in one.devices())
    doing["device"] = lambda one: one.device(next(iter(one.devices())).id)
    doing["device_details"] = lambda one: list(one.device_details([next(iter(one.devices())).id]))
    doing["close"] = XenMobile.close
    sent = recorded(client, doing)
    assert sent | {"TCP connect", "GET /zdm/cxf/public/getserverinfo"} == calls("XenMobile Server")


def test_every_statement_has_its_row() -> None:
    """Every statement that can be sent to SQL Server is on the page, by the name of the function that builds it."""
    made = {
        name
        for name, value in vars(statements).items()
        if inspect.isfunction(value) and value.__module__ == statements.__name__ and not name.startswith("_")
    }
    assert {call for call in calls("SQL Server") if not call.startswith("TDS ")} == made


def test_every_vsphere_method_has_its_row() -> None:
    """Every method of vCenter's API that the client's code names is on the page."""
    named = {node.attr for tree in _code("integrations/vsphere") for node in ast.walk(tree) if _is_attribute(node)}
    known = {name for name in named if _is_vim_method(name)}
    assert {"RetrievePropertiesEx", "CreateSnapshot_Task", "Login"} < known
    assert calls("vSphere") == known


def _is_attribute(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr[0].isupper()


def _is_vim_method(name: str) -> bool:
    """Whether pyVmomi knows a method of that name in vSphere's own description."""
    wanted = {"RetrieveContent": "RetrieveServiceContent", "Destroy": "DestroyPropertyCollector"}.get(name, name)
    try:
        return bool(VmomiSupport.GetWsdlMethod("urn:vim25", wanted))
    except KeyError:
        return False


def test_every_slack_method_has_its_row() -> None:
    """Every method of Slack's Web API that the program calls, by name or by text, is on the page."""
    used: set[str] = set()
    known = {name for name in dir(WebClient) if "_" in name and not name.startswith("_")}
    for tree in _code("bot"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in known - {"api_call"}:
                used.add(node.attr.replace("_", ".", 1))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_slack(node.value, known):
                used.add(node.value)
    assert _spelled(used) | {"apps.connections.open", "Socket Mode"} == calls("Slack")


def test_every_trap_is_held_by_tests_that_exist() -> None:
    """Each row of the traps names at least one test, and each named test is there."""
    rows = [line.split("|") for line in section("Traps, and the tests that hold them").splitlines() if "`test_" in line]
    named = [re.findall(r"`(test_\w+)`", row[2]) for row in rows]
    assert len(rows) > 40
    assert all(named)
    there = {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert {name for each in named for name in each} - there == set()


def _is_slack(text: str, known: set[str]) -> bool:
    return bool(re.fullmatch(r"[a-z]+(\.[a-zA-Z]+)+", text)) and text.replace(".", "_", 1) in known | {
        "chat_postEphemeral",
        "views_open",
        "views_update",
    }


def _spelled(used: set[str]) -> set[str]:
    return {"files.upload (v2)" if one.startswith("files.upload") else one for one in used}


def _code(folder: str) -> Iterator[ast.Module]:
    for file in sorted((ROOT / folder).rglob("*.py")):
        yield ast.parse(file.read_text(encoding="utf-8"))
