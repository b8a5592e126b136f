"""The board: one pinned message a rollback that says where it stands, for somebody who has slept badly."""

from collections.abc import Iterator
from itertools import groupby

from commands.blocks.actions import ActionId
from commands.blocks.headline import countdown
from commands.blocks.message import (
    Block,
    Buttons,
    Rendered,
    actions,
    as_fits,
    button,
    context,
    divider,
    fits,
    mention,
    prose,
    push,
    section,
    sections,
    words,
)
from commands.blocks.parts import LINES, STATES, clocks, door, head, persons, roles, stage_line, way_back
from commands.blocks.safety import toward_safety
from commands.blocks.times import clock, since, span, to_the_second, zone
from rollback.situation import Believed, NodeView, Situation, StageView, Waiting, WaitKind
from storage.words import RollbackState, StageState

STUCK = frozenset({StageState.BLOCKED, StageState.FAILED, StageState.NEEDS_RECONCILE, StageState.SKIPPED})
QUIET = frozenset({StageState.WAITING, StageState.SUCCEEDED, StageState.SKIPPED})
MOST_WAITING = 8  # lines; who is waited for longest comes first
MOST_ANSWERS = 8
MOST_OWED = 10
MOST_NODES = 12
SHORT = 4_000  # characters of each half of a board that must be kept short
WAITS = {
    WaitKind.VOTE: "vote at {}",
    WaitKind.CHECK: "answer to {}",
    WaitKind.HANDS: "hands for {}",
    WaitKind.RECONCILE: "somebody to look: {} has an unknown outcome",
    WaitKind.FAILED: "decision: {} failed",
    WaitKind.BLOCKED: "something stands in the way of {}",
    WaitKind.HOLD: "resume of {}",
    WaitKind.LEAD: "word that they have the lead of {}",
}
ENDS = {
    RollbackState.COMPLETED: "COMPLETED",
    RollbackState.ABORTED: "ABORTED",
    RollbackState.ROLLED_FORWARD: "ROLLED FORWARD",
}


def board(s: Situation, buttons: Buttons | None = None) -> Rendered:
    """The board of a rollback.

    Args:
        s: The picture.
        buttons: What its buttons carry; without it the board has none.
    """
    text = push(head(s), _state(s), door(s), clocks(s))
    tail = [context(_read_at(s)), *actions(_buttons(s, buttons) if buttons is not None else [])]
    long = [*_blocks(s, short=False), *tail]
    return Rendered(text, tuple(long) if fits(long) else as_fits(list(_blocks(s, short=True)), tail))


def _blocks(s: Situation, *, short: bool) -> Iterator[Block]:
    yield section(_top(s))
    yield context(_about(s))
    yield divider()
    stages, rest = [*_stages(s, short=short)], [*_estate(s), *_open_ends(s)]
    yield from sections(_cut(stages) if short else stages)
    yield divider()
    yield from sections(_cut(rest) if short else rest)


