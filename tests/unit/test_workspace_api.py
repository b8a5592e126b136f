"""Posting, changing, deleting and reading messages, asked directly."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workspace_desk import SECTION, Desk, posted

from practice.workspace import limits, people
from practice.workspace.people import BOT_USER, INCIDENT
from practice.workspace.records import Message


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_workspace_marks_the_bots_messages_as_its_own(desk: Desk) -> None:
    """A posted message carries the bot's and the app's ids, the team, and a block id where none was given."""
    answer = desk.call("chat.postMessage", channel=INCIDENT, text="hello", blocks=[SECTION])
    message = answer["message"]
    assert (message["bot_id"], message["app_id"]) == (people.BOT, people.APP)
    assert (message["user"], message["team"]) == (BOT_USER, people.TEAM)
    assert message["blocks"][0]["block_id"]
    assert answer["ts"] == message["ts"]


@given(st.lists(st.floats(min_value=0, max_value=3), min_size=1, max_size=20))
def test_workspace_never_gives_a_timestamp_twice(pauses: list[float]) -> None:
    """Each message's `ts` is greater than the one before, even while time stands still."""
    desk = Desk()
    seen = []
    for pause in pauses:
        desk.time += pause
        seen.append(desk.call("chat.postMessage", channel=INCIDENT, text="x")["ts"])
    assert seen == sorted(set(seen), key=float)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": INCIDENT}, "no_text"),
        ({"channel": INCIDENT, "text": "x" * (limits.POST_TEXT + 1)}, "msg_too_long"),
        ({"channel": INCIDENT, "text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"channel": INCIDENT, "text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"channel": INCIDENT, "text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        ({"channel": INCIDENT, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": people.DEPARTED.id, "text": "x"}, "channel_not_found"),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
def test_workspace_refuses_a_message_in_slacks_words(desk: Desk, args: dict[str, Any], code: str) -> None:
    """A message that Slack wouldn't take is refused with Slack's code, and nothing is stored."""
    assert desk.refused("chat.postMessage", **args).code == code
    assert desk.state.messages == {}


def test_workspace_says_where_blocks_are_wrong(desk: Desk) -> None:
    """`invalid_blocks` points to each fault, under `errors` and `response_metadata`."""
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    answer = desk.refused("chat.postMessage", channel=INCIDENT, text="x", blocks=[SECTION, long]).answer()
    says = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert answer["errors"] == [says]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {says}"]}


def test_workspace_refuses_blocks_that_weigh_too_much_together(desk: Desk) -> None:
    """Blocks that are fine one by one are refused when their text together is too long for one message."""
    heavy = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    assert (
        desk.refused("chat.postMessage", channel=INCIDENT, text="x", blocks=[heavy] * 5).code == "msg_blocks_too_long"
    )
    assert desk.call("chat.postMessage", channel=INCIDENT, text="x", blocks=[heavy] * 4)["ok"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"archived": True}, "is_archived"),
        ({"members": []}, "channel_not_found"),
        ({"private": False, "members": []}, "not_in_channel"),
    ],
)
def test_workspace_posts_only_where_the_bot_is(desk: Desk, change: dict[str, Any], code: str) -> None:
    """An archived channel, a private one without the bot and a public one without it are refused apart."""
    for name, value in change.items():
        setattr(desk.state.channels[INCIDENT], name, value)
    assert desk.refused("chat.postMessage", channel=INCIDENT, text="x").code == code


def test_workspace_posts_to_a_user_as_a_direct_message(desk: Desk) -> None:
    """A user's id as the channel means the direct conversation, the same each time."""
    first = desk.call("chat.postMessage", channel=people.OWNER.id, text="x")["channel"]
    assert first.startswith("D")
    assert desk.call("chat.postMessage", channel=people.OWNER.id, text="y")["channel"] == first
    assert desk.call("conversations.open", users=people.OWNER.id)["channel"] == {"id": first}


def test_workspace_updates_as_slack_does(desk: Desk) -> None:
    """Text without blocks removes the blocks and marks the message as edited; text with blocks does neither."""
    ts = posted(desk, blocks=[SECTION], metadata={"event_type": "card", "event_payload": {"n": 1}})
    both = desk.call("chat.update", channel=INCIDENT, ts=ts, text="second", blocks=[SECTION, SECTION])["message"]
    assert (len(both["blocks"]), "edited" in both) == (2, False)
    assert both["metadata"] == {"event_type": "card", "event_payload": {"n": 1}}
    bare = desk.call("chat.update", channel=INCIDENT, ts=ts, text="third")["message"]
    assert ("blocks" in bare, "edited" in bare, bare["text"]) == (False, True, "third")


