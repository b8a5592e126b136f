"""Dialogs and home tabs, asked directly: triggers, stacks, hashes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workspace_desk import SECTION, Desk, plain

from practice.workspace import people


@pytest.fixture
def desk() -> Desk:
    return Desk()


def modal(**fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Start"), "blocks": [SECTION], **fields}


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
