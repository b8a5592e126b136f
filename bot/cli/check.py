"""`rollback-bot check`: is every system reachable, allowed, and prepared? A table, or JSON; exit status 0, 1 or 2."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.cli.running import SETTINGS, SettingsFile

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.settings import EstateSettings, Settings
    from rollback.readiness import Report

UNUSABLE: Final = 2
WIDTHS: Final = (6, 15, 18)  # of outlook, subject and name


def add_check(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(check)


def check(
    *,
    settings: SettingsFile = SETTINGS,
    estate: Annotated[str, typer.Option(help="The estate to check; all of them if left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")] = False,
    seconds: Annotated[float, typer.Option(min=0, help="How long it may take; 0: as in the settings.")] = 0,
) -> None:
    """Check every system of every estate: reads only, also while a rollback is open.

    Exit status: 0 all passes, 1 something warns, 2 something fails or the settings can't be used.
    """
    from bot.checking.libraries import missing_libraries  # noqa: PLC0415 - before anything that needs them

    if missing := missing_libraries():
        sys.stderr.write("\n".join(missing) + "\n")
        raise typer.Exit(UNUSABLE)
    reports = _checked(settings, estate, timedelta(seconds=seconds))
    _write(reports, as_json=as_json)
    raise typer.Exit(_status(reports))


def _checked(path: Path, name: str, limit: timedelta) -> "list[Report]":
    from bot.checking.places import chosen  # noqa: PLC0415 - a subcommand's imports are its own
    from bot.logs import set_up  # noqa: PLC0415
    from bot.settings import SettingsWrong, load  # noqa: PLC0415

    try:
        loaded = load(path)
    except SettingsWrong as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(UNUSABLE) from None
    set_up("warning")
    try:
        wanted = (chosen(loaded, name),) if name else loaded.estates
    except KeyError:
        known = ", ".join(one.estate.name for one in loaded.estates)
        sys.stderr.write(f"There is no estate {name} in the settings; there are {known}. Nothing was checked.\n")
        raise typer.Exit(UNUSABLE) from None
    _trust(loaded)
    return [_one(loaded, one, limit or loaded.check.limit) for one in wanted]


def _one(settings: "Settings", one: "EstateSettings", limit: timedelta) -> "Report":
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - as above

    from bot.checking.places import own_pages, place_of  # noqa: PLC0415
    from bot.connecting import Connector  # noqa: PLC0415
    from bot.settings import secret  # noqa: PLC0415
    from bot.slack_app import client  # noqa: PLC0415
    from rollback.operations.inspections import last_report  # noqa: PLC0415
    from rollback.readiness import against, inspect  # noqa: PLC0415
    from storage.clock import SystemClock  # noqa: PLC0415

    clock = SystemClock()
    connect = Connector(settings, clock, None)
    before: Report | None = None
    try:
        with _rows(settings.database) as session:
            place = place_of(one, connect, clock.now, session)
            before = last_report(session, one.estate.name) if session is not None else None
    except SQLAlchemyError as error:
        why = type(error).__name__
        sys.stderr.write(f"The bot's own rows can't be read ({why}): checked as if no rollback were open.\n")
        place = place_of(one, connect, clock.now, None)
    web = client(secret(settings.slack.bot_token), settings.slack.api_url, proxy=settings.slack.proxy)
    own = own_pages(settings, one, web, clock.now)
    return against(inspect(place, clock.wait, limit=limit, accepted=one.accepted, own=own), before)


def _trust(settings: "Settings") -> None:
    """What the ODBC driver needs; a driver that is missing has a row of its own."""
    from bot.proxies import forget_proxies  # noqa: PLC0415 - as above
    from bot.trusting import trust_databases  # noqa: PLC0415
    from integrations.sqlserver import DriverMissing  # noqa: PLC0415

    forget_proxies()
    with suppress(DriverMissing):  # the rows of this machine and of SQL Server name the package
        trust_databases(settings)


@contextmanager
def _rows(file: Path) -> "Iterator[Session | None]":
    """Our own rows, read beside a bot that runs; None where there are none yet."""
    from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

    from storage.database import open_engine  # noqa: PLC0415

    if not file.exists():
        yield None
        return
    engine = open_engine(file, query_only=True)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def _status(reports: "list[Report]") -> int:
    from rollback.readiness import EXIT  # noqa: PLC0415 - as above

    return max((EXIT[report.outlook] for report in reports), default=0)


def _write(reports: "list[Report]", *, as_json: bool) -> None:
    if as_json:
        told = {"exit": _status(reports), "estates": [report.to_json() for report in reports]}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    write = _coloured() if sys.stdout.isatty() else _plain
    for report in reports:
        for line in table(report):
            write(line)


def table(report: "Report") -> Iterator[str]:
    """A report as people read it: a line a row, below it what to do; the worst is counted at the end."""
    from rollback.readiness import Outlook  # noqa: PLC0415 - as above
    from rollback.untrusted import Untrusted, plain  # noqa: PLC0415

    during = f", while {report.rollback} is open" if report.rollback else ""
    yield f"{report.estate}, checked {report.at:%d %b %Y %H:%M:%S} UTC{during}"
    for row in report.rows:
        parts = zip((row.outlook.value.upper(), row.subject, row.name), WIDTHS, strict=True)
        yield "  " + "".join(f"{part:<{width}} " for part, width in parts) + plain(Untrusted(row.text))
        if row.todo:
            yield " " * (sum(WIDTHS) + 5) + f"→ {plain(Untrusted(row.todo))}"
    counts = ", ".join(f"{report.count(one)} {one.value}" for one in reversed(Outlook))
    yield f"{report.estate}: {report.outlook.value.upper()} ({counts})"


def _plain(line: str) -> None:
    sys.stdout.write(line + "\n")


def _coloured() -> Callable[[str], None]:
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal

    console = Console(highlight=False)
    styles = {"FAIL": "bold red", "WARN": "yellow", "PASS": "green"}

    def write(line: str) -> None:
        first = line.strip().split(" ", 1)[0]
        console.print(line, style=styles.get(first, ""), markup=False, soft_wrap=True)

    return write
