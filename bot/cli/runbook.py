"""`rollback-bot runbook`: check a runbook, show what it makes of a number of nodes, estimate it, print its schema."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rollback.estate import Estate, Node
from rollback.estimate import Estimate, SoFar, describe, estimate
from rollback.runbook import (
    ACTIONS,
    Opening,
    Order,
    Plan,
    PlanImpossible,
    Reading,
    RunbookUnreadable,
    builtin,
    expand,
    expand_way_back,
    json_schema,
    lint,
    read,
)
from rollback.runbook.show import GATE_HEADINGS, HEADINGS, clock, markdown, mermaid, rows, summary


class Look(StrEnum):
    """How a plan is printed."""

    TABLE = "table"
    MARKDOWN = "markdown"
    MERMAID = "mermaid"


_Source = Annotated[str, typer.Argument(help="A file, or the name of a runbook that comes with the program.")]
_Nodes = Annotated[int, typer.Option(min=1, max=99, help="Number of nodes; the first is FIRST.")]
_Devices = Annotated[int, typer.Option(min=0, help="Number of devices.")]
_PerNode = Annotated[int, typer.Option(min=1, help="Devices that one node carries.")]
_Opening = Annotated[Opening, typer.Option(help="On how many nodes the door opens.")]
_Order = Annotated[Order, typer.Option(help="Whether the door closes after the preparations or before.")]
_Back = Annotated[
    int | None,
    typer.Option("--way-back", min=0, max=2, help="The way back instead, after this line; 0: before line 1."),
]


def runbook_app() -> typer.Typer:
    """The commands under `rollback-bot runbook`."""
    app = typer.Typer(help="Check, show and estimate runbooks.", no_args_is_help=True)
    app.command("lint")(lint_command)
    app.command("show")(show_command)
    app.command("estimate")(estimate_command)
    app.command("schema")(schema_command)
    return app


def lint_command(source: _Source = "xenmobile") -> None:
    """Name everything that is wrong with a runbook, each with its line; exit 1 if anything is."""
    reading = _read(source)
    mistakes = lint(reading, ACTIONS)
    for mistake in mistakes:
        typer.echo(f"{reading.name}:{mistake}")
    if mistakes:
        raise typer.Exit(1)
    stages = len(reading.runbook.stages)
    typer.echo(f"{reading.name}: nothing is wrong ({stages} entries, laid out for 1 to 5 nodes).")


def show_command(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    source: _Source = "xenmobile",
    nodes: _Nodes = 3,
    devices: _Devices = 10_000,
    devices_per_node: _PerNode = 8_500,
    opening: _Opening = Opening.ENOUGH_NODES,
    order: _Order = Order.PREPARE_FIRST,
    way_back: _Back = None,
    look: Annotated[Look, typer.Option(help="How it is printed.")] = Look.TABLE,
) -> None:
    """Show the stages and gates that a runbook makes of a number of nodes."""
    plan = _plan(source, nodes, devices, devices_per_node, opening, order, way_back)
    match look:
        case Look.MARKDOWN:
            typer.echo(markdown(plan), nl=False)
        case Look.MERMAID:
            typer.echo(mermaid(plan), nl=False)
        case Look.TABLE:
            _print_tables(plan)


def estimate_command(  # noqa: PLR0917 - each is an option of the command line
    source: _Source = "xenmobile",
    nodes: _Nodes = 3,
    devices: _Devices = 10_000,
    devices_per_node: _PerNode = 8_500,
    opening: _Opening = Opening.ENOUGH_NODES,
    order: _Order = Order.PREPARE_FIRST,
    way_back: _Back = None,
) -> None:
    """Say how long a rollback takes, how long the door is closed, and what decides it."""
    plan = _plan(source, nodes, devices, devices_per_node, opening, order, way_back)
    start = datetime(2000, 1, 1, tzinfo=UTC)
    found = estimate(plan, SoFar(start, start))
    typer.echo(summary(plan))
    if found.opens_at is None or found.live_at is None or found.door_closed is None:
        typer.echo(f"The way back takes {clock(found.ends_at - start)}.")
        return
    typer.echo(f"Door closed for {clock(found.door_closed)}; it opens after {clock(found.opens_at - start)}.")
    typer.echo(f"Declared healthy after {clock(found.live_at - start)}.")
    _print_reference(plan)
    typer.echo(f"What decides the opening: {', '.join(describe(found.way_to_open))}.")
    _print_rest_of_way(found)


def schema_command() -> None:
    """Print the JSON schema of the format, for editors."""
    typer.echo(json.dumps(json_schema(), indent=2))


def _read(source: str) -> Reading:
    try:
        file = Path(source)
        if file.suffix in {".yml", ".yaml"} or file.is_file():
            return read(file.read_text(encoding="utf-8"), file.name)
        return builtin(source)
    except RunbookUnreadable as error:
        for mistake in error.mistakes:
            typer.echo(f"{error.name}:{mistake}")
        raise typer.Exit(1) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        typer.echo(f"{source} can't be read ({reason}). Give a file, or `xenmobile`.", err=True)
        raise typer.Exit(2) from None


def _plan(  # noqa: PLR0917 - the options of a command line
    source: str,
    nodes: int,
    devices: int,
    devices_per_node: int,
    opening: Opening,
    order: Order,
    way_back: int | None,
) -> Plan:
    names = [f"xms{index:02}" for index in range(1, nodes + 1)]
    estate = Estate(
        name="example",
        nodes=tuple(Node(name=name, address="192.0.2.1", inventory_path=name) for name in names),
        modes={},
        devices_per_node=devices_per_node,
    )
    try:
        plan = expand(_read(source).runbook, estate, devices, names[0], order, opening)
        match way_back:
            case 0 | 1 | 2:
                return expand_way_back(plan, way_back, names if way_back else ())
            case _:
                return plan
    except PlanImpossible as error:
        for reason in error.reasons:
            typer.echo(reason)
        typer.echo("`rollback-bot runbook lint` names the lines.")
        raise typer.Exit(1) from None


def _print_tables(plan: Plan) -> None:
    cells = rows(plan)
    console = Console()
    console.print(escape(f"{plan.runbook.title}: {summary(plan)}"))
    for headings, lines in ((HEADINGS, cells.stages), (GATE_HEADINGS, cells.gates)):
        table = Table()
        for index, heading in enumerate(headings):
            table.add_column(heading, no_wrap=index == 0, overflow="fold")
        for line in lines:
            table.add_row(*(escape(cell) for cell in line))
        console.print(table)


def _print_reference(plan: Plan) -> None:
    reference = plan.runbook.reference
    if reference:
        typer.echo(f"{reference.title}: closed for {clock(reference.door_closed)}, {clock(reference.total)} in all.")


def _print_rest_of_way(found: Estimate) -> None:
    rest = found.way_to_live[len(found.way_to_open) :]
    if rest and found.way_to_live[: len(found.way_to_open)] == found.way_to_open:
        typer.echo(f"From there to the declaration: {', '.join(describe(rest))}.")
