"""The card on which one commander hands over to the next: what a person must know who takes the lead in mid-way."""

from collections.abc import Iterator, Sequence

from commands.blocks.actions import ActionId
from commands.blocks.message import (
    Block,
    Buttons,
    Rendered,
    actions,
    as_fits,
    button,
    context,
    divider,
    mention,
    prose,
    push,
    section,
    sections,
    words,
)
from commands.blocks.parts import LINES, STATES, door, head, persons, roles, way_back
from commands.blocks.times import clock, since, span, zone
from rollback.situation import Situation, StageView, Waiting
from rollback.situation.handover import HandoverView
from storage.words import ChangeState, GateState, StageState

MOST = 8  # lines of each list
AT_WORK = (StageState.RUNNING, StageState.VERIFYING)
STUCK = (StageState.FAILED, StageState.NEEDS_RECONCILE, StageState.BLOCKED)


def handover_card(s: Situation, offer: HandoverView, buttons: Buttons) -> Rendered:
    """The card of one offer of the lead.

    Args:
        s: The picture now.
        offer: The offer.
        buttons: What its buttons carry; it has none once the offer is over.
    """
    outgoing, incoming = mention(offer.outgoing), mention(offer.incoming)
    text = push(head(s), f"hand-over of the lead: {outgoing} to {incoming}", _became(s, offer))
    top = section(f"*{head(s)} · hand-over of the lead: {outgoing} to {incoming}*\n{_became(s, offer)}")
    if not offer.open:
        return Rendered(text, (top,))
    blocks = [top, divider(), *sections(_lines(s, offer)), context(f"as of {clock(s, s.now)} · times are {zone(s)}")]
    return Rendered(text, as_fits(blocks, actions(_buttons(s, buttons))))


def _became(s: Situation, offer: HandoverView) -> str:
    if offer.taken_at is not None:
        return f"{mention(offer.incoming)} has the lead since {clock(s, offer.taken_at)}."
    if offer.closed_at is not None:
        return f"The offer was over {clock(s, offer.closed_at)}; the lead did not change by it."
    return (
        f"Offered {since(s, offer.asked_at)}, by {mention(offer.asked_by)}. The lead changes when "
        f"{mention(offer.incoming)} presses *I have the lead*, or types `/rollback handover take`."
    )


def _lines(s: Situation, offer: HandoverView) -> Iterator[str]:
    yield f"*State:* {_state(s)}"
    yield f"*Last step that cannot be undone:* {_no_return(s)}"
    yield f"*Way back from here:* {way_back(s.way_back)}"
    yield from _list("Facts that are proven", list(_proven(s)), "none yet", latest=True)
    yield from _list("Tried and dropped", list(_tried(s)), "nothing")
    yield from _list(
        "Running now, and who is waited for", [*_running(s), *(_waiting(s, w) for w in s.waiting)], "nothing"
    )
    owed = [debt for debt in s.debts if debt.settled_at is None]
    off = [f"{prose(debt.text, 200)} ({words(debt.owner)})" for debt in owed]
    yield from _list("Switched off for this work, to be switched on again", off, "nothing")
    yield from _list("Risks in the next two hours", list(_risks(s)), "none known")
    told = clock(s, offer.told_at) if offer.told_at is not None else "none yet"
    due = clock(s, s.clocks.next_update) if s.clocks.next_update is not None else "not set"
    yield f"*Last update sent:* {told}. *Next update due:* {due}."
    yield f"*There within the last hour:* {persons(offer.about) or 'nobody noted'}"


def _list(heading: str, lines: Sequence[str], without: str, *, latest: bool = False) -> Iterator[str]:
    yield f"*{heading}:*"
    if not lines:
        yield f"• {without}"
        return
    shown = lines[-MOST:] if latest else lines[:MOST]
    yield from (f"• {line}" for line in shown)
    if len(lines) > MOST:
        yield f"• and {len(lines) - MOST} {'earlier' if latest else 'more'}; `/rollback report` has them all"


def _state(s: Situation) -> str:
    now = s.in_state(*AT_WORK, *STUCK) or tuple(stage for stage in s.stages if not stage.over)[:1]
    steps = ", ".join(
        f"step {one.position} of {len(s.stages)}: {words(one.title)} ({STATES[one.state]})" for one in now
    )
    parts = ["on hold" if s.hold is not None else str(s.state), steps, door(s)]
    return "; ".join(part for part in parts if part)


