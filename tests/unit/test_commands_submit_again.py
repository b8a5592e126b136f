"""Sending a dialog off twice: the same payload is one submit, a mended dialog is another."""

from typing import Any

from commands.dialog import press_of


def submitted(trigger: str) -> dict[str, Any]:
    user = {"id": "U1", "team_id": "T1"}
    return {"user": user, "team": {"id": "T1"}, "view": {"id": "V1", "hash": "1.a"}, "trigger_id": trigger}


def test_a_payload_that_arrives_twice_is_one_submit() -> None:
    """Delivered again under a new envelope, a submit is known by its view and its trigger."""
    assert press_of(submitted("7.1")).key == press_of(submitted("7.1")).key


def test_a_dialog_that_was_refused_can_be_mended_and_sent_again() -> None:
    """Slack keeps the view and its hash after a refusal, so the trigger tells the second try from the first."""
    assert press_of(submitted("7.1")).key != press_of(submitted("7.2")).key
