"""Accounts, channels, marks, files, tokens, scopes and rate limits, asked directly."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from workspace_desk import Desk, posted

from practice.workspace import people
from practice.workspace.gate import APP_TOKEN, BOT_TOKEN
from practice.workspace.people import BOT_USER, INCIDENT, PARTNERS, STAKEHOLDERS
from practice.workspace.scopes import GRANTED
from practice.workspace.wire import SlackError


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_workspace_pins_once(desk: Desk) -> None:
    """A pin is added once and removed once; then Slack says so."""
    ts = posted(desk)
    desk.call("pins.add", channel=INCIDENT, timestamp=ts)
    assert [i["message"]["ts"] for i in desk.call("pins.list", channel=INCIDENT)["items"]] == [ts]
    assert desk.refused("pins.add", channel=INCIDENT, timestamp=ts).code == "already_pinned"
    desk.call("pins.remove", channel=INCIDENT, timestamp=ts)
    assert desk.refused("pins.remove", channel=INCIDENT, timestamp=ts).code == "no_pin"


def test_workspace_reacts_once(desk: Desk) -> None:
    """A reaction by the bot stands on the message and is not given twice."""
    ts = posted(desk)
    desk.call("reactions.add", channel=INCIDENT, timestamp=ts, name="eyes")
    assert desk.refused("reactions.add", channel=INCIDENT, timestamp=ts, name="eyes").code == "already_reacted"
    [message] = desk.call("conversations.history", channel=INCIDENT)["messages"]
    assert message["reactions"] == [{"name": "eyes", "users": [BOT_USER], "count": 1}]


def test_workspace_uploads_a_file_in_three_steps(desk: Desk) -> None:
    """A file is shared once its bytes have arrived; before that it isn't found."""
    step = desk.call("files.getUploadURLExternal", filename="list.csv", length="3")
    wanted = {"files": [{"id": step["file_id"], "title": "The list"}], "channel_id": INCIDENT}
    assert desk.refused("files.completeUploadExternal", **wanted).code == "file_not_found"
    desk.state.files[step["file_id"]].content = b"a,b"
    [done] = desk.call("files.completeUploadExternal", **wanted, initial_comment="here")["files"]
    assert (done["title"], done["size"]) == ("The list", 3)
    [message] = desk.call("conversations.history", channel=INCIDENT)["messages"]
    assert (message["text"], message["files"]) == ("here", [{"id": step["file_id"]}])
    assert desk.call("files.info", file=step["file_id"])["file"]["name"] == "list.csv"
    desk.call("files.delete", file=step["file_id"])
    assert desk.refused("files.info", file=step["file_id"]).code == "file_not_found"


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (people.COMMANDER, {"deleted": False, "is_restricted": False, "is_bot": False, "team_id": people.TEAM}),
        (people.GUEST, {"deleted": False, "is_restricted": True, "team_id": people.TEAM}),
        (people.STRANGER, {"is_stranger": True, "is_restricted": False, "team_id": people.OTHER_TEAM}),
        (people.DEPARTED, {"deleted": True}),
        (people.THE_BOT, {"is_bot": True}),
    ],
)
def test_workspace_tells_kinds_of_accounts_apart(desk: Desk, person: people.Person, expected: dict[str, Any]) -> None:
    """users.info shows what makes a guest, a stranger, a bot and a deactivated account."""
    user = desk.call("users.info", user=person.id)["user"]
    assert {name: user.get(name) for name in expected} == expected
    assert ("is_stranger" in user) == (person is people.STRANGER)


def test_workspace_knows_its_members_and_groups(desk: Desk) -> None:
    """Lists of users leave out other teams; unknown users and groups are refused."""
    listed = {user["id"] for user in desk.call("users.list")["members"]}
    assert people.STRANGER.id not in listed
    assert people.GUEST.id in listed
    assert desk.call("usergroups.users.list", usergroup="S0DBA")["users"] == [people.DATABASE.id]
    assert desk.refused("usergroups.users.list", usergroup="S0NONE").code == "no_such_subteam"
    assert desk.refused("users.info", user="U0NOBODY").code == "user_not_found"


