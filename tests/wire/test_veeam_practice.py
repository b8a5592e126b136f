"""The Veeam client against the practice Veeam server in each of its API versions, over TLS."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotFound,
    OutcomeUnknown,
    SessionEnded,
    Unreachable,
    WrongAnswer,
)
from integrations.login import Login
from integrations.veeam import Outcome, Veeam
from practice.veeam import VERSIONS, VeeamServer
from practice.world import HandTime, World
from practice.world.made import make_world, upgrade_began
from practice.world.state import BackedUp, Job, RestorePoint

ALL = [version.name for version in VERSIONS]
REASON = "RB-7/restore-node/xms01"
Made = Callable[..., tuple[Veeam, VeeamServer]]


@pytest.fixture
def world() -> World:
    made = make_world(time=HandTime())
    for node in made.nodes.values():
        node.on = node.up = False
    return made


@pytest.fixture
def make(world: World, server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext) -> Iterator[Made]:
    """Makes a server of the practice world and a client of it; both are closed at the end."""
    open_now: list[Veeam | VeeamServer] = []

    def made(login: Callable[[], Login] | None = None, api_version: str = "", **age: Any) -> tuple[Veeam, VeeamServer]:
        server = VeeamServer(world, {"restore": "right"}, server_tls(), **age).start()
        client = Veeam(
            server.url,
            login or (lambda: Login("restore", "right")),
            now=world.now,
            tls=client_tls,
            api_version=api_version,
            reply_timeout=timedelta(seconds=0.5),
        )
        open_now.extend((server, client))
        return client, server

    yield made
    for one in reversed(open_now):
        one.close() if isinstance(one, Veeam) else one.stop()


def advance(world: World, seconds: float) -> None:
    assert isinstance(world.time, HandTime)
    world.time.advance(seconds)
    world.settle()


def before_point(client: Veeam, world: World, name: str = "xms01") -> str:
    """The id of the newest restore point of a node from before the upgrade."""
    (found,) = client.backup_objects(moref=world.nodes[name].moref)
    return client.restore_points(found.object_id, before=upgrade_began(world.now()))[0].point_id


def restores(world: World) -> int:
    return len(world.ledger.entries("veeam", "restore"))


@pytest.mark.parametrize("newest", ALL)
def test_a_node_is_restored_in_each_version(newest: str, make: Made, world: World) -> None:
    """Found without a login, each version restores a node to its point, once, and ends well."""
    client, _ = make(newest=newest)
    assert client.version() == newest
    started = client.start_restore(before_point(client, world), REASON)
    assert started.outcome is Outcome.RUNNING
    assert client.session(started.session_id).kind == "RestoreVm"
    advance(world, 10)
    ended = client.session(started.session_id)
    assert (ended.outcome, ended.progress) == (Outcome.SUCCEEDED, 100)
    assert ended.ended is not None
    assert ended.ended.at == world.now()
    assert world.nodes["xms01"].version == "10.6"
    assert not world.nodes["xms01"].on
    assert restores(world) == 1
    assert world.sessions[0].reason == REASON
    assert world.harms == []


@pytest.mark.parametrize("newest", ALL)
def test_what_is_shown_is_what_is_sent(newest: str, make: Made) -> None:
    """The request shown for approval names path, point and overwriting as the version spells them."""
    client, _ = make(newest=newest)
    shown = client.restore_request("p-1", REASON)
    old = newest.startswith("1.1")
    assert shown.version == newest
    assert shown.path == "/api/v1/restore/vmRestore/" + ("vmware/" if old else "vSphere")
    assert shown.body["objectRestorePointId" if old else "restorePointId"] == "p-1"
    assert shown.body.get("overwrite") is (True if newest in {"1.3-rev1", "1.3-rev2"} else None)
    assert (shown.body["type"], shown.body["powerUp"], shown.body["quickRollback"]) == (
        "OriginalLocation",
        False,
        False,
    )


def test_a_version_is_taken_from_the_settings_without_asking(make: Made) -> None:
    """A configured version is spoken even where the server's documents are closed off."""
    client, _ = make(api_version="1.2-rev1", discoverable=False)
    assert client.version() == "1.2-rev1"
    assert client.server_time().words


def test_a_server_that_hides_its_versions_needs_a_setting(make: Made, world: World) -> None:
    """Without documents and without a setting the client says what to set, and tries no login."""
    client, server = make(discoverable=False)
    with pytest.raises(WrongAnswer, match="Set the API version"):
        client.server_time()
    assert server.tokens.attempts == 0
    assert restores(world) == 0


def test_a_version_that_the_server_does_not_speak_is_told(make: Made) -> None:
    """A version newer than the server's ends in the server's own words and counts as no refused login."""
    client, server = make(api_version="1.3-rev2", newest="1.2-rev1")
    for _ in range(2):
        with pytest.raises(WrongAnswer, match=r"Unsupported RESTAPI version.*Set another API version"):
            client.server_time()
    assert server.tokens.attempts == 0


