"""The longer parts of the report in Markdown: stages, rounds of asking, papers, timeline."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rollback.report.model import Report
from rollback.report.showing.lengths import instant, lasted
from rollback.report.showing.markup import code, said, table
from rollback.report.values import Answer, Change, Check, Round, Stage


def overview(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """One row a stage."""
    rows = [
        (
            str(stage.position),
            said(stage.name),
            said(stage.state),
            str(stage.attempts),
            instant(stage.started_at, zone),
            instant(stage.ended_at, zone),
            lasted(stage.took),
            lasted(stage.target),
        )
        for stage in report.stages
    ]
    yield from table(("#", "stage", "state", "attempts", "started", "ended", "took", "aimed at"), rows)


def rounds(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """One part a round, in the order of asking."""
    if not report.rounds:
        yield "Nothing was asked."
    for one in report.rounds:
        yield f"### {said(one.gate)}, round {one.round}: {said(one.title)} — {one.state}"
        yield ""
        closed = f", closed {instant(one.closed_at, zone)}" if one.closed_at is not None else ""
        by = f" by {said(one.asked_by)}" if one.asked_by else ""
        yield f"Asked {instant(one.asked_at, zone)}{by}{closed}; needed {one.needed}; digest `{one.digest}`."
        if one.why:
            yield f"Reason: {said(one.why)}"
        yield ""
        shown = list(_shown(one))
        yield from [*shown, ""] if shown else []
        yield from table(("person", "vote", "for", "at", "counts", "reason"), _votes(one, zone))
        yield ""


def _shown(one: Round) -> Iterator[str]:
    yield from (f"- shown: {said(c.stage)} {c.number} {code(c.text)} by {c.by}" for c in one.shown)
    yield from (f"- warned: {said(text)}" for text in one.warned)
    yield from (f"- to be lost: {said(text)}" for text in one.lost)
    yield from (f"- **approved despite**: {said(text)}" for text in one.despite)
    yield from (f"- did not count as approver: {said(text)}" for text in one.not_counting)


def _votes(one: Round, zone: ZoneInfo) -> list[tuple[str, ...]]:
    return [
        (
            said(vote.person),
            vote.choice,
            " or ".join(vote.place),
            instant(vote.at, zone),
            "yes" if vote.counts else f"no ({said(vote.why_not)})",
            said(vote.reason),
        )
        for vote in one.votes
    ]


def details(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """What happened in each stage that has begun."""
    for stage in report.stages:
        if not (stage.changes or stage.checks or stage.answers or stage.flags):
            continue
        yield f"### {stage.position} {said(stage.name)}: {said(stage.title)}"
        yield ""
        if stage.why:
            yield f"Last reason: {said(stage.why)}"
            yield ""
        yield from _detail(stage, zone)
        yield ""


def _detail(stage: Stage, zone: ZoneInfo) -> Iterator[str]:
    yield from (f"- flagged: {said(flag)}" for flag in stage.flags)
    yield from (_change(change, zone) for change in stage.changes)
    yield from (_check(check, zone) for check in stage.checks)
    yield from (_answer(answer, zone) for answer in stage.answers)


def _change(change: Change, zone: ZoneInfo) -> str:
    by = said(change.person) or change.by
    seen = f": {said(change.seen)}" if change.seen else ""
    evidence = f" — evidence: {said(change.evidence)}" if change.evidence else ""
    times = f" ({instant(change.begun_at, zone)} to {instant(change.ended_at, zone)})"
    return (
        f"- change {code(change.text)} on {said(change.system)} (attempt {change.attempt}, group {change.group}) "
        f"by {by}: {change.state}{times}{seen}{evidence}"
    )


def _check(check: Check, zone: ZoneInfo) -> str:
    seen = f": {said(check.seen)}" if check.seen else ""
    at = f" {instant(check.at, zone)}" if check.at is not None else ""
    return f"- check {said(check.name)} (attempt {check.attempt}, by {check.by}): {said(check.state)}{at}{seen}"


def _answer(answer: Answer, zone: ZoneInfo) -> str:
    so = "yes" if answer.passed else "NO"
    evidence = "; ".join(f"{said(field.name)}: {said(field.value)}" for field in answer.evidence)
    return (
        f"- answer to {said(answer.check)} (attempt {answer.attempt}) by {said(answer.person)} "
        f"{instant(answer.at, zone)}: {so}{f' — {evidence}' if evidence else ''}"
    )


def refused(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Every attempt that was refused."""
    rows = [(instant(one.at, zone), said(one.account), said(one.answer)) for one in report.refused]
    yield from table(("at", "account", "answer"), rows)


def debts(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """What is owed, and what was settled."""
    rows = [
        (said(one.text), said(one.owner), instant(one.due_at, zone), instant(one.settled_at, zone))
        for one in report.debts
    ]
    yield from table(("what", "owner", "due", "settled"), rows)


def notices(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Every version of every notice."""
    rows = [
        (
            said(one.name),
            str(one.version),
            said(one.state),
            said(one.written_by),
            said(one.reviewed_by),
            said(one.approved_by),
            f"{instant(one.sent_at, zone)} by {said(one.sent_by)}, {said(one.sent_channel)}, to {one.sent_count}"
            if one.sent_at is not None
            else "",
        )
        for one in report.notices
    ]
    yield from table(("notice", "version", "state", "written", "reviewed", "approved", "sent"), rows)


def files(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Every file that was written."""
    rows = [(said(one.place), str(one.count), f"`{one.sha256}`", instant(one.at, zone)) for one in report.files]
    yield from table(("file", "count", "sha256", "written"), rows)


def timeline(report: Report, zone: ZoneInfo) -> Iterator[str]:
    """Every line of the timeline."""
    for one in report.timeline:
        link = f" [message]({one.link})" if one.link else ""
        yield f"- {instant(one.at, zone)} · {said(one.text)}{f' — {said(one.person)}' if one.person else ''}{link}"
