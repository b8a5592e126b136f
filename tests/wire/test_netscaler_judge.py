"""NITRO, judged by others: a monitoring plugin for real NetScalers, driven against the practice server."""

import importlib
import ssl
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from practice.nitro import NitroServer
from practice.world import HandTime, World
from practice.world.made import SERVICE_GROUPS, VSERVERS, make_world

OK, WARNING, CRITICAL = 0, 1, 2


def part(name: str) -> Any:
    try:
        return importlib.import_module(f"check_netscaler.{name}")
    except ModuleNotFoundError:
        pytest.skip("left out: the monitoring plugin is not installed (python package check-netscaler)")


@pytest.fixture
def world() -> World:
    return make_world(time=HandTime())


@pytest.fixture
def server(world: World, server_tls: Callable[..., ssl.SSLContext]) -> Iterator[NitroServer]:
    with NitroServer(world, {"monitor": "right"}, server_tls()) as served:
        yield served


@pytest.fixture
def plugin(server: NitroServer, practice_ca: trustme.CA, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """The plugin's own client, by password; it trusts our CA and logs out at the end."""
    authority = tmp_path / "ca.pem"
    practice_ca.cert_pem.write_to_path(authority)
    made: list[Any] = []

    def client(password: str = "right") -> Any:
        port = int(server.url.rpartition(":")[2])
        one = part("client").NITROClient("127.0.0.1", "monitor", password, port=port, verify_ssl=str(authority))
        made.append(one)
        return one

    yield client
    for one in made:
        one.logout()
        one.session.session.close()


def run(command: str, kind: str, client: Any, **args: str) -> Any:
    """One of the plugin's checks."""
    named = {"objecttype": "", "objectname": "", "filter": "", "limit": "", "check_backup": "", **args}
    return getattr(part(f"commands.{command}"), kind)(client, Namespace(**named)).execute()


def test_the_plugin_logs_in_by_cookie_and_out_again(server: NitroServer, plugin: Callable[..., Any]) -> None:
    """It reads the session out of the cookie, is let in by it, and leaves no session open."""
    client = plugin()
    client.login()
    assert client.session.session_id
    assert server.open_sessions == 1
    assert client.get_config("nsversion")["nsversion"]["version"].startswith("NetScaler NS")
    client.logout()
    assert server.open_sessions == 0
    with pytest.raises(part("client.exceptions").NITROAPIError, match="Not logged in"):
        client.get_config("nsversion")


def test_the_plugin_is_refused_as_a_netscaler_refuses(plugin: Callable[..., Any]) -> None:
    """A wrong password is an authentication failure to it, and a missing vServer a missing resource."""
    errors = part("client.exceptions")
    with pytest.raises(errors.NITROAuthenticationError):
        plugin("wrong").login()
    client = plugin()
    client.login()
    with pytest.raises(errors.NITROResourceNotFoundError):
        client.get_config("lbvserver", "nowhere")


def test_the_plugin_sees_what_the_world_is(world: World, plugin: Callable[..., Any]) -> None:
    """States, members, hardware and unsaved changes are what the plugin looks for, under the names it knows."""
    client = plugin()
    client.login()
    states = run("state", "StateCommand", client, objecttype="lbvserver")
    assert (states.status, states.perfdata["total"]) == (OK, len(VSERVERS))
    assert "NS-PRACTICE-1" in run("hwinfo", "HWInfoCommand", client).message
    assert run("nsconfig", "NSConfigCommand", client).status == OK

    binding = "servicegroup_servicegroupmember_binding"
    for group in SERVICE_GROUPS:
        members = client.get_config(binding, group)[binding]
        assert {(one["state"], one["svrstate"]) for one in members} == {("ENABLED", "UP")}

    name = next(iter(VSERVERS))
    world.vserver_set(name, enabled=False, by="xa")
    assert client.get_config("lbvserver", name)["lbvserver"][0]["curstate"] == "OUT OF SERVICE"
    seen = run("state", "StateCommand", client, objecttype="lbvserver")
    assert (seen.status, seen.perfdata["warning"], seen.perfdata["unknown"]) == (WARNING, 1, 0)
    assert run("nsconfig", "NSConfigCommand", client).status == WARNING
    for node in world.nodes:
        world.power_off(node, "va")
    assert run("state", "StateCommand", client, objecttype="lbvserver").status == CRITICAL
