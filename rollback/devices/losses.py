"""Whether one device lost its enrolment with the restore: by its dates, and by what the restored server still knows.

Dates make a device suspect. What the restored server lists can clear it: an enrolment or a certificate that stands
there just the same was in the backup. It never makes a date more certain than the rule of the dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rollback.devices.findings import Reason
from rollback.devices.values import Certificate, Cutoff, Details, Device
from storage.words import Certainty

BACK_DATED = timedelta(hours=24)
"""XMS sets the start of a certificate back by this: one that starts before the backup may have been issued after it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a device must enrol again, and how sure that is.

    Attributes:
        certainty: The strongest of all reasons.
        reasons: In the order in which they are listed in `Reason`.
        since: When it enrolled, or else got its certificate (as dated), where that is a reason.
    """

    certainty: Certainty
    reasons: tuple[Reason, ...]
    since: datetime | None = None


_Evidence = tuple[Certainty, Reason, datetime | None]


def loss_of_absent(before: Device, cutoff: Cutoff) -> Loss:
    """The loss of a device that the restored server doesn't have.

    One that enrolled while the backup ran is to be checked first: clocks and the order of the rows may deceive.
    """
    enrolled = before.details.first_connection if before.details else None
    if enrolled is not None and cutoff.backup_started <= enrolled <= cutoff.backup_finished:
        return Loss(Certainty.CHECK_FIRST, (Reason.ABSENT,), enrolled)
    return Loss(Certainty.MUST, (Reason.ABSENT,), enrolled)


def loss_by_dates(before: Device, cutoff: Cutoff) -> Loss | None:
    """The loss of a device as long as nobody can ask the restored server; None where no date speaks of one."""
    if before.details is None:
        return Loss(Certainty.CHECK_FIRST, (Reason.DETAILS_NOT_READ,))
    return _sum_up(_by_details(before.details, None, cutoff))


def loss(before: Device, after: Device, cutoff: Cutoff) -> Loss | None:
    """The loss of a device that is in both captures; None where nothing speaks of one."""
    evidence = list(_by_rows(before, after))
    if before.details is None:
        evidence.append((Certainty.CHECK_FIRST, Reason.DETAILS_NOT_READ, None))
    else:
        evidence.extend(_by_details(before.details, after.details, cutoff))
    return _sum_up(evidence)


def _by_rows(before: Device, after: Device) -> Iterator[_Evidence]:
    if before.owner and after.owner and not before.shared and not after.shared:
        changed = before.owner is not after.owner and (
            before.owner.login.raw.casefold() != after.owner.login.raw.casefold()
        )
        if changed:
            yield Certainty.CHECK_FIRST, Reason.USER_CHANGED, None
    joined_mdm = before.mdm_known is True and after.mdm_known is False
    if joined_mdm or (before.managed is True and after.managed is False):
        yield Certainty.CHECK_FIRST, Reason.MANAGED_SINCE, None


def _by_details(before: Details, after: Details | None, cutoff: Cutoff) -> Iterator[_Evidence]:
    enrolled = before.first_connection
    known = after.first_connection if after else None
    if enrolled is not None and enrolled != known:
        if enrolled > cutoff.backup_finished:
            yield Certainty.MUST, Reason.ENROLLED_AGAIN, enrolled
        elif enrolled >= cutoff.backup_started or (known is not None and enrolled > known):
            yield Certainty.CHECK_FIRST, Reason.ENROLLED_AGAIN, enrolled
    listed = {_mark(certificate) for certificate in after.certificates} if after else set()
    for certificate in before.certificates:
        if _mark(certificate) in listed:
            continue
        if certificate.start > cutoff.backup_finished:
            yield Certainty.MUST, Reason.CERTIFICATE_SINCE, certificate.start
        elif certificate.start + BACK_DATED >= cutoff.backup_started:
            yield Certainty.CHECK_FIRST, Reason.CERTIFICATE_SINCE, certificate.start
        elif listed:
            yield Certainty.CHECK_FIRST, Reason.CERTIFICATE_UNKNOWN, None


def _mark(certificate: Certificate) -> tuple[str, str, datetime]:
    """The number alone is none: the restored authority counts on from the backup and gives out numbers twice."""
    return certificate.kind, certificate.number, certificate.start


def _sum_up(evidence: Iterator[_Evidence] | list[_Evidence]) -> Loss | None:
    found = list(evidence)
    if not found:
        return None
    sure = any(certainty is Certainty.MUST for certainty, _, _ in found)
    told = {reason for _, reason, _ in found}
    since = [(reason is not Reason.ENROLLED_AGAIN, moment) for _, reason, moment in found if moment is not None]
    return Loss(
        Certainty.MUST if sure else Certainty.CHECK_FIRST,
        tuple(reason for reason in Reason if reason in told),
        min(since)[1] if since else None,
    )
