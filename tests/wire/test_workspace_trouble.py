"""An unmodified slack_bolt app while Slack misbehaves."""

import logging
from collections.abc import Iterator
from http.client import RemoteDisconnected
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient
from workspace_bench import DIALOG, Bot, Clock, card, while_waiting

from practice.workspace import How, Seen, Workspace
from practice.workspace.people import ADMIN, COMMANDER, INCIDENT


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    with Workspace(now=clock) as workspace:
        yield workspace


@pytest.fixture
def bot(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> Iterator[Bot]:
    caplog.set_level(logging.CRITICAL)
    bot = Bot(workspace)
    bot.connect()
    yield bot
    bot.close()


@pytest.mark.usefixtures("bot")
def test_workspace_tells_a_person_that_nobody_acknowledged(workspace: Workspace, clock: Clock) -> None:
    """A command without an ack shows an error after three seconds of the workspace's own time."""
    seen: Seen = while_waiting(
        workspace, clock, 3.0, lambda: workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "mute")
    )
    assert (seen.acked, seen.error) == (False, "operation_timeout")


def test_workspace_tells_a_person_that_no_bot_is_there(workspace: Workspace) -> None:
    """Without a connection a command fails at once."""
    assert workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "status").error == "dispatch_failed"


def test_workspace_refuses_a_dialog_three_seconds_late(workspace: Workspace, bot: Bot, clock: Clock) -> None:
    """A trigger that waited longer than three seconds opens nothing; one that opened something opens nothing more."""
    ts = card(bot)
    workspace.press(ADMIN.id, INCIDENT, ts, "more", choose="hold")
    late = bot.last()["trigger_id"]
    clock.time += 3.1
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        bot.client.views_open(trigger_id=late, view=DIALOG)
    workspace.press(ADMIN.id, INCIDENT, ts, "why")
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        bot.client.views_open(trigger_id=bot.last()["trigger_id"], view=DIALOG)


def test_workspace_delivers_the_same_press_twice(workspace: Workspace, bot: Bot) -> None:
    """A doubled envelope brings the same payload under a new envelope id."""
    ts = card(bot)
    workspace.switch("duplicate_next", times=1)
    seen = workspace.press(ADMIN.id, INCIDENT, ts, "more", choose="hold")
    assert workspace.redeliver(seen)
    same = [body for body in bot.heard if body.get("type") == "block_actions"]
    assert len(same) == 3
    assert len({body["trigger_id"] for body in same}) == 1
    sent = [d for d in workspace.read("deliveries") if d["interaction"] == seen.interaction]
    assert len({delivery["envelope"] for delivery in sent}) == 3
    assert all(delivery["acked_at"] for delivery in sent)


def test_workspace_retries_an_event_that_was_not_acknowledged(clock: Clock) -> None:
    """An event without an ack is sent again with the number of the attempt, under a new envelope id."""
    with Workspace(now=clock, events=frozenset({"message"})) as other:
        deaf = Bot(other)
        deaf.connect()
        other.switch("retry_events", times=1)
        while_waiting(other, clock, 3.0, lambda: other.write(COMMANDER.id, INCIDENT, "hello"), times=2)
        deaf.close()
        assert len({delivery["envelope"] for delivery in other.read("deliveries")}) == 2
        assert [body["event_id"] for body in deaf.heard] == [deaf.heard[0]["event_id"]] * 2


def test_workspace_loses_a_reply_and_keeps_the_message(workspace: Workspace, bot: Bot) -> None:
    """A lost reply looks like a broken connection, and the message is there once."""
    workspace.fail_next("chat.postMessage", How.LOST_AFTER)
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        bot.client.chat_postMessage(channel=INCIDENT, text="once")
    assert [m["text"] for m in workspace.messages(INCIDENT)] == ["once"]
    assert workspace.calls("chat.postMessage")[-1]["lost"] is True


def test_workspace_breaks_a_connection_before_anything_is_done(workspace: Workspace, bot: Bot) -> None:
    """A connection that breaks beforehand looks the same to the bot, and nothing is there."""
    workspace.fail_next("chat.postMessage", How.LOST_BEFORE)
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        bot.client.chat_postMessage(channel=INCIDENT, text="never")
    assert workspace.messages(INCIDENT) == []


