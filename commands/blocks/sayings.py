"""One new message a kind of news: what happened, who is asked, what to do next. `Say(kind, …)` in the rooms below."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from commands.blocks import notices, stakeholders
from commands.blocks.message import Rendered, as_fits, mention, prose, push, sections, words
from commands.blocks.parts import LINES, head, persons, places, way_back
from commands.blocks.timeline import event_line
from commands.blocks.times import zone
from rollback.invariants import RULES, Inv
from rollback.report.model import Entry
from rollback.situation import GateView, PersonView, Situation
from rollback.untrusted import Untrusted
from storage.words import Role

Facts = Mapping[str, Any]
Sentence = Callable[[Situation, Facts], list[str]]


class UnknownSaying(LookupError):
    """There is no sentence for this kind of news; nothing was posted."""


def saying(kind: str, s: Situation, facts: Facts) -> Rendered:
    """The message of one piece of news.

    Args:
        kind: What happened: a key of `SAYINGS`.
        s: The picture now.
        facts: What the news came with.

    Raises:
        UnknownSaying: There is no sentence for the kind.
    """
    if kind not in SAYINGS:
        raise UnknownSaying(f"there is no sentence for {kind!r}")
    first, *rest = SAYINGS[kind](s, facts)
    return Rendered(push(head(s), first.replace("*", "")), as_fits(sections([f"*{head(s)}* · {first}", *rest])))


def _started(s: Situation, facts: Facts) -> list[str]:
    return [
        f"{words(s.runbook)} was started by {_person(s, facts['by'])}: {prose(s.reason, 300)}",
        f"Lead: {mention(s.lead)}. The board is pinned; times are {zone(s)}. `/rollback help` says what can be done.",
    ]


def _held(s: Situation, facts: Facts) -> list[str]:
    return [
        f"*ON HOLD* by {_person(s, facts['by'])}: {_why(facts)}",
        f"Nothing new begins; what is running is followed to its end. {_told(s, Role.INCIDENT_COMMANDER)} resumes it.",
    ]


def _resumed(s: Situation, facts: Facts) -> list[str]:
    lines = [f"goes on, resumed by {_person(s, facts['by'])}."]
    left = [prose(Untrusted(text)) for text in facts.get("broken", ())]
    return [*lines, "*Still to be put right:*", *(f"• {text}" for text in left)] if left else lines


def _lead_offered(s: Situation, facts: Facts) -> list[str]:
    offered = f"{_person(s, facts['by'])} offers the lead to {_person(s, facts['to'])}"
    return [f"{offered}: read the card, then press *I have the lead* on it. Until then the lead stays where it is."]


def _handed_over(s: Situation, facts: Facts) -> list[str]:
    return [f"{_person(s, facts['to'])} has the lead now, taken over from {_person(s, facts['by'])}."]


def _timeline(s: Situation, facts: Facts) -> list[str]:
    entries = [Entry.model_validate(entry) for entry in facts["entries"]]
    first = f"the last {len(entries)} events, shared by {_person(s, facts['by'])}; the report has all of them"
    return [first, *(event_line(s, entry) for entry in entries)]


def _aborted(s: Situation, facts: Facts) -> list[str]:
    owed = [debt for debt in s.debts if debt.settled_at is None]
    lines = [f"*ABORTED* by {_person(s, facts['by'])}: {_why(facts)}"]
    if not owed:
        return [*lines, "Nothing stays switched off."]
    return [*lines, "*Still switched off:*", *(f"• {prose(d.text, 300)} (owner: {words(d.owner)})" for d in owed)]


def _completed(s: Situation, _facts: Facts) -> list[str]:
    owed = [debt for debt in s.debts if debt.settled_at is None]
    lines = ["*COMPLETED*: every stage has ended. `/rollback report` says what happened."]
    return [*lines, *(f"• still owed: {prose(d.text, 300)} (owner: {words(d.owner)})" for d in owed)]


def _gate_asked(s: Situation, facts: Facts) -> list[str]:
    gate = s.gate(facts["gate"])
    line = f" *{LINES[gate.line]}.*" if gate.line else ""
    first = f"gate `{words(gate.name)}` asks: {words(gate.title)}.{line}"
    if gate.open and gate.approvable:
        return [first, f"Waiting for {places(gate.missing)}: {_people(gate.asked)}. The card is in this channel."]
    when = f" Votes can be given when {words(gate.approvable_when)}." if gate.approvable_when else ""
    return [first, f"Its card can be read now.{when}"]


def _gate_reopened(_s: Situation, facts: Facts) -> list[str]:
    return [
        f"`{words(facts['stage'])}` asks anew: {_why(facts)}",
        "What was approved is not what would be done now; nothing was changed. A new card shows what would be.",
    ]


def _gate_reminder(s: Situation, facts: Facts) -> list[str]:
    gate = s.gate(facts["gate"])
    told = _people(_reminded(s, gate, int(facts["step"])))
    if gate.open and not gate.approvable:
        return [f"gate `{words(gate.name)}` can be read; votes can be given when {words(gate.approvable_when)}."]
    return [f"gate `{words(gate.name)}` still waits for {places(gate.missing)}: {told}"]


def _reminded(s: Situation, gate: GateView, step: int) -> list[PersonView]:
    """First those asked; then their deputies and the commander; then the service owner and all who could vote."""
    roles = {role for place in gate.missing for role in place}
    out = {vote.person.id for vote in gate.votes} | {one.person.id for one in gate.influencers}
    told = list(gate.asked)
    if step >= 2:
        told += [one for one in s.people if roles & set(one.deputy_for) and one.id not in out]
        told += [one for one in s.people if Role.INCIDENT_COMMANDER in one.roles]
    if step >= 3:
        told += [one for one in s.people if Role.SERVICE_OWNER in one.roles]
        told += [one for one in s.people if roles & {*one.roles, *one.deputy_for} and one.id not in out]
    return list({one.id: one for one in told}.values())


def _people_changed(s: Situation, facts: Facts) -> list[str]:
    parts = {"newly named": "added", "roles or accounts differ": "changed", "no longer named": "removed"}
    told = [f"{said}: {', '.join(_person(s, one) for one in facts[key])}" for said, key in parts.items() if facts[key]]
    counts = "Votes count with the present people and roles: a gate that is not carried any more asks anew."
    return [
        f"*The people in the settings differ* from those whom this rollback had: {'; '.join(told)}.",
        f"{counts} {_told(s, Role.INCIDENT_COMMANDER)}",
    ]


def _safety_started(s: Situation, facts: Facts) -> list[str]:
    stage = s.stage_named(str(facts["stage"]))
    return [
        f"`{words(stage.name)}` was started toward safety by {_person(s, facts['by'])}: {words(stage.title)}.",
        f"Where the bot may not act: {words(stage.by_hand)} {_told(s, *stage.attests)}",
    ]


def _needs_reconcile(s: Situation, facts: Facts) -> list[str]:
    next_step = (
        "The bot does not guess and repeats nothing. Look at the system yourself, then use *It happened…* or "
        f"*It did not happen…* on the stage's card. {_told(s, *_attesters(s, facts))}"
    )
    return [f"`{words(facts['stage'])}`: *OUTCOME UNKNOWN.* {_why(facts)}", next_step]


def _failed(s: Situation, facts: Facts) -> list[str]:
    next_step = (
        f"Nothing further of it begins. Its card offers what can be done. Way back: {way_back(s.way_back)}. "
        f"{_told(s, *_attesters(s, facts))}"
    )
    return [f"`{words(facts['stage'])}` *FAILED*: {_why(facts)}", next_step]


def _succeeded(s: Situation, facts: Facts) -> list[str]:
    flags = [prose(Untrusted(str(flag)), 300) for flag in facts.get("flags", ())]
    first = f"`{words(facts['stage'])}` succeeded{', flagged' if flags else ''}. {s.done} of {len(s.stages)} done."
    return [first, *(f"• {flag}" for flag in flags)]


def _skipped(_s: Situation, facts: Facts) -> list[str]:
    return [f"`{words(facts['stage'])}` was left out, as others agreed: {_why(facts)}"]


def _system_error(_s: Situation, facts: Facts) -> list[str]:
    return [f"`{words(facts['stage'])}` could not go on and tries again by itself: {_why(facts)}"]


def _health_broken(s: Situation, facts: Facts) -> list[str]:
    rule = RULES[Inv(facts["name"])]
    next_step = (
        f"No destructive stage starts until it is so again. {prose(Untrusted(rule.advice), 300)} "
        f"{_told(s, rule.owner, Role.INCIDENT_COMMANDER)}"
    )
    return [f"*{words(facts['name'])} IS BROKEN*: {_why(facts)}", f"It must be so: {words(rule.text)}", next_step]


def _health_restored(_s: Situation, facts: Facts) -> list[str]:
    rule = RULES[Inv(facts["name"])]
    return [f"{words(facts['name'])} holds again: {words(rule.text)} A hold stays until somebody resumes."]


def _health_unread(s: Situation, facts: Facts) -> list[str]:
    rule = RULES[Inv(facts["name"])]
    return [
        f"*{words(facts['name'])} is not watched*: it could not be read several times in a row. {_why(facts)}",
        f"It must be so: {words(rule.text)} No destructive stage starts until it can be read. {_told(s, rule.owner)}",
    ]


SAYINGS: Mapping[str, Sentence] = MappingProxyType(
    {
        "started": _started,
        "held": _held,
        "resumed": _resumed,
        "lead-offered": _lead_offered,
        "handed-over": _handed_over,
        "timeline": _timeline,
        "aborted": _aborted,
        "completed": _completed,
        "gate-asked": _gate_asked,
        "safety-started": _safety_started,
        "people-changed": _people_changed,
        "gate-reopened": _gate_reopened,
        "gate-reminder": _gate_reminder,
        "needs-reconcile": _needs_reconcile,
        "failed": _failed,
        "succeeded": _succeeded,
        "skipped": _skipped,
        "system-error": _system_error,
        "health-broken": _health_broken,
        "health-restored": _health_restored,
        "health-unread": _health_unread,
        "stakeholders-update": stakeholders.update,
        "stakeholders-change": stakeholders.change,
        "stakeholders-correction": stakeholders.correction,
        "stakeholders-words": stakeholders.own_words,
        "update-due": stakeholders.due,
        "notice-drafted": notices.drafted,
        "notice-reviewed": notices.reviewed,
        "files-written": notices.files_written,
        "files-stuck": notices.files_stuck,
        "export-read": notices.export_read,
        "export-refused": notices.export_refused,
        "returns-closed": notices.returns_closed,
    }
)
"""Every kind of news with the function that puts it into words: the first line says it, the others what follows."""


def _why(facts: Facts) -> str:
    return prose(Untrusted(str(facts["why"])), 1_500)


def _person(s: Situation, person: str) -> str:
    found = next((one for one in s.people if one.id == person), None)
    return mention(found) if found is not None else "the bot" if person == "bot" else prose(Untrusted(person), 64)


def _people(people: Sequence[PersonView]) -> str:
    return persons(people, tell=True) or "nobody is left who could; `/rollback skip` or another person named is needed"


def _told(s: Situation, *roles: Role) -> str:
    return persons([one for one in s.people if set(roles) & set(one.roles)], tell=True)


def _attesters(s: Situation, facts: Facts) -> tuple[Role, ...]:
    return (*s.stage_named(str(facts["stage"])).attests, Role.INCIDENT_COMMANDER)