def test_workspace_keeps_the_earlier_versions_of_a_message(desk: Desk) -> None:
    """What a message said before each update can still be read."""
    ts = posted(desk)
    for text in ("second", "third"):
        desk.time += 60
        desk.call("chat.update", channel=INCIDENT, ts=ts, text=text)
    message = desk.state.messages[INCIDENT, ts]
    assert [(v.text, v.at) for v in message.versions] == [("first", 1_700_000_000.0), ("second", 1_700_000_060.0)]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"ts": "1.000001", "text": "x"}, "message_not_found"),
        ({"text": "x" * (limits.UPDATE_TEXT + 1)}, "msg_too_long"),
        ({"text": "", "blocks": []}, "no_text"),
        ({"text": "x", "blocks": "[]"}, "invalid_blocks"),
    ],
)
def test_workspace_refuses_an_update_and_changes_nothing(desk: Desk, args: dict[str, Any], code: str) -> None:
    """An update that Slack wouldn't take leaves the message as it was."""
    ts = posted(desk)
    assert desk.refused("chat.update", **{"channel": INCIDENT, "ts": ts, **args}).code == code
    assert (desk.state.messages[INCIDENT, ts].text, desk.state.messages[INCIDENT, ts].versions) == ("first", [])


def test_workspace_lets_the_bot_change_only_its_own_messages(desk: Desk) -> None:
    """Somebody else's message can be neither updated nor deleted."""
    message = Message(INCIDENT, "5.000001", people.ADMIN.id, people.TEAM, 5.0, "mine")
    desk.state.add_message(message)
    assert desk.refused("chat.update", channel=INCIDENT, ts=message.ts, text="x").code == "cant_update_message"
    assert desk.refused("chat.delete", channel=INCIDENT, ts=message.ts).code == "cant_delete_message"


def test_workspace_deletes_a_message_with_its_pin(desk: Desk) -> None:
    """A deleted message is gone from history and from the pins."""
    ts = posted(desk)
    desk.call("pins.add", channel=INCIDENT, timestamp=ts)
    desk.call("chat.delete", channel=INCIDENT, ts=ts)
    assert desk.call("conversations.history", channel=INCIDENT)["messages"] == []
    assert desk.call("pins.list", channel=INCIDENT)["items"] == []
    assert desk.refused("chat.delete", channel=INCIDENT, ts=ts).code == "message_not_found"


def test_workspace_returns_metadata_only_when_asked(desk: Desk) -> None:
    """History carries metadata with `include_all_metadata`, and not without."""
    posted(desk, metadata={"event_type": "card", "event_payload": {"n": 1}})
    [bare] = desk.call("conversations.history", channel=INCIDENT)["messages"]
    [full] = desk.call("conversations.history", channel=INCIDENT, include_all_metadata="true")["messages"]
    assert "metadata" not in bare
    assert full["metadata"]["event_payload"] == {"n": 1}


@given(st.integers(1, 12), st.integers(1, 5))
def test_workspace_pages_through_history_without_loss(count: int, size: int) -> None:
    """Following the cursors gives each message once, newest first."""
    desk = Desk()
    stamps = [posted(desk) for _ in range(count)]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = desk.call("conversations.history", channel=INCIDENT, limit=size, cursor=cursor)
        found += [message["ts"] for message in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"] or None
        assert page["has_more"] == (cursor is not None)
    assert found == stamps[::-1]


def test_workspace_keeps_threads_apart(desk: Desk) -> None:
    """Replies stand in the thread and not in the channel's history, whose message tells how many there are."""
    head = posted(desk)
    reply = posted(desk, thread_ts=head)
    [top] = desk.call("conversations.history", channel=INCIDENT)["messages"]
    assert (top["ts"], top["reply_count"], top["thread_ts"]) == (head, 1, head)
    thread = desk.call("conversations.replies", channel=INCIDENT, ts=head)["messages"]
    assert [message["ts"] for message in thread] == [head, reply]
    assert desk.refused("conversations.replies", channel=INCIDENT, ts="9.000001").code == "thread_not_found"


def test_workspace_reads_history_between_two_times(desk: Desk) -> None:
    """`oldest` and `latest` leave themselves out unless `inclusive` is set."""
    one, two, three = posted(desk), posted(desk), posted(desk)

    def between(**args: Any) -> list[str]:
        found = desk.call("conversations.history", channel=INCIDENT, oldest=one, latest=three, **args)
        return [message["ts"] for message in found["messages"]]

    assert between() == [two]
    assert between(inclusive=True) == [three, two, one]


def test_workspace_shows_an_ephemeral_to_members_only(desk: Desk) -> None:
    """An ephemeral reaches one person who is in the channel; for anybody else it is refused."""
    desk.call("chat.postEphemeral", channel=INCIDENT, user=people.GUEST.id, text="only you")
    assert [e.person for e in desk.state.ephemerals] == [people.GUEST.id]
    refused = desk.refused("chat.postEphemeral", channel=INCIDENT, user=people.STRANGER.id, text="x")
    assert refused.code == "user_not_in_channel"
