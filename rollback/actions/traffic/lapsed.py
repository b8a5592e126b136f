"""What has run out on the server that devices come back to: licences and certificates, as its settings were read last.

They come out of the captures, not from the node itself: what a vote is bound to must not depend on whether a node
answers at that moment. A restored database also brings back the certificates of before, renewed ones not.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date
from typing import Any

from rollback.actions.action import Finding, Given
from rollback.actions.inventory.validating import RESTORED
from rollback.devices.inventory import CLOSED, WARM, InventoryStore
from rollback.devices.surroundings import Part
from rollback.systems import Systems
from storage.words import Severity

CAPTURES = (RESTORED, CLOSED, WARM)
"""Where settings are kept, the newest first; before the restored server was read, those of the upgraded one."""


def lapsed(systems: Systems, given: Given) -> Iterator[Finding]:
    """Licences that don't suffice and certificates in use that have ended; nothing where nobody has read them."""
    day = given.now.astimezone(UTC).date()
    for name, licence in _kept(systems, given, Part.LICENCE).items():
        if why := _short(licence, day):
            text = f"The licence {name or 'that is installed'} {why}: some devices may not enrol again."
            yield Finding("licences-short", Severity.OVERRIDE, text, about=(name,))
    for name, certificate in _kept(systems, given, Part.CERTIFICATE).items():
        if certificate.get("active") is not False and _over(certificate.get("valid_to"), day):
            called = f"{certificate.get('type') or ''} certificate {name}".strip()
            text = f"The {called} has expired on {certificate['valid_to']}: devices that trust in it stay out."
            yield Finding("certificate-expired", Severity.OVERRIDE, text, about=(name,))


def _kept(systems: Systems, given: Given, part: Part) -> Mapping[str, Mapping[str, Any]]:
    if not systems.has(InventoryStore):
        return {}
    store = systems.get(InventoryStore)
    for capture in CAPTURES:
        found = store.summary(given.rollback_id, capture)
        kept = (found.extras.get("surroundings") or {}).get(part.value) if found is not None and found.done else None
        if isinstance(kept, dict):  # a text says why this part could not be read
            return kept
    return {}


def _short(licence: Mapping[str, Any], day: date) -> str:
    if _over(licence.get("expires"), day):
        return f"has expired on {licence['expires']}"
    used, there = licence.get("in_use"), licence.get("available")
    return (
        f"has {used} in use, and there are {there}" if used is not None and there is not None and used > there else ""
    )


def _over(last: str | None, day: date) -> bool:
    """Whether a last day lies behind us; it counts to its end."""
    return bool(last) and date.fromisoformat(str(last)) < day
