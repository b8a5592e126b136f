"""Ids of everything that can be pressed or filled in: what `commands.blocks` draws and the listeners answer to."""

from enum import StrEnum

from rollback.situation import Offer


class ActionId(StrEnum):
    """`action_id` of each button and of each menu that tells the bot something at once."""

    APPROVE = "rb:approve"
    DENY = "rb:deny"
    READ_ALL = "rb:read-all"
    NEXT_PAGE = "rb:next-page"
    PAGE_BEFORE = "rb:page-before"
    HOLD = "rb:hold"
    RESUME = "rb:resume"
    HAND_OVER = "rb:hand-over"
    HAVE_LEAD = "rb:have-lead"
    KEEP_LEAD = "rb:keep-lead"
    ABORT = "rb:abort"
    RETRY = "rb:retry"
    CHECK_AGAIN = "rb:check-again"
    BY_HAND = "rb:by-hand"
    BY_BOT = "rb:by-bot"
    ATTEST = "rb:attest"
    ANSWER = "rb:answer"
    ANSWER_CHECK = "rb:answer-check"  # a check is picked in the answer dialog; its fields are drawn then
    PICK = "rb:pick"
    PICK_ESTATE = "rb:pick-estate"  # another estate in the start dialog; the rest of it is drawn again
    SKIP = "rb:skip"
    HAPPENED = "rb:happened"
    NOT_HAPPENED = "rb:not-happened"
    LOOK_AGAIN = "rb:look-again"
    CLOSE_DOOR = "rb:close-door"
    POWER_OFF = "rb:power-off"


OFFERED: dict[Offer, ActionId] = {offer: ActionId(f"rb:{offer.value}") for offer in Offer}
"""The button of each offer of a stage."""


class DialogId(StrEnum):
    """`callback_id` of each dialog."""

    START = "rb:dialog:start"
    APPROVE = "rb:dialog:approve"
    READ_ALL = "rb:dialog:read-all"
    DENY = "rb:dialog:deny"
    HOLD = "rb:dialog:hold"
    ABORT = "rb:dialog:abort"
    HAND_OVER = "rb:dialog:hand-over"
    ANSWER = "rb:dialog:answer"
    ATTEST = "rb:dialog:attest"
    SKIP = "rb:dialog:skip"
    HAPPENED = "rb:dialog:happened"
    NOT_HAPPENED = "rb:dialog:not-happened"
    PICK = "rb:dialog:pick"
    EDIT = "rb:dialog:edit"
    DECIDE = "rb:dialog:decide"
    POWER_OFF = "rb:dialog:power-off"


class Field(StrEnum):
    """`block_id` of each input of a dialog; its element's `action_id` is the same. See `entered.entered`."""

    NUMBER = "number"  # the rollback's number, typed by hand
    REASON = "reason"
    CHECK = "check"
    PASSED = "passed"  # "yes" or "no"
    EVIDENCE = "evidence"  # one text; evidence by field is `evidence_of(name)`
    PERSON = "person"
    NODE = "node"
    ESTATE = "estate"
    RUNBOOK = "runbook"
    ORDER = "order"
    OPENING = "opening"
    FROM_VERSION = "from-version"
    TO_VERSION = "to-version"
    UPGRADED_AT = "upgraded-at"
    CHANGED_BEFORE = "changed-before"
    DEVICES = "devices"
    FIRST = "first"
    RESTART = "restart"
    SAVE = "save"
    BACKUP = "backup"
    CHANGE_NUMBER = "change-number"
    INCIDENT_NUMBER = "incident-number"
    CASE_NUMBER = "case-number"
    DROP_DEAD = "drop-dead"
    STAKEHOLDERS = "stakeholders"
    ROWS = "rows"  # of security's list, by number
    DECISION = "decision"
    TELL = "tell"  # "yes" or "no"


def subject_of(number: int) -> str:
    """`block_id` of the subject of a notice's text, by its place in the dialog."""
    return f"subject:{number}"


def part_of(number: int, part: int) -> str:
    """`block_id` of one part of the body of a notice's text."""
    return f"body:{number}:{part}"


def evidence_of(name: str) -> str:
    """`block_id` of one field of evidence."""
    return f"{Field.EVIDENCE}:{name}"


def point_of(node: str) -> str:
    """`block_id` of the restore point picked for a node; also the key of the choice."""
    return f"point@{node}"
