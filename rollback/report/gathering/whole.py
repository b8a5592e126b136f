"""The whole report, put together from its parts."""

from datetime import datetime

from sqlalchemy.orm import Session

from rollback.book import Book
from rollback.report.gathering import comparison, deviations, papers, rounds, stages, stretches, timeline
from rollback.report.gathering import head as heads
from rollback.report.gathering import record as records
from rollback.report.gathering.history import read_history
from rollback.report.gathering.notes import read_notes
from rollback.report.model import FORMAT, Record, Report
from rollback.situation import Situation


def gather(session: Session, rollback_id: int, now: datetime) -> Report:
    """The report of a rollback as it stands; it may still be open.

    Args:
        session: A reading session.
        rollback_id: Which rollback.
        now: The present instant, aware UTC.

    Raises:
        rollback.book.NoSuchRollback: There is none.
    """
    s, book = Situation.of(session, rollback_id, now), Book.open(session, rollback_id)
    history = read_history(session, s)
    record = records.read_record(session, rollback_id, ended=s.ended)
    told, held = stretches.stretches(s, record, history), stretches.holds(s, record)
    head = heads.head(s, book)
    every = [one for stage in told.values() for one in stage]
    return Report(
        format=FORMAT,
        made_at=now,
        head=head,
        spent=stretches.spent(head.started_at, head.acute_until, every, held),
        targets=tuple(heads.targets(s, book)),
        comparison=comparison.comparison(s, book.plan.runbook),
        deviations=tuple(sorted(deviations.deviations(s, history, record), key=lambda one: one.at or now)),
        not_executed=tuple(deviations.not_executed(s, history)),
        holds=held,
        stages=tuple(stages.stages(s, book, history, told)),
        rounds=tuple(rounds.rounds(s)),
        refused=tuple(papers.refused(record)),
        debts=tuple(papers.debts(s)),
        notices=tuple(papers.notices(session, s)),
        files=tuple(papers.files(session, s)),
        timeline=tuple(timeline.timeline(s, record, read_notes(session, rollback_id))),
        record=_record(book, record),
    )


def _record(book: Book, record: records.Record) -> Record:
    return Record(
        entries=len(record.entries),
        head_seq=record.head_seq,
        head_mac=record.head_mac,
        plan=book.row.plan_hash,
        estate=book.row.estate_hash,
        people=book.row.roles_hash,
    )
