"""`rollback-bot run`, `migrate`, `audit`, `demo`: the program itself, and what is done to its database."""

import gc
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

COLLECT_AFTER = 70_000  # objects made and not yet freed; the interpreter's own 700 costs a fifth of the bot's time
SETTINGS = Path("rollback-bot.yml")
SettingsFile = Annotated[Path, typer.Option("--settings", "-s", help="The settings file.")]


def add_running(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command()(run)
    app.command()(migrate)
    app.command("audit")(audit_verify)


def run(settings: SettingsFile = SETTINGS) -> None:
    """Run the bot until it is told to stop."""
    from bot.logs import set_up  # noqa: PLC0415 - a subcommand's imports are its own
    from bot.proxies import forget_proxies  # noqa: PLC0415
    from bot.settings import SettingsWrong, load  # noqa: PLC0415
    from bot.trusting import trust_databases  # noqa: PLC0415
    from bot.wiring import build  # noqa: PLC0415
    from integrations.errors import IntegrationError  # noqa: PLC0415
    from storage.audit import AuditBroken  # noqa: PLC0415
    from storage.database import StorageError  # noqa: PLC0415

    try:
        loaded = load(settings)
        set_up(loaded.log)
        forget_proxies()
        trust_databases(loaded)
        program = build(loaded)
    except (SettingsWrong, StorageError, AuditBroken, IntegrationError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    _collect_seldom()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    program.run(stop)


def _collect_seldom() -> None:
    """Look for cycles a hundredth as often: whatever was built lives on, and rows read leave hardly any cycles."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)


def migrate(settings: SettingsFile = SETTINGS) -> None:
    """Bring the database's schema to this release's."""
    from bot.settings import load  # noqa: PLC0415
    from storage.clock import SystemClock  # noqa: PLC0415
    from storage.migrations import migrate as bring_up_to_date  # noqa: PLC0415

    bring_up_to_date(load(settings).database, SystemClock().now())
    sys.stdout.write("The database has this release's schema.\n")


def audit_verify(
    what: Annotated[str, typer.Argument(help="`verify` is all there is.")], settings: SettingsFile = SETTINGS
) -> None:
    """Read the whole audit chain and prove it: `rollback-bot audit verify`."""
    from sqlalchemy.orm import Session  # noqa: PLC0415

    from bot.settings import load  # noqa: PLC0415
    from storage.audit import AuditBroken, check_triggers, verify  # noqa: PLC0415
    from storage.database import open_engine  # noqa: PLC0415

    if what != "verify":
        sys.stderr.write("`rollback-bot audit verify` is all there is.\n")
        raise typer.Exit(2)
    loaded = load(settings)
    key = loaded.audit_key()
    engine = open_engine(loaded.database, query_only=True)
    try:
        with engine.connect() as connection:
            check_triggers(connection)
        with Session(engine) as session:
            entries = verify(session, {key.id: key})
    except AuditBroken as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
    finally:
        engine.dispose()
    sys.stdout.write(f"OK: {entries} entries, unbroken, each signed with the key {key.id}.\n")
