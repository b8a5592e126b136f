"""Logging in to a node, staying in, and what every kind of answer means."""

import ssl
from dataclasses import replace
from datetime import timedelta

import pytest
from xenmobile_bench import HOST, TLS_NAME, USER, XenMobileBench

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotPermitted,
    Refused,
    SessionEnded,
    Unreachable,
    WrongAnswer,
)
from integrations.login import Login
from integrations.xenmobile import XenMobile

COUNT = 300


def test_a_node_is_asked_at_its_address_under_the_name_in_its_certificate(xms: XenMobileBench) -> None:
    """The certificate is checked against the enrolment name, though the node is reached by its address."""
    client = xms.client()
    client.log_in()
    assert client.count_devices() == COUNT
    assert xms.attempts() == 1


@pytest.mark.parametrize("name", ["", "other.example.com"])
def test_a_node_with_another_name_in_its_certificate_gets_no_password(xms: XenMobileBench, name: str) -> None:
    """Where the certificate carries another name than the expected one, nothing is sent."""
    with pytest.raises(Unreachable, match="certificate"):
        xms.client(tls_name=name).log_in()
    assert xms.attempts() == 0


def test_a_refused_login_is_tried_once(xms: XenMobileBench) -> None:
    """After a refusal nothing is sent any more, until a person says Check again: accounts get locked."""
    client = xms.client(password="wrong")
    for _ in range(3):
        with pytest.raises(LoginRefused):
            client.count_devices()
    assert xms.attempts() == 1
    client.check_again()
    with pytest.raises(LoginRefused):
        client.log_in()
    assert xms.attempts() == 2


def test_a_rotated_password_is_taken_at_the_next_login(xms: XenMobileBench) -> None:
    """The password is read afresh at each login, so that a rotated one needs no restart."""
    passwords = iter(["old", "made-up"])
    url = f"https://{HOST}:{xms.servers.port('xms01', 4443)}"
    with XenMobile(url, lambda: Login(USER, next(passwords)), tls_name=TLS_NAME, tls=xms.tls) as client:
        with pytest.raises(LoginRefused) as refused:
            client.log_in()
        assert client.count_devices() == COUNT
    assert "old" not in str(refused.value)


@pytest.mark.parametrize("kind", ["STATIC_TIMEOUT", "INACTIVITY_TIMEOUT"])
def test_a_token_that_ran_out_is_replaced_by_one_new_login(xms: XenMobileBench, kind: str) -> None:
    """Whether a token ends by its age or by idling, the next read logs in once and is answered."""
    set_property(xms, "xms.publicapi.timeout.type", kind)
    client = xms.client()
    client.log_in()
    xms.time.advance(timedelta(minutes=61))
    assert client.count_devices() == COUNT
    assert client.count_devices() == COUNT
    assert xms.attempts() == 2


def test_a_token_ends_in_the_middle_of_a_capture(xms: XenMobileBench) -> None:
    """A capture that outlives its token goes on where it was, and is whole."""
    set_property(xms, "xms.publicapi.timeout.type", "STATIC_TIMEOUT")
    listing = xms.client().devices(page_size=50)
    for _ in listing:
        xms.time.advance(timedelta(seconds=40))
    assert listing.complete
    assert xms.attempts() == 4  # 300 rows of 40 s each: 200 minutes, in hours


def test_a_session_that_ends_again_right_away_is_given_up(xms: XenMobileBench) -> None:
    """A read opens an ended session once; if that one has ended too, it says so."""
    client = xms.client()
    client.log_in()
    xms.world.faults.arm("end_session", "xenmobile", times=-1)
    with pytest.raises(SessionEnded):
        client.count_devices()
    assert xms.attempts() == 2


def test_a_restore_ends_every_session(xms: XenMobileBench) -> None:
    """After the database was restored no old token counts; the client logs in again by itself."""
    client = xms.client()
    assert client.count_devices() == COUNT
    xms.restore()
    assert client.count_devices() == len(xms.world.content.devices)
    assert xms.attempts() == 2


def test_403_means_an_ended_session_or_a_missing_right(xms: XenMobileBench) -> None:
    """A 403 without JSON is cured by one new login, or it names the right that is missing."""
    client = xms.client()
    client.log_in()
    xms.world.faults.arm("forbid", "xenmobile:device/filter")
    assert client.count_devices() == COUNT
    xms.world.faults.arm("forbid", "xenmobile:device/filter", times=-1)
    with pytest.raises(NotPermitted, match="PUBLIC_API_ACCESS"):
        client.count_devices()
    assert xms.attempts() == 3


