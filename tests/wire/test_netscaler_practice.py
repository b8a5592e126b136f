"""The NetScaler client against the practice NetScaler, over TLS."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from integrations.errors import LoginRefused, NotFound, OutcomeUnknown, Refused, SessionEnded, Unreachable
from integrations.login import Login
from integrations.netscaler import NetScaler, VServerKind
from practice.nitro import NitroServer
from practice.world import HandTime, VServer, World
from practice.world.made import make_world

LB, CS = VServerKind.LB, VServerKind.CS
MDM = "vs_xms_mdm_443"
ODD = "xms mdm/80 (ä) %2F?"
SHORT = timedelta(seconds=0.4)


@pytest.fixture
def world() -> World:
    made = make_world(time=HandTime())
    made.vservers[ODD] = VServer(ODD, "lb", 80)
    made.vservers["cs_store"] = VServer("cs_store", "cs", 8443, redirect="https://status.example.com/")
    made.config_save("setup")
    return made


@pytest.fixture
def server(world: World, server_tls: Callable[..., ssl.SSLContext]) -> Iterator[NitroServer]:
    with NitroServer(world, {"bot": "right"}, server_tls()) as running:
        yield running


@pytest.fixture
def client(server: NitroServer, client_tls: ssl.SSLContext) -> Iterator[NetScaler]:
    with NetScaler(server.url, lambda: Login("bot", "right"), tls=client_tls, reply_timeout=SHORT) as made:
        yield made


def advance(world: World, seconds: float) -> None:
    assert isinstance(world.time, HandTime)
    world.time.advance(seconds)
    world.settle()


def changes(world: World) -> list[tuple[str, str]]:
    return [(e.verb, e.target) for e in world.ledger.entries("netscaler") if e.by == "bot"]


def test_it_tells_what_it_is(client: NetScaler, world: World) -> None:
    """Release, hardware, identity and clock are read; another appliance has another identity."""
    assert client.version().startswith("NetScaler NS12.0")
    assert client.hardware().serial == "NS-PRACTICE-1"
    assert client.clock() == world.now()
    before = client.identity()
    assert client.identity() == before
    world.ha_serial = "NS-PRACTICE-2"
    assert client.identity() != before


def test_a_vserver_is_disabled_and_enabled_once_each(client: NetScaler, world: World) -> None:
    """Each change stands once in the ledger, and its state is proven by `curstate`."""
    assert client.vserver(LB, MDM).serving
    client.disable_vserver(LB, MDM)
    off = client.vserver(LB, MDM)
    assert off.disabled
    assert not off.serving
    client.enable_vserver(LB, MDM)
    assert client.vserver(LB, MDM).serving
    assert changes(world) == [("disable", MDM), ("enable", MDM)]


def test_down_is_no_proof_of_being_disabled(client: NetScaler, world: World) -> None:
    """With every node off an enabled vServer is DOWN: neither disabled nor serving."""
    for node in world.nodes.values():
        node.up = False
    seen = client.vserver(LB, MDM)
    assert seen.curstate == "DOWN"
    assert not seen.disabled
    assert not seen.serving


def test_a_backup_vserver_does_not_hide_that_it_is_disabled(client: NetScaler, world: World) -> None:
    """`effectivestate` counts the backup in and stays UP; `curstate` says that the vServer is disabled."""
    world.vservers[MDM].backup_vserver = ODD
    client.disable_vserver(LB, MDM)
    seen = client.vserver(LB, MDM)
    assert (seen.effectivestate, seen.backup_vserver) == ("UP", ODD)
    assert seen.disabled


def test_a_content_switch_is_read_with_what_it_tells(client: NetScaler) -> None:
    """A `cs` vServer tells no members and no effective state; its redirect is read, and it can be switched."""
    seen = client.vserver(CS, "cs_store")
    assert (seen.active_services, seen.effectivestate, seen.redirect) == (None, "", "https://status.example.com/")
    assert seen.serving
    client.disable_vserver(CS, "cs_store")
    assert client.vserver(CS, "cs_store").disabled
    assert [v.name for v in client.vservers(CS)] == ["cs_store"]


def test_any_name_reaches_exactly_its_vserver(client: NetScaler, world: World) -> None:
    """Slashes, spaces, percent signs and umlauts in a name reach that vServer and no other."""
    assert client.vserver(LB, ODD).name == ODD
    assert client.counters(LB, ODD).connections == 0
    client.disable_vserver(LB, ODD)
    assert client.vserver(LB, ODD).disabled
    assert changes(world) == [("disable", ODD)]


def test_what_does_not_exist_is_not_found(client: NetScaler, world: World) -> None:
    """A missing vServer, group or member is NotFound, in reads and in changes, and nothing is changed."""
    tries: list[Callable[[], object]] = [
        lambda: client.vserver(LB, "nobody"),
        lambda: client.vserver(CS, MDM),
        lambda: client.counters(LB, "nobody"),
        lambda: client.members("sg_nobody"),
        lambda: client.member_connections("sg_xms_443", "nobody", 443),
        lambda: client.disable_vserver(LB, "nobody"),
        lambda: client.disable_vserver(CS, MDM),
        lambda: client.disable_member("sg_xms_443", "nobody", 443),
    ]
    for one in tries:
        with pytest.raises(NotFound) as caught:
            one()
        assert not caught.value.may_have_happened
    assert changes(world) == []


def test_connections_fall_and_hits_rise(client: NetScaler, world: World) -> None:
    """After disabling, connections fall to 0 and hits stand still; after enabling both rise."""
    client.counters(LB, MDM)
    advance(world, 10)
    busy = client.counters(LB, MDM)
    assert (busy.connections, busy.active_services) == (1200, 3)
    client.disable_vserver(LB, MDM)
    advance(world, 10)
    drained = client.counters(LB, MDM)
    assert (drained.connections, drained.hits) == (0, busy.hits)
    client.enable_vserver(LB, MDM)
    advance(world, 10)
    again = client.counters(LB, MDM)
    assert again.connections == 1200
    assert again.hits is not None
    assert drained.hits is not None
    assert again.hits > drained.hits


def test_a_member_leaves_gracefully(client: NetScaler, world: World) -> None:
    """A member disabled gracefully goes out of service first, keeps old connections for its delay, then is out."""
    client.disable_member("sg_xms_443", "xms02", 443, graceful=True, delay=timedelta(seconds=60))
    leaving = {m.server: m for m in client.members("sg_xms_443")}
    assert leaving["xms02"].state == "GOING OUT OF SERVICE"
    assert not leaving["xms02"].out_of_service
    assert leaving["xms01"].up
    assert client.member_connections("sg_xms_443", "xms02", 443)
    advance(world, 61)
    gone = {m.server: m for m in client.members("sg_xms_443")}["xms02"]
    assert gone.out_of_service
    assert not gone.enabled
    assert client.member_connections("sg_xms_443", "xms02", 443) == 0
    assert client.vserver(LB, MDM).active_services == 2
    client.enable_member("sg_xms_443", "xms02", 443)
    assert all(m.up for m in client.members("sg_xms_443"))
    assert changes(world) == [("member_disable", "sg_xms_443/xms02:443"), ("member_enable", "sg_xms_443/xms02:443")]


def test_saving_is_a_change_of_its_own(client: NetScaler, world: World) -> None:
    """Unsaved changes are told; nothing but `save_configuration` saves, and a reboot then keeps the door closed."""
    assert client.configuration().unsaved is False
    client.disable_vserver(LB, MDM)
    assert client.configuration().unsaved is True
    assert ("save", "config") not in changes(world)
    client.save_configuration()
    assert client.configuration().unsaved is False
    world.netscaler_reboot()
    assert client.vserver(LB, MDM).disabled


def test_the_secondary_is_told_apart(client: NetScaler, world: World) -> None:
    """The addressed node's role and the health of the pair are read from `hanode`, id 0 being the one addressed."""
    pair = client.high_availability()
    assert pair.primary
    assert pair.troubles == ()
    world.fail_over()
    assert not client.high_availability().primary


