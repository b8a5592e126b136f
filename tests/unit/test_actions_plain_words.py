"""What actions say to people is in plain words: markup is put around it by what draws it, and by nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import rollback

ROOT = Path(rollback.__file__).parent
ROOMS = ("actions", "worker", "invariants.py", "recovery.py", "standing.py", "journal.py")
FILES = sorted(
    file for room in ROOMS for file in ([ROOT / room] if (ROOT / room).is_file() else (ROOT / room).rglob("*.py"))
)


def sayings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text of a module that isn't documentation."""
    documented = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_text_of_an_action_carries_markup(file: Path) -> None:
    """Neither backticks nor words between asterisks: drawn, they would be look-alikes around a command or a button."""
    marked = [
        one.value
        for one in sayings(ast.parse(file.read_text(encoding="utf-8")))
        if "`" in one.value or (one.value.count("*") > 1 and "/*" not in one.value)
    ]
    assert marked == []
