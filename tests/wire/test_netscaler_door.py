"""The practice door: what devices meet at the VIPs."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from practice.nitro import Door
from practice.world import HandTime, World
from practice.world.made import make_world

MDM = "vs_xms_mdm_443"
NODES = ("xms01", "xms02", "xms03")


class Echo:
    """A node's port: tells its name, then gives back what it gets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.socket.getsockname()[1])
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line:
                line.sendall(self.name.encode())
                while chunk := line.recv(1000):
                    line.sendall(chunk)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@pytest.fixture
def world() -> World:
    return make_world(time=HandTime())


@pytest.fixture
def nodes() -> Iterator[dict[str, Echo]]:
    made = {name: Echo(name) for name in NODES}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture
def door(world: World, nodes: dict[str, Echo]) -> Iterator[Door]:
    with Door(world, lambda name, _: nodes[name].port) as opened:
        yield opened


def call(port: int) -> bytes:
    """What a device hears; empty when it is accepted and cut."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=2)) as line:
        try:
            heard = line.recv(5)
            line.sendall(b"hello")
            assert not heard or line.recv(5) == b"hello"
        except ConnectionError:
            return b""
        return heard


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except ConnectionRefusedError:
        return True
    return False


def test_an_open_door_leads_to_the_nodes_that_serve(door: Door, world: World) -> None:
    """Connections are passed in turn to nodes that are up with their member enabled, and to no other."""
    assert {call(door.port(MDM)) for _ in range(6)} == {b"xms01", b"xms02", b"xms03"}
    world.member_set("sg_xms_443", "xms02", 443, enabled=False, by="t")
    world.nodes["xms03"].up = False
    assert {call(door.port(MDM)) for _ in range(6)} == {b"xms01"}


def test_a_disabled_vserver_refuses_and_keeps_its_port(door: Door, world: World) -> None:
    """Disabled, the port refuses at once and nobody else can take it; enabled again it is the same port."""
    port = door.port(MDM)
    world.vserver_set(MDM, enabled=False, by="t")
    assert refused(port)
    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", port))
    assert call(door.port("vs_xms_mam_8443"))
    world.vserver_set(MDM, enabled=True, by="t")
    assert call(port)
    assert door.port(MDM) == port


def test_a_vserver_without_members_accepts_and_cuts(door: Door, world: World) -> None:
    """DOWN is not disabled: a device is accepted and cut, which the port's refusal does not show."""
    for node in world.nodes.values():
        node.up = False
    assert call(door.port(MDM)) == b""


def test_a_door_that_begins_closed_refuses_from_the_start(world: World, nodes: dict[str, Echo]) -> None:
    """A vServer that is disabled when the door starts never accepts."""
    world.vservers[MDM].enabled = False
    with Door(world, lambda name, _: nodes[name].port) as door:
        assert refused(door.port(MDM))


def test_stopping_ends_what_is_being_passed(world: World, nodes: dict[str, Echo]) -> None:
    """Stopping cuts open connections on both sides and lets the ports go."""
    with Door(world, lambda name, _: nodes[name].port) as door:
        port = door.port(MDM)
        line = socket.create_connection(("127.0.0.1", port), timeout=2)
        assert line.recv(5)
    with closing(line), suppress(ConnectionResetError):
        assert line.recv(5) == b""
    assert refused(port)
