"""What the comparison says: one finding a device, the rows for security, the invitations to send again."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from rollback.devices.values import Cutoff, Device, Invitation, SecurityAction
from storage.words import Certainty, DeviceFate, DeviceKind


class Reason(StrEnum):
    """Why a device is in its class. The first group is of losing an enrolment, the second of security."""

    ABSENT = "absent"  # the restored server doesn't have it
    ENROLLED_AGAIN = "enrolled_again"  # its enrolment is younger than the backup
    CERTIFICATE_SINCE = "certificate_since"  # so is its certificate, or it may be
    CERTIFICATE_UNKNOWN = "certificate_unknown"  # the restored server doesn't list the certificate that it holds
    USER_CHANGED = "user_changed"  # the restored server has it under another user
    MANAGED_SINCE = "managed_since"  # the restored server has it as not managed
    NO_IDENTITY = "no_identity"  # no serial number, IMEI or strong id: it can't be matched
    IDENTITY_CONTRADICTS = "identity_contradicts"  # its identities belong to two devices of the restored server
    DETAILS_NOT_READ = "details_not_read"  # nobody read when it enrolled
    OLDER_RECORD = "older_record"  # a newer record of the same device and user says what to do
    SAME = "same"

    CAME_BACK = "came_back"  # removed or wiped since the backup
    ACTION_DONE = "action_done"
    ACTION_CANCELLED = "action_cancelled"
    ACTION_FAILED = "action_failed"
    ACTION_PENDING = "action_pending"  # asked since the backup and not done: the restored server doesn't know it
    REVOKED_SINCE = "revoked_since"
    AUTHORISED_SINCE = "authorised_since"  # its revocation was taken back since the backup
    UNMANAGED_SINCE = "unmanaged_since"  # it had left the management since the backup


class Advice(StrEnum):
    """What security has to decide in one row."""

    STOP_OR_LEAVE = "stop_or_leave"  # the restored server will carry it out at the next check-in
    REPEAT_OR_LEAVE = "repeat_or_leave"  # the restored server has forgotten it
    LOOK = "look"  # what the restored server will do isn't known, or the device isn't known to it


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one device.

    Attributes:
        device: The record of the first capture; of the second one for a device that came back.
        kind: What kind of device it is.
        fate: Its class.
        certainty: How sure it is that it must enrol again; None in the other classes.
        reasons: Why, in a fixed order, never empty.
        since: When it enrolled or got its certificate, where that is the reason.
        rows: Keys of the security rows about it; there may be some whatever its class is.
    """

    device: Device
    kind: DeviceKind
    fate: DeviceFate
    certainty: Certainty | None
    reasons: tuple[Reason, ...]
    since: datetime | None = None
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityRow:
    """One thing that security decides before the door opens.

    Attributes:
        key: Names this row in buttons and records; it holds no name and stays the same when compared again.
        device: The record to look for: of the restored server, or of the old one where the restored one has none.
        kind: What kind of device it is.
        reason: What happened.
        action: Which action, where it is about one.
        at: When it was asked, done, cancelled or has failed; None where nobody knows.
        pending: Whether the restored server has it pending now; None where that can't be read.
        advice: What there is to decide.
    """

    key: str
    device: Device
    kind: DeviceKind
    reason: Reason
    action: SecurityAction | None
    at: datetime | None
    pending: bool | None
    advice: Advice


@dataclass(frozen=True, slots=True)
class Counts:
    """The comparison in numbers: all that may be said in a channel."""

    devices: int
    must: int
    check_first: int
    to_decide: int
    same: int
    came_back: int
    security: int
    invitations: int
    unknown_kind: int
    not_matched: int
    unread: int


@dataclass(frozen=True)
class Comparison:
    """Two captures compared, or one capture judged by its dates before the restore.

    Attributes:
        findings: One for each device of the first capture, sorted; equal captures give equal findings in any order.
        came_back: One for each device that only the restored server has.
        security: What security has to decide, sorted.
        invitations: Invitations that the restored server doesn't know, oldest first.
        cutoff: When the backup ran.
        exact: False for an estimate: before the restore, or from an export without details.
        unread: Devices that both servers have and whose details nobody read on the restored one: an action that was
            cancelled on the old server may be pending there unseen. Security's list is whole only when it is 0.
    """

    findings: tuple[Finding, ...]
    came_back: tuple[Finding, ...]
    security: tuple[SecurityRow, ...]
    invitations: tuple[Invitation, ...]
    cutoff: Cutoff
    exact: bool
    unread: int = 0

    @cached_property
    def lost(self) -> tuple[Finding, ...]:
        """Devices that must enrol again, surely or perhaps."""
        return tuple(finding for finding in self.findings if finding.fate is DeviceFate.ENROL_AGAIN)

    @cached_property
    def counts(self) -> Counts:
        """The numbers of this comparison."""
        fates = Counter(finding.fate for finding in self.findings)
        return Counts(
            devices=len(self.findings),
            must=sum(finding.certainty is Certainty.MUST for finding in self.lost),
            check_first=sum(finding.certainty is Certainty.CHECK_FIRST for finding in self.lost),
            to_decide=fates[DeviceFate.ACTION_TO_DECIDE],
            same=fates[DeviceFate.NOTHING_TO_DO],
            came_back=len(self.came_back),
            security=len(self.security),
            invitations=len(self.invitations),
            unknown_kind=sum(finding.kind is DeviceKind.UNKNOWN for finding in self.lost),
            not_matched=sum(Reason.NO_IDENTITY in finding.reasons for finding in self.findings),
            unread=self.unread,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 in hex over all that people act on; what nothing has to be done about doesn't change it."""
        lines = [
            *(_line(finding) for finding in self.findings if finding.fate is not DeviceFate.NOTHING_TO_DO),
            *(_line(finding) for finding in self.came_back),
            *([row.key, row.advice, row.pending] for row in self.security),
            *([invitation.login.raw, invitation.created.isoformat()] for invitation in self.invitations),
        ]
        return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


def security_digest(rows: Sequence[SecurityRow]) -> str:
    """SHA-256 in hex over what security decides; other devices of the comparison don't change it."""
    lines = [[row.key, row.advice, row.pending] for row in rows]
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


def _line(finding: Finding) -> list[str | None]:
    device = finding.device
    login = device.owner.login.raw if device.owner else None
    names = [device.serial, device.imei, device.strong_id, login, finding.kind, finding.fate]
    return [*names, finding.certainty, *finding.reasons]


def row_key(device: Device, parts: Iterable[str]) -> str:
    """The key of a security row: a hash over the device's identity and what the row is about.

    A device without an identity is named by its id: such a row is only as stable as the capture.
    """
    named = device.serial or device.imei or device.strong_id or f"id {device.id}"
    return hashlib.sha256("\n".join([named, *parts]).encode()).hexdigest()[:16]
