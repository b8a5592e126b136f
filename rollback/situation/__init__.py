"""One frozen picture of a rollback, from rows: board, cards, headline, status and report all draw from it.

Rooms: `picture` (`Situation` itself), `stage_values`, `gate_values` and `values` (what it is made of); `drawing` (rows
→ picture), with `stages`, `offers`, `previews`, `gates`, `estate`, `clocks`, `way_back`, `people`
and `waiting` for its parts; `durations` (in words).

Everything that people or systems named is `Untrusted` in it, so that showing it as it came is an error. Pure values: no
row leaves it.
"""

from rollback.situation.gate_values import GateStageView, GateView, InfluencerView, VoteView
from rollback.situation.picture import Situation
from rollback.situation.stage_values import (
    AnswerView,
    ChangeView,
    CheckView,
    FindingView,
    Offer,
    PersonView,
    PreviewView,
    ProposedChange,
    StageView,
)
from rollback.situation.values import (
    Believed,
    Clocks,
    Counts,
    DatabaseView,
    DebtView,
    DoorView,
    Hold,
    InvariantView,
    NodeView,
    PortHistory,
    Power,
    VServerView,
    Waiting,
    WaitKind,
    WayBack,
)

__all__ = [
    "AnswerView",
    "Believed",
    "ChangeView",
    "CheckView",
    "Clocks",
    "Counts",
    "DatabaseView",
    "DebtView",
    "DoorView",
    "FindingView",
    "GateStageView",
    "GateView",
    "Hold",
    "InfluencerView",
    "InvariantView",
    "NodeView",
    "Offer",
    "PersonView",
    "PortHistory",
    "Power",
    "PreviewView",
    "ProposedChange",
    "Situation",
    "StageView",
    "VServerView",
    "VoteView",
    "WaitKind",
    "Waiting",
    "WayBack",
]
