"""Every verb of `/rollback`, and every room of buttons and dialogs, in one list."""

from collections.abc import Mapping, Sequence

from bot.slack_app import Register
from commands import (
    check,
    devices,
    devices_decide,
    drafts,
    drafts_edit,
    handover,
    lead,
    overview,
    redrawing,
    report,
    safety,
    stage,
    stage_buttons,
    start,
    timeline,
    vote,
)
from commands.router import Verb

_WITHOUT_HELP: Mapping[str, Verb] = {
    "start": start.start,
    "status": overview.status,
    "board": overview.board,
    "check": check.check,
    "preview": stage.preview,
    "approve": vote.approve,
    "deny": vote.deny,
    "attest": stage.attest,
    "skip": stage.skip,
    "retry": stage.retry,
    "reconcile": stage.reconcile,
    "hold": lead.hold,
    "resume": lead.resume,
    "close-door": safety.close_door,
    "power-off": safety.power_off,
    "handover": handover.handover,
    "abort": lead.abort,
    "devices": devices.devices,
    "drafts": drafts.drafts,
    "timeline": timeline.timeline,
    "report": report.report,
}

VERBS: Mapping[str, Verb] = {**_WITHOUT_HELP, "help": overview.help_with((*_WITHOUT_HELP, "help"))}

REGISTERS: Sequence[Register] = (
    devices_decide.register,
    drafts_edit.register,
    start.register,
    vote.register,
    stage_buttons.register,
    lead.register,
    handover.register,
    timeline.register,
    safety.register,
    redrawing.register,
)
