"""What a page is told: each changed thing once, as it is now, and nothing that is another person's business."""

import pytest

from practice.page.news import news
from practice.workspace.people import ADMIN, BOT_USER, COMMANDER, INCIDENT, PERSONS, STRANGER, TEAM, starting_channels
from practice.workspace.records import Ephemeral, Message
from practice.workspace.rules import Surface
from practice.workspace.state import State

VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Deny"}, "blocks": []}


@pytest.fixture
def state() -> State:
    return State(lambda: 1_760_000_000.0, persons=PERSONS, channels=starting_channels())


def written(state: State, text: str) -> Message:
    return state.add_message(Message(INCIDENT, state.next_ts(), BOT_USER, TEAM, state.now(), text))


def redrawn(state: State, message: Message, text: str) -> None:
    message.change(state.now(), text=text, blocks=[], metadata=None)
    state.changed("message_changed", channel=message.channel, ts=message.ts)


def test_nothing_new_is_no_news(state: State) -> None:
    """A page that knows everything is told nothing."""
    written(state, "one")
    assert news(state, state.last_change, COMMANDER.id) is None


def test_a_message_that_was_redrawn_often_is_told_once_as_it_is_now(state: State) -> None:
    """However often a message changed in between, its page gets one message, the present one."""
    message = written(state, "one")
    for text in ("two", "three"):
        redrawn(state, message, text)
    told = news(state, 0, COMMANDER.id)
    assert told is not None
    assert [(one["text"], one["versions"]) for one in told["messages"]] == [("three", 2)]
    assert (told["version"], told["gap"]) == (3, False)


def test_a_deleted_message_is_named_and_not_shown(state: State) -> None:
    """Of a message that is gone the page learns where it stood."""
    message = written(state, "one")
    message.deleted = True
    state.changed("message_deleted", channel=INCIDENT, ts=message.ts)
    told = news(state, 0, COMMANDER.id)
    assert told is not None
    assert (told["messages"], told["deleted"]) == ([], [{"channel": INCIDENT, "ts": message.ts}])


def test_what_one_person_was_shown_is_told_to_that_person_alone(state: State) -> None:
    """Ephemeral messages and dialogs reach the page of their person and no other."""
    state.add_ephemeral(Ephemeral(ADMIN.id, INCIDENT, state.next_ts(), "only you", [], "ack"))
    state.add_view(ADMIN.id, Surface.MODAL, dict(VIEW))
    assert news(state, 0, COMMANDER.id) is None
    told = news(state, 0, ADMIN.id)
    assert told is not None
    assert [(one["text"], one["gone"]) for one in told["ephemerals"]] == [("only you", False)]
    assert [view["title"]["text"] for view in told["screen"]] == ["Deny"]


def test_a_conversation_is_told_to_its_members_alone(state: State) -> None:
    """Who isn't in a channel learns nothing of its messages."""
    written(state, "one")
    assert news(state, 0, STRANGER.id) is None


def test_a_pin_is_told_with_its_message(state: State) -> None:
    """When something is pinned, the page gets the channel's pins and the message that says so."""
    message = written(state, "board")
    known = state.last_change
    state.pins[INCIDENT] = [message.ts]
    state.changed("pins", channel=INCIDENT, ts=message.ts)
    told = news(state, known, COMMANDER.id)
    assert told is not None
    assert told["pins"] == {INCIDENT: [message.ts]}
    assert [one["pinned"] for one in told["messages"]] == [True]


@pytest.mark.parametrize("since", [0, 50])
def test_a_page_that_missed_too_much_reads_everything_again(state: State, since: int) -> None:
    """Who is behind what is remembered, or comes from an earlier workspace, is told to begin anew."""
    for number in range(20):
        written(state, str(number))
    for _ in range(15):
        state.feed.popleft()
    told = news(state, since, COMMANDER.id)
    assert told == {"version": 20, "gap": True}


def test_who_joins_a_channel_reads_everything_again(state: State) -> None:
    """A change of members or of an account may open conversations, so the page begins anew."""
    state.changed("channel", channel=INCIDENT)
    told = news(state, 0, COMMANDER.id)
    assert told is not None
    assert told["gap"]
