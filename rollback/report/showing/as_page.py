"""The report as one HTML page: nothing is fetched, nothing runs, light and dark, and it prints."""

from zoneinfo import ZoneInfo

from rollback.report.model import Report
from rollback.report.showing.as_svg import source, svg, template
from rollback.report.showing.lengths import clock, instant, lasted
from rollback.report.showing.phrases import ENDS, KINDS, title
from rollback.report.showing.picture import NARROW, WIDE
from rollback.report.values import Stage


def page(report: Report) -> str:
    """The whole page; every text in it is escaped by the template."""
    zone = ZoneInfo(report.head.zone)
    return template("page.html.j2").render(
        it=report,
        title=title(report.head),
        style=source("page.css"),
        wide=svg(report, WIDE),
        narrow=svg(report, NARROW),
        ends=ENDS,
        kinds=KINDS,
        lasted=lasted,
        instant=lambda at: instant(at, zone),
        clock=lambda at: clock(at, zone),
        told=_told,
        outcome=outcome(report),
        tiles=tiles(report),
    )


def outcome(report: Report) -> str:
    """How it ended, in one or two sentences."""
    head = report.head
    whole = lasted(head.acute_until - head.started_at)
    first = f"{ENDS[head.state].capitalize()} after {whole}" if head.ended_at else f"{ENDS[head.state].capitalize()}"
    parts = [f"{first}: {head.done} of {head.stages} stages are done."]
    if head.door_closed_at is None:
        parts.append("The door was never closed.")
    elif head.door_opened_at is None:
        parts.append(f"The door is closed, {lasted(head.door_closed)} so far.")
    else:
        parts.append(f"No device could come in for {lasted(head.door_closed)}.")
    if head.live_at is not None:
        parts.append(f"The service was declared healthy after {lasted(head.live_at - head.started_at)}.")
    return " ".join(parts)


def tiles(report: Report) -> list[tuple[str, str, str]]:
    """The few numbers that stand on top: what, how much, and what stands beside it."""
    told = []
    for one in report.targets:
        beside = [f"aimed at {lasted(one.target)}"]
        beside += [f"by hand {lasted(one.by_hand)}"] if one.by_hand is not None else []
        told.append((one.what, lasted(one.actual) if one.actual is not None else "not yet", ", ".join(beside)))
    spent = report.spent
    told.append(("people waited for", lasted(spent.held_up), f"while nothing went on; at work {lasted(spent.working)}"))
    return told


def _told(stage: Stage) -> bool:
    """Whether there is anything to tell of a stage."""
    return bool(stage.changes or stage.checks or stage.answers or stage.flags)
