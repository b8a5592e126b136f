"""Judging what was read: certificates by their dates, clocks by their difference, findings and errors by their weight.

Pure: what was read comes in, rows come out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from integrations.certificates import PeerCertificate
from integrations.errors import IntegrationError
from rollback.actions.action import Finding
from rollback.readiness.advice import advice
from rollback.readiness.rows import Outlook, Row
from storage.words import Severity

ENDS_SOON: Final = timedelta(days=30)
WEIGHTS: Final[Mapping[Severity, Outlook]] = {
    Severity.HARD: Outlook.FAIL,
    Severity.OVERRIDE: Outlook.WARN,
    Severity.WARN: Outlook.WARN,
}
"""How a finding of a preview weighs before there is a rollback: what can be overridden would cost one vote more."""


def certificate(subject: str, name: str, shown: PeerCertificate, now: datetime) -> Row:
    """A certificate by its dates."""
    return dates(subject, name, shown.not_before, shown.not_after, now)


def dates(subject: str, name: str, begins: datetime | None, ends: datetime | None, now: datetime) -> Row:
    """Something that is valid from then until then; None: not told."""
    if begins is not None and begins > now:
        text = f"The certificate is valid from {begins:%d %b %Y %H:%M} UTC on, not yet."
        return Row(subject, name, Outlook.FAIL, text, "Compare the clocks, or have the right certificate installed.")
    if ends is None:
        return Row(subject, name, Outlook.WARN, "The certificate does not tell until when it is valid.")
    day = f"{ends:%d %b %Y}"
    if ends <= now:
        return Row(subject, name, Outlook.FAIL, f"The certificate has expired on {day}.", "Have it renewed now.")
    if ends - now < ENDS_SOON:
        text = f"The certificate ends on {day}, in {(ends - now).days} days."
        return Row(subject, name, Outlook.WARN, text, "Have it renewed before a rollback has to wait for it.")
    return Row(subject, name, Outlook.PASS, f"The certificate is valid until {day}.")


def clock(subject: str, apart: str, allowed: timedelta) -> Row:
    """A clock, by the sentence that says how far it is off; empty: it is near enough."""
    if not apart:
        return Row(subject, "clock", Outlook.PASS, f"Its clock agrees within {allowed.total_seconds():g} s.")
    text = f"{apart[0].upper()}{apart[1:]}; {allowed.total_seconds():g} s are allowed."
    return Row(subject, "clock", Outlook.FAIL, text, "Let both ask the same time server, then check again.")


def rights(subject: str, missing: Iterable[str], beyond: Iterable[str], proven: str) -> Iterator[Row]:
    """What the login lacks, and what it has beyond need."""
    lacks, extra = list(missing), list(beyond)
    for text in lacks:
        yield Row(subject, "rights", Outlook.FAIL, f"{text}.", "Give the account the right, or do its part by hand.")
    for text in extra:
        todo = "Take it away: docs/security.md lists what each account needs."
        yield Row(subject, "rights", Outlook.WARN, f"{text}.", todo, "more-than-needed")
    if not lacks and not extra:
        yield Row(subject, "rights", Outlook.PASS, proven)


def found(subject: str, name: str, findings: Iterable[Finding], good: str) -> Iterator[Row]:
    """The findings of a preview as rows; none: one row that passes.

    What must hold only when its stage starts is left out: it says nothing before a rollback.
    """
    counted = [one for one in findings if not one.at_start]
    for one in counted:
        yield Row(subject, name, WEIGHTS[one.severity], one.text, advice(one.code), one.code)
    if not counted:
        yield Row(subject, name, Outlook.PASS, good)


def trouble(subject: str, name: str, error: IntegrationError, outlook: Outlook = Outlook.FAIL) -> Row:
    """An error of a client as a row: what happened, and the client's own advice."""
    return Row(subject, name, outlook, f"{error.what[:1].upper()}{error.what[1:]}.", error.next_step)
