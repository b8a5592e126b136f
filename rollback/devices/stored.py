"""Devices and invitations as bytes, for rows of the database, and the hash of a capture.

The bytes are JSON by field name; a field that a later release adds has a default, so that older rows stay readable.
"""

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from pydantic import TypeAdapter

from rollback.devices.values import Details, Device, Invitation, Owner
from rollback.untrusted import Untrusted


@cache
def _devices() -> TypeAdapter[Device]:
    return TypeAdapter(Device)


@cache
def _invitations() -> TypeAdapter[Invitation]:
    return TypeAdapter(Invitation)


def encode(device: Device) -> bytes:
    """`device` as it is stored."""
    return _devices().dump_json(device, exclude_defaults=True)


def decode(stored: bytes) -> Device:
    """The device that `encode` stored.

    Raises:
        pydantic.ValidationError: The bytes are none of ours.
    """
    return _devices().validate_json(stored)


def encode_invitation(invitation: Invitation) -> bytes:
    """`invitation` as it is stored; it never held a token or secret."""
    return _invitations().dump_json(invitation, exclude_defaults=True)


def decode_invitation(stored: bytes) -> Invitation:
    """The invitation that `encode_invitation` stored.

    Raises:
        pydantic.ValidationError: The bytes are none of ours.
    """
    return _invitations().validate_json(stored)


class Shared:
    """Values that many devices have in common, each kept once: their owners, models, platforms."""

    def __init__(self) -> None:
        """Begin with none."""
        self._owners: dict[Owner, Owner] = {}
        self._texts: dict[str, Untrusted] = {}

    def owner(self, owner: Owner | None) -> Owner | None:
        """The one value for equal owners."""
        return None if owner is None else self._owners.setdefault(owner, owner)

    def text(self, text: Untrusted) -> Untrusted:
        """The one value for equal texts."""
        return self._texts.setdefault(text.raw, text)


def decode_slim(stored: bytes, shared: Shared) -> Device:
    """The device that `encode` stored, of whose details nothing is left but when it enrolled and was in contact.

    However much is kept of a device, it is as large as any other in memory. Whether its details were read stays told.

    Raises:
        pydantic.ValidationError: The bytes are none of ours.
    """
    device = decode(stored)
    told = device.details
    return replace(
        device,
        owner=shared.owner(device.owner),
        model=shared.text(device.model),
        site=shared.text(device.site),
        platform=sys.intern(device.platform),
        os_family=sys.intern(device.os_family),
        os_version=sys.intern(device.os_version),
        details=None if told is None else Details(told.first_connection, told.last_auth),
    )


def digest(devices: Iterable[bytes], invitations: Iterable[bytes]) -> str:
    """SHA-256 in hex over every record of a capture as it is stored, whatever order they were read in.

    It goes to the channel and the audit log; as it covers serial numbers and dates, it can't be guessed from a name.
    """
    whole = hashlib.sha256()
    for lines in (devices, invitations):
        for line in sorted(hashlib.sha256(line).digest() for line in lines):
            whole.update(line)
        whole.update(b"\n")
    return whole.hexdigest()
