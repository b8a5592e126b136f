"""Whom the comparison concerns: lost devices by person, and those for which there is nobody to write to.

Nobody is asked to set up a device that security still has to decide about: it may have been stolen. Such devices wait
in a list of their own until they are cleared.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rollback.devices.findings import Comparison, Finding
from rollback.devices.values import NOTHING, Owner
from rollback.untrusted import Untrusted


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has to enrol one or more devices again.

    Attributes:
        owner: Who it is; what one device's record leaves out is filled in from the others.
        findings: Their lost devices, in the order of the comparison.
    """

    owner: Owner
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class People:
    """The lost devices by whom they concern; each lost device is in exactly one of the four.

    Attributes:
        persons: Sorted by login.
        shared: Devices that several people use, sorted by site.
        without_user: Devices that have no user.
        held: Devices of which security must first say what happens to them.
    """

    persons: tuple[Person, ...]
    shared: tuple[Finding, ...]
    without_user: tuple[Finding, ...]
    held: tuple[Finding, ...]


def people(comparison: Comparison, cleared: Collection[str] = ()) -> People:
    """The people whom `comparison` concerns.

    Args:
        comparison: What the restore did.
        cleared: Keys of security rows that are decided in such a way that the user may be written to.
    """
    persons: dict[str, list[Finding]] = defaultdict(list)
    shared: list[Finding] = []
    without_user: list[Finding] = []
    held: list[Finding] = []
    for finding in comparison.lost:
        device = finding.device
        if any(row not in cleared for row in finding.rows):
            held.append(finding)
        elif device.shared:
            shared.append(finding)
        elif device.owner is None or not device.owner.login:
            without_user.append(finding)
        else:
            persons[device.owner.login.raw.strip().casefold()].append(finding)
    return People(
        persons=tuple(Person(_joined(found), tuple(found)) for _, found in sorted(persons.items())),
        shared=tuple(sorted(shared, key=lambda finding: finding.device.site.raw)),
        without_user=tuple(without_user),
        held=tuple(held),
    )


def _joined(findings: Sequence[Finding]) -> Owner:
    owners = [finding.device.owner for finding in findings if finding.device.owner]
    if all(owner == owners[0] for owner in owners):
        return owners[0]
    told = [owner.other_mailbox for owner in owners if owner.other_mailbox is not None]
    return Owner(
        login=owners[0].login,
        display_name=_first(owner.display_name for owner in owners),
        given_name=_first(owner.given_name for owner in owners),
        mail=_first(owner.mail for owner in owners),
        phone=_first(owner.phone for owner in owners),
        language=next((owner.language for owner in owners if owner.language), ""),
        other_mailbox=all(told) if told else None,
    )


def _first(texts: Iterable[Untrusted]) -> Untrusted:
    return next((text for text in texts if text), NOTHING)
