"""The buttons by which one person makes things safer: *Close the door*, *Power off…*; where they stand, and why."""

from collections.abc import Iterator

from commands.blocks.actions import ActionId
from commands.blocks.message import Block, Buttons, button
from rollback.invariants import CLOSE, Inv
from rollback.situation import Situation
from storage.words import StageKind, StageState

CLOSE_THE_DOOR = "Close the door"
CONFIRM = (
    "Every listed vServer is disabled and the rollback is held. It can't take back what devices have done meanwhile: "
    "profiles that were dropped, new enrolments. Opening again asks for new votes."
)


def close_the_door(buttons: Buttons) -> Block:
    """*Close the door*, which Slack asks about once more."""
    return button(ActionId.CLOSE_DOOR, CLOSE_THE_DOOR, buttons, "danger", confirm=CONFIRM)


def toward_safety(s: Situation, buttons: Buttons) -> Iterator[Block]:
    """What a board offers: closing a door that was closed once and isn't now, and the nodes that must be off."""
    red = {one.name for one in s.invariants if one.good is False}
    opened = s.door.closed_at is not None and not s.door.closed
    if (opened or Inv.DOOR in red) and not _being_closed(s):
        yield close_the_door(buttons)
    if Inv.POWER in red:
        yield button(ActionId.POWER_OFF, "Power off…", buttons, "danger")


def _being_closed(s: Situation) -> bool:
    return any(
        stage.kind is StageKind.SAFETY
        and stage.action == CLOSE
        and not stage.over
        and stage.state is not StageState.FAILED
        for stage in s.stages
    )
