"""Made-up facts for each text, as long as real ones get: to try a template on, and to show what will be approved.

A letter's specimen has every kind of device, and both certainties, so that whoever approves it has read all of it.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rollback.drafts.contexts import (
    Common,
    Context,
    Handover,
    HelpdeskBrief,
    IntranetNotice,
    LetterDevice,
    ManagementSummary,
    OwnedItem,
    PlannedRollback,
    ReenrolReminder,
    ReenrolRequest,
    ServiceInterruption,
    ServiceRestored,
    SmsInterruption,
    SmsReenrol,
    SmsRestored,
    StatusUpdate,
    TimedText,
    TimeOfDay,
)
from rollback.drafts.names import KIND_LABELS
from rollback.site import Phrase
from rollback.untrusted import Untrusted
from storage.words import Certainty, DeviceKind

_START = datetime(2017, 11, 29, 21, 45, tzinfo=UTC)
_LATER = _START + timedelta(hours=1)
_END = _START + timedelta(hours=7, minutes=15)
_DAY = date(2017, 11, 29)
_ONE = Phrase(
    en="One fact in a sentence of plain words", fr="Un fait, en mots simples", de="Ein Fakt in einfachen Worten"
)
_STATE = Phrase(en="being checked", fr="en contrôle", de="in Prüfung")
_STAGE = Phrase(en="Check the first server", fr="Contrôler le premier serveur", de="Ersten Server prüfen")
_PERSON = Untrusted("Alexandra Example-Muster")

NAME = "…"
"""What stands for a person's name in a specimen."""


def specimen_devices() -> tuple[LetterDevice, ...]:
    """A device of each kind, certain and to be checked first by turns, some with the date of their enrolment."""
    certainties = (Certainty.MUST, Certainty.CHECK_FIRST)
    return tuple(
        LetterDevice(KIND_LABELS[kind], "0917", _DAY if place % 3 == 0 else None, certainties[place % 2])
        for place, kind in enumerate(DeviceKind)
    )


def specimens(common: Common) -> dict[str, Context]:
    """A specimen of each template, by its name."""
    made = (*_to_everybody(common), *_to_one(common), *_to_the_team(common), *_by_phone(common))
    return {context.template: context for context in made}


def variants(context: Context) -> tuple[Context, ...]:
    """`context` and the other cases that its template tells apart: nothing known yet, nobody affected, one device."""
    others: tuple[Context, ...] = ()
    match context:
        case ReenrolRequest() | ReenrolReminder():
            others = tuple(replace(context, devices=(device,), first_name="") for device in context.devices)
        case HelpdeskBrief():
            others = _earlier_briefs(context)
        case StatusUpdate():
            early = replace(context, affected_users=None, affected_devices=None, counts_final=False)
            others = (replace(early, known=(), actions_done=(), actions_now=(), decision_needed=None, eta=None),)
        case ServiceRestored():
            others = (replace(context, affected_users=0, affected_devices=0, data_loss=_ONE),)
        case ManagementSummary():
            bare = replace(context, business_impact=(), timeline=(), decisions=(), risks=(), next_steps=())
            others = (replace(bare, affected_devices=0, vendor_case=None, review_date=None, data_loss=None),)
        case Handover():
            empty = replace(context, known=(), tried=(), running=(), to_restore=(), risks=(), on_bridge=())
            others = (replace(empty, last_update_at=None),)
    return (context, *others)


def _earlier_briefs(context: HelpdeskBrief) -> tuple[HelpdeskBrief, ...]:
    running = replace(context, ended_at=None, counts_final=False)
    early = replace(running, started_at=None, restore_point=None, affected_users=None, affected_devices=None)
    return running, replace(early, cutoff_from=None, cutoff_to=None, list_location=None)


def _to_everybody(common: Common) -> tuple[Context, ...]:
    return (
        ServiceInterruption(common, started_at=_START, next_update_at=_LATER),
        PlannedRollback(common, window_start=_START, window_end=_END, cutoff_from=_START, cutoff_to=_LATER),
        ServiceRestored(
            common,
            started_at=_START,
            ended_at=_END,
            affected_users=1987,
            affected_devices=2084,
            cutoff_from=_START,
            cutoff_to=_LATER,
            data_loss=None,
        ),
        IntranetNotice(common, published_at=_START, state=_STATE, cutoff_from=_START, cutoff_to=_LATER),
    )


def _to_one(common: Common) -> tuple[Context, ...]:
    devices = specimen_devices()
    return (
        ReenrolRequest(
            common,
            event_date=_DAY,
            reply_by=_DAY,
            first_name=NAME,
            devices=devices,
            kinds=tuple(DeviceKind),
            sure=True,
        ),
        ReenrolReminder(common, first_sent_on=_DAY, first_name=NAME, devices=devices),
    )


def _to_the_team(common: Common) -> tuple[Context, ...]:
    return (_status(common), _brief(common), _summary(common), _handover(common))


def _status(common: Common) -> StatusUpdate:
    return StatusUpdate(
        common,
        update_no=12,
        state=_STATE,
        started_at=_START,
        stage_no=12,
        stage_total=25,
        stage_name=_STAGE,
        affected_users=1987,
        affected_devices=2084,
        counts_final=True,
        known=(_ONE, _ONE),
        actions_done=(_ONE,),
        actions_now=(_ONE,),
        decision_needed=_ONE,
        eta=_END,
        next_update_at=_LATER,
        lead_name=_PERSON,
    )


def _brief(common: Common) -> HelpdeskBrief:
    return HelpdeskBrief(
        common,
        version_bad="10.7",
        version_good="10.6",
        started_at=_START,
        ended_at=_END,
        restore_point=_START,
        affected_users=1987,
        affected_devices=2084,
        counts_final=True,
        cutoff_from=_START,
        cutoff_to=_LATER,
        list_location=_ONE,
        next_update_at=_LATER,
    )


def _summary(common: Common) -> ManagementSummary:
    return ManagementSummary(
        common,
        event_date=_DAY,
        duration=_END - _START,
        version_bad="10.7",
        version_good="10.6",
        affected_users=1987,
        affected_devices=2084,
        reenrolled_devices=1,
        business_impact=(_ONE,),
        data_loss=_ONE,
        timeline=(TimedText(_START, _ONE),),
        decisions=(TimedText(_START, _ONE, _PERSON),),
        risks=(_ONE,),
        next_steps=(OwnedItem(_ONE, _PERSON, _END),),
        vendor_case="12345678",
        review_date=_DAY,
    )


def _handover(common: Common) -> Handover:
    return Handover(
        common,
        outgoing=_PERSON,
        incoming=_PERSON,
        handover_at=_START,
        state=_STATE,
        stage_no=12,
        stage_total=25,
        stage_name=_STAGE,
        point_of_no_return=_STAGE,
        way_back=_ONE,
        known=(_ONE,),
        tried=(_ONE,),
        running=(OwnedItem(_ONE, _PERSON, _END),),
        to_restore=(OwnedItem(_ONE, _PERSON),),
        risks=(_ONE,),
        last_update_at=_START,
        next_update_at=_LATER,
        on_bridge=(_PERSON, _PERSON),
    )


def _by_phone(common: Common) -> tuple[Context, ...]:
    return (SmsInterruption(common, next_update_short=TimeOfDay(_LATER)), SmsReenrol(common), SmsRestored(common))
