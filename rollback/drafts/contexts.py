"""What each text needs to know: one frozen type a template, in which every field is a variable of that template.

A field of type `Text` may hold a fixed string, a phrase in each language, or untrusted words of a person or system;
times are aware datetimes and become words in the reader's language and the site's zone when rendered.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from rollback.site import Phrase, Site
from rollback.untrusted import Untrusted
from storage.words import Certainty, DeviceKind

Text = str | Phrase | Untrusted


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A moment of which only the time of day is shown."""

    at: datetime


@dataclass(frozen=True, slots=True)
class TimedText:
    """A line of a timeline or a decision.

    Attributes:
        at: When.
        text: What.
        by: Who, for a decision.
    """

    at: datetime
    text: Text
    by: Text = ""


@dataclass(frozen=True, slots=True)
class OwnedItem:
    """Something that somebody looks after.

    Attributes:
        text: What.
        owner: Who.
        due: By when, or None.
    """

    text: Text
    owner: Text
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class LetterDevice:
    """A device as its user is told of it.

    Attributes:
        label: What it is ("iPhone 7").
        id_tail: The last characters of its number; may be empty.
        enrolled_on: When it was set up, where that is known and the reason.
        certainty: Whether it must be set up again or is to be checked first.
    """

    label: Text
    id_tail: str
    enrolled_on: date | None
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Common:
    """What every text knows; each of its fields, and each of the site's, is a variable of every template.

    Attributes:
        site: The organisation's words.
        reference: Number of the rollback or of the incident.
        notice_code: The code on the intranet page; a help to find it, no proof.
    """

    site: Site
    reference: str
    notice_code: str


@dataclass(frozen=True, slots=True)
class Context:
    """What one text needs to know beside what all of them do."""

    template: ClassVar[str] = ""

    common: Common


@dataclass(frozen=True, slots=True)
class ServiceInterruption(Context):
    """The service is down: to all users, intranet first."""

    template: ClassVar[str] = "service_interruption.md"

    started_at: datetime
    next_update_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedRollback(Context):
    """The service will be stopped: to all users, as soon as it is decided."""

    template: ClassVar[str] = "planned_rollback.md"

    window_start: datetime
    window_end: datetime
    cutoff_from: datetime
    cutoff_to: datetime


@dataclass(frozen=True, slots=True)
class StatusUpdate(Context):
    """Where the rollback stands: to stakeholders. Counts only, never a name of a user or a list of devices."""

    template: ClassVar[str] = "status_update.md"

    update_no: int
    state: Text
    started_at: datetime
    stage_no: int
    stage_total: int
    stage_name: Text
    affected_users: int | None
    affected_devices: int | None
    counts_final: bool
    known: tuple[Text, ...]
    actions_done: tuple[Text, ...]
    actions_now: tuple[Text, ...]
    decision_needed: Text | None
    eta: datetime | None
    next_update_at: datetime
    lead_name: Untrusted


@dataclass(frozen=True, slots=True)
class ServiceRestored(Context):
    """The service works again: to all users, after the decision to go live."""

    template: ClassVar[str] = "service_restored.md"

    started_at: datetime
    ended_at: datetime
    affected_users: int
    affected_devices: int
    cutoff_from: datetime
    cutoff_to: datetime
    data_loss: Text | None


