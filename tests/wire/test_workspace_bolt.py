"""An unmodified slack_bolt app in Socket Mode, from a slash command to a file."""

import logging
from collections.abc import Iterator

import pytest
from slack_sdk.webhook import WebhookClient
from workspace_bench import CARD, Bot, Clock, card, dialog

from practice.workspace import CannotDoThat, Workspace
from practice.workspace.people import ADMIN, COMMANDER, DEPARTED, GUEST, INCIDENT, OTHER_TEAM, PARTNERS, STRANGER, TEAM


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
def test_workspace_carries_a_run_from_command_to_file(workspace: Workspace) -> None:
    """Command, card, dialog, error, submission, file, update and ephemeral all arrive as on Slack."""
    typed = workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "card")
    assert (typed.acked, typed.text, typed.error) == (True, "did card", None)
    [shown] = workspace.messages(INCIDENT)

    assert workspace.press(ADMIN.id, INCIDENT, shown["ts"], "why").acked
    view = workspace.wait_for_screen(ADMIN.id)
    assert view["private_metadata"] == "dialog-7"
    assert workspace.submit(ADMIN.id, view["id"], {"reason": "none"}).problems == {"reason": "Say more."}
    sent = workspace.submit(ADMIN.id, view["id"], {"reason": "port 80 flaps"})
    assert (sent.acked, sent.view, sent.problems) == (True, None, {})

    [file] = workspace.state()["files"]
    assert (file["name"], workspace.file(file["id"])) == ("reason.csv", b"reason\nport 80 flaps")

    pressed = workspace.press(COMMANDER.id, INCIDENT, shown["ts"], "approve")
    assert [one["text"] for one in pressed.ephemerals] == [f"counted for {COMMANDER.id}"]
    assert workspace.message(INCIDENT, shown["ts"])["text"] == "Approved"
    assert [version["text"] for version in workspace.versions(INCIDENT, shown["ts"])] == ["Close the door?", "Approved"]


@pytest.mark.usefixtures("bot")
def test_workspace_shows_an_ephemeral_to_its_person_alone(workspace: Workspace) -> None:
    """What is said to one person is in that person's workspace and in nobody else's."""
    workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "status")
    assert [one["text"] for one in workspace.ephemerals(COMMANDER.id)] == ["did status"]
    assert workspace.ephemerals(ADMIN.id) == []
    assert workspace.messages(INCIDENT) == []


@pytest.mark.usefixtures("bot")
def test_workspace_posts_an_ack_for_everybody_when_asked(workspace: Workspace) -> None:
    """An ack with `in_channel` becomes a message of the bot."""
    workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "loud")
    assert [m["text"] for m in workspace.messages(INCIDENT)] == ["did loud"]
    assert workspace.ephemerals(COMMANDER.id) == []


@pytest.mark.usefixtures("bot")
def test_workspace_shows_that_a_command_failed_on_an_ack_it_cannot_show(workspace: Workspace) -> None:
    """An ack with blocks that Slack refuses shows the person an error."""
    assert workspace.slash(COMMANDER.id, INCIDENT, "/rollback", "wrong").error == "invalid_command_response"


def test_workspace_sends_what_was_chosen_in_menus(workspace: Workspace, bot: Bot) -> None:
    """A select and an overflow menu send the chosen option, and the message's state holds it."""
    ts = card(bot)
    workspace.press(ADMIN.id, INCIDENT, ts, "node", choose="xms02")
    assert bot.last()["actions"][0]["selected_option"]["value"] == "xms02"
    assert bot.last()["state"]["values"]["votes"]["node"]["selected_option"]["value"] == "xms02"
    workspace.press(ADMIN.id, INCIDENT, ts, "more", choose="Abort")
    assert bot.last()["actions"][0]["selected_option"]["value"] == "abort"
    with pytest.raises(CannotDoThat, match="there are: xms01, xms02"):
        workspace.press(ADMIN.id, INCIDENT, ts, "node", choose="xms09")


