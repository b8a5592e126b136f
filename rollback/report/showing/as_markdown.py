"""The report as Markdown."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rollback.report.model import Comparison, Head, Report
from rollback.report.showing import markdown_parts as parts
from rollback.report.showing.lengths import instant, lasted
from rollback.report.showing.markup import said, table
from rollback.report.showing.phrases import ENDS, title


def markdown(report: Report) -> str:
    """The whole report."""
    zone = ZoneInfo(report.head.zone)
    sections: tuple[tuple[str, Iterator[str]], ...] = (
        ("Aimed at, and what came of it", _targets(report)),
        ("Compared with the run by hand", _comparison(report.comparison)),
        ("Deviations", _deviations(report)),
        ("Steps that were not carried out", _not_executed(report)),
        ("Stages", parts.overview(report, zone)),
        ("What was asked, and who agreed", parts.rounds(report, zone)),
        ("What happened in each stage", parts.details(report, zone)),
        ("Attempts that were refused", parts.refused(report, zone)),
        ("Switched off or owed", parts.debts(report, zone)),
        ("Notices", parts.notices(report, zone)),
        ("Files", parts.files(report, zone)),
        ("Timeline", parts.timeline(report, zone)),
        ("The record", _record(report)),
    )
    lines = [*_head(report, zone), ""]
    for heading, section in sections:
        lines += [f"## {heading}", "", *section, ""]
    return "\n".join(lines)


def _head(report: Report, zone: ZoneInfo) -> Iterator[str]:
    head = report.head
    yield f"# {title(head)}: {said(head.runbook)}"
    yield ""
    made = instant(report.made_at, zone)
    yield f"- **{ENDS[head.state].capitalize()}**, {head.done} of {head.stages} stages done, as of {made}"
    yield f"- Estate: {said(head.estate)}; from {said(head.from_version)} back to {said(head.to_version)}"
    yield f"- Reason: {said(head.reason)}"
    yield from (f"- Number of the {number.name}: {said(number.value)}" for number in head.numbers)
    yield f"- Started {instant(head.started_at, zone)} by {said(head.started_by)}; lead at last: {said(head.lead)}"
    if head.ended_at is not None:
        yield f"- Ended {instant(head.ended_at, zone)}, after {lasted(head.ended_at - head.started_at)}"
    yield _door(head, zone)
    if head.live_at is not None:
        after = lasted(head.live_at - head.started_at)
        yield f"- Declared healthy {instant(head.live_at, zone)}, after {after}"
    yield from (f"- {count.value} {said(count.means)}" for count in head.counts)
    spent = report.spent
    yield (
        f"- Until {instant(head.acute_until, zone)}: {lasted(spent.working)} at work, {lasted(spent.held_up)} in which "
        f"only people were waited for, {lasted(spent.between)} in between"
    )
    yield f"- Times are {said(head.zone)}."


def _door(head: Head, zone: ZoneInfo) -> str:
    if head.door_closed_at is None or head.door_closed is None:
        return "- The door was never closed."
    since = instant(head.door_closed_at, zone)
    if head.door_opened_at is None:
        return f"- The door is closed since {since}: {lasted(head.door_closed)} so far"
    opened = instant(head.door_opened_at, zone)
    return f"- The door was closed for {lasted(head.door_closed)}, from {since} to {opened}"


def _targets(report: Report) -> Iterator[str]:
    rows = [(one.what, lasted(one.target), lasted(one.actual), lasted(one.by_hand)) for one in report.targets]
    yield from table(("", "aimed at", "came to", "by hand"), rows)


def _comparison(compared: Comparison | None) -> Iterator[str]:
    if compared is None:
        yield "The runbook names no run to compare with."
        return
    yield f"Compared with: {said(compared.title)}, {lasted(compared.total)}. Times count from the start of each run."
    yield ""
    rows = [
        (lasted(step.then), said(step.did), said(step.stage), lasted(step.began), lasted(step.took))
        for step in compared.steps
    ]
    yield from table(("then", "what was done", "stage", "now", "took"), rows)
    if compared.added:
        yield ""
        yield f"Stages that the run by hand did not have: {', '.join(map(said, compared.added))}."


def _deviations(report: Report) -> Iterator[str]:
    zone = ZoneInfo(report.head.zone)
    found = [
        f"- {instant(one.at, zone)} {said(one.text)}" if one.at else f"- {said(one.text)}" for one in report.deviations
    ]
    yield from found or ["None."]


def _not_executed(report: Report) -> Iterator[str]:
    rows = [(said(one.stage), said(one.change) or "the whole stage", said(one.why)) for one in report.not_executed]
    yield from table(("stage", "what", "why"), rows)


def _record(report: Report) -> Iterator[str]:
    record = report.record
    yield f"- Audit entries about this rollback: {record.entries}"
    yield f"- Head of the whole chain: entry {record.head_seq}, mac `{record.head_mac}`"
    yield "- `rollback-bot audit verify` proves the chain with the key that lies outside the database."
    yield f"- Frozen at the start: plan `{record.plan}`, estate `{record.estate}`, people `{record.people}`"
