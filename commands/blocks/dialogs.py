"""The dialogs of a rollback that is under way: pure functions that return Slack views.

Each takes the id of its stored row as `dialog_id`; who may submit it, for what, and what was offered is in that row.
"""

from collections.abc import Mapping, Sequence

from commands.blocks.actions import ActionId, DialogId, Field, evidence_of
from commands.blocks.forms import Option, menu, number_input, text_input, view, whole_number, yes_or_no
from commands.blocks.gate_card import short_digest
from commands.blocks.gate_parts import surroundings, top
from commands.blocks.message import Block, code, context, prose, section, sections, words
from commands.blocks.parts import LINES, head, roles
from rollback.invariants import Inv
from rollback.runbook import EvidenceField
from rollback.situation import CheckView, GateView, PersonView, Situation, StageView
from rollback.untrusted import Untrusted, one_line
from storage.words import ChangeState

MOST_SHOWN = 12  # lines of a dialog that tell what it is about; all of them stand on the card
SHA256 = 64
NO_NAMES = "No names of users."


def approve(s: Situation, gate_id: int, dialog_id: str) -> Block:
    """Approve at a gate that wants the number of the rollback typed."""
    gate = s.gate(gate_id)
    blocks = [section(top(s, gate)), context(f"{surroundings(s, gate)} | digest {short_digest(gate.digest)}")]
    if gate.overrides:
        blocks += sections(["*You approve despite:*", *(f"• {prose(text)}" for text in gate.overrides)])
    if gate.typed:
        blocks.append(number_input())
    return view(DialogId.APPROVE, dialog_id, _title(s, "approve"), blocks, submit="Approve")


def deny(s: Situation, gate_id: int, dialog_id: str) -> Block:
    """Deny, with the reason that it needs."""
    gate: GateView = s.gate(gate_id)
    told = f"*{head(s)} · gate {words(gate.name)}*: a deny holds the rollback; what has begun is followed to its end."
    blocks = [section(told), _reason("What has to be mended?")]
    return view(DialogId.DENY, dialog_id, _title(s, "deny"), blocks, submit="Deny")


def hold(s: Situation, dialog_id: str) -> Block:
    """Hold, with a reason that may stay empty."""
    told = f"*{head(s)}*: nothing new begins until it is resumed; what is running is followed to its end."
    blocks = [section(told), _reason("Why? (may stay empty)", optional=True)]
    return view(DialogId.HOLD, dialog_id, _title(s, "hold"), blocks, submit="Hold")


def abort(s: Situation, dialog_id: str) -> Block:
    """Ask to end the rollback where it stands."""
    lines = [f"*{head(s)}*: ends the rollback where it stands; nothing is taken back by that. Others have to agree."]
    owed = [debt for debt in s.debts if debt.settled_at is None][:MOST_SHOWN]
    lines += [f"• stays: {prose(debt.text, 160)} (owner: {words(debt.owner)})" for debt in owed]
    blocks = [*sections(lines), _reason("Why?")]
    return view(DialogId.ABORT, dialog_id, _title(s, "abort"), blocks, submit="Ask for the abort")


def hand_over(s: Situation, successors: Sequence[PersonView], dialog_id: str) -> Block:
    """Offer the lead to one of `successors`; with none of them it only says so."""
    if not successors:
        told = f"*{head(s)}*: nobody else is named as incident commander or as deputy; the lead stays where it is."
        return view(DialogId.HAND_OVER, dialog_id, _title(s, "hand over"), [section(told)])
    options = [Option(person.id, person.name) for person in successors]
    told = f"*{head(s)}*: a card is posted. The lead changes when that person has read it and says *I have the lead*."
    blocks = [section(told), menu(Field.PERSON, "Who takes the lead?", options)]
    return view(DialogId.HAND_OVER, dialog_id, _title(s, "hand over"), blocks, submit="Offer the lead")


