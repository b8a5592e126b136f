"""The page of the bot's own machine: the ODBC driver, the secrets' age, room on the disk, who it runs as."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bot.settings import EstateSettings, Settings
from integrations.sqlserver import find_driver
from rollback.readiness import Outlook, Page, Row
from storage.words import Mode, SystemName

MIB: Final = 1024**2
LEAST, SCARCE = 256 * MIB, 1024 * MIB  # bytes free
OLD: Final = timedelta(days=365)
SUBJECT: Final = "host"


def fill(settings: Settings, one: EstateSettings, now: Callable[[], datetime], page: Page) -> None:
    """Look at this machine, for one estate."""
    if one.estate.mode(SystemName.SQLSERVER) is not Mode.OFF:
        page.reads("driver", lambda: _driver(one, page))
    page.add(_room(settings.database.parent), _room(settings.files))
    ages = sorted(_ages(settings, one, now()), reverse=True)
    if ages:
        page.add(secrets(ages))
    if not one.estate.practice and os.geteuid() == 0:
        todo = "Give it a user of its own: docs/security.md says which rights it needs."
        page.add(Row(page.subject, "user", Outlook.WARN, "The bot runs as root.", todo, "runs-as-root"))


def _driver(one: EstateSettings, page: Page) -> None:
    """Raises `DriverMissing`, whose text names the package to install."""
    page.passes("driver", f"ODBC driver for SQL Server: {find_driver(one.estate.sqlserver.driver).name}.")


def _room(folder: Path) -> Row:
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        text = f"The free space of {folder} can't be read: {error.strerror}."
        return Row(SUBJECT, "disk", Outlook.WARN, text, "Look at the folder and its rights.")
    return room(folder, free)


def room(folder: Path, free: int) -> Row:
    """The free space of a folder, in bytes, as a row."""
    text = f"{folder} has {free // MIB} MiB free."
    if free >= SCARCE:
        return Row(SUBJECT, "disk", Outlook.PASS, text)
    outlook = Outlook.FAIL if free < LEAST else Outlook.WARN
    return Row(SUBJECT, "disk", outlook, text, "Make room: without it no intent can be kept, and nothing is done.")


def _ages(settings: Settings, one: EstateSettings, now: datetime) -> Iterator[tuple[timedelta, str]]:
    references = [settings.slack.bot_token, settings.slack.app_token, settings.audit.key]
    references += [access.password for access in one.access.values() if access.password is not None]
    for reference in references:
        kind, _, name = reference.partition(":")
        if kind == "file" and Path(name).is_file():
            changed = datetime.fromtimestamp(Path(name).stat().st_mtime, tz=UTC)
            yield max(now - changed, timedelta(0)), Path(name).name


def secrets(ages: list[tuple[timedelta, str]]) -> Row:
    """How long ago each secret file was changed, the oldest first, as a row."""
    told = ", ".join(f"{name} {age.days} days" for age, name in ages)
    old = ages[0][0] > OLD
    todo = "Rotate what is older than a year; a new file is read at the next login." if old else ""
    outlook = Outlook.WARN if old else Outlook.PASS
    return Row(SUBJECT, "secrets", outlook, f"Ages of the secret files: {told}.", todo, "secret-old")
