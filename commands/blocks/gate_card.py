"""The card of one round of asking: what is approved stands on it in full, or it has no *Approve*.

What doesn't fit into one message is read in a dialog to its end (`reading`), and *Approve* stands there.
"""

from collections.abc import Iterator

from commands.blocks.actions import ActionId
from commands.blocks.gate_parts import changes, details, standing, starts, surroundings, top, votes
from commands.blocks.message import (
    SECTION_TEXT,
    Block,
    Buttons,
    Rendered,
    actions,
    as_fits,
    button,
    context,
    divider,
    fits,
    prose,
    push,
    section,
    sections,
    words,
)
from commands.blocks.parts import LINES, head
from commands.blocks.times import clock
from rollback.situation import GateView, Situation
from storage.words import ChangeState, Choice, GateState, Severity, StageState

MOST_LINES = 30  # stages and votes that a short card lists one by one


def gate_card(s: Situation, gate_id: int, buttons: Buttons) -> Rendered:
    """The card of a round.

    Args:
        s: The picture.
        gate_id: Which round.
        buttons: What its buttons carry, and the code of the text twin.

    Raises:
        KeyError: The rollback has no such round.
    """
    gate = s.gate(gate_id)
    line = LINES[gate.line] if gate.line and gate.open else ""
    text = push(head(s), f"gate {words(gate.name)}", words(gate.title), standing(s, gate).replace("*", ""), line)
    if not gate.open and not stoppable(s, gate):
        return Rendered(text, as_fits(list(_over(s, gate))))
    full = _full(s, gate, buttons)
    if full is not None:
        return Rendered(text, tuple(full))
    tail = [*_small_print(s, gate, buttons, code=False), *actions(_buttons(gate, buttons, fits_on_card=False))]
    return Rendered(text, as_fits(list(_short(s, gate)), tail))


def stoppable(s: Situation, gate: GateView) -> bool:
    """Whether a deny would still stop a stage of an approved round: no change of it has begun."""
    if gate.state is not GateState.APPROVED or not gate.newest or s.ended:
        return False
    stages = [s.stage(one.id) for one in gate.stages]
    return any(
        stage.state in (StageState.AWAITING_APPROVAL, StageState.APPROVED)
        or (
            stage.state is StageState.RUNNING
            and all(change.state is ChangeState.PLANNED and change.begun_at is None for change in stage.changes)
        )
        for stage in stages
    )


def short_digest(digest: str) -> str:
    """Enough of a digest to tell two cards apart when they are read aloud."""
    return f"{digest[:6]}…{digest[-4:]}"


def _full(s: Situation, gate: GateView, buttons: Buttons) -> list[Block] | None:
    """The card with everything on it, or None where Slack would not take it."""
    lines = [*details(s, gate), *_votes(s, gate)]
    if any(len(line) > SECTION_TEXT for line in lines):
        return None
    blocks = [section(top(s, gate)), context(surroundings(s, gate)), divider(), *sections(lines)]
    blocks += [*_small_print(s, gate, buttons, code=True), *actions(_buttons(gate, buttons, fits_on_card=True))]
    return blocks if fits(blocks) else None


def _short(s: Situation, gate: GateView) -> Iterator[Block]:
    yield section(top(s, gate))
    yield context(surroundings(s, gate))
    yield divider()
    yield from sections(_contents(gate))
    yield from sections(_last_votes(s, gate))


def _contents(gate: GateView) -> Iterator[str]:
    yield (
        f"*Too long for one message: {sum(1 for _ in changes(gate))} changes in {len(gate.stages)} stages.* "
        "Press *Read all*; *Approve* stands at its end."
    )
    for number, stage in enumerate(gate.stages[:MOST_LINES], start=1):
        preview = stage.preview
        made = len(preview.changes) if preview is not None else 0
        warned = len(preview.of(Severity.WARN)) if preview is not None else 0
        yield f"{number} {words(stage.name)}: {made} changes, {warned} warnings"
    if len(gate.stages) > MOST_LINES:
        yield f"and {len(gate.stages) - MOST_LINES} more stages"
    if gate.overrides:
        yield f"*You approve despite {len(gate.overrides)} blockers*; they are written out there."


def _over(s: Situation, gate: GateView) -> Iterator[Block]:
    yield section(top(s, gate))
    if gate.why:
        yield context(f"why: {prose(gate.why, 300)}")
    yield from sections(_last_votes(s, gate))
    yield context(f"digest {short_digest(gate.digest)}")


def _votes(s: Situation, gate: GateView) -> list[str]:
    said = list(votes(s, gate))
    return ["*Votes so far:*", *said] if said else []


def _last_votes(s: Situation, gate: GateView) -> Iterator[str]:
    for vote in gate.votes[-MOST_LINES:]:
        said = "approved" if vote.choice is Choice.APPROVE else "*DENIED*"
        why = f": {prose(vote.reason, 160)}" if vote.reason else ""
        counts = "" if vote.counts else " (does not count)"
        yield f"{prose(vote.person.name, 40)} {said} {clock(s, vote.at)}{counts}{why}"


def _small_print(s: Situation, gate: GateView, buttons: Buttons, *, code: bool) -> Iterator[Block]:
    when = starts(s, gate)
    if when:
        yield context(when)
    parts = [f"digest {short_digest(gate.digest)}"]
    if code and gate.open and gate.approvable and buttons.code:
        number = f" {s.label}" if gate.typed else ""
        parts.append(f"in words: `/rollback approve {buttons.code}{number}`, `/rollback deny {buttons.code} REASON`")
    yield context(" · ".join(parts))


def _buttons(gate: GateView, buttons: Buttons, *, fits_on_card: bool) -> list[Block]:
    made = []
    if not fits_on_card:
        made.append(button(ActionId.READ_ALL, "Read all", buttons, "primary"))
    elif gate.open and gate.approvable:
        label = "Approve…" if gate.typed else "Approve"
        made.append(button(ActionId.APPROVE, label, buttons, "danger" if gate.line else "primary"))
    return [*made, button(ActionId.DENY, "Deny…", buttons), button(ActionId.HOLD, "Hold", buttons)]
