"""A runbook that can't be carried out is named before anybody starts it: `rollback-bot runbook lint`."""

from importlib import resources
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app


def test_a_runbook_with_a_cycle_gets_one_sentence_with_its_path(tmp_path: Path) -> None:
    """Needs that go round in a circle are told with their path, file and line; the program exits with 1."""
    text = resources.files("rollback").joinpath("runbooks/xenmobile.yml").read_text(encoding="utf-8")
    first = text.index("needs: [start]")
    file = tmp_path / "circle.yml"
    file.write_text(text[:first] + "needs: [go-live]" + text[first + len("needs: [start]") :], encoding="utf-8")
    result = CliRunner().invoke(app(), ["runbook", "lint", str(file)])
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "circle.yml:" in told
    assert "the needs go round in a circle: " in told
    assert "prepare → " in told
