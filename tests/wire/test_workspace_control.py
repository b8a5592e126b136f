"""The control API: the same things from another process, for this machine alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from workspace_bench import Bot, Clock, card, dialog

from practice.workspace import CannotDoThat, Seen, Workspace, WorkspaceClient, WorkspaceGone
from practice.workspace.people import ADMIN, COMMANDER, GUEST, INCIDENT, PARTNERS, STAKEHOLDERS, STRANGER


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace(now=Clock()) as workspace:
        yield workspace


@pytest.fixture
def client(workspace: Workspace) -> Iterator[WorkspaceClient]:
    with WorkspaceClient(workspace.control_url) as client:
        yield client


@pytest.fixture
def bot(workspace: Workspace) -> Iterator[Bot]:
    bot = Bot(workspace)
    bot.connect()
    yield bot
    bot.close()


def test_workspace_is_played_from_another_process(client: WorkspaceClient, bot: Bot) -> None:
    """Command, press, dialog and file work through the client as they do in the process of the workspace."""
    assert client.slash(COMMANDER.id, INCIDENT, "/rollback", "card").text == "did card"
    [shown] = client.messages(INCIDENT)
    assert client.press(ADMIN.id, INCIDENT, shown["ts"], "why").acked
    view = client.wait_for_screen(ADMIN.id)
    assert client.submit(ADMIN.id, view["id"], {"reason": "none"}).problems == {"reason": "Say more."}
    assert client.submit(ADMIN.id, view["id"], {"reason": "port 80"}).acked
    [file] = client.state()["files"]
    assert client.file(file["id"]) == b"reason\nport 80"
    assert [one["text"] for one in client.ephemerals(COMMANDER.id)] == ["did card"]
    assert [call["method"] for call in client.calls("chat.postMessage")] == ["chat.postMessage"]
    assert bot.last()["type"] == "view_submission"


def test_workspace_tells_the_client_what_cannot_be_done(client: WorkspaceClient, workspace: Workspace) -> None:
    """What the screen doesn't offer raises the same from both sides, in words."""
    for side in (client, workspace):
        with pytest.raises(CannotDoThat, match=f"{STRANGER.id} is not in {INCIDENT}"):
            side.slash(STRANGER.id, INCIDENT, "/rollback")
        with pytest.raises(CannotDoThat, match="there is no 'dance'; there are: close, "):
            side.act("dance")
        with pytest.raises(CannotDoThat, match="unexpected keyword argument 'colour'"):
            side.switch("hold", method="x", colour="red")
        with pytest.raises(CannotDoThat, match="there is no '__init__'"):
            side.read("__init__")
        with pytest.raises(CannotDoThat, match="message_not_found"):
            side.message(INCIDENT, "1.000001")
        with pytest.raises(CannotDoThat, match="there is no interaction"):
            side.redeliver(Seen())


def test_workspace_that_is_gone_says_so(client: WorkspaceClient, workspace: Workspace) -> None:
    """A client without its workspace says that nothing is known of what was asked."""
    workspace.stop()
    with pytest.raises(WorkspaceGone, match="may or may not have happened"):
        client.state()


@pytest.mark.parametrize(
    "path", ["/practice/read/state", "/api/auth.test", "/link/", "/files/F1/x", "/practice/file/F1"]
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.com"},
        {"Host": "127.0.0.1.example.com:80"},
        {"Host": "127.0.0.1:1"},
        {"Origin": "https://elsewhere.example.com"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
    ],
)
def test_workspace_refuses_a_foreign_host_or_origin(workspace: Workspace, path: str, headers: dict[str, str]) -> None:
    """No route answers a request under another name or from another page."""
    answer = httpx.get(workspace.control_url + path, headers=headers, trust_env=False)
    assert (answer.status_code, "only this machine" in answer.text) == (403, True)


def test_workspace_answers_its_own_page(workspace: Workspace) -> None:
    """Requests under the server's own names, and from a page of its own, are answered."""
    port = workspace.control_url.rsplit(":", 1)[1]
    for name in ("127.0.0.1", "localhost"):
        headers = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"}
        answer = httpx.get(f"{workspace.control_url}/practice/read/state", headers=headers, trust_env=False)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("user=U0ADMIN", "application/x-www-form-urlencoded", 415),
        ("{}", "text/plain", 415),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "application/json", 409),
    ],
)
def test_workspace_takes_only_json_objects(workspace: Workspace, content: str, kind: str, status: int) -> None:
    """A form, which any page could send, and anything that is no JSON object are refused."""
    answer = httpx.post(
        f"{workspace.control_url}/practice/act/slash", content=content, headers={"Content-Type": kind}, trust_env=False
    )
    assert answer.status_code == status


def test_workspace_wants_numbers_as_numbers(workspace: Workspace) -> None:
    """A number that is none is refused as such."""
    answer = httpx.get(f"{workspace.control_url}/practice/read/changes?since=x", trust_env=False)
    assert (answer.status_code, answer.text) == (400, "since must be a number")


