"""Ports and the health page: what is up, what refuses, what is silent, and what only looks well."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from aiohttp import web
from xenmobile_bench import HOST, TLS_NAME, XenMobileBench

from integrations.xenmobile import Health, PortState, port_state, read_health
from integrations.xenmobile.health import PATH, page
from practice.http import HttpServer
from practice.xenmobile import PURPOSES

Contexts = Callable[..., ssl.SSLContext]
SHORT = timedelta(seconds=0.3)


@pytest.mark.parametrize("purpose", [80, 443, 8443])
def test_a_node_that_is_up_is_well_on_every_port(xms: XenMobileBench, purpose: int) -> None:
    """The page says OK and that enrolment is enabled, and shows clock and certificate."""
    health = xms.health(purpose)
    assert (health.port, health.ok, health.enrolment, health.why) == (PortState.OPEN, True, True, "")
    assert health.clock == xms.time.now()
    assert (health.certificate_ends is None) == (purpose == 80)


def test_a_node_without_enrolment_says_so(xms: XenMobileBench) -> None:
    """A node may be well and still take no new devices."""
    xms.world.enrolment_enabled = False
    health = xms.health(8443)
    assert health.ok
    assert health.enrolment is False


def test_every_port_refuses_exactly_while_the_node_is_down(xms: XenMobileBench) -> None:
    """Off, booting and up again: the ports refuse and open with the node, and keep their numbers."""
    numbers = [xms.servers.port("xms01", p) for p in PURPOSES]
    xms.world.power_off("xms01", "va")
    assert {xms.state(p) for p in PURPOSES} == {PortState.REFUSED}
    assert {xms.state(p, "xms02") for p in PURPOSES} == {PortState.OPEN}
    xms.world.power_on("xms01", "va")
    assert {xms.state(p) for p in PURPOSES} == {PortState.REFUSED}
    xms.pass_time(2)
    assert {xms.state(p) for p in PURPOSES} == {PortState.OPEN}
    assert xms.health(443).ok
    assert numbers == [xms.servers.port("xms01", p) for p in PURPOSES]


def test_a_refusing_port_can_t_be_taken_by_another_program(xms: XenMobileBench) -> None:
    """The port of a node that is down stays reserved."""
    xms.world.power_off("xms01", "va")
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((HOST, xms.servers.port("xms01", 443)))


def test_open_connections_are_cut_when_the_node_goes_down(xms: XenMobileBench) -> None:
    """A connection that stood does not outlive its node."""
    with socket.create_connection((HOST, xms.servers.port("xms01", 80)), timeout=5) as line:
        line.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 200")
        xms.world.power_off("xms01", "va")
        assert line.recv(4096) == b""


def test_port_80_flaps_alone(xms: XenMobileBench) -> None:
    """The fault of the story: 80 goes down and up while 443, 8443 and 4443 stay."""
    xms.world.faults.arm("flap", "xms01", times=-1, value=1.0)
    seen = set()
    for _ in range(8):
        xms.pass_time(0.7)
        seen.add(xms.state(80))
        assert {xms.state(p) for p in (443, 4443, 8443)} == {PortState.OPEN}
    assert seen == {PortState.OPEN, PortState.REFUSED}
    assert xms.health(80, "xms02").ok


def test_a_node_in_recovery_mode_refuses(xms: XenMobileBench) -> None:
    """A node of another version than the database is on, and serves nothing."""
    xms.restore()
    xms.world.power_on("xms02", "va")
    xms.pass_time(3)
    assert xms.world.nodes["xms02"].recovery
    assert xms.health(443, "xms02") == Health(PortState.REFUSED, why="the port is refused")


def test_a_redirect_is_up_but_proves_nothing(xms: XenMobileBench) -> None:
    """Some releases answer strangers with 302: the port is open, the page is not OK."""
    xms.world.faults.arm("redirect", "xenmobile:getserverinfo")
    health = xms.health(443)
    assert (health.port, health.ok) == (PortState.OPEN, False)
    assert "redirect" in health.why


def test_a_node_that_accepts_and_never_answers_is_open_and_not_well(xms: XenMobileBench) -> None:
    """An open port alone proves nothing."""
    xms.world.faults.arm("silent", "xms01", times=-1)
    health = xms.health(8443, wait=SHORT)
    assert (health.port, health.ok) == (PortState.OPEN, False)
    assert "silent" in health.why


def test_another_certificate_is_not_well(xms: XenMobileBench, server_tls: Contexts) -> None:
    """Whoever answers under another name is not the node."""
    with answering("<status>OK</status>", server_tls("other.example.com")) as port:
        health = read_health(HOST, port, tls=xms.tls, tls_name=TLS_NAME, wait=SHORT)
    assert not health.ok
    assert "certificate" in health.why


def test_a_port_that_swallows_connections_is_silent() -> None:
    """With its queue full, a port answers nobody: not refused, not open."""
    with socket.socket() as deaf:
        deaf.bind((HOST, 0))
        deaf.listen(0)
        number = deaf.getsockname()[1]
        queued = [socket.socket() for _ in range(3)]
        try:
            for line in queued:
                line.setblocking(False)
                line.connect_ex((HOST, number))
            assert port_state(HOST, number, SHORT) is PortState.SILENT
        finally:
            for line in queued:
                line.close()


@pytest.mark.parametrize("address", ["no-such-host.invalid", "255.255.255.255"])
def test_an_address_without_a_way_is_told_apart(address: str) -> None:
    """A wrong name or an impossible address is neither refused nor silent."""
    assert port_state(address, 443, SHORT) is PortState.NO_ROUTE


def test_an_oversized_page_is_not_read_to_its_end() -> None:
    """The health page is small; one that never ends is given up."""
    with answering("<status>OK</status>" + "x" * 100_000, None) as port:
        health = read_health(HOST, port, tls=None, wait=timedelta(seconds=2))
    assert not health.ok
    assert "larger" in health.why


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_another_status_than_200_is_not_well(status: int) -> None:
    """Even with OK in its body, an error is no good health."""
    with answering("<status>OK</status>", None, status) as port:
        health = read_health(HOST, port, tls=None, wait=timedelta(seconds=2))
    assert not health.ok
    assert str(status) in health.why


@pytest.mark.parametrize(
    ("body", "ok", "enrolment"),
    [
        ("<r><status>OK</status></r>", True, None),
        ('<r xmlns="urn:x"><status> OK </status><enrollmentEnabled>TRUE</enrollmentEnabled></r>', True, True),
        ("<r><status>OK</status><a><enrollmentEnabled>false</enrollmentEnabled></a></r>", True, False),
        ("<r><status>NOK</status></r>", False, None),
        ("<r><message>OK</message></r>", False, None),
        ("OK\n", True, None),
        ('{"status": "OK"}', True, None),
        ('{"status": "NOT OK"}', False, None),
        ("", False, None),
        ("<r><status>OK</status>", False, None),
        ("<html><body>OK</body></html>", False, None),
        ('<!DOCTYPE r [<!ENTITY a "OK">]><r><status>&a;</status></r>', False, None),
    ],
)
def test_the_page_says_ok_in_the_words_of_its_release(body: str, ok: bool, enrolment: bool | None) -> None:  # noqa: FBT001 - a table
    """Each release's words are understood; half a page, another page and one with entities are not OK."""
    assert page(body.encode())[:2] == (ok, enrolment)


def test_a_page_in_another_encoding_is_not_read() -> None:
    """Bytes that are no UTF-8 could hide what is refused."""
    assert page("<r><status>OK</status></r>".encode("utf-16"))[0] is False


@contextmanager
def answering(body: str, tls: ssl.SSLContext | None, status: int = 200) -> Iterator[int]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status, content_type="application/xml")

    def app() -> web.Application:
        made = web.Application()
        made.router.add_get(PATH, answer)
        return made

    with HttpServer(app, tls) as server:
        yield server.port
