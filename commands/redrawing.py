"""Menus and page turns inside an open dialog: the same dialog is drawn again, and nothing else is changed."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from commands.blocks import dialogs, reading, start_dialog
from commands.blocks.actions import ActionId
from commands.blocks.message import Block
from commands.desk import Desk
from commands.dialog import situation
from storage.models import Dialog

Draw = Callable[[Desk, Dialog, str], Block | None]
"""Draws an open dialog again, with what was picked; None: there is nothing to draw."""


def register(app: App, desk: Desk) -> None:
    """Let `app` answer what is picked in open dialogs."""
    _on_pick(app, desk, ActionId.ANSWER_CHECK, _answer)
    _on_pick(app, desk, ActionId.PICK_ESTATE, _estate)
    _on_pick(app, desk, ActionId.NEXT_PAGE, lambda desk, dialog, at: _page(desk, dialog, at, 1))
    _on_pick(app, desk, ActionId.PAGE_BEFORE, lambda desk, dialog, at: _page(desk, dialog, at, -1))


def _on_pick(app: App, desk: Desk, action: ActionId, draw: Draw) -> None:
    @app.action(action.value)
    def picked(ack: Callable[..., Any], body: dict[str, Any], action: dict[str, Any]) -> None:
        ack()
        view: Mapping[str, Any] = body.get("view", {})
        with desk.database.read() as session:
            dialog = session.get(Dialog, str(view.get("private_metadata", "")))
        if dialog is None or dialog.used_at is not None:
            return
        chosen = str((action.get("selected_option") or {}).get("value", "")) or _shown_page(view)
        drawn = draw(desk, dialog, chosen)
        if drawn is not None:
            desk.views.update(str(view["id"]), str(view.get("hash", "")), drawn)


def _answer(desk: Desk, dialog: Dialog, chosen: str) -> Block | None:
    if dialog.rollback_id is None or dialog.stage_id is None:
        return None
    return dialogs.answer(situation(desk, dialog.rollback_id), dialog.stage_id, dialog.id, chosen)


def _estate(desk: Desk, dialog: Dialog, chosen: str) -> Block | None:
    return start_dialog.start(desk.starts.offer(chosen), dialog.id)


def _page(desk: Desk, dialog: Dialog, shown: str, turn: int) -> Block | None:
    if dialog.rollback_id is None or dialog.gate_id is None:
        return None
    page = (int(shown) if shown.isdecimal() else 1) + turn
    return reading.read_all(situation(desk, dialog.rollback_id), dialog.gate_id, page, dialog.id)


def _shown_page(view: Mapping[str, Any]) -> str:
    """The page that the view says it shows: ``page 2 of 5 · …`` in its first line."""
    blocks = view.get("blocks") or [{}]
    elements = blocks[0].get("elements") or [{}]
    words = str(elements[0].get("text", "")).split()
    return words[1] if len(words) > 1 and words[0] == "page" else ""
