"""Joins two captures, device by device: by serial number, then IMEI, then strong id; never by XMS' own id.

The join does not depend on the order of the records, and swapping the two captures swaps nothing but the sides. A value
that sits on visibly different devices of one capture (a serial number set by a careless maker) proves nothing and is
not used. What can't be joined is returned under its own name, never dropped.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter

from rollback.devices.values import Device

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_Identity = Callable[[Device], str]


_serial: _Identity = attrgetter("serial")
_imei: _Identity = attrgetter("imei")
_strong_id: _Identity = attrgetter("strong_id")

# Strongest first. Beside each: the identities that two records must not differ in while they share this one.
_IDENTITIES: tuple[tuple[_Identity, tuple[_Identity, ...]], ...] = (
    (_serial, (_imei,)),
    (_imei, (_serial,)),
    (_strong_id, (_serial, _imei)),
)


@dataclass(frozen=True, slots=True)
class OlderRecord:
    """A further record of a device that has a newer one of the same user in the same capture.

    Attributes:
        device: The older record.
        twin: What the other capture has for it; where there are fewer records there, the one that the newest has too.
    """

    device: Device
    twin: Device | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """Two captures joined. Each record of the first capture is in exactly one of the first five.

    Attributes:
        pairs: The same device before and after.
        absent: In the first capture only.
        doubtful: In the first capture only by its strongest identity, though a weaker one is also in the second.
        nameless: Without a usable identity, each with a record of the second that looks like it, if there is one.
        older: Older records of a device that is in one of the others.
        only_after: In the second capture only.
        nameless_after: Records of the second capture without a usable identity that look like none of the first.
    """

    pairs: list[tuple[Device, Device]] = field(default_factory=list)
    absent: list[Device] = field(default_factory=list)
    doubtful: list[Device] = field(default_factory=list)
    nameless: list[tuple[Device, Device | None]] = field(default_factory=list)
    older: list[OlderRecord] = field(default_factory=list)
    only_after: list[Device] = field(default_factory=list)
    nameless_after: list[Device] = field(default_factory=list)


def pair(before: Sequence[Device], after: Sequence[Device]) -> Pairing:
    """Join the records of `before` and `after`; one pass over the records for each identity."""
    result = Pairing()
    unusable = [_contradicted(before, *kind) | _contradicted(after, *kind) for kind in _IDENTITIES]
    usable = [_without(identity, bad) for (identity, _), bad in zip(_IDENTITIES, unusable, strict=True)]
    left, right = list(before), list(after)
    doubted: set[str] = set()
    for position, identity in enumerate(usable):
        left, right = _settle(left, right, identity, usable[:position], result, doubted)
    _sort_out_the_rest(left, right, usable, doubted, result)
    return result


def newest_first(device: Device) -> tuple[datetime, int, str]:
    """Sort key: the record that was in contact last, then the higher id (XMS counts them up)."""
    details = device.details
    moments = (details.first_connection, details.last_auth) if details else ()
    return (max((m for m in moments if m), default=_LONG_AGO), len(device.id), device.id)


def _contradicted(devices: Iterable[Device], identity: _Identity, others: Sequence[_Identity]) -> set[str]:
    """Values of `identity` that records of one capture share although another identity tells them apart."""
    known: dict[str, Device | list[str]] = {}
    contradicted: set[str] = set()
    for device in devices:
        value = identity(device)
        if not value:
            continue
        first = known.setdefault(value, device)
        if first is device:
            continue
        told = [other(first) for other in others] if isinstance(first, Device) else first
        mine = [other(device) for other in others]
        if any(a and b and a != b for a, b in zip(told, mine, strict=True)):
            contradicted.add(value)
        known[value] = [a or b for a, b in zip(told, mine, strict=True)]
    return contradicted


def _without(identity: _Identity, unusable: set[str]) -> _Identity:
    if not unusable:
        return identity
    return lambda device: "" if identity(device) in unusable else identity(device)


def _disagree(ours: Iterable[Device], theirs: Iterable[Device], identities: Iterable[_Identity]) -> bool:
    for identity in identities:
        here, there = {identity(device) for device in ours} - {""}, {identity(device) for device in theirs} - {""}
        if here and there and here.isdisjoint(there):
            return True
    return False


def _by(identity: _Identity, devices: Iterable[Device]) -> tuple[dict[str, list[Device]], list[Device]]:
    found: dict[str, list[Device]] = defaultdict(list)
    without: list[Device] = []
    for device in devices:
        value = identity(device)
        (found[value] if value else without).append(device)
    return found, without


def _settle(
    left: list[Device],
    right: list[Device],
    identity: _Identity,
    stronger: Sequence[_Identity],
    result: Pairing,
    doubted: set[str],
) -> tuple[list[Device], list[Device]]:
    """Pair what shares a value of `identity`; return what is left on both sides."""
    here, rest_left = _by(identity, left)
    there, rest_right = _by(identity, right)
    for value, ours in here.items():
        theirs = there.pop(value, [])
        if theirs and _disagree(ours, theirs, stronger):
            doubted.update(device.id for device in ours)
            rest_left += ours
            rest_right += theirs
        elif theirs:
            _pair_records(ours, theirs, result)
        else:
            rest_left += ours
    for theirs in there.values():
        rest_right += theirs
    return rest_left, rest_right


def _pair_records(ours: list[Device], theirs: list[Device], result: Pairing) -> None:
    """Pair the records that share an identity: nearly always one on each side, else user by user.

    A device that was handed on has a record for each of its users, and careless makers give many devices one number:
    the record of a user without a counterpart is that user's loss, whatever the others have.
    """
    if len(ours) == 1 and len(theirs) == 1:
        result.pairs.append((ours[0], theirs[0]))
        return
    here, there = _by_login(ours), _by_login(theirs)
    for login in here.keys() & there.keys():
        _pair_same_user(here.pop(login), there.pop(login), result)
    # Whoever is left on both sides handed the device on; the newest of each side stand for one another.
    left = sorted(here.values(), key=lambda records: newest_first(records[0]), reverse=True)
    right = sorted(there.values(), key=lambda records: newest_first(records[0]), reverse=True)
    for mine, other in zip(left, right, strict=False):
        _pair_same_user(mine, other, result)
    for mine in left[len(right) :]:
        _lose(mine, result)
    for other in right[len(left) :]:
        result.only_after.extend(other)


def _by_login(devices: Iterable[Device]) -> dict[str, list[Device]]:
    found: dict[str, list[Device]] = defaultdict(list)
    for device in sorted(devices, key=newest_first, reverse=True):
        found[_login(device)].append(device)
    return found


def _pair_same_user(ours: list[Device], theirs: list[Device], result: Pairing) -> None:
    """Pair newest with newest; of the older ones the oldest are the same, hence they are counted from the end."""
    result.pairs.append((ours[0], theirs[0]))
    older, twins = ours[1:], theirs[1:]
    shared = min(len(older), len(twins))
    for device, twin in zip(older[len(older) - shared :], twins[len(twins) - shared :], strict=True):
        result.older.append(OlderRecord(device, twin))
    result.older.extend(OlderRecord(device, theirs[0]) for device in older[: len(older) - shared])
    result.only_after.extend(twins[: len(twins) - shared])


def _lose(records: list[Device], result: Pairing) -> None:
    """Records of one device and user, newest first, without a counterpart."""
    result.absent.append(records[0])
    result.older.extend(OlderRecord(device, None) for device in records[1:])


def _sort_out_the_rest(
    left: list[Device], right: list[Device], usable: Sequence[_Identity], doubted: set[str], result: Pairing
) -> None:
    """Name what was not paired.

    Where records without any identity exist, a strong id that only one side tells proves no absence either: the detail
    call, which tells it, may not have been made for the twin.
    """
    firm = usable[:2] if _any_nameless(left, usable) or _any_nameless(right, usable) else usable
    named_left, nameless_left = _split(left, firm)
    named_right, nameless_right = _split(right, firm)
    for records in _groups(named_left, firm):
        for mine in _by_login(records).values():
            if any(device.id in doubted for device in mine):
                result.doubtful.extend(mine)
            else:
                _lose(mine, result)
    result.only_after.extend(named_right)
    _pair_look_alikes(nameless_left, nameless_right, result)


def _any_nameless(devices: Iterable[Device], usable: Sequence[_Identity]) -> bool:
    return any(not any(identity(device) for identity in usable) for device in devices)


def _split(devices: Iterable[Device], usable: Sequence[_Identity]) -> tuple[list[Device], list[Device]]:
    named: list[Device] = []
    nameless: list[Device] = []
    for device in devices:
        (named if any(identity(device) for identity in usable) else nameless).append(device)
    return named, nameless


def _groups(devices: Iterable[Device], usable: Sequence[_Identity]) -> Iterable[list[Device]]:
    """Records of one side by their strongest usable identity."""
    found: dict[tuple[int, str], list[Device]] = defaultdict(list)
    for device in devices:
        key = next((n, value) for n, identity in enumerate(usable) if (value := identity(device)))
        found[key].append(device)
    return found.values()


def _pair_look_alikes(left: list[Device], right: list[Device], result: Pairing) -> None:
    """Give each nameless record of the first capture one of the second with the same user and model, if there is."""
    alike: dict[tuple[str, str, str], list[Device]] = defaultdict(list)
    for device in sorted(right, key=newest_first):
        alike[_looks(device)].append(device)
    for device in sorted(left, key=newest_first):
        found = alike[_looks(device)]
        result.nameless.append((device, found.pop(0) if found else None))
    result.nameless_after.extend(device for found in alike.values() for device in found)


def _looks(device: Device) -> tuple[str, str, str]:
    return (_login(device), device.model.raw, device.platform)


def _login(device: Device) -> str:
    return device.owner.login.raw.casefold() if device.owner else ""
