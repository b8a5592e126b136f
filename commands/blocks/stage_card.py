"""The card of one stage: progress, checks, what stands open, what can be pressed; one line when it is over."""

from collections.abc import Iterator, Sequence

from commands.blocks.actions import OFFERED
from commands.blocks.message import (
    Block,
    Buttons,
    Rendered,
    actions,
    as_fits,
    button,
    code,
    context,
    fits,
    prose,
    push,
    section,
    sections,
    words,
)
from commands.blocks.parts import CHECK_STATES, LINES, STATES, head, persons, roles, stage_line
from commands.blocks.safety import CLOSE_THE_DOOR, close_the_door
from commands.blocks.times import clock, since
from rollback.situation import ChangeView, CheckView, Offer, Situation, StageView
from storage.words import By, ChangeState, CheckState, Severity, StageState

LABELS = {
    Offer.RETRY: "Retry",
    Offer.CHECK_AGAIN: "Check again",
    Offer.BY_HAND: "By hand",
    Offer.BY_BOT: "By the bot",
    Offer.ATTEST: "Attest…",
    Offer.PICK: "Pick…",
    Offer.ANSWER: "Answer…",
    Offer.SKIP: "Skip…",
    Offer.HAPPENED: "It happened…",
    Offer.NOT_HAPPENED: "It did not happen…",
    Offer.LOOK_AGAIN: "Look again",
    Offer.CLOSE_DOOR: CLOSE_THE_DOOR,
}
CHANGES = {
    ChangeState.PLANNED: "○ planned",
    ChangeState.INTENDED: "▶ under way",
    ChangeState.DONE: "✓ done",
    ChangeState.FAILED: "✗ FAILED",
    ChangeState.UNKNOWN: "? OUTCOME UNKNOWN",
    ChangeState.DROPPED: "– not begun",
}
WEIGHS = {Severity.HARD: "in the way", Severity.OVERRIDE: "approved despite", Severity.WARN: "warning"}
BEFORE_CHANGES = frozenset({StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.APPROVED})
MOST_LINES = 12  # of each kind, on a card that has to be shortened


def stage_card(s: Situation, stage_id: int, buttons: Buttons) -> Rendered:
    """The card of a stage.

    Args:
        s: The picture.
        stage_id: Which stage.
        buttons: What its buttons carry.

    Raises:
        KeyError: The rollback has no such stage.
    """
    stage = s.stage(stage_id)
    why = prose(stage.why, 200) if stage.why else ""
    text = push(head(s), f"{words(stage.name)} {STATES[stage.state]}", why)
    if stage.over:
        return Rendered(text, (section(_one_line(s, stage)),))
    tail = [context(_read_at(s, stage)), *actions(_buttons(stage, buttons))]
    long = [section(_top(s, stage)), *sections(_lines(s, stage, shortened=False)), *tail]
    if fits(long):
        return Rendered(text, tuple(long))
    short = [section(_top(s, stage)), *sections(_lines(s, stage, shortened=True))]
    return Rendered(text, as_fits(short, tail))


def _buttons(stage: StageView, buttons: Buttons) -> list[Block]:
    return [
        close_the_door(buttons)
        if offer is Offer.CLOSE_DOOR
        else button(OFFERED[offer], LABELS[offer], buttons, _style(offer))
        for offer in stage.offers
    ]


def _one_line(s: Situation, stage: StageView) -> str:
    flags = f" — flagged: {'; '.join(prose(flag, 160) for flag in stage.flags[:6])}" if stage.flags else ""
    why = f" — {prose(stage.why, 300)}" if stage.state is StageState.SKIPPED and stage.why else ""
    return f"*{head(s)}* · {stage_line(s, stage)}{why}{flags}"


def _top(s: Situation, stage: StageView) -> str:
    line = f" · *{LINES[stage.line]}*" if stage.line else ""
    attempt = f" · attempt {stage.attempt}" if stage.attempt > 1 else ""
    began = f" {since(s, stage.started_at)}" if stage.started_at is not None else ""
    gate = f" · gate {words(stage.gate)}" if stage.gate else ""
    return (
        f"*{head(s)} · {stage.position} {words(stage.name)}* — {words(stage.title)}\n"
        f"*{STATES[stage.state]}*{began}{attempt}{gate}{line}"
    )


def _lines(s: Situation, stage: StageView, *, shortened: bool) -> Iterator[str]:
    yield from _why(stage)
    yield from _waits_for(stage)
    yield from _few(_open(stage), "more stand open", shortened=shortened)
    changes = [_change(change, shortened=shortened) for change in stage.changes]
    if not changes and stage.state in BEFORE_CHANGES:
        changes = list(_proposed(stage, shortened=shortened))
    if changes:
        yield "*Changes*"
        yield from _few(changes, "more changes", shortened=shortened)
    checks = [_check(s, stage, check) for check in stage.checks if check.at is not None or check.by is By.BOT]
    if checks and stage.state not in BEFORE_CHANGES:
        yield "*Checks*"
        yield from _few(checks, "more checks", shortened=shortened)
    yield from _few(list(_instead(stage)), "more lines", shortened=shortened)


def _few(lines: Sequence[str], more: str, *, shortened: bool) -> Iterator[str]:
    kept = lines[:MOST_LINES] if shortened else lines
    yield from kept
    if len(kept) < len(lines):
        yield f"and {len(lines) - len(kept)} {more}"