def test_workspace_asks_before_a_button_that_wants_confirming(workspace: Workspace, bot: Bot) -> None:
    """A person who says no to the question sends nothing; one who says yes presses."""
    ts = card(bot)
    before = len(workspace.read("deliveries"))
    assert not workspace.press(ADMIN.id, INCIDENT, ts, "hold", confirm=False).acked
    assert len(workspace.read("deliveries")) == before
    assert workspace.press(ADMIN.id, INCIDENT, ts, "hold").acked


def test_workspace_sends_the_message_with_a_press(workspace: Workspace, bot: Bot) -> None:
    """A press carries the button's value, the message, its channel, and a time that no other press has."""
    ts = card(bot)
    first, second = (workspace.press(ADMIN.id, INCIDENT, ts, "more", choose="hold") for _ in range(2))
    one, two = workspace.payload(first), workspace.payload(second)
    assert one["container"] == {"type": "message", "message_ts": ts, "channel_id": INCIDENT, "is_ephemeral": False}
    assert (one["message"]["ts"], one["channel"]["id"], one["user"]["id"]) == (ts, INCIDENT, ADMIN.id)
    assert one["actions"][0]["action_ts"] != two["actions"][0]["action_ts"]
    assert one["trigger_id"] != two["trigger_id"]


def test_workspace_does_not_send_a_dialog_that_is_incomplete(workspace: Workspace, bot: Bot) -> None:
    """What Slack's own screen refuses never reaches the bot."""
    view = dialog(bot)
    heard = len(bot.heard)
    assert workspace.submit(ADMIN.id, view["id"], {"reason": ""}).problems == {
        "reason": "Please complete this required field."
    }
    assert workspace.submit(ADMIN.id, view["id"], {"reason": "ab"}).problems == {
        "reason": "Please enter 3 to 3000 characters."
    }
    assert len(bot.heard) == heard


def test_workspace_changes_a_dialog_as_the_ack_says(workspace: Workspace, bot: Bot) -> None:
    """An ack can change the dialog or put another on top; closing that one shows the first again."""
    view = dialog(bot)
    changed = workspace.submit(ADMIN.id, view["id"], {"reason": "more"}).view
    assert changed is not None
    assert (changed["id"], changed["title"]["text"], changed["hash"] != view["hash"]) == (view["id"], "Again", True)
    pushed = workspace.submit(ADMIN.id, view["id"], {"reason": "push"}).view
    assert pushed is not None
    assert (pushed["previous_view_id"], pushed["title"]["text"]) == (view["id"], "On top")
    with pytest.raises(CannotDoThat, match="not the topmost"):
        workspace.submit(ADMIN.id, view["id"], {"reason": "below"})
    closed = workspace.close(ADMIN.id, pushed["id"])
    assert closed.view is not None
    assert (closed.acked, closed.view["id"], bot.last()["type"]) == (True, view["id"], "view_closed")


def test_workspace_shows_trouble_for_errors_beside_no_input(workspace: Workspace, bot: Bot) -> None:
    """Errors that name no input of the dialog show the person that something went wrong."""
    view = dialog(bot)
    seen = workspace.submit(ADMIN.id, view["id"], {"reason": "strange"})
    assert (seen.error, seen.problems) == ("bad_view_response", {})


@pytest.mark.usefixtures("bot")
def test_workspace_publishes_the_home_tab_on_opening(workspace: Workspace) -> None:
    """Opening the home tab tells the bot, which publishes it for that person."""
    assert workspace.open_home(COMMANDER.id).acked
    homes = workspace.wait_for(lambda: workspace.state(person=COMMANDER.id)["homes"])
    assert homes[COMMANDER.id]["blocks"][0]["text"]["text"] == "RB-7"
    assert workspace.state(person=ADMIN.id)["homes"] == {}