def _cut(lines: list[str]) -> list[str]:
    """The first lines, as many as a short board has room for; what is left out is said."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(line) > SHORT:
            return [*kept, f"and {len(lines) - len(kept)} more lines: look at the cards below"]
        kept.append(line)
    return kept


def _top(s: Situation) -> str:
    healthy = "declared healthy: yes" if s.clocks.live else "declared healthy: no"
    first = " · ".join(part for part in (f"*{head(s)}*", f"*{door(s)}*" if door(s) else "", healthy) if part)
    lines = [first, clocks(s), _state(s), _next_word(s)]
    if s.hold is not None:
        by = mention(s.hold.by) if s.hold.by is not None else "the bot"
        lines.append(f"*ON HOLD* {since(s, s.hold.since)}, by {by}: {prose(s.hold.why, 300)}. Nothing new begins.")
    return "\n".join(line for line in lines if line)


def _next_word(s: Situation) -> str:
    if s.ended or s.clocks.next_update is None:
        return ""
    return f"stakeholders are told again by {clock(s, s.clocks.next_update)}, {countdown(s)}"


def _state(s: Situation) -> str:
    done = f"{s.done} of {len(s.stages)} stages done"
    if s.ended:
        return f"{ENDS[s.state]}, {done}"
    return f"{'on hold' if s.hold is not None else 'running'}, phase {words(s.phase)}, {done}" if s.phase else done


def _about(s: Situation) -> str:
    parts = [
        f"{words(s.runbook)}, estate {prose(s.estate, 60)}",
        f"why: {prose(s.reason, 300)}",
        f"lead: {mention(s.lead)}",
        *(f"{name}: {prose(number, 40)}" for name, number in s.numbers),
        f"started {clock(s, s.started_at)}",
        f"times are {zone(s)}",
    ]
    return " · ".join(parts)


def _stages(s: Situation, *, short: bool) -> Iterator[str]:
    marked: set[int] = set()
    for phase in dict.fromkeys(stage.phase for stage in s.stages):
        stages = [stage for stage in s.stages if stage.phase == phase]
        yield f"*{words(phase)}*"
        if short and all(stage.state in QUIET for stage in stages):
            yield _summary(stages)
            continue
        for stage in stages:
            if stage.line and stage.line not in marked:
                marked.add(stage.line)
                yield f"— {LINES[stage.line]} —"
            if not short or stage.state not in QUIET:
                yield stage_line(s, stage) + _reason(stage)


def _summary(stages: list[StageView]) -> str:
    states = sorted({stage.state for stage in stages})
    return ", ".join(f"{sum(1 for one in stages if one.state is state)} {STATES[state]}" for state in states)


def _reason(stage: StageView) -> str:
    return f"\n      {prose(stage.why, 160)}" if stage.state in STUCK and stage.why else ""


def _estate(s: Situation) -> Iterator[str]:
    nodes = s.nodes if len(s.nodes) <= MOST_NODES else [one for one in s.nodes if one.port_80.last_good is False]
    yield "*Nodes*"
    yield from (_node(s, node) for node in nodes[:MOST_NODES])
    if len(s.nodes) > MOST_NODES:
        yield f"{len(s.nodes)} nodes in all; those whose port 80 is down are shown"
    for one in s.door.vservers[:MOST_NODES]:
        yield f"vServer {prose(one.name, 60)}: {prose(one.state, 60)} (read {clock(s, one.at)})"
    yield (
        f"*Database* {prose(s.database.name, 60)}: {words(s.database.state.value)}{_how(s, s.database.state)}; content "
        f"{words(s.database.version.value)}{_how(s, s.database.version)}"
    )
    yield f"*Way back from here:* {way_back(s.way_back)}"


def _node(s: Situation, node: NodeView) -> str:
    port = node.port_80
    seen = f"port 80: {port.good} of {port.all} readings good in 15 min" if port.all else "port 80: not read yet"
    flaps = f", changed {port.changes} times" if port.changes > 1 else ""
    now = ", *down now*" if port.last_good is False else ""
    member = f" · member {prose(node.member, 40)}" if node.member is not None else ""
    return (
        f"{words(node.name)}{' (first)' if node.first else ''}: {node.power.value}{_how(s, node.power)} · "
        f"{words(node.version.value)}{_how(s, node.version)}{member} · {seen}{flaps}{now}"
    )


def _how(s: Situation, believed: Believed) -> str:
    at = f" {clock(s, believed.at)}" if believed.at is not None else ""
    return f" ({words(believed.how)}{at})"


def _open_ends(s: Situation) -> Iterator[str]:
    yield from _waiting_for(s)
    yield from _invariants(s)
    owed = [debt for debt in s.debts if debt.settled_at is None]
    if owed:
        yield "*Switched off or owed*"
        for debt in owed[:MOST_OWED]:
            due = f", due {clock(s, debt.due_at)}" if debt.due_at is not None else ""
            yield f"• {prose(debt.text, 160)} (owner: {words(debt.owner)}{due})"
    if len(owed) > MOST_OWED:
        yield f"and {len(owed) - MOST_OWED} more: `/rollback report` lists them"
    if s.dead_letters:
        yield f"✗ *{s.dead_letters} messages* were refused by Slack for good; `/rollback status` says how things stand."


def _waiting_for(s: Situation) -> Iterator[str]:
    if not s.waiting:
        return
    yield "*Waiting for*"
    answers = [one for one in s.waiting if one.kind is WaitKind.CHECK]
    lines = [_waiting(s, one) for one in s.waiting if one.kind is not WaitKind.CHECK]
    for _, group in groupby(answers, key=lambda one: one.subject.partition(":")[0]):
        asked = list(group)
        lines += [_answers(s, asked)] if len(asked) > 1 else [_waiting(s, asked[0])]
    yield from lines[:MOST_WAITING]
    if len(lines) > MOST_WAITING:
        yield f"and {len(lines) - MOST_WAITING} more: look at the stage cards"


def _waiting(s: Situation, one: Waiting) -> str:
    what = WAITS[one.kind].format(f"`{words(one.subject)}`")
    who = persons(one.people[:6]) or "nobody is left who could"
    waited = f", {since(s, one.since)}" if one.since is not None else ""
    again = f", reminded at {clock(s, one.next_reminder)}" if one.next_reminder is not None else ""
    return f"• {what}: {roles(one.roles)} ({who}){waited}{again}"


def _answers(s: Situation, asked: list[Waiting]) -> str:
    """Several answers of one stage on one line."""
    stage = asked[0].subject.partition(":")[0]
    names = ", ".join(f"{one.subject.partition(':')[2]} ({roles(one.roles)})" for one in asked[:MOST_ANSWERS])
    more = f" and {len(asked) - MOST_ANSWERS} more" if len(asked) > MOST_ANSWERS else ""
    waited = f", {since(s, asked[0].since)}" if asked[0].since is not None else ""
    return f"• {len(asked)} answers in `{words(stage)}`: {words(names)}{more}{waited}"


def _invariants(s: Situation) -> Iterator[str]:
    if not s.invariants:
        return
    red = [one for one in s.invariants if one.good is False]
    unread = [one.name for one in s.invariants if one.good is None]
    read = max((one.read_at for one in s.invariants if one.read_at is not None), default=None)
    known = f", read {to_the_second(s, read)}" if read is not None else ""
    not_watched = f"; not watched: {words(', '.join(unread))}" if unread else ""
    yield f"*Invariants:* {len(s.invariants) - len(red) - len(unread)} hold{known}{not_watched}"
    yield from (f"✗ *BROKEN* {words(one.name)}: {prose(one.text, 160)}" for one in red)


def _read_at(s: Situation) -> str:
    if s.ended:
        return f"The picture of {clock(s, s.now)}; nothing changes any more."
    return (
        f"Read at {to_the_second(s, s.now)}; if this is older than {to_the_second(s, s.stale_at)} "
        f"({span(s.stale_at - s.now)}) nobody is watching."
    )


def _buttons(s: Situation, buttons: Buttons) -> list[Block]:
    if s.ended:
        return []
    hold = (
        button(ActionId.RESUME, "Resume", buttons, "primary")
        if s.hold is not None
        else button(ActionId.HOLD, "Hold", buttons, "danger")
    )
    lead = [button(ActionId.HAND_OVER, "Hand over…", buttons), button(ActionId.ABORT, "Abort…", buttons)]
    return [hold, *toward_safety(s, buttons), *lead]
