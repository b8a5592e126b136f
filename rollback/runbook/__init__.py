"""The plan of a rollback as data: written in YAML, read into frozen types, laid out over the nodes of an estate.

Rooms: `terms` (conditions and ranges of nodes), `spec` (the runbook as written), `plan` (the stages and gates of one
rollback).
"""

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
from rollback.runbook.spec import CheckSpec, GateSpec, Opening, Order, Runbook, StageSpec

__all__ = [
    "CheckSpec",
    "Duration",
    "EvidenceField",
    "GateSpec",
    "Milestones",
    "Moment",
    "MomentKind",
    "Need",
    "Opening",
    "Order",
    "Plan",
    "PlannedBlocker",
    "PlannedCheck",
    "PlannedGate",
    "PlannedStage",
    "Runbook",
    "Settling",
    "StageSpec",
]
