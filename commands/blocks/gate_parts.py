"""Everything that a gate card tells, as lines: each change in full, and all that somebody must know who approves it."""

from collections.abc import Iterable, Iterator

from commands.blocks.message import code, escape, prose, words
from commands.blocks.parts import LINES, clocks, door, head, persons, places, roles, way_back
from commands.blocks.times import clock, since, span
from rollback.approvals import WhyNot
from rollback.situation import GateStageView, GateView, PreviewView, ProposedChange, Situation, VoteView
from rollback.untrusted import Untrusted
from storage.words import By, ChangeState, Choice, GateState, Purpose, Severity

CANNOT_BE_KNOWN = "cannot be known"
"""Name of a fact that an action gives for what no system tells."""

ENDS = {
    GateState.APPROVED: "APPROVED",
    GateState.DENIED: "DENIED",
    GateState.SUPERSEDED: "REPLACED by a newer card",
}
UNCOUNTED = {
    WhyNot.STALE_DIGEST: "was shown other changes",
    WhyNot.NOT_NAMED: "is not named any more",
    WhyNot.NOT_THEIR_ACCOUNT: "voted with an account of somebody else",
    WhyNot.DEACTIVATED: "voted with a deactivated account",
    WhyNot.NO_ROLE: "holds no role any more",
    WhyNot.VOTED_BEFORE: "voted before",
    WhyNot.INFLUENCER: "chose a value that is used here",
    WhyNot.WRONG_NUMBER: "typed another number",
    WhyNot.OTHER_ROLE: "holds another role than this gate asks for",
    WhyNot.NOT_NEEDED: "every place was filled",
}
"""Why a vote doesn't count."""


def top(s: Situation, gate: GateView) -> str:
    """``*REAL · RB-7 · gate go-back* · asked 10:01 · waiting for SO and DBA (0 of 2) · *LINE 1 …*``."""
    again = f", round {gate.round}" if gate.round > 1 else ""
    parts = [f"*{head(s)} · gate {words(gate.name)}{again}*", words(gate.title), f"asked {clock(s, gate.asked_at)}"]
    parts.append(standing(s, gate))
    if gate.line and gate.open:
        parts.append(f"*{LINES[gate.line]}*")
    return " · ".join(parts)


def standing(s: Situation, gate: GateView) -> str:
    """How the round stands, in one phrase."""
    if not gate.open:
        ended = f" {clock(s, gate.closed_at)}" if gate.closed_at is not None else ""
        return f"*{ENDS[gate.state]}*{ended}"
    return f"waiting for {places(gate.missing)} ({gate.approved} of {gate.needed})"


def surroundings(s: Situation, gate: GateView) -> str:
    """The door, the clocks, and what the way back costs now and after the first change."""
    parts = [door(s), clocks(s), f"way back now: {way_back(s.way_back)}"]
    if gate.line and gate.way_back_after is not None:
        parts.append(f"after the first change below: {way_back(gate.way_back_after)}")
    return " | ".join(part for part in parts if part)


def details(s: Situation, gate: GateView) -> Iterator[str]:
    """Every line between the top and the votes; nothing in it is shortened."""
    if gate.why:
        by = f"{persons([gate.asked_by])}: " if gate.asked_by is not None else ""
        yield f"*Why:* {by}{prose(gate.why)}"
    if gate.purpose is Purpose.CHANGE:
        yield from _changes_of_all(gate)
        yield from _findings(gate)
        yield from _lost(gate)
        yield from _ways(s, gate)
    elif gate.purpose is Purpose.SKIP:
        yield from _left_out(s, gate)
    elif gate.purpose is Purpose.HAPPENED:
        yield from _believed(s, gate)
    elif gate.purpose is Purpose.ABORT:
        yield from _ended(s, gate)
    yield from _not_counting(gate)


def votes(s: Situation, gate: GateView) -> Iterator[str]:
    """Who has said what."""
    for vote in gate.votes:
        yield _vote(s, vote)