def test_a_lost_reply_is_unknown_and_the_change_stands_once(client: NetScaler, world: World) -> None:
    """A change whose reply is lost is unknown, is not sent again, and stands once in the ledger."""
    client.version()
    world.faults.arm("lose_reply", "netscaler:disable", times=-1)
    with pytest.raises(OutcomeUnknown):
        client.disable_vserver(LB, MDM)
    assert client.vserver(LB, MDM).disabled
    assert changes(world) == [("disable", MDM)]


def test_a_late_result_shows_late(client: NetScaler, world: World) -> None:
    """A change may be answered before it shows: the state is the proof, not the answer."""
    world.faults.arm("late_result", "netscaler:disable", value=60)
    client.disable_vserver(LB, MDM)
    assert not client.vserver(LB, MDM).disabled
    advance(world, 61)
    assert client.vserver(LB, MDM).disabled


def test_a_change_that_fails_says_so(client: NetScaler, world: World) -> None:
    """HTTP 599 is the appliance's own no: the change did not happen."""
    world.faults.arm("fail", "netscaler:disable")
    with pytest.raises(Refused) as caught:
        client.disable_vserver(LB, MDM)
    assert (caught.value.code, caught.value.may_have_happened) == ("1067", False)
    assert changes(world) == []


def test_an_ended_session_is_opened_again_for_a_read(client: NetScaler, server: NitroServer, world: World) -> None:
    """A read that meets an ended session logs in again once and succeeds."""
    client.version()
    world.faults.arm("end_session", "netscaler")
    assert client.version()
    assert server.login_attempts == 2


