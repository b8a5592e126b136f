"""The notices of a rollback: which texts each is made of, who approves it, and what one version of it holds."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType

from pydantic import TypeAdapter

from rollback.drafts.contexts import (
    HelpdeskBrief,
    IntranetNotice,
    ManagementSummary,
    ReenrolReminder,
    ReenrolRequest,
    ServiceInterruption,
    ServiceRestored,
    SmsInterruption,
    SmsReenrol,
    SmsRestored,
)
from rollback.drafts.wording import Rendered
from storage.words import Notice, Role


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """What is true of a notice in every rollback.

    Attributes:
        title: What it is, in a few words.
        templates: The templates of its texts; none for the list of recipients.
        approvers: Roles of which somebody approves it; communications writes and reviews.
        to_users: Whether users read it: then the help desk must have its brief first.
    """

    title: str
    templates: tuple[str, ...]
    approvers: tuple[Role, ...]
    to_users: bool = True


_COMMANDER, _OWNER = Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER
NOTICE_KINDS: Mapping[Notice, NoticeKind] = MappingProxyType(
    {
        Notice.HELP_DESK_BRIEF: NoticeKind(
            "what the help desk must know, before anybody else",
            (HelpdeskBrief.template,),
            (_COMMANDER,),
            to_users=False,
        ),
        Notice.INTERRUPTION: NoticeKind(
            "to all users: the service is down", (ServiceInterruption.template, SmsInterruption.template), (_COMMANDER,)
        ),
        Notice.RE_ENROL: NoticeKind(
            "to those affected: set up your devices again",
            (ReenrolRequest.template, ReenrolReminder.template, SmsReenrol.template),
            (_OWNER,),
        ),
        Notice.RECIPIENTS: NoticeKind("the list of those who must enrol again", (), (_OWNER,), to_users=False),
        Notice.INTRANET_PAGE: NoticeKind(
            "the page that proves the messages real", (IntranetNotice.template,), (_COMMANDER, _OWNER)
        ),
        Notice.RESTORED: NoticeKind(
            "to all users: the service works again", (ServiceRestored.template, SmsRestored.template), (_OWNER,)
        ),
        Notice.MANAGEMENT_SUMMARY: NoticeKind(
            "to management: what happened", (ManagementSummary.template,), (_OWNER,), to_users=False
        ),
        Notice.REMINDER: NoticeKind(
            "to those whose devices are still missing, and to nobody else", (ReenrolReminder.template,), (_OWNER,)
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of recipients in numbers, as its version holds it; names are in the files only.

    Attributes:
        digest: What approving the list is bound to.
        people, by_mail, otherwise: Persons: all, those whom a mail reaches, those who must be reached otherwise.
        devices: Their devices that must be set up again, surely or perhaps.
        shared, without_user, held: Devices that nobody is written to about.
        exact: False for an estimate.
        backup_started, backup_finished: When the backup ran, ISO text with zone.
        place: Where the help desk's list lies.
        classes: Devices of each class of the comparison, by its name.
        kinds: Lost devices of each kind, by its name.
    """

    digest: str
    people: int
    by_mail: int
    otherwise: int
    devices: int
    shared: int
    without_user: int
    held: int
    exact: bool
    backup_started: str
    backup_finished: str
    place: str
    classes: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """What one version of a notice holds.

    Attributes:
        edition: The occasion that it was drafted for; another one is another version.
        texts: Every text in every language.
        sources: Digest of each template, for letters that are made from it later.
        problems: What the lint says of the texts; a text with problems is not approved.
        event_date, reply_by: Days that every letter names, ISO text; only of the request to enrol again.
        listed: The list, for the list of recipients.
        seen: Which comparison the list was made of: attempt and time of its check.
        devices: Ids of the devices that a reminder is about, as the first capture has them.
    """

    edition: str
    texts: tuple[Rendered, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    event_date: str = ""
    reply_by: str = ""
    listed: Listed | None = None
    seen: str = ""
    devices: tuple[str, ...] = ()

    @property
    def text_hash(self) -> str:
        """What an approval of the texts is bound to: the texts, their templates, the days that letters name."""
        bound = [[text.sha256 for text in self.texts], sorted(self.sources.items()), self.event_date, self.reply_by]
        return hashlib.sha256(json.dumps(bound, separators=(",", ":")).encode()).hexdigest()

    @property
    def days(self) -> tuple[date, date]:
        """Day of the event, and day by which devices should be set up."""
        return date.fromisoformat(self.event_date), date.fromisoformat(self.reply_by)

    @property
    def first_sent_on(self) -> date:
        """Day of the request that a reminder speaks of."""
        return date.fromisoformat(self.event_date)

    def to_json(self) -> object:
        """As it is stored."""
        return _contents().dump_python(self, mode="json")

    @classmethod
    def from_json(cls, stored: object) -> "Content":
        """As `to_json` wrote it."""
        return _contents().validate_python(stored)


@cache
def _contents() -> TypeAdapter[Content]:
    """Made once: it costs more than a hundred readings."""
    return TypeAdapter(Content)