def changes(gate: GateView) -> Iterator[ProposedChange]:
    """Every change that the round asks for."""
    for stage in gate.stages:
        if stage.preview is not None:
            yield from stage.preview.changes


def _changes_of_all(gate: GateView) -> Iterator[str]:
    for number, stage in enumerate(gate.stages, start=1):
        yield f"*{number} {words(stage.name)}* — {words(stage.title)}{_order(stage)}"
        if stage.preview is None or not stage.preview.changes:
            yield "      Nothing is changed; its checks run."
            continue
        yield from _changes(number, stage.preview)
        yield from _facts(stage.preview)


def _order(stage: GateStageView) -> str:
    after = f", only after {_names(stage.after)}" if stage.after else ""
    beside = f", beside {_names(stage.beside)}" if stage.beside else ""
    return after + beside


def _names(names: Iterable[str]) -> str:
    return ", ".join(words(name) for name in names)


def _changes(number: int, preview: PreviewView) -> Iterator[str]:
    thens = dict(preview.thens or {})
    group = preview.changes[0].group
    for place, change in enumerate(preview.changes, start=1):
        if change.group != group:
            yield from _then(thens.pop(group, None))
            group = change.group
        yield f"`{number}.{place}` {code(change.text)}{_manner(change)}"
    yield from _then(thens.pop(group, None))


def _then(text: Untrusted | None) -> Iterator[str]:
    if text is not None:
        yield f"      then, before it goes on: {prose(text)}"


def _manner(change: ProposedChange) -> str:
    notes = ["*destructive*"] if change.destructive else []
    notes += ["so already"] if change.already else []
    if change.by is By.PERSON:
        notes.append(f"by hand: {prose(change.how)}" if change.how else "by hand")
    return f" ({', '.join(notes)})" if notes else ""


def _facts(preview: PreviewView) -> Iterator[str]:
    shown = [f"{prose(name)}: {prose(value)}" for name, value in preview.facts if name.raw != CANNOT_BE_KNOWN]
    if shown:
        yield f"      Seen: {'; '.join(shown)}"
    if preview.identity:
        yield f"      On: {'; '.join(f'{words(system)} {code(seen)}' for system, seen in preview.identity)}"


def _findings(gate: GateView) -> Iterator[str]:
    hard = list(_each(gate, Severity.HARD))
    if hard:
        yield "*In the way now:*"
        yield from hard
    at_start = list(_each(gate, Severity.HARD, at_start=True))
    if at_start:
        yield "*Must hold when it starts:* none of this may be so then (it is read again right before):"
        yield from at_start
    if gate.overrides:
        yield f"*You approve despite* (so the card asks for {gate.needed}):"
        yield from (f"• {prose(text)}" for text in gate.overrides)
    else:
        yield "*You approve despite:* nothing."
    warnings = [*_each(gate, Severity.WARN), *_each(gate, Severity.WARN, at_start=True)]
    if warnings:
        yield "*Warnings:*"
        yield from warnings


def _each(gate: GateView, severity: Severity, *, at_start: bool = False) -> Iterator[str]:
    for number, stage in enumerate(gate.stages, start=1):
        for finding in stage.preview.of(severity, at_start=at_start) if stage.preview is not None else ():
            holds = " (so now)" if finding.at_start and finding.holds else ""
            yield f"• {number}: {prose(finding.text)}{holds}"


def _lost(gate: GateView) -> Iterator[str]:
    lost = [text for stage in gate.stages if stage.preview is not None for text in stage.preview.lost]
    if lost:
        yield "*What will be lost:*"
        yield from (f"• {prose(text)}" for text in lost)


def _ways(s: Situation, gate: GateView) -> Iterator[str]:
    saved = f" Safety backup verified {clock(s, s.database.saved_at)}." if s.database.saved_at is not None else ""
    after = gate.way_back_after
    if after is not None and after.steps:
        steps = ", ".join(words(step) for step in after.steps)
        yield f"*Way back:* {way_back(after)}: {steps}.{saved}"
    unknown = list(_unknown(gate))
    if unknown:
        yield "*Cannot be known* by the bot:"
        yield from unknown
    yield "*If the bot dies now:*"
    for number, stage in enumerate(gate.stages, start=1):
        if stage.preview is not None and stage.preview.dies:
            yield f"• {number}: {prose(stage.preview.dies)}"
    yield "• What had begun is looked for when it is back; nothing is done twice."
    yield "*By hand instead:*"
    for number, stage in enumerate(gate.stages, start=1):
        yield f"• {number}: {words(stage.by_hand)}"


