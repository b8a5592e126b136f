"""Devices and invitations as bytes, for rows of the database, and the hash of a capture.

The bytes are JSON by field name; a field that a later release adds has a default, so that older rows stay readable.
"""

import hashlib
from collections.abc import Iterable
from functools import cache

from pydantic import TypeAdapter

from rollback.devices.values import Capture, Device, Invitation


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


def capture_digest(capture: Capture) -> str:
    """SHA-256 in hex over every record of `capture`, whatever order they were read in.

    It goes to the channel and the audit log; as it covers serial numbers and dates, it can't be guessed from a name.
    """
    lines = sorted(encode(device) for device in capture.devices)
    invitations = sorted(encode_invitation(invitation) for invitation in capture.invitations or ())
    return _hashed([*lines, b"", *invitations])


def _hashed(lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()