def test_workspace_shows_what_kind_of_channel_it_is(desk: Desk) -> None:
    """conversations.info tells private, shared and archived channels."""
    incident = desk.call("conversations.info", channel=INCIDENT)["channel"]
    partners = desk.call("conversations.info", channel=PARTNERS)["channel"]
    assert (incident["is_private"], incident["is_ext_shared"], incident["is_member"]) == (True, False, True)
    assert (partners["is_private"], partners["is_ext_shared"]) == (False, True)
    assert people.STRANGER.id in desk.call("conversations.members", channel=PARTNERS)["members"]
    listed = desk.call("conversations.list", types="public_channel,private_channel")["channels"]
    assert {channel["id"] for channel in listed} == {INCIDENT, STAKEHOLDERS, PARTNERS}


def test_workspace_links_to_a_message(desk: Desk) -> None:
    """A permalink names channel and message."""
    ts = posted(desk)
    link = desk.call("chat.getPermalink", channel=INCIDENT, message_ts=ts)["permalink"]
    assert link.endswith(f"/archives/{INCIDENT}/p{ts.replace('.', '')}")


@pytest.mark.parametrize(
    ("method", "token", "code"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-1234-5678-abcdef", "invalid_auth"),
        ("auth.test", "practice", "invalid_auth"),
        ("auth.test", "xoxp-practice-user", "invalid_auth"),
        ("auth.test", APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", BOT_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", "xapp-1-A012-abc", "invalid_auth"),
        ("chat.everything", BOT_TOKEN, "unknown_method"),
    ],
)
def test_workspace_takes_only_practice_tokens_of_the_right_kind(desk: Desk, method: str, token: str, code: str) -> None:
    """A token without the word practice, or for other methods, is refused."""
    desk.token = token
    assert desk.refused(method).code == code


@pytest.mark.parametrize(
    ("method", "args", "needed"),
    [
        ("reactions.add", {"channel": INCIDENT, "timestamp": "1", "name": "eyes"}, "reactions:write"),
        ("files.info", {"file": "F1"}, "files:read"),
        ("conversations.history", {"channel": "DIRECT"}, "im:history"),
    ],
)
def test_workspace_grants_what_the_manifest_asks_for_and_no_more(
    method: str, args: dict[str, Any], needed: str
) -> None:
    """A method beyond the bot's scopes is refused, naming the scope."""
    desk = Desk(GRANTED)
    if args.get("channel") == "DIRECT":
        args = {"channel": desk.state.direct(people.OWNER.id).id}
    refused = desk.refused(method, **args)
    assert (refused.code, refused.answer()["needed"]) == ("missing_scope", needed)


def test_workspace_limits_posts_by_channel_and_second(desk: Desk) -> None:
    """With limits on, a channel takes one post a second, and says in whole seconds when to come again."""
    desk.rates.on = True
    posted(desk)
    refused = desk.refused("chat.postMessage", channel=INCIDENT, text="x")
    assert (refused.code, refused.status, refused.headers) == ("ratelimited", 429, {"Retry-After": "1"})
    assert desk.call("chat.postMessage", channel=STAKEHOLDERS, text="x")["ok"]
    desk.time += 1
    posted(desk)


def _carried_out(desk: Desk, method: str, **args: Any) -> bool:
    try:
        return bool(desk.call(method, **args)["ok"])
    except SlackError as refusal:
        if refusal.code != "ratelimited":
            raise
        return False


@given(st.lists(st.floats(min_value=0, max_value=10), min_size=1, max_size=80))
@example([0.0] * 60)
@example([1.0] * 75)
def test_workspace_never_lets_more_than_fifty_updates_through_a_minute(pauses: list[float]) -> None:
    """In no window of a minute are more than fifty updates carried out."""
    desk = Desk()
    ts = posted(desk)
    desk.rates.on = True
    done: list[float] = []
    for pause in pauses:
        desk.time += pause
        if _carried_out(desk, "chat.update", channel=INCIDENT, ts=ts, text="x"):
            done.append(desk.time)
    assert all(len([at for at in done if start <= at < start + 60]) <= 50 for start in done)
    assert len(done) >= min(len(pauses), 50)