def test_workspace_shows_a_person_no_more_than_their_screen(client: WorkspaceClient, bot: Bot) -> None:
    """One person sees the channels they are in, and nobody else's ephemerals, dialogs or home tab."""
    bot.client.chat_postEphemeral(channel=INCIDENT, user=GUEST.id, text="only the guest")
    dialog(bot)
    guest, stranger, admin = (client.state(person=one.id) for one in (GUEST, STRANGER, ADMIN))
    assert {channel["id"] for channel in guest["channels"]} == {INCIDENT, STAKEHOLDERS}
    assert {channel["id"] for channel in stranger["channels"]} == {PARTNERS}
    assert stranger["messages"] == {PARTNERS: []}
    assert [one["text"] for one in guest["ephemerals"]] == ["only the guest"]
    assert (stranger["ephemerals"], admin["ephemerals"]) == ([], [])
    assert (list(admin["screens"]), guest["screens"]) == ([ADMIN.id], {})


def test_workspace_tells_of_changes_as_they_happen(client: WorkspaceClient, bot: Bot) -> None:
    """Who waits for changes is told at the first one, with its channel and message."""
    version = client.changes()["version"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.changes, since=version, wait=20)
        ts = card(bot)
        feed = waiting.result(5)
    [change] = feed["changes"]
    assert (change["what"], change["channel"], change["ts"]) == ("message", INCIDENT, ts)
    assert feed["version"] == change["number"]
    assert client.changes(since=feed["version"])["changes"] == []


def test_workspace_hides_private_changes_from_others(client: WorkspaceClient, bot: Bot) -> None:
    """The feed of one person leaves out what only others see."""
    version = client.changes()["version"]
    bot.client.chat_postEphemeral(channel=INCIDENT, user=GUEST.id, text="only the guest")
    card(bot)
    kinds = {
        one.id: [change["what"] for change in client.changes(since=version, person=one.id)["changes"]]
        for one in (GUEST, ADMIN, STRANGER)
    }
    assert kinds == {GUEST.id: ["ephemeral", "message"], ADMIN.id: ["message"], STRANGER.id: []}


def test_workspace_stays_in_control_while_slack_is_away(client: WorkspaceClient, workspace: Workspace) -> None:
    """While Slack's port is shut, the control API on its own port still answers, and can open it again."""
    assert client.switch("go_away")["away"] is True
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{workspace.base_url}auth.test", trust_env=False)
    assert client.switch("come_back")["away"] is False
    assert httpx.get(f"{workspace.base_url}auth.test", trust_env=False).json()["error"] == "not_authed"


def test_workspace_makes_everything_well_again(client: WorkspaceClient) -> None:
    """Clearing ends every fault at once."""
    client.fail_next("*", times=3)
    for switch, given in (
        ("hold", {"method": "users.info"}),
        ("duplicate_next", {}),
        ("retry_events", {}),
        ("limit_rates", {}),
        ("go_away", {}),
    ):
        client.switch(switch, **given)
    faulty: dict[str, Any] = client.read("switches")
    assert len(faulty["waiting"]) == 3
    assert (faulty["held"], faulty["away"], faulty["rates"]) == (["users.info"], True, True)
    well = {"waiting": [], "held": [], "duplicates": 0, "event_retries": 0, "rates": False, "away": False}
    assert client.switch("clear") == {**well, "connections": 0}


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com"])
def test_workspace_binds_loopback_only(host: str) -> None:
    """Any address but loopback's is refused before anything is opened."""
    with pytest.raises(ValueError, match=r"loopback|permitted|Expected"):
        Workspace(host=host)


def test_workspace_frees_its_ports(workspace: Workspace) -> None:
    """Stopped, a workspace leaves both ports to the next one; stopping twice does no harm."""
    ports = {
        "port": int(workspace.base_url.split(":")[2].split("/")[0]),
        "control_port": int(workspace.control_url.split(":")[2]),
    }
    workspace.stop()
    workspace.stop()
    with pytest.raises(RuntimeError, match="not running"):
        workspace.state()
    with Workspace(**ports) as again, pytest.raises(OSError, match="in use"):
        Workspace(port=int(again.control_url.split(":")[2])).start()


def test_workspace_changes_people_and_channels(client: WorkspaceClient, bot: Bot) -> None:
    """Channels can be shared, archived and filled, accounts changed, groups set; the Web API shows it at once."""
    client.switch("change_channel", channel=INCIDENT, shared=True, invite=STRANGER.id)
    assert client.slash(STRANGER.id, INCIDENT, "/rollback", "status").acked
    client.switch("change_channel", channel=STAKEHOLDERS, archived=True, pending_shared=True)
    client.switch("change_group", group="S0DBA", members=[GUEST.id])
    shown = {channel["id"]: channel for channel in client.state()["channels"]}
    assert (shown[INCIDENT]["shared"], shown[STAKEHOLDERS]["archived"]) == (True, True)
    with pytest.raises(CannotDoThat, match="user_not_found"):
        client.switch("change_person", user="U0NOBODY", guest=True)
    assert bot.client.usergroups_users_list(usergroup="S0DBA")["users"] == [GUEST.id]
