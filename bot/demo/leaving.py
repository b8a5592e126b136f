"""What stays of a demonstration: lists, notices, report and the audit as one file; what was only needed goes."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.settings import Settings
from practice.people.cards import Card
from storage.audit import AuditBroken, check_triggers, verify
from storage.database import open_engine
from storage.models import AuditEntry

AUDIT: Final = "audit.jsonl"
CHANNEL: Final = "channel.txt"
ONLY_NEEDED: Final = ("bot", "secrets", "logs", "rollback-bot.yml", "estate.json", "app.json", "practice-ca.pem")


def export_audit(settings: Settings, folder: Path) -> tuple[int, str]:
    """Write every entry of the audit as it was signed, one a line, and prove the chain.

    Returns:
        How many entries there are, and what is wrong with the chain; empty when nothing is.
    """
    key = settings.audit_key()
    engine = open_engine(settings.database, query_only=True)
    try:
        with engine.connect() as connection:
            check_triggers(connection)
        with Session(engine) as session, (folder / AUDIT).open("w", encoding="utf-8") as out:
            for entry in session.scalars(select(AuditEntry).order_by(col(AuditEntry.seq))):
                line = {"seq": entry.seq, "mac": entry.mac, "signed": json.loads(entry.content)}
                out.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            return verify(session, {key.id: key}), ""
    except AuditBroken as error:
        return 0, str(error)
    finally:
        engine.dispose()


def write_channel(cards: Iterable[Card], folder: Path) -> None:
    """Write what stood in the incident channel at the end, card by card, with the buttons of each."""
    with (folder / CHANNEL).open("w", encoding="utf-8") as out:
        for card in cards:
            buttons = " ".join(f"[{button.label}]" for button in card.buttons)
            out.write("\n".join([*card.lines, *([buttons] if buttons else []), "", ""]))


def left(folder: Path) -> list[Path]:
    """Every file that stays, by name."""
    return sorted(file for file in folder.rglob("*") if file.is_file())


def tidy(folder: Path) -> None:
    """Remove what only the running demonstration needed: database, secrets, logs, settings."""
    for name in ONLY_NEEDED:
        place = folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
