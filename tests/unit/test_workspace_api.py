"""The methods of the Web API, asked directly: what they store, and how they refuse."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from practice.workspace import limits, people
from practice.workspace.gate import APP_TOKEN, BOT_TOKEN, carry_out
from practice.workspace.people import BOT_USER, INCIDENT, PARTNERS, PERSONS, STAKEHOLDERS, starting_channels
from practice.workspace.rates import Rates
from practice.workspace.records import Message
from practice.workspace.scopes import GRANTED
from practice.workspace.state import State
from practice.workspace.wire import Args, SlackError

ALL = GRANTED | {"reactions:write", "pins:read", "files:read", "im:read", "im:history"}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}


class Desk:
    """A workspace's memory, a time that a test moves, and the way a bot calls."""

    def __init__(self, scopes: frozenset[str] = ALL) -> None:
        self.time = 1_700_000_000.0
        self.state = State(
            lambda: self.time,
            persons=PERSONS,
            channels=starting_channels(),
            groups=[("S0DBA", ["U0DATABASE"])],
            scopes=scopes,
        )
        self.state.base = "http://127.0.0.1:7"
        self.rates = Rates(lambda: self.time)
        self.token = BOT_TOKEN

    def call(self, method: str, **args: Any) -> dict[str, Any]:
        return carry_out(self.state, self.rates, method, self.token, Args(args))

    def refused(self, method: str, **args: Any) -> SlackError:
        with pytest.raises(SlackError) as refusal:
            self.call(method, **args)
        return refusal.value

    def trigger(self, user: str = people.ADMIN.id, view: str | None = None) -> str:
        interaction = self.state.add_interaction(user, "interactive", INCIDENT)
        interaction.view = view
        return interaction.trigger


@pytest.fixture
def desk() -> Desk:
    return Desk()


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(**fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Start"), "blocks": [SECTION], **fields}


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


def posted(desk: Desk, **args: Any) -> str:
    return str(desk.call("chat.postMessage", channel=INCIDENT, text="first", **args)["ts"])


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


def test_workspace_opens_a_dialog_once_a_trigger(desk: Desk) -> None:
    """A trigger opens one dialog on the screen of whoever pressed; used again it is refused."""
    trigger = desk.trigger()
    view = desk.call("views.open", trigger_id=trigger, view=modal(private_metadata="id"))["view"]
    assert [v.id for v in desk.state.screen(people.ADMIN.id)] == [view["id"]]
    assert (view["private_metadata"], view["root_view_id"]) == ("id", view["id"])
    assert desk.refused("views.open", trigger_id=trigger, view=modal()).code == "exchanged_trigger_id"
    assert desk.refused("views.open", trigger_id="made-up", view=modal()).code == "invalid_trigger_id"


@given(st.floats(min_value=0, max_value=6))
def test_workspace_lets_a_trigger_expire_after_three_seconds(age: float) -> None:
    """A trigger is good for three seconds of the workspace's own time."""
    desk = Desk()
    trigger = desk.trigger()
    desk.time += age
    if desk.time - 1_700_000_000.0 <= 3:
        assert desk.call("views.open", trigger_id=trigger, view=modal())["ok"]
    else:
        assert desk.refused("views.open", trigger_id=trigger, view=modal()).code == "expired_trigger_id"


def test_workspace_keeps_a_trigger_when_the_view_is_refused(desk: Desk) -> None:
    """A view that is refused leaves the trigger unused, and says where it is wrong."""
    trigger = desk.trigger()
    refused = desk.refused("views.open", trigger_id=trigger, view=modal(title=plain("x" * 25)))
    assert (refused.code, refused.messages) == (
        "invalid_arguments",
        ["must be less than 25 characters [json-pointer:/view/title/text]"],
    )
    assert (
        desk.refused("views.open", trigger_id=trigger, view={"type": "home", "blocks": []}).code == "invalid_arguments"
    )
    assert desk.call("views.open", trigger_id=trigger, view=modal())["ok"]


def test_workspace_refuses_a_view_that_is_too_large(desk: Desk) -> None:
    """A view of more than 250,000 bytes is too large, however few its blocks are."""
    big = {"type": "section", "text": {"type": "mrkdwn", "text": "ü" * 3000}}
    refused = desk.refused("views.open", trigger_id=desk.trigger(), view=modal(blocks=[big] * 42))
    assert refused.code == "view_too_large"


def test_workspace_stacks_three_dialogs_at_most(desk: Desk) -> None:
    """Dialogs can be pushed from a dialog, up to three."""
    view = desk.call("views.open", trigger_id=desk.trigger(), view=modal())["view"]
    assert desk.refused("views.push", trigger_id=desk.trigger(), view=modal()).code == "not_found"
    for _ in range(2):
        below = view
        view = desk.call("views.push", trigger_id=desk.trigger(view=below["id"]), view=modal())["view"]
        assert (view["previous_view_id"], view["root_view_id"]) == (
            below["id"],
            desk.state.screen(people.ADMIN.id)[0].id,
        )
    assert (
        desk.refused("views.push", trigger_id=desk.trigger(view=view["id"]), view=modal()).code == "push_limit_reached"
    )


ENTRY = {
    "type": "input",
    "block_id": "why",
    "label": plain("Why"),
    "element": {"type": "plain_text_input", "action_id": "text"},
}


def test_workspace_updates_a_view_only_with_the_present_hash(desk: Desk) -> None:
    """A view's hash changes at each update, and an old one is refused; what was entered stays."""
    view = desk.call("views.open", trigger_id=desk.trigger(), view=modal(blocks=[ENTRY], submit=plain("Go")))["view"]
    desk.state.views[view["id"]].values["why"]["text"]["value"] = "typed"
    body = modal(blocks=[SECTION, ENTRY], submit=plain("Go"))
    fresh = desk.call("views.update", view_id=view["id"], hash=view["hash"], view=body)["view"]
    assert fresh["state"]["values"]["why"]["text"]["value"] == "typed"
    assert desk.refused("views.update", view_id=view["id"], hash=view["hash"], view=body).code == "hash_conflict"
    desk.state.screens.clear()
    assert desk.refused("views.update", view_id=view["id"], view=body).code == "not_found"


def test_workspace_names_one_view_by_an_external_id(desk: Desk) -> None:
    """An `external_id` is good for one view, which can be updated by it."""
    desk.call("views.open", trigger_id=desk.trigger(), view=modal(external_id="start"))
    assert desk.call("views.update", external_id="start", view=modal(external_id="start"))["ok"]
    refused = desk.refused("views.open", trigger_id=desk.trigger(), view=modal(external_id="start"))
    assert refused.code == "duplicate_external_id"


def test_workspace_publishes_one_home_tab_a_person(desk: Desk) -> None:
    """Publishing again changes the same home tab."""
    home = {"type": "home", "blocks": [SECTION]}
    first = desk.call("views.publish", user_id=people.OWNER.id, view=home)["view"]
    second = desk.call("views.publish", user_id=people.OWNER.id, view=home)["view"]
    assert (first["id"], first["hash"] != second["hash"]) == (second["id"], True)
    assert desk.refused("views.publish", user_id=people.OWNER.id, view=modal()).code == "invalid_arguments"


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
