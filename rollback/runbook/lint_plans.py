"""Rules about what comes of a runbook: it is laid out for 1 to 5 nodes, each opening, each order, each way back."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations, product
from typing import Literal

from rollback.runbook.layout import Laid, Part, Path, Problem, lay_out
from rollback.runbook.ordering import ancestors
from rollback.runbook.spec import Opening, Order, Runbook, StageSpec
from rollback.runbook.terms import Values

_MOST_NODES = 5


def wrong_with_plans(runbook: Runbook) -> list[Problem]:
    """What contradicts itself in some plan; each culprit is named once, with the first plan in which it shows."""
    found: dict[Path, Problem] = {}
    seen: set[Path] = set()
    for part, values in _shapes(runbook):
        nodes = [f"node{index}" for index in range(1, values.n + 1)]
        laid = lay_out(runbook, nodes, 0, values, part)
        seen.update((part, index) for index in laid.origins.values())
        problems = laid.problems or (*_side_by_side(laid, part), *_left_over(laid, part))
        for problem in problems:
            found.setdefault(problem.path, problem)
    return [*found.values(), *_never(runbook, seen | found.keys())]


def _shapes(runbook: Runbook) -> Iterator[tuple[Part, Values]]:
    most = _MOST_NODES
    for n, m, opening, order in product(range(1, most + 1), (1, 2, most + 1), Opening, Order):
        k = min(m, n) if opening is Opening.ENOUGH_NODES else 1
        yield "stages", Values(n=n, m=m, k=k, opening=opening, order=order)
    for n in range(1, most + 1) if runbook.toward_safety else ():
        yield "toward_safety", Values(n=n, m=1, k=1, opening=Opening.ENOUGH_NODES, order=Order.PREPARE_FIRST)
    if not runbook.way_back:
        return
    lines: tuple[Literal[0, 1, 2], ...] = (0, 1, 2)
    for n, line in product(range(1, most + 1), lines):
        for touched in {(), (1,), tuple(range(1, n + 1))}:
            yield (
                "way_back",
                Values(
                    n=n, m=1, k=1, opening=Opening.ENOUGH_NODES, order=Order.PREPARE_FIRST, line=line, touched=touched
                ),
            )


def _side_by_side(laid: Laid, part: Part) -> Iterator[Problem]:
    # Only a need of a whole stage says that it has ended; one of its checks may pass while it still runs.
    stages = laid.plan.stages if part != "toward_safety" else ()  # each is pressed by itself
    ended = ancestors({stage.name: [need.stage for need in stage.needs if not need.check] for stage in stages})
    for one, other in combinations(stages, 2):
        if one.name in ended[other.name] or other.name in ended[one.name]:
            continue
        wanted = set(one.locks) & {*other.locks, *other.shares} | set(other.locks) & set(one.shares)
        if wanted:
            said = f"`{one.name}` and `{other.name}` can run side by side and both want `{min(wanted)}` alone"
            yield Problem((part, laid.origins[other.name], "locks"), f"{said}; expected a need between them")


def _left_over(laid: Laid, part: Part) -> Iterator[Problem]:
    for stage in laid.plan.stages:
        texts = [stage.title, stage.by_hand, stage.evidence, stage.undo]
        texts += [one.text for one in stage.blockers] + [one.text for one in stage.checks]
        if any(re.search(r"\bNODE\b", text) for text in texts):
            said = f"a text of `{stage.name}` says NODE, but the stage isn't about one node; expected other words"
            yield Problem((part, laid.origins[stage.name]), said)


def _never(runbook: Runbook, seen: AbstractSet[Path]) -> Iterator[Problem]:
    for part in ("stages", "way_back", "toward_safety"):
        stages: Sequence[StageSpec] = getattr(runbook, part)
        for index, stage in enumerate(stages):
            if (part, index) not in seen:
                said = f"`{stage.stage}` is in no plan of 1 to {_MOST_NODES} nodes, so it can't be reached"
                yield Problem((part, index), f"{said}; expected another `when` or `for`")
