"""`rollback-bot notices`: are a site's own templates as they must be? Every mistake with its place."""

import sys
from typing import Annotated

import typer

from bot.cli.running import SETTINGS, SettingsFile

WRONG, UNUSABLE = 1, 2


def notices_app() -> typer.Typer:
    """The commands under `rollback-bot notices`."""
    app = typer.Typer(help="Check the templates of what people are told.", no_args_is_help=True)
    app.callback()(_about)
    app.command("lint")(lint_command)
    return app


def _about() -> None:
    """Check the templates of what people are told."""


def lint_command(
    *,
    settings: SettingsFile = SETTINGS,
    estate: Annotated[str, typer.Option(help="The estate whose templates are checked; all of them if left out.")] = "",
) -> None:
    """Render every notice of an estate with its own words and templates, and name what is wrong.

    Exit status: 0 nothing, 1 something is wrong, 2 the settings can't be used.
    """
    from bot.settings import SettingsWrong, load  # noqa: PLC0415 - a subcommand's imports are its own

    try:
        loaded = load(settings)
    except SettingsWrong as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(UNUSABLE) from None
    chosen = [one for one in loaded.estates if estate in ("", one.estate.name)]
    if not chosen:
        sys.stderr.write("There is no estate of that name in the settings.\n")
        raise typer.Exit(UNUSABLE)
    from bot.templates import troubles  # noqa: PLC0415

    found = [f"{one.estate.name}: {trouble}" for one in chosen for trouble in troubles(one)]
    for line in found:
        typer.echo(line)
    if found:
        raise typer.Exit(WRONG)
    typer.echo("Every notice can be written, in every language.")
