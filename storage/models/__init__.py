"""The tables. The rows are the truth; Slack is a view of them.

Columns that only later promises need (`fence`, `lease_until`, `key_id`, `installation`) exist from the first
migration, so that no later release changes the schema under an audit chain. Times are stored as UTC; `Instant` brings
them back aware. Closed sets are stored as their words (`storage.words`).
"""

from storage.models.base import NAMING, Instant, Json, Table
from storage.models.deciding import ChoiceRow, Gate, GateStage, PreviewRow, Vote
from storage.models.devices import CaptureRow, DeviceRow, ExportRow, SecurityRow
from storage.models.people import Account, Installation, PersonRow
from storage.models.record import AuditEntry, AuditHead, Head
from storage.models.running import Answer, ChangeRow, CheckRow, Debt, Rollback, Stage
from storage.models.slack import Dialog, Inbound, Message, Outgoing
from storage.models.telling import Draft, FileRow, HandoverRow, NoteRow
from storage.models.watching import Inspection, Invariant, Sample

__all__ = [
    "NAMING",
    "Account",
    "Answer",
    "AuditEntry",
    "AuditHead",
    "CaptureRow",
    "ChangeRow",
    "CheckRow",
    "ChoiceRow",
    "Debt",
    "DeviceRow",
    "Dialog",
    "Draft",
    "ExportRow",
    "FileRow",
    "Gate",
    "GateStage",
    "HandoverRow",
    "Head",
    "Inbound",
    "Inspection",
    "Installation",
    "Instant",
    "Invariant",
    "Json",
    "Message",
    "NoteRow",
    "Outgoing",
    "PersonRow",
    "PreviewRow",
    "Rollback",
    "Sample",
    "SecurityRow",
    "Stage",
    "Table",
    "Vote",
]
