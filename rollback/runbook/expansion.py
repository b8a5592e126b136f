"""From a runbook to the plan of one rollback, or to the way back from it.

m = devices divided by what a node carries, rounded up; k = nodes on when the door opens: min(m, n) with
``enough-nodes``, 1 with ``first-node``.
"""

from collections.abc import Collection
from typing import Literal

from rollback.estate import Estate
from rollback.runbook.errors import PlanImpossible
from rollback.runbook.layout import Laid, lay_out
from rollback.runbook.plan import Plan
from rollback.runbook.spec import Opening, Order, Runbook
from rollback.runbook.terms import Values


def expand(
    runbook: Runbook, estate: Estate, devices: int, first: str, order: Order, opening: Opening | None = None
) -> Plan:
    """The plan of a rollback.

    Args:
        runbook: The runbook.
        estate: Names of the nodes in order, capacity of a node, and the opening unless it is given.
        devices: The number of devices, as known at the start.
        first: Name of the node that is started first; the others follow as in the settings.
        order: Whether the door closes before or after the preparations.
        opening: On how many nodes the door opens; the estate's own when left out.

    Raises:
        PlanImpossible: No node is called `first`, or the runbook contradicts itself for these nodes.
    """
    names = [node.name for node in estate.nodes]
    if first not in names:
        raise PlanImpossible([f"No node is called {first}; the settings have {', '.join(names)}."])
    nodes = (first, *(name for name in names if name != first))
    opening = Opening(opening or estate.opening)
    needed = max(1, -(-devices // estate.devices_per_node))
    values = Values(
        n=len(nodes),
        m=needed,
        k=min(needed, len(nodes)) if opening is Opening.ENOUGH_NODES else 1,
        opening=opening,
        order=Order(order),
    )
    return _whole(lay_out(runbook, nodes, devices, values))


def expand_way_back(plan: Plan, line: Literal[0, 1, 2], touched: Collection[str]) -> Plan:
    """The way back from where `plan` has come to, laid out from the words that were frozen into it.

    Args:
        plan: The plan that is to be taken back.
        line: The last line that was crossed, 0 before line 1.
        touched: Names of the nodes that a restore has touched, whatever came of it.

    Raises:
        PlanImpossible: The runbook has no way back, or contradicts itself for these nodes.
    """
    values = Values(
        n=len(plan.nodes),
        m=plan.needed,
        k=plan.open_on,
        opening=plan.opening,
        order=plan.order,
        line=line,
        touched=tuple(index for index, name in enumerate(plan.nodes, start=1) if name in touched),
    )
    if not plan.runbook.way_back:
        raise PlanImpossible([f"The runbook {plan.runbook.runbook} has no way back."])
    return _whole(lay_out(plan.runbook, plan.nodes, plan.devices, values, "way_back"))


def expand_toward_safety(plan: Plan) -> Plan:
    """What one person may start toward safety while `plan` is carried out, laid out from the words frozen into it.

    Args:
        plan: The plan of the rollback.

    Raises:
        PlanImpossible: The runbook contradicts itself for these nodes.
    """
    values = Values(n=len(plan.nodes), m=plan.needed, k=plan.open_on, opening=plan.opening, order=plan.order)
    return _whole(lay_out(plan.runbook, plan.nodes, plan.devices, values, "toward_safety"))


def _whole(laid: Laid) -> Plan:
    if laid.problems:
        raise PlanImpossible([f"{problem.said}." for problem in laid.problems])
    return laid.plan
