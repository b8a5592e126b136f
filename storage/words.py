"""Every closed set of words that is written to the database, an audit entry or a runbook.

A word that was written once keeps its meaning for ever: old rows and old audit entries are read with these enums.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a named person may answer for in a rollback."""

    INCIDENT_COMMANDER = "IC"
    XENMOBILE_ADMIN = "XA"
    DATABASE_ADMIN = "DBA"
    VIRTUALISATION_ADMIN = "VA"
    SERVICE_OWNER = "SO"
    COMMUNICATIONS = "CL"
    SECURITY = "SEC"


class SystemName(StrEnum):
    """The vendors' systems that a rollback touches."""

    NETSCALER = "netscaler"
    XENMOBILE = "xenmobile"
    VSPHERE = "vsphere"
    SQLSERVER = "sqlserver"
    VEEAM = "veeam"


class Mode(StrEnum):
    """How far the bot goes with one system."""

    OFF = "off"  # a checklist: people read and people act
    WATCH = "watch"  # the bot reads, previews and verifies; people act
    ACT = "act"  # the bot reads and acts


class RollbackState(StrEnum):
    """Where a rollback as a whole stands."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    ABORTED = "aborted"
    ROLLED_FORWARD = "rolled_forward"


class StageKind(StrEnum):
    """What a stage asks of people."""

    READ = "read"  # passes without a gate
    CHANGE = "change"  # gated, unless nothing is left to change
    ATTESTATION = "attestation"  # waits for its people
    DECISION = "decision"  # waits for its people
    SAFETY = "safety"  # one person is enough, and it goes on while the rollback is held


class StageState(StrEnum):
    """Where one stage stands; the table of moves is `rollback.stages.MOVES`."""

    WAITING = "waiting"
    PREVIEWING = "previewing"
    BLOCKED = "blocked"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    RUNNING = "running"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    NEEDS_RECONCILE = "needs_reconcile"
    SKIPPED = "skipped"


class GateState(StrEnum):
    """Where one round of asking stands."""

    ASKING = "asking"
    APPROVED = "approved"
    DENIED = "denied"
    SUPERSEDED = "superseded"  # a later round asks in its place


class Choice(StrEnum):
    """What a person said at a gate."""

    APPROVE = "approve"
    DENY = "deny"


class Severity(StrEnum):
    """How a finding of a preview weighs."""

    HARD = "hard"  # nobody can override it
    OVERRIDE = "override"  # stands on the card as "you approve despite"; one approver more
    WARN = "warn"  # shown, stops nothing


class By(StrEnum):
    """Who carries out a change or answers a check."""

    BOT = "bot"
    PERSON = "person"


class Repeat(StrEnum):
    """Whether an effect may be acted again after a crash or a lost reply."""

    SAFE = "safe"  # a goal state: may act again
    AFTER_LOOKING = "after_looking"  # only when it was seen not done twice, `settle` apart
    ASK = "ask"  # never without a person


class ChangeState(StrEnum):
    """Where one planned change stands in the journal."""

    PLANNED = "planned"
    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"  # never begun: its stage failed, was denied or taken back


class CheckState(StrEnum):
    """What is known of one named check of a stage."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"  # the system is off: nobody but a person can say


class OutboxKind(StrEnum):
    """What the publisher is asked to do."""

    REDRAW = "redraw"  # the latest wins
    SAY = "say"  # once


class OutboxState(StrEnum):
    """Where one outgoing message stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # refused for good by Slack; shown on the board


class SubjectKind(StrEnum):
    """What a Slack message is a view of."""

    BOARD = "board"
    GATE = "gate"
    STAGE = "stage"
    HEADLINE = "headline"
    HANDOVER = "handover"
    READINESS = "readiness"
    DRAFT = "draft"


class Notice(StrEnum):
    """What is written for people; each is reviewed and approved as one, in all its languages."""

    HELP_DESK_BRIEF = "help-desk-brief"
    INTERRUPTION = "interruption"
    RE_ENROL = "re-enrol"
    RECIPIENTS = "recipients"  # no text: the list of those who must enrol again, approved by a hash of its own
    INTRANET_PAGE = "intranet-page"
    RESTORED = "restored"
    MANAGEMENT_SUMMARY = "management-summary"
    REMINDER = "reminder"


class DraftState(StrEnum):
    """Where a notice stands on its way to its readers."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    HANDED_OUT = "handed_out"
    MARKED_SENT = "marked_sent"


