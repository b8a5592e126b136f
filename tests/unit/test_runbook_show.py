"""A plan for people to read, and the commands under `rollback-bot runbook`."""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.runbook import runbook_app
from rollback.estate import Estate, Node
from rollback.runbook import Order, Plan, builtin, expand, json_schema
from rollback.runbook.show import clock, markdown, mermaid, minutes, rows, summary


@cache
def plan() -> Plan:
    nodes = tuple(Node(name=f"xms0{i}", address=f"192.0.2.{i}", inventory_path="") for i in (1, 2, 3))
    estate = Estate(name="example", nodes=nodes, modes={})
    return expand(builtin("xenmobile").runbook, estate, 10_000, "xms01", Order.PREPARE_FIRST)


def run(*words: str) -> Result:
    return CliRunner().invoke(runbook_app(), list(words))


def test_every_stage_and_gate_has_its_row() -> None:
    """The tables show every stage with its needs and every gate with its people, in the plan's order."""
    cells = rows(plan())
    assert [row[0] for row in cells.stages] == [stage.name for stage in plan().stages]
    assert cells.stages[3] == ("list-devices", "disable-vservers, prepare:captured", "–", "read", "5")
    assert cells.stages[0][-1] == "30 (captured after 25)"
    assert cells.gates[2][2:] == ("SO, and DBA", "yes", "from the vote at save", "needs met")
    assert summary(plan()).endswith("25 stages, 6 gates asked")


def test_the_markdown_is_two_tables_with_equal_rows() -> None:
    """Every row of a Markdown table has as many cells as its heading."""
    tables = [part.splitlines() for part in markdown(plan()).split("\n\n")[1:]]
    assert [len(lines) for lines in tables] == [2 + 25, 2 + 7]
    for lines in tables:
        assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_the_graph_has_every_stage_and_every_need() -> None:
    """The graph has a box for each stage, an arrow for each need, and marks what crosses a line."""
    drawn = mermaid(plan())
    assert drawn.count('["') == 25
    assert drawn.count("-->") == sum(len(stage.needs) for stage in plan().stages)
    assert "-- captured -->" in drawn
    assert drawn.splitlines()[-1].startswith("  class s8,")


@pytest.mark.parametrize(
    ("span", "said", "in_minutes"),
    [
        (timedelta(minutes=137), "2 h 17", "137"),
        (timedelta(minutes=120), "2 h 00", "120"),
        (timedelta(minutes=59, seconds=29), "59 min", "59"),
        (timedelta(days=3), "72 h 00", "3 d"),
    ],
)
def test_spans_are_said_as_people_say_them(span: timedelta, said: str, in_minutes: str) -> None:
    """A span is said in hours and minutes, and long ones in days."""
    assert (clock(span), minutes(span)) == (said, in_minutes)


def test_lint_of_the_builtin_runbook_ends_well() -> None:
    """`runbook lint` says that nothing is wrong with the runbook that comes with the program."""
    result = run("lint")
    assert result.exit_code == 0
    assert "nothing is wrong" in result.output


def test_lint_names_lines_and_exits_with_one(tmp_path: Path) -> None:
    """`runbook lint FILE` names file, line and column of each mistake and exits with 1."""
    file = tmp_path / "mine.yml"
    file.write_text("runbook: mine\nversion: none\n", encoding="utf-8")
    result = run("lint", str(file))
    assert result.exit_code == 1
    assert "mine.yml:2:1: `none` can't be used as `version`" in result.output


def test_lint_names_a_circle(tmp_path: Path) -> None:
    """`runbook lint` names a circle of needs with its path."""
    text = (Path(__file__).parents[2] / "rollback" / "runbooks" / "xenmobile.yml").read_text(encoding="utf-8")
    file = tmp_path / "mine.yml"
    file.write_text(text.replace('    needs: [disable-vservers, "prepare:captured"]', "    needs: [go-live]"))
    result = run("lint", str(file))
    assert result.exit_code == 1
    assert "list-devices → go-live" in result.output


def test_a_file_that_is_not_there_exits_with_two(tmp_path: Path) -> None:
    """A runbook that can't be read is one sentence with what to give instead, and exit 2."""
    for name in ("nothing", str(tmp_path / "nothing.yml")):
        result = run("lint", name)
        assert result.exit_code == 2
        assert "can't be read" in result.output


@pytest.mark.parametrize("look", ["table", "markdown", "mermaid"])
def test_show_prints_the_plan(look: str) -> None:
    """`runbook show` prints a plan as tables, as Markdown and as a graph."""
    result = run("show", "--nodes", "2", "--look", look)
    assert result.exit_code == 0
    assert "join-nodes" in result.output
    assert "join-remaining-nodes" not in result.output


def test_estimate_says_what_the_runbook_says() -> None:
    """`runbook estimate` says how long the door is closed, when the service is healthy, and what decides it."""
    result = run("estimate", "--nodes", "3")
    assert "Door closed for 2 h 17" in result.output
    assert "Declared healthy after 4 h 37" in result.output
    assert "closed for 2 h 00, 7 h 15 in all" in result.output
    early = run("estimate", "--nodes", "5", "--opening", "first-node", "--order", "close-first")
    assert "Door closed for 2 h 00" in early.output
    assert "Declared healthy after 6 h 45" in early.output


def test_estimate_prices_the_way_back() -> None:
    """`runbook estimate --way-back` says how long the way back takes from each line."""
    assert "The way back takes 15 min." in run("estimate", "--way-back", "0").output
    assert "The way back takes 1 h 15." in run("estimate", "--way-back", "1").output


def test_the_schema_is_printed_as_json() -> None:
    """`runbook schema` prints the JSON schema of the format."""
    assert json.loads(run("schema").output) == json_schema()