def test_a_version_that_we_do_not_know_is_refused_at_once() -> None:
    """A misspelt version in the settings is refused when the client is made."""
    with pytest.raises(ValueError, match=r"1\.1-rev0"):
        Veeam("https://192.0.2.1:9419", lambda: Login("a", "b"), now=World().now, api_version="1.9")


@pytest.mark.parametrize("newest", ALL)
@pytest.mark.parametrize("naive", [False, True])
def test_times_become_instants(newest: str, make: Made, world: World, *, naive: bool) -> None:
    """Seven digits, with an offset or read in the server's own zone: the same instant, and it says which."""
    client, _ = make(newest=newest, naive_times=naive)
    assert abs(client.server_time().at - world.now()) < timedelta(milliseconds=1)
    (found,) = client.backup_objects(moref=world.nodes["xms01"].moref)
    told = client.restore_points(found.object_id)
    truth = sorted((p.created for p in world.points if p.node == "xms01"), reverse=True)
    assert [p.created.at for p in told] == truth
    assert {p.created.assumed for p in told} == {naive}


def test_a_machine_is_known_by_its_managed_object_alone(make: Made, world: World) -> None:
    """Two machines of one name are told apart by their managed object id; an unknown id finds none."""
    client, _ = make()
    assert len(client.backup_objects(name="xms01")) == 2
    (mine,) = client.backup_objects(moref=world.nodes["xms01"].moref)
    (other,) = client.backup_objects(moref="vm-17")
    assert mine.name == other.name == "xms01"
    assert client.restore_points(mine.object_id)
    assert client.restore_points(other.object_id) == ()
    assert client.backup_objects(moref="vm-9999") == ()


def test_a_name_that_contains_the_name_is_another_machine(make: Made, world: World) -> None:
    """The server's name filter matches parts of names; ours does not."""
    world.backed_up.append(BackedUp("old-xms02", "vm-900"))
    client, _ = make()
    assert [one.name for one in client.backup_objects(name="xms02")] == ["xms02"]


def test_points_are_chosen_by_our_own_comparison(make: Made, world: World) -> None:
    """Only points before the upgrade are left, newest first, whatever the server filters."""
    began = upgrade_began(world.now())
    for newest in ("1.1-rev0", "1.3-rev2"):
        client, _ = make(newest=newest)
        (found,) = client.backup_objects(moref=world.nodes["xms02"].moref)
        before = client.restore_points(found.object_id, before=began)
        assert [p.created.at < began for p in before] == [True, True]
        assert before[0].created.at > before[1].created.at
        assert client.restore_points(found.object_id, after=began, before=before[0].created.at) == ()
        assert len(client.restore_points(found.object_id, after=began)) == 1


def test_a_point_tells_whether_it_can_be_trusted(make: Made, world: World) -> None:
    """Malware status and allowed operations are read; words that we don't know are kept and flagged."""
    point = next(p for p in world.points if p.node == "xms01")
    point.malware, point.operations = "Quarantined", ("StartTimeTravel",)
    client, _ = make()
    read = client.restore_point(point.point_id)
    assert read.flagged
    assert read.restorable is False
    assert (read.malware, read.operations) == ("Quarantined", ("StartTimeTravel",))
    good = client.restore_point(before_point(client, world, "xms02"))
    assert good.restorable
    assert not good.flagged


def test_an_older_version_tells_less_of_a_point(make: Made, world: World) -> None:
    """1.1 tells neither type nor malware status nor whether a point can be restored: unknown, not a no."""
    client, _ = make(newest="1.1-rev0")
    read = client.restore_point(before_point(client, world))
    assert (read.malware, read.kind, read.flagged, read.restorable) == ("", "", False, None)


def test_many_points_are_read_page_by_page(make: Made, world: World) -> None:
    """A list longer than a page is read to its end, each row once."""
    for number in range(450):
        world.points.append(RestorePoint(f"many-{number}", "xms01", world.now(), "10.7"))
    client, _ = make()
    (found,) = client.backup_objects(moref=world.nodes["xms01"].moref)
    assert len(client.restore_points(found.object_id)) == 453


def test_what_does_not_exist_is_not_found(make: Made, world: World) -> None:
    """Missing objects, points and sessions are NotFound, and no restore begins."""
    client, _ = make()
    for one in (
        lambda: client.restore_points("none"),
        lambda: client.restore_point("none"),
        lambda: client.session("none/../x"),
        lambda: client.session_log("none"),
        lambda: client.start_restore("none", REASON),
    ):
        with pytest.raises(NotFound) as caught:
            one()
        assert not caught.value.may_have_happened
    assert restores(world) == 0