def _no_return(s: Situation) -> str:
    crossed = [stage for stage in s.stages if stage.line and stage.started_at is not None]
    if crossed:
        last = max(crossed, key=lambda stage: (stage.line, stage.started_at or s.started_at))
        at = f", begun {clock(s, last.started_at)}" if last.started_at is not None else ""
        return f"`{words(last.name)}`{at} ({LINES[last.line]})"
    coming = next((stage for stage in s.stages if stage.line), None)
    return f"none yet; the first will be `{words(coming.name)}`" if coming is not None else "none"


def _proven(s: Situation) -> Iterator[str]:
    done = [stage for stage in s.stages if stage.state is StageState.SUCCEEDED and stage.ended_at is not None]
    for stage in sorted(done, key=lambda one: one.ended_at or s.now):
        flags = f"; flagged: {'; '.join(prose(flag, 120) for flag in stage.flags)}" if stage.flags else ""
        at = f" ({clock(s, stage.ended_at)})" if stage.ended_at is not None else ""
        yield f"{words(stage.title)}{at}{flags}"


def _tried(s: Situation) -> Iterator[str]:
    for stage in s.stages:
        if stage.state is StageState.SKIPPED:
            yield f"`{words(stage.name)}` was left out: {prose(stage.why, 160)}"
        elif stage.attempt > 1:
            yield f"`{words(stage.name)}`: {stage.attempt - 1} earlier attempts"
        for change in stage.changes:
            if change.state is ChangeState.FAILED:
                yield f"`{words(stage.name)}`: {prose(change.outcome, 160)}"
    for gate in s.gates:
        if gate.state is GateState.DENIED:
            reasons = "; ".join(prose(vote.reason, 120) for vote in gate.votes if vote.reason)
            yield f"gate `{words(gate.name)}` was denied: {reasons}"


def _running(s: Situation) -> Iterator[str]:
    for stage in s.in_state(*AT_WORK):
        begun = f", {since(s, stage.started_at)}" if stage.started_at is not None else ""
        ends = f", check about {clock(s, stage.ends)}" if stage.ends is not None and stage.ends > s.now else ""
        yield f"`{words(stage.name)}` {STATES[stage.state]} ({roles(stage.attests) or 'bot'}{begun}{ends})"


def _waiting(s: Situation, one: Waiting) -> str:
    whom = persons(one.people[:4]) or roles(one.roles)
    begun = f", {since(s, one.since)}" if one.since is not None else ""
    return f"{one.kind} for `{words(one.subject)}`: {whom}{begun}"


def _risks(s: Situation) -> Iterator[str]:
    if s.hold is not None:
        yield f"on hold {since(s, s.hold.since)}: {prose(s.hold.why, 160)}"
    for one in s.invariants:
        if one.good is False:
            yield f"{words(one.name)} is broken: {prose(one.text, 160)}"
    yield from (_stuck(stage) for stage in s.in_state(*STUCK))
    for node in s.nodes:
        if node.port_80.changes > 1 or node.port_80.last_good is False:
            yield f"port 80 of {words(node.name)} changed {node.port_80.changes} times in 15 minutes"
    if s.clocks.drop_dead is not None:
        left = s.clocks.drop_dead - s.now
        when = f"in {span(left)}" if left.total_seconds() > 0 else "PAST"
        yield f"the latest time is {clock(s, s.clocks.drop_dead)} ({when})"
    coming = [gate for gate in s.asking() if gate.line]
    yield from (f"`{words(gate.name)}` asks: {LINES[gate.line]}" for gate in coming)
    if s.dead_letters:
        yield f"{s.dead_letters} messages were refused by Slack"


def _stuck(stage: StageView) -> str:
    return f"`{words(stage.name)}` {STATES[stage.state]}: {prose(stage.why, 160)}"


def _buttons(s: Situation, buttons: Buttons) -> list[Block]:
    if s.ended:
        return []
    return [
        button(ActionId.HAVE_LEAD, "I have the lead", buttons, "primary"),
        button(ActionId.KEEP_LEAD, "Lead stays", buttons),
    ]
