"""What people pick: backup, restore points, FIRST, restart, saving. Changing a value makes an influencer."""

from collections.abc import Mapping
from typing import Any

from rollback.book import Book
from rollback.operations.lead import require
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.stages import move
from storage.database import Unit
from storage.models import ChoiceRow, PreviewRow
from storage.words import Event, StageState

BACKUP = "backup"
FIRST = "first"
RESTART = "restart"
SAVE = "save"
POINT = "point@"
OFFERED = "offered"
"""Key of `prepare`'s preview facts that holds what may be picked: choice key → values with labels."""


def pick(unit: Unit, book: Book, who: Presser, picked: Mapping[str, Any], offered: Mapping[str, list[Any]]) -> str:
    """Keep what was picked; a value that differs from the present one makes the picker an influencer.

    Args:
        unit: The transaction.
        book: The rollback.
        who: Who picked.
        picked: Values by key.
        offered: What could be picked, by key, as it was shown; anything else is refused.

    Raises:
        Refusal: Not this person's to pick, an option that was not offered, or too late.
    """
    require(book, who, Verb.PICK, "pick backup and restore points")
    unknown = [key for key, value in picked.items() if key not in offered or value not in offered[key]]
    if unknown:
        raise Refusal(
            f"Not offered: {', '.join(sorted(unknown))}. Nothing was changed; look at the list again.", book.id
        )
    if any(book.planned(s).line and s.started_at is not None for s in book.stages.values()):
        raise Refusal("What is restored can't be changed any more: it has begun. Nothing was changed.", book.id)
    changed = {key: value for key, value in picked.items() if book.choices.get(key) != value}
    for key, value in changed.items():
        unit.session.add(ChoiceRow(rollback_id=book.id, key=key, value=value, person=who.person.id, at=unit.now))
        unit.note(Event.CHOICE_MADE, book.id, who.person.id, key=key)
    unit.session.flush()
    _preview_users_again(unit, book, who, set(changed))
    unit.ring("dispatcher")
    return f"Picked: {', '.join(sorted(changed))}." if changed else "Kept as it was; nothing was changed."


def _preview_users_again(unit: Unit, book: Book, who: Presser, keys: set[str]) -> None:
    """Stages whose preview uses a changed value are previewed again; so votes on the old value are void."""
    for stage in book.in_state(StageState.AWAITING_APPROVAL, StageState.APPROVED, StageState.BLOCKED):
        if stage.preview_id is None:
            continue
        preview = unit.session.get_one(PreviewRow, stage.preview_id)
        if keys.intersection(preview.content["uses"]):
            move(unit, stage, StageState.PREVIEWING, actor=who.person.id, why="another value was picked")
    for stage in book.in_state(StageState.PREVIEWING):
        stage.version += 1  # a preview that is being made just now was made with the value before
