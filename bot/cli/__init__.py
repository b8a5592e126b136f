"""The command line: `rollback-bot`. Each subcommand imports what it needs when it is called."""

import typer


def main() -> None:
    """The entry point."""
    app()()


def app() -> typer.Typer:
    """The command line, built anew at each call."""
    from bot.cli.check import add_check  # noqa: PLC0415
    from bot.cli.demo import add_demo  # noqa: PLC0415
    from bot.cli.notices import notices_app  # noqa: PLC0415
    from bot.cli.runbook import runbook_app  # noqa: PLC0415
    from bot.cli.running import add_running  # noqa: PLC0415 - a subcommand's imports are its own

    made = typer.Typer(
        help="Takes a team through rolling back a failed upgrade, in Slack.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    made.add_typer(runbook_app(), name="runbook", help="Read, check, show and estimate runbooks.")
    made.add_typer(notices_app(), name="notices", help="Check the templates of what people are told.")
    add_running(made)
    add_check(made)
    add_demo(made)
    return made