@pytest.mark.parametrize("newest", ALL)
def test_a_restore_whose_reply_is_lost_is_found_again(newest: str, make: Made, world: World) -> None:
    """A lost 201 is unknown, is not sent again, and the session is found by machine and time."""
    client, _ = make(newest=newest)
    earlier = client.start_restore(before_point(client, world, "xms02"), "RB-6/restore-node/xms02")
    advance(world, 10)
    old = client.start_restore(before_point(client, world), "RB-6/restore-node/xms01")
    advance(world, 10)
    before = client.server_time().at
    other = client.start_restore(before_point(client, world, "xms03"), "RB-7/restore-node/xms03")
    world.faults.arm("lose_reply", "veeam:restore", times=-1)
    with pytest.raises(OutcomeUnknown) as lost:
        client.start_restore(before_point(client, world), REASON)
    assert lost.value.may_have_happened
    found = client.find_restores("xms01", before, others=["xms02", "xms03"])
    assert len(found.ours) == 1
    assert found.unclear == ()
    assert found.ours[0].session_id not in {earlier.session_id, old.session_id, other.session_id}
    assert restores(world) == 4


def test_a_restore_that_shows_late_is_not_there_at_first(make: Made, world: World) -> None:
    """After a lost reply the session may show late: nothing found once proves nothing."""
    client, _ = make()
    before = client.server_time().at
    world.faults.arm("late_result", "veeam:restore", value=60)
    world.faults.arm("lose_reply", "veeam:restore")
    with pytest.raises(OutcomeUnknown):
        client.start_restore(before_point(client, world), REASON)
    assert client.find_restores("xms01", before).ours == ()
    advance(world, 61)
    (found,) = client.find_restores("xms01", before).ours
    assert found.outcome is Outcome.SUCCEEDED
    assert restores(world) == 1


def test_a_warning_is_a_success_with_a_message(make: Made, world: World) -> None:
    """Result Warning has worked; its message is there to be shown."""
    world.faults.arm("warn", "veeam:restore")
    client, _ = make()
    started = client.start_restore(before_point(client, world), REASON)
    advance(world, 10)
    ended = client.session(started.session_id)
    assert ended.outcome is Outcome.WARNING
    assert ended.ended_well
    assert "newer than the latest version" in ended.message
    assert [line.status for line in client.session_log(started.session_id)][-1] == "Warning"


def test_a_failed_restore_is_failed_with_its_reason(make: Made, world: World) -> None:
    """Result Failed has not worked, and the reason is there to be shown."""
    world.faults.arm("fail", "veeam:restore")
    client, _ = make()
    started = client.start_restore(before_point(client, world), REASON)
    advance(world, 10)
    ended = client.session(started.session_id)
    assert ended.outcome is Outcome.FAILED
    assert not ended.ended_well
    assert ended.message == "The disk could not be written."


def test_a_second_restore_on_a_busy_machine_fails(make: Made, world: World) -> None:
    """A machine that is being restored is locked; restores that run are seen beforehand."""
    client, _ = make()
    since = client.server_time().at
    point = before_point(client, world)
    assert client.running_restores(since) == ()
    first = client.start_restore(point, REASON)
    assert [one.session_id for one in client.running_restores(since)] == [first.session_id]
    second = client.start_restore(point, REASON)
    advance(world, 10)
    assert client.session(second.session_id).outcome is Outcome.FAILED
    assert client.session(first.session_id).outcome is Outcome.SUCCEEDED
    assert client.running_restores(since) == ()


@pytest.mark.parametrize(
    ("state", "result", "outcome"),
    [
        ("ActionRequired", "None", Outcome.NEEDS_PERSON),
        ("WaitingForGodot", "None", Outcome.RUNNING),
        ("Postprocessing", "Success", Outcome.RUNNING),
        ("Stopped", "Splendid", Outcome.UNCLEAR),
        ("Stopped", "None", Outcome.UNCLEAR),
    ],
)
def test_unknown_words_are_survived_and_never_taken_for_success(
    state: str, result: str, outcome: Outcome, make: Made, world: World
) -> None:
    """States and results of a newer server are read without failing; none of them counts as success."""
    client, _ = make()
    started = client.start_restore(before_point(client, world), REASON)
    world.sessions[0].state, world.sessions[0].result = state, result
    read = client.session(started.session_id)
    assert read.outcome is outcome
    assert not read.ended_well


def test_a_log_is_read_oldest_first(make: Made, world: World) -> None:
    """The server tells its log newest first; it is handed on in the order of events."""
    client, _ = make()
    started = client.start_restore(before_point(client, world), REASON)
    advance(world, 10)
    log = client.session_log(started.session_id)
    assert [line.number for line in log] == [1, 2, 3]
    assert log[0].title == "Restoring xms01 to its original location"
    assert log[0].started is not None