def test_workspace_sends_a_message_shortcut(workspace: Workspace, bot: Bot) -> None:
    """A message shortcut carries the message that it was used on."""
    ts = card(bot)
    assert workspace.shortcut(ADMIN.id, "attest", INCIDENT, ts).acked
    assert (bot.last()["type"], bot.last()["message"]["ts"]) == ("message_action", ts)


def test_workspace_tells_of_a_changed_account(workspace: Workspace, bot: Bot) -> None:
    """When an account changes, the bot hears of it and users.info shows it."""
    workspace.switch("change_person", user=ADMIN.id, guest=True)
    assert bot.last()["event"]["type"] == "user_change"
    assert bot.client.users_info(user=ADMIN.id)["user"]["is_restricted"] is True


def test_workspace_sends_the_team_of_whoever_acts(workspace: Workspace, bot: Bot) -> None:
    """A guest's team is the workspace's; a stranger's team is another, in commands and in presses."""
    workspace.slash(GUEST.id, INCIDENT, "/rollback", "status")
    assert (bot.last()["team_id"], bot.last()["channel_name"]) == (TEAM, "privategroup")
    workspace.slash(STRANGER.id, PARTNERS, "/rollback", "status")
    assert (bot.last()["team_id"], bot.last()["channel_name"]) == (OTHER_TEAM, "partner-desk")
    ts = bot.client.chat_postMessage(channel=PARTNERS, text="x", blocks=CARD)["ts"]
    workspace.press(STRANGER.id, PARTNERS, ts, "node", choose="xms01")
    assert (bot.last()["user"]["team_id"], bot.last()["team"]["id"]) == (OTHER_TEAM, TEAM)


def test_workspace_lets_nobody_act_where_they_are_not(workspace: Workspace, bot: Bot) -> None:
    """A stranger outside the channel, and an account that is switched off, can do nothing there."""
    ts = card(bot)
    with pytest.raises(CannotDoThat, match="is not in"):
        workspace.press(STRANGER.id, INCIDENT, ts, "approve")
    with pytest.raises(CannotDoThat, match="can't sign in"):
        workspace.slash(DEPARTED.id, INCIDENT, "/rollback", "status")


def test_workspace_delivers_what_a_hostile_client_forges(workspace: Workspace, bot: Bot) -> None:
    """A payload can be forged from a true one: another message, another person, fresh triggers."""
    seen = workspace.press(ADMIN.id, INCIDENT, card(bot), "more", choose="hold")
    true = workspace.payload(seen)
    forged = {**true, "container": {**true["container"], "message_ts": "1.000001"}}
    assert workspace.forge(DEPARTED.id, forged.pop("kind"), forged).acked
    assert (bot.last()["user"]["id"], bot.last()["container"]["message_ts"]) == (DEPARTED.id, "1.000001")
    assert bot.last()["trigger_id"] != true["trigger_id"]


def test_workspace_replaces_what_one_person_was_shown(workspace: Workspace, bot: Bot) -> None:
    """A button in an ephemeral is pressed by its person alone, and the bot can replace or take back the ephemeral."""
    ts = bot.client.chat_postEphemeral(channel=INCIDENT, user=ADMIN.id, text="only you", blocks=CARD)["message_ts"]
    with pytest.raises(CannotDoThat, match="no message"):
        workspace.press(COMMANDER.id, INCIDENT, ts, "more", choose="hold")
    workspace.press(ADMIN.id, INCIDENT, ts, "more", choose="hold")
    assert (bot.last()["container"]["is_ephemeral"], "message" in bot.last()) == (True, False)
    hook = WebhookClient(bot.last()["response_url"])
    assert hook.send(text="done", replace_original=True).status_code == 200
    assert [(one["ts"], one["text"]) for one in workspace.ephemerals(ADMIN.id)] == [(ts, "done")]
    assert hook.send(delete_original=True).status_code == 200
    assert workspace.ephemerals(ADMIN.id) == []