def _unknown(gate: GateView) -> Iterator[str]:
    for number, stage in enumerate(gate.stages, start=1):
        for name, value in stage.preview.facts if stage.preview is not None else ():
            if name.raw == CANNOT_BE_KNOWN:
                yield f"• {number}: {prose(value)}"
        yield from (f"• {number}: people have to see it: {words(text)}" for text in stage.people_see)


def _left_out(s: Situation, gate: GateView) -> Iterator[str]:
    for asked in gate.stages:
        stage = s.stage(asked.id)
        yield f"*{words(stage.name)}* would be left out: {words(stage.title)}. It is not done, and nothing checks it."
        waits = [other for other in s.stages if any(need.partition(":")[0] == stage.name for need in other.unmet)]
        if waits:
            yield f"What waits for it goes on: {_names(other.name for other in waits)}."
        yield f"What a person would do instead: {words(asked.by_hand)}"
        must = [check.name for check in stage.checks if check.at is None]
        if must:
            yield f"Checks that nobody will have answered: {_names(must)}."


def _believed(s: Situation, gate: GateView) -> Iterator[str]:
    for asked in gate.stages:
        stage = s.stage(asked.id)
        yield f"*{words(stage.name)}*: the bot can't tell whether this happened. Look for yourself before you agree."
        for change in stage.changes:
            if change.state is ChangeState.UNKNOWN:
                yield f"`{change.number}` {code(change.text)}"
                yield f"      What is known: {prose(change.outcome)}"
        yield "If it is approved, it is taken for done and then verified."


def _ended(s: Situation, gate: GateView) -> Iterator[str]:
    yield f"*{s.label} would end where it stands.* Nothing is taken back by that. Way back: {way_back(s.way_back)}."
    if gate.still_off:
        yield "*Stays switched off*, each with its owner:"
        yield from (f"• {escape(text)} (owner: {escape(owner)})" for text, owner in gate.still_off)


def _not_counting(gate: GateView) -> Iterator[str]:
    for one in gate.influencers:
        why = f"picked {', '.join(words(key) for key in one.keys)}" if one.keys else "asked for it"
        yield f"*Doesn't count as approver:* {prose(one.person.name, 40)} ({why}); a deny does."


def _vote(s: Situation, vote: VoteView) -> str:
    said = "approved" if vote.choice is Choice.APPROVE else "*DENIED*"
    place = f" for {roles(vote.place)}" if vote.place else ""
    reason = f": {prose(vote.reason)}" if vote.reason else ""
    counts = "" if vote.why_not is None else f"; doesn't count: {UNCOUNTED[vote.why_not]}"
    return f"{prose(vote.person.name, 40)} {said}{place} {clock(s, vote.at)}{reason}{counts}"


def starts(s: Situation, gate: GateView) -> str:
    """When votes can be given and what starts it then."""
    parts = []
    if gate.open and not gate.approvable and gate.approvable_when:
        parts.append(f"*Approve* appears when {words(gate.approvable_when)}")
    if gate.purpose is Purpose.CHANGE and gate.starts_when:
        parts.append(f"starts when {words(gate.starts_when)}")
    elif gate.purpose is Purpose.CHANGE and gate.open:
        parts.append("starts at once after the last vote")
    if s.hold is not None:
        parts.append(f"on hold {since(s, s.hold.since)}: nothing starts before it is resumed")
    if gate.next_reminder is not None and gate.approvable:
        parts.append(f"reminder {'in ' + span(gate.next_reminder - s.now) if gate.next_reminder > s.now else 'due'}")
    return "; ".join(part for part in parts if part)