def power_off(s: Situation, nodes: Sequence[Option], dialog_id: str) -> Block:
    """Power off one of the nodes that must be off."""
    told = (
        f"*{head(s)}*: it is powered off by its plug, at once and without asking its guest; {s.label} is held. "
        "Offered are the nodes of which the plan says that they must be off."
    )
    red = next((one for one in s.invariants if one.good is False and one.name == Inv.POWER), None)
    blocks = [section(told), *([context(prose(red.text, 300))] if red is not None else [])]
    wrong = next((node.value for node in nodes if red is not None and f"{node.value} " in one_line(red.text)), "")
    blocks.append(menu(Field.NODE, "Which node?", nodes, initial=wrong))
    return view(DialogId.POWER_OFF, dialog_id, _title(s, "power off"), blocks, submit="Power off")


def answer(s: Situation, stage_id: int, dialog_id: str, check: str = "") -> Block:
    """Answer one of the checks that wait for people.

    With several of them and none picked it asks which one first; picking it sends `ActionId.ANSWER_CHECK` at once, and
    the view is drawn again with `check`. The menu is there for a single one too: what is submitted always names it.

    Args:
        s: The picture.
        stage_id: Which stage.
        dialog_id: Id of the stored dialog.
        check: Name of the check that was picked, or empty.
    """
    stage = s.stage(stage_id)
    waiting = stage.open_checks
    title = _title(s, "answer")
    if not waiting:
        told = f"*{head(s)} · {words(stage.name)}*: no check waits for people any more."
        return view(DialogId.ANSWER, dialog_id, title, [section(told)])
    picked = next((one for one in waiting if one.name == check), waiting[0] if len(waiting) == 1 else None)
    blocks: list[Block] = [section(f"*{head(s)} · {words(stage.name)}* — {words(stage.title)}")]
    options = [Option(one.name, Untrusted(f"{one.name} ({roles(one.who)})")) for one in waiting]
    blocks.append(
        menu(
            Field.CHECK,
            "Which check?",
            options,
            initial=picked.name if picked else "",
            at_once=ActionId.ANSWER_CHECK,
        )
    )
    if picked is None:
        return view(DialogId.ANSWER, dialog_id, title, blocks, submit="Next")
    return view(DialogId.ANSWER, dialog_id, title, [*blocks, *_check(stage, picked)], submit="Answer")


def _check(stage: StageView, check: CheckView) -> list[Block]:
    said = sum(1 for one in check.answers if one.passed and one.attempt == stage.attempt)
    people = f" {check.people} people have to say so; {said} did." if check.people > 1 else ""
    lines = [f"*{words(check.name)}*: {words(check.wants)}", f"For {roles(check.who)}.{people}"]
    fields = [_evidence(one) for one in check.fields]
    return [*sections(lines), yes_or_no(Field.PASSED, "Is it so?", "Yes, I have seen it", "No, it is not so"), *fields]


def _evidence(field: EvidenceField) -> Block:
    block_id, label = evidence_of(field.name), Untrusted(field.text)
    if field.kind == "number":
        return whole_number(block_id, label, optional=field.optional)
    if field.kind == "sha256":
        hint, length = "64 hex digits.", (SHA256, SHA256)
        return text_input(block_id, label, hint=hint, optional=field.optional, length=length)
    hint = "As in 10:15, in the site's time." if field.kind == "time" else NO_NAMES
    return text_input(block_id, label, hint=hint, optional=field.optional, multiline=field.kind == "text")


def attest(s: Situation, stage_id: int, dialog_id: str) -> Block:
    """Say that changes were made by hand, with what proves it."""
    stage = s.stage(stage_id)
    changes = list(stage.open_changes) or [
        change for change in stage.changes if change.state in (ChangeState.FAILED, ChangeState.DROPPED)
    ]
    lines = [
        f"*{head(s)} · {words(stage.name)}*: you say that these changes were made by hand, and the bot verifies it."
    ]
    lines += [f"`{change.number}` {code(change.text)}" for change in changes[:MOST_SHOWN]]
    lines += [f"and {len(changes) - MOST_SHOWN} more, as on the card"] if len(changes) > MOST_SHOWN else []
    label = Untrusted("What proves it?")
    blocks = [*sections(lines), context(f"Evidence: {words(stage.evidence)}")]
    blocks.append(text_input(Field.EVIDENCE, label, hint=NO_NAMES, multiline=True))
    return view(DialogId.ATTEST, dialog_id, _title(s, "attest"), blocks, submit="Attest")


