"""Everything that is wrong with a runbook that can be read, one sentence each with its line.

Three rooms of rules: `lint_stages` (what is written), `lint_plans` (what comes of it for other numbers of nodes),
`lint_people` (whether these people can carry it out).
"""

from collections.abc import Collection

from rollback.roles import Roster
from rollback.runbook.errors import Mistake
from rollback.runbook.lint_people import wrong_with_people
from rollback.runbook.lint_plans import wrong_with_plans
from rollback.runbook.lint_stages import wrong_with_stages
from rollback.runbook.reading import Reading


def lint(reading: Reading, actions: Collection[str], roster: Roster | None = None) -> tuple[Mistake, ...]:
    """What is wrong with a runbook, in the order of the file; nothing when it can be used.

    Args:
        reading: The runbook and the places of its parts.
        actions: The actions that the program knows.
        roster: The people of the site; without them nothing is said about people.
    """
    problems = wrong_with_stages(reading.runbook, actions)
    said = {problem.path for problem in problems}
    problems += [problem for problem in wrong_with_plans(reading.runbook) if problem.path not in said]
    if roster is not None:
        problems += wrong_with_people(reading.runbook, roster)
    return tuple(sorted({Mistake(reading.at(*problem.path), problem.said) for problem in problems}))