@dataclass(frozen=True, slots=True)
class ReenrolRequest(Context):
    """Please set up your devices again: to one person, for all of their devices, before the service opens.

    Attributes:
        event_date: Day on which the service was taken back.
        reply_by: Day by which the devices should be set up.
        first_name: How to greet the person; empty for a greeting without a name.
        devices: Their lost devices.
        kinds: Kinds of these devices, each once: they choose the steps.
        sure: Whether at least one device must be set up again for certain.
    """

    template: ClassVar[str] = "reenroll_request.md"

    event_date: date
    reply_by: date
    first_name: str
    devices: tuple[LetterDevice, ...]
    kinds: tuple[DeviceKind, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class ReenrolReminder(Context):
    """Your devices are still missing: to one person, on the third and fifth working day."""

    template: ClassVar[str] = "reenroll_reminder.md"

    first_sent_on: date
    first_name: str
    devices: tuple[LetterDevice, ...]


@dataclass(frozen=True, slots=True)
class HelpdeskBrief(Context):
    """What the help desk must know: always before any message to users.

    What isn't known yet is None, and the text says so: the brief is due before the service is closed.
    """

    template: ClassVar[str] = "helpdesk_brief.md"

    version_bad: str
    version_good: str
    started_at: datetime | None
    ended_at: datetime | None
    restore_point: datetime | None
    affected_users: int | None
    affected_devices: int | None
    counts_final: bool
    cutoff_from: datetime | None
    cutoff_to: datetime | None
    list_location: Text | None
    next_update_at: datetime
    kinds: tuple[DeviceKind, ...] = tuple(DeviceKind)


@dataclass(frozen=True, slots=True)
class ManagementSummary(Context):
    """What happened, what it cost, what is left: to management, at the close and in the middle of a long incident."""

    template: ClassVar[str] = "management_summary.md"

    event_date: date
    duration: timedelta
    version_bad: str
    version_good: str
    affected_users: int
    affected_devices: int
    reenrolled_devices: int
    business_impact: tuple[Text, ...]
    data_loss: Text | None
    timeline: tuple[TimedText, ...]
    decisions: tuple[TimedText, ...]
    risks: tuple[Text, ...]
    next_steps: tuple[OwnedItem, ...]
    vendor_case: Text | None
    review_date: date | None


@dataclass(frozen=True, slots=True)
class IntranetNotice(Context):
    """The page that proves the messages real: published before the first mail."""

    template: ClassVar[str] = "intranet_notice.md"

    published_at: datetime
    state: Text
    cutoff_from: datetime
    cutoff_to: datetime


@dataclass(frozen=True, slots=True)
class Handover(Context):
    """One incident commander hands over to the next: to the team."""

    template: ClassVar[str] = "handover.md"

    outgoing: Untrusted
    incoming: Untrusted
    handover_at: datetime
    state: Text
    stage_no: int
    stage_total: int
    stage_name: Text
    point_of_no_return: Text
    way_back: Text
    known: tuple[Text, ...]
    tried: tuple[Text, ...]
    running: tuple[OwnedItem, ...]
    to_restore: tuple[OwnedItem, ...]
    risks: tuple[Text, ...]
    last_update_at: datetime | None
    next_update_at: datetime
    on_bridge: tuple[Untrusted, ...]


@dataclass(frozen=True, slots=True)
class SmsInterruption(Context):
    """A text message: the service is down."""

    template: ClassVar[str] = "sms_interruption.txt"

    next_update_short: TimeOfDay


@dataclass(frozen=True, slots=True)
class SmsReenrol(Context):
    """A text message to those whom a mail can't reach: please set up your device again."""

    template: ClassVar[str] = "sms_reenroll.txt"


@dataclass(frozen=True, slots=True)
class SmsRestored(Context):
    """A text message: the service works again."""

    template: ClassVar[str] = "sms_restored.txt"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is true of a template whatever its language.

    Attributes:
        context: What it needs to know.
        public: Whether users read it, so that it must not look like a fraud.
        subject: Whether its first line is a subject.
        sms: Whether it is a text message.
    """

    context: type[Context]
    public: bool
    subject: bool = True
    sms: bool = False


KINDS: dict[str, Kind] = {
    kind.context.template: kind
    for kind in (
        Kind(ServiceInterruption, public=True),
        Kind(PlannedRollback, public=True),
        Kind(StatusUpdate, public=False),
        Kind(ServiceRestored, public=True),
        Kind(ReenrolRequest, public=True),
        Kind(ReenrolReminder, public=True),
        Kind(HelpdeskBrief, public=False),
        Kind(ManagementSummary, public=False),
        Kind(IntranetNotice, public=True, subject=False),
        Kind(Handover, public=False),
        Kind(SmsInterruption, public=True, subject=False, sms=True),
        Kind(SmsReenrol, public=True, subject=False, sms=True),
        Kind(SmsRestored, public=True, subject=False, sms=True),
    )
}
STEPS = "_steps.md"
"""The steps for each kind of device, which other templates include."""
