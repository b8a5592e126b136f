"""Who is told what: one row a person with all of their devices, and lists of those whom no mail reaches.

The rows are what a letter or a spreadsheet may show: every name has been made safe, and of a number only the end is
left.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from rollback.devices.findings import Comparison, Finding, Reason
from rollback.devices.identity import tail
from rollback.devices.kinds import NEEDS_IT
from rollback.devices.people import Person, people
from rollback.drafts import names
from rollback.drafts.contexts import LetterDevice
from rollback.drafts.languages import language_of
from rollback.site import Language
from storage.words import Certainty, DeviceKind

_ORDER = {kind: place for place, kind in enumerate(DeviceKind)}


class Reach(StrEnum):
    """How a person can be reached."""

    MAIL = "mail"
    NO_ADDRESS = "no_address"  # none in the directory, or none that a mail can be sent to
    NO_OTHER_MAILBOX = "no_other_mailbox"  # their mail is read on the very device that lost it


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A lost device as lists show it.

    Attributes:
        shown: As its user is told of it.
        kind: What kind of device it is.
        reasons: Why it is lost.
        site: Where a shared device stands; may be empty.
        user: Login of its user; may be empty.
        identity: Its canonical number, for the list's hash and for finding it again; never shown whole.
    """

    shown: LetterDevice
    kind: DeviceKind
    reasons: tuple[Reason, ...]
    site: str
    user: str
    identity: str

    @property
    def needs_appointment(self) -> bool:
        """Whether it has to be erased together with IT."""
        return self.kind in NEEDS_IT


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person who has to enrol devices again.

    Attributes:
        login: Their login, made safe.
        name: Their full name, made safe; may be empty.
        first_name: How to greet them; empty for a greeting without a name.
        mail: An address that one mail can go to, or empty.
        phone: Their number; may be empty. It may begin with a plus, so a list puts a word before it.
        language: The language to write in.
        language_known: Whether the directory told it, or the site's default was taken.
        reach: How to reach them.
        devices: Their lost devices.
    """

    login: str
    name: str
    first_name: str
    mail: str
    phone: str
    language: Language
    language_known: bool
    reach: Reach
    devices: tuple[ListedDevice, ...]

    @property
    def kinds(self) -> tuple[DeviceKind, ...]:
        """The kinds of their devices, each once, in a fixed order: they choose the steps."""
        return tuple(sorted({device.kind for device in self.devices}, key=_ORDER.__getitem__))

    @property
    def needs_appointment(self) -> bool:
        """Whether a device has to be erased together with IT."""
        return any(device.needs_appointment for device in self.devices)

    @property
    def sure(self) -> bool:
        """Whether at least one device must be enrolled again for certain."""
        return any(device.shown.certainty is Certainty.MUST for device in self.devices)


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """The lists in numbers: all that may be said of them in a channel."""

    people: int
    by_mail: int
    otherwise: int
    appointments: int
    language_guessed: int
    devices: int
    shared: int
    without_user: int
    held: int


@dataclass(frozen=True)
class Audience:
    """Everybody whom the comparison concerns; each lost device is in exactly one of the four.

    Attributes:
        recipients: Persons, sorted by login.
        shared: Devices that several people use, by site.
        without_user: Devices that nobody is known for.
        held: Devices of which security must first say what happens to them; nobody is written to about them.
        exact: False for an estimate.
    """

    recipients: tuple[Recipient, ...]
    shared: tuple[ListedDevice, ...]
    without_user: tuple[ListedDevice, ...]
    held: tuple[ListedDevice, ...]
    exact: bool

    @cached_property
    def by_mail(self) -> tuple[Recipient, ...]:
        """Those whom a mail reaches."""
        return tuple(person for person in self.recipients if person.reach is Reach.MAIL)

    @cached_property
    def otherwise(self) -> tuple[Recipient, ...]:
        """Those who must be reached by phone, text message or through their manager."""
        return tuple(person for person in self.recipients if person.reach is not Reach.MAIL)

    @cached_property
    def counts(self) -> AudienceCounts:
        """The numbers of these lists."""
        return AudienceCounts(
            people=len(self.recipients),
            by_mail=len(self.by_mail),
            otherwise=len(self.otherwise),
            appointments=sum(person.needs_appointment for person in self.recipients),
            language_guessed=sum(not person.language_known for person in self.recipients),
            devices=sum(len(person.devices) for person in self.recipients),
            shared=len(self.shared),
            without_user=len(self.without_user),
            held=len(self.held),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex over who is told of which devices: what approving the recipients' list is bound to."""
        lines: list[list[str]] = [
            [person.login, person.mail, person.language, person.reach, *_lines(person.devices)]
            for person in self.recipients
        ]
        lines += [_lines(devices) for devices in (self.shared, self.without_user, self.held)]
        return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


def audience(
    comparison: Comparison, *, zone: ZoneInfo, default_language: Language = "en", cleared: Collection[str] = ()
) -> Audience:
    """Who is told what after `comparison`.

    Args:
        comparison: What the restore did, or will do.
        zone: The site's time zone: it decides on which day a device was enrolled.
        default_language: For people whose language the directory doesn't tell.
        cleared: Keys of security rows that are decided so that the user may be written to.
    """
    concerned = people(comparison, cleared)
    return Audience(
        recipients=tuple(_recipient(person, zone, default_language) for person in concerned.persons),
        shared=tuple(_listed(finding, zone) for finding in concerned.shared),
        without_user=tuple(_listed(finding, zone) for finding in concerned.without_user),
        held=tuple(_listed(finding, zone) for finding in concerned.held),
        exact=comparison.exact,
    )


def _recipient(person: Person, zone: ZoneInfo, default_language: Language) -> Recipient:
    owner = person.owner
    language, known = language_of(owner.language, default_language)
    mail = names.mail_address(owner.mail)
    reach = Reach.MAIL
    if not mail:
        reach = Reach.NO_ADDRESS
    elif owner.other_mailbox is False:
        reach = Reach.NO_OTHER_MAILBOX
    return Recipient(
        login=names.words(owner.login),
        name=names.full_name(owner),
        first_name=names.first_name(owner),
        mail=mail,
        phone=names.phone(owner.phone),
        language=language,
        language_known=known,
        reach=reach,
        devices=tuple(_listed(finding, zone) for finding in person.findings),
    )


def _listed(finding: Finding, zone: ZoneInfo) -> ListedDevice:
    device = finding.device
    identity = device.serial or device.imei or device.strong_id
    enrolled = finding.since if {Reason.ABSENT, Reason.ENROLLED_AGAIN} & set(finding.reasons) else None
    shown = LetterDevice(
        label=names.label(device.model, finding.kind),
        id_tail=tail(device.serial) or tail(device.imei),
        enrolled_on=enrolled.astimezone(zone).date() if enrolled else None,
        certainty=finding.certainty or Certainty.CHECK_FIRST,
    )
    return ListedDevice(
        shown=shown,
        kind=finding.kind,
        reasons=finding.reasons,
        site=names.words(device.site),
        user=names.words(device.owner.login) if device.owner else "",
        identity=identity,
    )


def _lines(devices: Collection[ListedDevice]) -> list[str]:
    return [f"{d.identity}|{d.kind}|{d.shown.certainty}|{d.user}" for d in devices]