class DeviceKind(StrEnum):
    """What kind of device it is, hence what its user must do to enrol again; never guessed."""

    IOS = "ios"
    APPLE_COMPANY = "apple_company"
    ANDROID_ADMIN = "android_admin"
    ANDROID_PROFILE = "android_profile"
    ANDROID_COMPANY = "android_company"
    WINDOWS = "windows"
    MAC = "mac"
    MAM = "mam"
    UNKNOWN = "unknown"


class DeviceFate(StrEnum):
    """What the comparison of the two captures says of one device."""

    ENROL_AGAIN = "enrol_again"
    CAME_BACK = "came_back"
    ACTION_TO_DECIDE = "action_to_decide"
    NOTHING_TO_DO = "nothing_to_do"


class SecurityDecision(StrEnum):
    """What security decides about one row of its list."""

    STOP = "stop"  # cancel in the console what would fire
    REPEAT = "repeat"  # order again in the console what the restored server has forgotten
    LEAVE = "leave"  # nothing is done about it


class Certainty(StrEnum):
    """How sure it is that a device must be enrolled again."""

    MUST = "must"
    CHECK_FIRST = "check_first"


class Event(StrEnum):
    """Names of audit entries, `subject:action`."""

    INSTALLATION_CREATED = "installation:created"
    SETTINGS_LOADED = "settings:loaded"
    PEOPLE_CHANGED = "people:changed"
    ACCOUNT_GONE = "account:gone"
    ACCOUNT_BACK = "account:back"
    ROLLBACK_STARTED = "rollback:started"
    ROLLBACK_HELD = "rollback:held"
    ROLLBACK_RESUMED = "rollback:resumed"
    ROLLBACK_ABORTED = "rollback:aborted"
    ROLLBACK_COMPLETED = "rollback:completed"
    ROLLBACK_ROLLED_FORWARD = "rollback:rolled_forward"
    LEAD_OFFERED = "lead:offered"
    LEAD_HANDED_OVER = "lead:handed_over"
    NOTE_ADDED = "note:added"
    STAKEHOLDERS_TOLD = "stakeholders:told"
    SAFETY_STARTED = "safety:started"
    STAGE_MOVED = "stage:moved"
    STAGE_ATTESTED = "stage:attested"
    STAGE_SKIP_ASKED = "stage:skip_asked"
    STAGE_RECONCILED = "stage:reconciled"
    GATE_ASKED = "gate:asked"
    GATE_REOPENED = "gate:reopened"
    GATE_DECIDED = "gate:decided"
    GATE_REMINDED = "gate:reminded"
    VOTE_CAST = "vote:cast"
    VOTE_WITHOUT_EFFECT = "vote:without_effect"
    CHOICE_MADE = "choice:made"
    CHANGE_PLANNED = "change:planned"
    CHANGE_INTENDED = "change:intended"
    CHANGE_REFERRED = "change:referred"
    CHANGE_ENDED = "change:ended"
    CHECK_ANSWERED = "check:answered"
    CAPTURE_COMPLETED = "capture:completed"
    COMPARISON_MADE = "comparison:made"
    EXPORT_READ = "export:read"
    SECURITY_LISTED = "security:listed"
    SECURITY_DECIDED = "security:decided"
    SECURITY_DONE = "security:done"
    DATA_PURGED = "data:purged"
    DRAFT_MOVED = "draft:moved"
    FILE_WRITTEN = "file:written"
    HEALTH_BROKEN = "health:broken"
    HEALTH_RESTORED = "health:restored"
    ACCESS_REFUSED = "access:refused"
    CLOCK_WENT_BACK = "clock:went_back"
    DEBT_NOTED = "debt:noted"
    DEBT_SETTLED = "debt:settled"
    FACT_NOTED = "fact:noted"
    REPORT_WRITTEN = "report:written"
    READINESS_ASKED = "readiness:asked"
    READINESS_TURNED = "readiness:turned"


class Purpose(StrEnum):
    """What one round of asking is about."""

    CHANGE = "change"  # the changes of the gate's stages
    SKIP = "skip"  # leave a stage out
    HAPPENED = "happened"  # believe a person that a change with unknown outcome happened
    ABORT = "abort"  # end the rollback where it stands
    ROLL_FORWARD = "roll_forward"  # take the way back