def _why(stage: StageView) -> Iterator[str]:
    if stage.why:
        yield f"*Why:* {prose(stage.why, 1_500)}"
    if stage.state is StageState.NEEDS_RECONCILE:
        yield (
            "Nothing that depends on it begins. Look at the system yourself, then press *It happened…* or "
            "*It did not happen…*; the bot never guesses."
        )
    yield from (f"flag: {prose(flag, 300)}" for flag in stage.flags[:MOST_LINES])


def _waits_for(stage: StageView) -> Iterator[str]:
    if stage.unmet and stage.state in (StageState.WAITING, StageState.APPROVED, StageState.AWAITING_APPROVAL):
        yield f"Starts after: {', '.join(words(need) for need in stage.unmet[:MOST_LINES])}"
    if stage.locked_by:
        yield f"Waits until {words(stage.locked_by)} has ended: both touch the same thing."
    if stage.by_people:
        yield "People make its changes, as was chosen."


def _open(stage: StageView) -> list[str]:
    lines = [_open_check(stage, check) for check in stage.open_checks]
    if stage.open_changes:
        numbers = ", ".join(change.number for change in stage.open_changes)
        made = f"• *by hand now:* {numbers} below, then press *Attest…* ({roles(stage.attests)})"
        lines.insert(0, f"{made} `/rollback attest {words(stage.name)} EVIDENCE`")
    return ["*Stands open*", *lines] if lines else []


def _open_check(stage: StageView, check: CheckView) -> str:
    said = [answer for answer in check.answers if answer.passed and answer.attempt == stage.attempt]
    count = f", {len(said)} of {check.people} people so far: {persons([one.person for one in said])}" if said else ""
    several = f", {check.people} people" if check.people > 1 and not said else ""
    optional = " (missing is a warning)" if check.optional else ""
    fields = "; ".join(f"{one.name}=…" for one in check.fields)
    in_words = f"`/rollback attest {words(stage.name)}:{words(check.name)}{' ' + words(fields) if fields else ''}`"
    wants = f"{words(check.wants)} {prose(check.text, 200)}".rstrip()
    return f"• *{words(check.name)}* for {roles(check.who)}{several}{count}{optional}: {wants} {in_words}"


def _change(change: ChangeView, *, shortened: bool) -> str:
    text = prose(change.text, 160) if shortened else code(change.text)
    progress = f" {change.progress} %" if change.progress is not None and change.ended_at is None else ""
    also = f" {prose(change.progress_text, 80)}" if change.progress_text and change.ended_at is None else ""
    by = f", by {prose(change.person.name, 40)}" if change.person is not None else ""
    by = by or (", by hand" if change.by is By.PERSON else "")
    seen = f": {prose(change.outcome, 200)}" if change.outcome else ""
    return f"`{change.number}` {text} — {CHANGES[change.state]}{progress}{also}{by}{seen}"


def _proposed(stage: StageView, *, shortened: bool) -> Iterator[str]:
    if stage.preview is None:
        return
    for change in stage.preview.changes:
        text = prose(change.text, 160) if shortened else code(change.text)
        hand = ", by hand" if change.by is By.PERSON else ""
        yield f"`{change.number}` {text} — {'so already' if change.already else 'proposed'}{hand}"
    for finding in stage.preview.findings:
        if finding.severity is not Severity.WARN or not shortened:
            later = " when it starts" if finding.at_start else ""
            yield f"• {WEIGHS[finding.severity]}{later}: {prose(finding.text, 400)}"


def _check(s: Situation, stage: StageView, check: CheckView) -> str:
    at = f" {clock(s, check.at)}" if check.at is not None else ""
    seen = prose(check.text, 300) if check.text else words(check.wants)
    who = [answer.person for answer in check.answers if answer.attempt == stage.attempt]
    by = f", by {persons(who)}" if who else ""
    optional = ", optional" if check.optional and check.state is not CheckState.PASSED else ""
    return f"{CHECK_STATES[check.state]}{at}{optional} *{words(check.name)}*{by}: {seen}"


def _instead(stage: StageView) -> Iterator[str]:
    people = [check.wants for check in stage.checks if check.by is By.PERSON]
    if people and stage.state in BEFORE_CHANGES:
        yield f"*Cannot be known* by the bot: {' '.join(words(text) for text in people)}"
    if stage.preview is not None and stage.preview.dies:
        yield f"*If the bot dies now:* {prose(stage.preview.dies)}"
    if stage.by_hand:
        yield f"*By hand instead:* {words(stage.by_hand)}"
        yield f"*Evidence:* {words(stage.evidence)} *Undo:* {words(stage.undo)}"


def _read_at(s: Situation, stage: StageView) -> str:
    again = ""
    if stage.looks_at is not None and stage.looks_at > s.now:
        again = f", looked at again {clock(s, stage.looks_at)}"
    held = f" · on hold {since(s, s.hold.since)}" if s.hold is not None else ""
    return f"as of {clock(s, s.now)}{again}{held}"


def _style(offer: Offer) -> str:
    if offer in (Offer.ANSWER, Offer.ATTEST, Offer.RETRY):
        return "primary"
    return "danger" if offer is Offer.SKIP else ""