def skip(s: Situation, stage_id: int, dialog_id: str) -> Block:
    """Ask to leave a stage out."""
    stage = s.stage(stage_id)
    line = f" *{LINES[stage.line]}*" if stage.line else ""
    told = (
        f"*{head(s)} · {words(stage.name)}*: it would not be done and nothing would check it.{line} "
        "Others have to agree on a card of its own."
    )
    return view(DialogId.SKIP, dialog_id, _title(s, "skip"), [section(told), _reason("Why?")], submit="Ask to skip")


def happened(s: Situation, stage_id: int, dialog_id: str) -> Block:
    """Say that a change of unknown outcome happened; a second person has to say so too."""
    blocks = [*_unknown(s, stage_id), _seen("What did you see that shows that it happened?")]
    return view(DialogId.HAPPENED, dialog_id, _title(s, "it happened"), blocks, submit="It happened")


def not_happened(s: Situation, stage_id: int, dialog_id: str) -> Block:
    """Say that a change of unknown outcome did not happen; it is previewed and asked anew."""
    blocks = [*_unknown(s, stage_id), _seen("What did you see that shows that it did not happen?")]
    return view(DialogId.NOT_HAPPENED, dialog_id, _title(s, "not happened"), blocks, submit="It did not happen")


def pick(s: Situation, offered: Mapping[str, Sequence[Option]], now: Mapping[str, str], dialog_id: str) -> Block:
    """Pick backup, restore points, FIRST, restart and saving.

    Args:
        s: The picture.
        offered: By key of the choice what can be picked; its `block_id` is the key.
        now: By key the value that is set beforehand; keeping it, or leaving a menu empty, makes nobody an influencer.
        dialog_id: Id of the stored dialog.
    """
    told = (
        f"*{head(s)}*: whoever changes a value can't approve what uses it. What you leave as it is, nobody has chosen."
    )
    blocks = [section(told)]
    blocks += [
        menu(key, _called(key), options, initial=now.get(key, ""), optional=key not in now)
        for key, options in offered.items()
        if options
    ]
    submit = "Pick" if len(blocks) > 1 else ""
    return view(DialogId.PICK, dialog_id, _title(s, "pick"), blocks, submit=submit)


PICKED = {
    Field.BACKUP: "Backup of the database",
    Field.FIRST: "Node that is started first",
    Field.RESTART: "Restart of SQL Server",
    Field.SAVE: "Saving of the NetScaler's configuration",
}


def _called(key: str) -> str:
    word, _, node = key.partition("@")
    return f"Restore point of {node}" if node else PICKED[Field(word)] if word in PICKED else word


def _unknown(s: Situation, stage_id: int) -> list[Block]:
    stage = s.stage(stage_id)
    unknown = [change for change in stage.changes if change.state is ChangeState.UNKNOWN]
    lines = [f"*{head(s)} · {words(stage.name)}*: look for yourself before you say anything."]
    for change in unknown[:MOST_SHOWN]:
        lines += [f"`{change.number}` {code(change.text)}", f"      Known: {prose(change.outcome, 500)}"]
    return sections(lines)


def _reason(label: str, *, optional: bool = False) -> Block:
    return text_input(Field.REASON, label, hint=NO_NAMES, optional=optional, multiline=True)


def _seen(label: str) -> Block:
    return text_input(Field.EVIDENCE, label, hint=NO_NAMES, multiline=True)


def _title(s: Situation, what: str) -> str:
    return f"{s.mode} {s.label}: {what}"