def test_a_read_gives_up_when_its_new_session_ends_too(client: NetScaler, server: NitroServer, world: World) -> None:
    """A session is opened again once, not for ever."""
    client.version()
    world.faults.arm("end_session", "netscaler", times=-1)
    with pytest.raises(SessionEnded):
        client.version()
    assert server.login_attempts == 2


def test_a_change_is_not_sent_again_after_its_session_ended(
    client: NetScaler, server: NitroServer, world: World
) -> None:
    """A change that meets an ended session fails, did not happen, and isn't repeated; the next read logs in anew."""
    client.version()
    world.faults.arm("end_session", "netscaler")
    with pytest.raises(SessionEnded) as caught:
        client.disable_vserver(LB, MDM)
    assert not caught.value.may_have_happened
    assert changes(world) == []
    assert server.login_attempts == 1
    assert client.version()
    assert server.login_attempts == 2


def test_an_idle_session_ends_and_is_opened_again(client: NetScaler, server: NitroServer, world: World) -> None:
    """The session's idle time is the one that the client asks for at login."""
    client.version()
    advance(world, 16 * 60)
    assert client.version()
    assert server.login_attempts == 2


def test_a_refused_login_is_tried_once(server: NitroServer, client_tls: ssl.SSLContext) -> None:
    """One refusal leaves one attempt, however often is asked; *Check again* allows one more."""
    with NetScaler(server.url, lambda: Login("bot", "wrong"), tls=client_tls) as client:
        for _ in range(3):
            with pytest.raises(LoginRefused) as caught:
                client.version()
        assert server.login_attempts == 1
        assert "wrong" not in str(caught.value)
        client.check_again()
        with pytest.raises(LoginRefused):
            client.disable_vserver(LB, MDM)
        assert server.login_attempts == 2


def test_a_rotated_password_is_read_at_the_next_login(server: NitroServer, client_tls: ssl.SSLContext) -> None:
    """The login is read afresh each time, so that a rotated secret works without a restart."""
    held = ["wrong"]
    with NetScaler(server.url, lambda: Login("bot", held[0]), tls=client_tls) as client:
        with pytest.raises(LoginRefused):
            client.version()
        held[0] = "right"
        assert client.vserver(LB, MDM).serving


def test_closing_logs_out(server: NitroServer, client_tls: ssl.SSLContext) -> None:
    """Sessions are limited on an appliance, so each of ours is logged out."""
    with NetScaler(server.url, lambda: Login("bot", "right"), tls=client_tls) as client:
        client.version()
        assert server.open_sessions == 1
    assert server.open_sessions == 0


def test_a_silent_appliance_ends_within_the_timeout(client: NetScaler, world: World) -> None:
    """An appliance that accepts and never answers is unreachable for a read, unknown for a change."""
    client.version()
    world.faults.arm("silent", "netscaler", times=-1)
    with pytest.raises(Unreachable):
        client.version()
    with pytest.raises(OutcomeUnknown):
        client.disable_vserver(LB, MDM)
    assert changes(world) == []
    world.faults.disarm("silent", "netscaler")


def test_what_is_not_primary_changes_nothing(client: NetScaler, world: World) -> None:
    """A change on the secondary is answered like any other and is lost: the role has to be read before."""
    world.fail_over()
    client.disable_vserver(LB, MDM)
    assert not client.vserver(LB, MDM).disabled
    assert world.harms == ["disable lbvserver was sent to the secondary NetScaler"]


def test_ways_beside_the_door_are_read(client: NetScaler, world: World) -> None:
    """Gateways behind a cs vServer, names that GSLB answers, and rules of inbound NAT; none of them: nothing."""
    assert (client.gateways_behind("cs_store"), client.global_vservers(), client.inbound_nat()) == ((), (), ())
    world.vservers["cs_store"].gateway = "gw_all"
    world.global_names["gslb/mdm"] = "mdm.example.com"
    world.inbound_nat["192.0.2.200"] = "192.0.2.21"
    assert client.gateways_behind("cs_store") == ("gw_all",)
    (found,) = client.global_vservers()
    assert (found.name, found.domains, found.disabled) == ("gslb/mdm", ("mdm.example.com",), False)
    (rule,) = client.inbound_nat()
    assert (rule.public, rule.private) == ("192.0.2.200", "192.0.2.21")