@pytest.mark.parametrize("newest", ALL)
def test_jobs_tell_what_they_do_and_when_they_run_next(newest: str, make: Made, world: World) -> None:
    """Whatever the spelling of its status, a job is read as idle, running or disabled, with its next run."""
    job = next(job for job in world.jobs if job.system == "veeam")
    client, _ = make(newest=newest)
    (idle,) = client.jobs()
    assert (idle.running, idle.disabled, idle.next_run) == (False, False, job.next_run)
    job.running = True
    assert client.jobs()[0].running
    job.running, job.enabled = False, False
    (off,) = client.jobs()
    assert (off.disabled, off.next_run) == (True, None)


@pytest.mark.parametrize("newest", ["1.1-rev0", "1.3-rev2"])
def test_jobs_that_touch_the_nodes_are_named(newest: str, make: Made, world: World) -> None:
    """A job counts when it lists one of the machines by its managed object id; others don't."""
    world.jobs.append(Job("Payroll", "veeam", "payroll"))
    client, _ = make(newest=newest)
    machines = {node.moref: node.name for node in world.nodes.values()}
    (touching,) = client.jobs_touching(machines)
    assert touching.job.name == "XMS nodes nightly"
    assert set(touching.machines) == {"xms01", "xms02", "xms03"}
    assert (touching.containers, touching.unread) == ((), False)
    assert client.jobs_touching({"vm-9999": "somebody"}) == ()


def test_identity_is_the_key_of_the_certificate(make: Made) -> None:
    """The same server is the same by its key; another certificate is another server."""
    first, _ = make()
    second, _ = make()
    assert first.identity() == first.identity()
    assert first.identity() != second.identity()
    assert first.identity().startswith("veeam key sha256:")
    assert first.certificate().not_after is not None


def test_a_token_is_renewed_before_it_ends(make: Made, world: World) -> None:
    """Tokens age by `expires_in`; the refresh token renews them without another login, again and again."""
    client, server = make(lifetime=timedelta(seconds=100))
    for _ in range(5):
        assert client.server_time()
        advance(world, 95)
    assert (server.tokens.attempts, server.tokens.renewals) == (1, 4)


def test_a_spent_refresh_token_falls_back_to_a_login(make: Made, world: World) -> None:
    """When a renewal is refused, the client logs in once."""
    client, server = make(lifetime=timedelta(seconds=100))
    client.server_time()
    advance(world, 15 * 24 * 3600)
    client.server_time()
    assert (server.tokens.attempts, server.tokens.renewals) == (2, 0)


def test_an_ended_session_is_opened_again_for_a_read_once(make: Made, world: World) -> None:
    """An empty 401 on a read leads to one new login; a second one is an error."""
    client, server = make()
    client.server_time()
    world.faults.arm("end_session", "veeam")
    assert client.jobs()
    assert server.tokens.attempts == 2
    world.faults.arm("end_session", "veeam", times=-1)
    with pytest.raises(SessionEnded):
        client.server_time()
    assert server.tokens.attempts == 3


def test_a_restore_is_not_sent_again_after_its_session_ended(make: Made, world: World) -> None:
    """A restore that meets an ended session fails, did not happen, and isn't repeated."""
    client, server = make()
    point = before_point(client, world)
    world.faults.arm("end_session", "veeam")
    with pytest.raises(SessionEnded) as caught:
        client.start_restore(point, REASON)
    assert not caught.value.may_have_happened
    assert restores(world) == 0
    assert server.tokens.attempts == 1


def test_a_refused_login_is_tried_once(make: Made) -> None:
    """One refusal leaves one attempt, however often is asked; *Check again* allows one more."""
    client, server = make(login=lambda: Login("restore", "wrong"))
    for _ in range(3):
        with pytest.raises(LoginRefused) as caught:
            client.server_time()
        assert "wrong" not in str(caught.value)
    assert server.tokens.attempts == 1
    client.check_again()
    with pytest.raises(LoginRefused):
        client.jobs()
    assert server.tokens.attempts == 2


def test_closing_logs_out(make: Made) -> None:
    """A client that is closed leaves no good token behind."""
    client, server = make()
    client.server_time()
    assert server.tokens.open == 1
    client.close()
    assert server.tokens.open == 0


def test_a_silent_server_ends_within_the_timeout(make: Made, world: World) -> None:
    """A server that accepts and never answers is unreachable for a read, unknown for a restore."""
    client, _ = make()
    point = before_point(client, world)
    world.faults.arm("silent", "veeam", times=-1)
    errors: list[IntegrationError] = []
    for one in (client.server_time, lambda: client.start_restore(point, REASON)):
        with pytest.raises(IntegrationError) as caught:
            one()
        errors.append(caught.value)
    assert [type(error) for error in errors] == [Unreachable, OutcomeUnknown]
    assert restores(world) == 0
    world.faults.disarm("silent", "veeam")