def test_a_login_that_is_forbidden_is_a_refusal(xms: XenMobileBench) -> None:
    """At the login a 403 counts as a refusal, which is not repeated."""
    xms.world.faults.arm("forbid", "xenmobile:login", times=-1)
    client = xms.client()
    for _ in range(2):
        with pytest.raises(LoginRefused):
            client.log_in()
    xms.world.faults.disarm("forbid", "xenmobile:login")
    with pytest.raises(LoginRefused):
        client.log_in()
    assert xms.attempts() == 0


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ("negative", Refused, "could not be carried out"),
        ("fail", Refused, "Internal error"),
        ("not_json", WrongAnswer, "no JSON"),
        ("lose_reply", Unreachable, "broke the connection off"),
    ],
)
def test_each_failure_of_a_read_is_told_by_name(
    xms: XenMobileBench, fault: str, error: type[IntegrationError], says: str
) -> None:
    """A status of -1 inside 200, an error, a page of HTML and a lost reply are told apart; the next read works."""
    client = xms.client()
    client.log_in()
    xms.world.faults.arm(fault, "xenmobile:device/filter")
    with pytest.raises(error, match=says) as caught:
        client.count_devices()
    assert caught.value.system == "xenmobile"
    assert not caught.value.may_have_happened
    assert client.count_devices() == COUNT


def test_a_failure_keeps_the_server_s_code(xms: XenMobileBench) -> None:
    """The vendor's own code is kept for those who look it up."""
    client = xms.client()
    for fault, code in (("negative", "-1"), ("fail", "1000")):
        xms.world.faults.arm(fault, "xenmobile:serverproperties")
        with pytest.raises(Refused) as caught:
            client.server_properties()
        assert caught.value.code == code


def test_a_silent_node_is_given_up_in_time(xms: XenMobileBench) -> None:
    """A node that accepts and never answers is unreachable after the reply timeout."""
    client = xms.client(reply_timeout=timedelta(seconds=0.3))
    client.log_in()
    xms.world.faults.arm("silent", "xenmobile")
    with pytest.raises(Unreachable, match="silent"):
        client.count_devices()


def test_a_slow_answer_is_waited_for(xms: XenMobileBench) -> None:
    """A sick node's answers take long, and are answers all the same."""
    xms.world.faults.arm("slow", "xenmobile", value=20.0)
    assert xms.client().count_devices() == COUNT


def test_closing_logs_out(xms: XenMobileBench) -> None:
    """The session is ended at the node, which answers with a `Status` of its own spelling."""
    client = xms.client()
    client.log_in()
    assert len(xms.servers.sessions["xms01"]) == 1
    client.close()
    assert len(xms.servers.sessions["xms01"]) == 0


def test_closing_never_fails_because_the_node_is_gone(xms: XenMobileBench) -> None:
    """A client can be closed whatever became of its node."""
    client = xms.client()
    client.log_in()
    xms.world.power_off("xms01", "va")
    client.close()
    assert xms.client("xms02").count_devices() == COUNT


def test_a_node_that_is_off_is_unreachable_and_the_other_one_answers(xms: XenMobileBench) -> None:
    """Each node is asked for itself."""
    xms.world.power_off("xms01", "va")
    with pytest.raises(Unreachable, match="no connection"):
        xms.client().log_in()
    assert xms.client("xms02").count_devices() == COUNT


def test_the_identity_is_the_database_s_own_and_survives_the_restore(xms: XenMobileBench) -> None:
    """All nodes on one database have one identity, before and after its restore."""
    before = {xms.client(node).identity() for node in ("xms01", "xms02")}
    assert len(before) == 1
    xms.restore()
    assert xms.client().identity() in before


def test_the_clock_is_the_node_s_own(xms: XenMobileBench) -> None:
    """A node that woke up with an old time shows it, without a login."""
    assert xms.client().clock() == xms.time.now()
    xms.world.nodes["xms01"].clock_offset = timedelta(minutes=-7)
    assert xms.client().clock() == xms.time.now() - timedelta(minutes=7)
    assert xms.attempts() == 0


def test_an_address_that_is_none_is_refused_at_once() -> None:
    """A settings mistake is told before anything is sent."""
    with pytest.raises(ValueError, match="address"):
        XenMobile("xms01:4443", lambda: Login("a", "b"), tls=ssl.create_default_context())


def set_property(xms: XenMobileBench, name: str, value: str) -> None:
    content = xms.world.content
    properties = tuple(replace(p, value=value) if p.name == name else p for p in content.configuration.properties)
    content.configuration = replace(content.configuration, properties=properties)
