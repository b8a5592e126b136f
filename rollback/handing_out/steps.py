"""Everything that handing out does, in the order in which one thing follows from another."""

from rollback.handing_out.exports import read_exports
from rollback.handing_out.letters import hand_out_approved
from rollback.handing_out.lists import write_lists
from rollback.handing_out.office import Step
from rollback.handing_out.reminders import draft_reminder, hand_out_reminder, write_never_returned
from rollback.handing_out.reports import Tell, report_step
from rollback.handing_out.signed import write_signed
from rollback.handing_out.texts import draft_texts, write_edited


def steps(tell: Tell) -> tuple[Step, ...]:
    """The steps of `rollback.handing_out.office.hand_out_due`; `tell` makes a report."""
    return (
        read_exports,
        write_lists,
        write_signed,
        draft_texts,
        draft_reminder,
        write_edited,
        hand_out_approved,
        hand_out_reminder,
        write_never_returned,
        report_step(tell),
    )
