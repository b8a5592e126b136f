"""Telling people: what the stages `release-notices`, `tell-users` and the opening need of the notices.

The bot sends nothing to users. It says whether each text is approved as it stands, and whether the list of recipients
is still the one that was approved.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from rollback.actions.action import Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.parts import Reads
from rollback.systems import Systems
from storage.words import Notice, Severity


class Standing(StrEnum):
    """Where the newest version of a notice stands."""

    MISSING = "missing"  # none was drafted
    DRAFT = "draft"
    REVIEWED = "reviewed"
    CHANGED = "changed"  # an earlier version was approved and this one isn't, or its text doesn't fit its hash
    APPROVED = "approved"
    HANDED_OUT = "handed_out"
    MARKED_SENT = "marked_sent"
    NOBODY = "nobody"  # the list has nobody on it: there is nothing to approve and nothing to send
    BY_HAND = "by_hand"  # the bot has no list of devices, so that people write what needs one


READY = frozenset({Standing.APPROVED, Standing.HANDED_OUT, Standing.MARKED_SENT, Standing.NOBODY, Standing.BY_HAND})
SENT = frozenset({Standing.MARKED_SENT, Standing.NOBODY, Standing.BY_HAND})
BEFORE_DOWNTIME = (Notice.HELP_DESK_BRIEF, Notice.INTERRUPTION)
BEFORE_OPENING = (Notice.HELP_DESK_BRIEF, Notice.RE_ENROL)
AFTER_OPENING = (Notice.RESTORED, Notice.INTRANET_PAGE, Notice.MANAGEMENT_SUMMARY)


def standing(notices: Mapping[str, str], notice: Notice) -> Standing:
    """Where a notice stands; one that nobody has told of is missing."""
    return Standing(notices.get(notice, Standing.MISSING))


def not_approved(given: Given, wanted: tuple[Notice, ...]) -> Iterator[Finding]:
    """A hard finding for each text that is not approved as it stands."""
    if given.estate.words() is None:
        text = (
            "The settings have no words for notices (notices of the estate), so no notice was drafted. Nobody was "
            "told anything by the bot; write to people by other means and skip this stage, or start anew with them."
        )
        yield Finding("text-not-approved", Severity.HARD, text)
        return
    for notice in wanted:
        found = standing(given.notices, notice)
        if found not in READY:
            yield Finding("text-not-approved", Severity.HARD, f"{notice}: {SENTENCES[found]}")


def list_changed(given: Given, gate: str = "", *, code: str = "list-changed") -> Iterator[Finding]:
    """An override where the list of recipients is not the one that was approved; each stage has its own name for it."""
    found = standing(given.notices, Notice.RECIPIENTS)
    if found not in READY:
        text = f"The list of recipients: {SENTENCES[found]}"
        yield Finding(code, Severity.OVERRIDE, text, gate=gate, about=("recipients",))


def not_sent(given: Given, gate: str = "", *, code: str = "not-sent") -> Iterator[Finding]:
    """An override where a notice that is due before the door opens was not marked sent; for the opening's preview."""
    waiting = [n for n in BEFORE_OPENING if standing(given.notices, n) not in SENT]
    if waiting:
        text = f"Not marked sent: {', '.join(waiting)}. Opening without them needs the service owner."
        yield Finding(code, Severity.OVERRIDE, text, gate=gate, about=tuple(waiting))


def not_sent_before(given: Given) -> Iterator[Finding]:
    """A warning until everybody who is hit by the downtime was told: the help desk first, then all users."""
    waiting = [n for n in BEFORE_DOWNTIME if standing(given.notices, n) not in SENT]
    if waiting and given.estate.words() is not None:
        text = f"Not marked sent yet: {', '.join(waiting)}. People should hear of the downtime before it begins."
        yield Finding("notices-waiting", Severity.WARN, text)


SENTENCES = {
    Standing.MISSING: "it isn't drafted yet; the bot drafts it as soon as it knows enough.",
    Standing.DRAFT: "it is drafted and waits for its review (/rollback drafts).",
    Standing.REVIEWED: "it is reviewed and waits for its approval (/rollback drafts).",
    Standing.CHANGED: "it has changed since its approval and waits for a new one (/rollback drafts).",
    Standing.APPROVED: "it is approved.",
    Standing.HANDED_OUT: "its files are written.",
    Standing.MARKED_SENT: "it is marked sent.",
    Standing.NOBODY: "nobody has to be told.",
    Standing.BY_HAND: "the bot has no list of devices; people write it from their own comparison.",
}
"""What each standing means for people."""


class TellPeople(Reads):
    """An attestation that people were told; it is blocked until every text is approved as it stands."""

    def __init__(self, wanted: tuple[Notice, ...], *, list_code: str, gate: str = "") -> None:
        """Needs the texts of `wanted`; `list_code` and `gate` are of the override for a list that isn't approved."""
        self._wanted = wanted
        self._list_code = list_code
        self._gate = gate

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Nothing is changed; what is not approved blocks."""
        lists = list_changed(given, self._gate, code=self._list_code)
        return Preview(
            facts=tuple(Fact(n, SENTENCES[standing(given.notices, n)], flutters=True) for n in self._wanted),
            findings=(*not_approved(given, self._wanted), *lists),
            dies="Nothing: people send, the bot doesn't.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Only people answer; the bot can't see a mailbox."""
        return Verdict()

    def result(self, systems: Systems, given: Given) -> Json:
        """Where each notice stood at the end."""
        return {"notices": {n.value: standing(given.notices, n).value for n in self._wanted}}


def release_notices() -> TellPeople:
    """The action `release-notices`: the help desk first, then those who must enrol again, before the door opens."""
    return TellPeople(BEFORE_OPENING, list_code="list-changed", gate="open")


def tell_users() -> TellPeople:
    """The action `tell-users`: everybody, after the decision to go live."""
    return TellPeople(AFTER_OPENING, list_code="list-old")