def test_workspace_refuses_as_a_fault_says(workspace: Workspace, bot: Bot) -> None:
    """A fault refuses the next call with its code, status and Retry-After, and the one after is carried out."""
    workspace.fail_next("chat.postMessage", error="ratelimited", status=429, retry_after=7)
    with pytest.raises(SlackApiError) as refusal:
        bot.client.chat_postMessage(channel=INCIDENT, text="x")
    assert (refusal.value.response.status_code, refusal.value.response.headers["Retry-After"]) == (429, "7")
    workspace.fail_next("*", error="invalid_blocks")
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        bot.client.auth_test()
    workspace.fail_next("chat.update", status=503)
    with pytest.raises(SlackApiError) as outage:
        bot.client.chat_update(channel=INCIDENT, ts="1", text="x")
    assert outage.value.response.status_code == 503
    assert bot.client.chat_postMessage(channel=INCIDENT, text="x")["ok"]


def test_workspace_limits_rates_when_switched_on(workspace: Workspace, bot: Bot, clock: Clock) -> None:
    """With rate limits on, a second post in the same second is refused with 429 and Retry-After."""
    workspace.switch("limit_rates", on=True)
    bot.client.chat_postMessage(channel=INCIDENT, text="x")
    with pytest.raises(SlackApiError) as refusal:
        bot.client.chat_postMessage(channel=INCIDENT, text="x")
    assert (refusal.value.response["error"], refusal.value.response.headers["Retry-After"]) == ("ratelimited", "1")
    clock.time += 1
    assert bot.client.chat_postMessage(channel=INCIDENT, text="x")["ok"]


def test_workspace_holds_users_info_until_released(workspace: Workspace, bot: Bot) -> None:
    """A held method doesn't answer within the bot's own limit; released, it does."""
    workspace.switch("hold", method="users.info")
    hasty = WebClient(token=workspace.bot_token, base_url=workspace.base_url, retry_handlers=[], timeout=1)
    with pytest.raises((TimeoutError, URLError)):
        hasty.users_info(user=ADMIN.id)
    assert bot.client.auth_test()["ok"]
    workspace.switch("release", method="users.info")
    assert hasty.users_info(user=ADMIN.id)["ok"]


def test_workspace_refuses_connections_while_slack_is_away(workspace: Workspace, clock: Clock) -> None:
    """While Slack is away nothing connects; it comes back on its port by the workspace's time, and so does the bot."""
    bot = Bot(workspace, ping_interval=0.5)
    bot.connect()
    workspace.switch("go_away", seconds=60)
    with pytest.raises(URLError, match="refused"):
        bot.client.auth_test()
    assert workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "status").error == "dispatch_failed"
    clock.time += 61
    workspace.wait_for(lambda: not workspace.read("switches")["away"] or None)
    assert bot.client.auth_test()["ok"]
    workspace.wait_for(lambda: workspace.read("switches")["connections"] == 1)
    assert workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "status").acked
    bot.close()


@pytest.mark.usefixtures("bot")
def test_workspace_has_the_bot_reconnect(workspace: Workspace) -> None:
    """Asked to reconnect, the app comes back on a new connection and misses nothing."""
    workspace.switch("refresh")
    workspace.wait_for(lambda: workspace.read("switches")["connections"] == 1)
    assert workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "status").acked
    assert workspace.read("deliveries")[-1]["connection"] == 2


def test_workspace_delivers_to_one_connection_of_several(workspace: Workspace, bot: Bot) -> None:
    """With two apps connected each envelope goes to one of them, and both get some."""
    second = Bot(workspace)
    second.connect()
    for _ in range(6):
        assert workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "status").acked
    second.close()
    assert sorted([len(bot.heard), len(second.heard)]) == [3, 3]


def test_workspace_takes_five_responses_in_thirty_minutes(workspace: Workspace, bot: Bot, clock: Clock) -> None:
    """A `response_url` is good five times and for thirty minutes."""
    seen = workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "respond")
    assert [one["text"] for one in workspace.look(seen).ephemerals] == ["later", "did respond"]
    hook = WebhookClient(bot.last()["response_url"])
    assert [hook.send(text="more").status_code for _ in range(5)] == [200, 200, 200, 200, 404]
    old = WebhookClient(workspace.payload(workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "x"))["response_url"])
    clock.time += 1801
    assert (old.send(text="x").status_code, old.send(text="x").body) == (404, '{"ok": false, "error": "expired_url"}')
