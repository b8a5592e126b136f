"""The plan of a rollback as data: written in YAML, read into frozen types, laid out over the nodes of an estate.

Rooms: `spec` (the runbook as written), `terms` (its conditions and ranges of nodes), `schema` (what it expects where),
`reading` (YAML → `Runbook`, with places), `errors`; `plan` (the stages and gates of one rollback), `expansion` (runbook
→ plan), `layout` and `parts` (how), `ordering` (the graph of needs); `lint` with
`lint_stages`, `lint_plans`, `lint_people`; `show` (tables and graphs); `vocabulary` (the actions).
"""

from rollback.runbook.errors import Mistake, Place, PlanImpossible, RunbookError, RunbookUnreadable
from rollback.runbook.expansion import expand, expand_toward_safety, expand_way_back
from rollback.runbook.lint import lint
from rollback.runbook.plan import (
    Duration,
    EvidenceField,
    Milestones,
    Moment,
    MomentKind,
    Need,
    Plan,
    PlannedBlocker,
    PlannedCheck,
    PlannedGate,
    PlannedStage,
    Settling,
)
from rollback.runbook.reading import Reading, builtin, read
from rollback.runbook.schema import json_schema
from rollback.runbook.spec import CheckSpec, GateSpec, Opening, Order, Runbook, StageSpec
from rollback.runbook.vocabulary import ACTIONS

__all__ = [
    "ACTIONS",
    "CheckSpec",
    "Duration",
    "EvidenceField",
    "GateSpec",
    "Milestones",
    "Mistake",
    "Moment",
    "MomentKind",
    "Need",
    "Opening",
    "Order",
    "Place",
    "Plan",
    "PlanImpossible",
    "PlannedBlocker",
    "PlannedCheck",
    "PlannedGate",
    "PlannedStage",
    "Reading",
    "Runbook",
    "RunbookError",
    "RunbookUnreadable",
    "Settling",
    "StageSpec",
    "builtin",
    "expand",
    "expand_toward_safety",
    "expand_way_back",
    "json_schema",
    "lint",
    "read",
]
