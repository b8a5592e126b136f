"""The message of a check: what fails, what warns, each with what to do; what passes is counted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from commands.blocks.message import MOST_WEIGHT, Block, Rendered, context, escape, fits, prose, push, section, sections
from rollback.readiness import Outlook, Report, Row
from rollback.untrusted import Untrusted

SIGNS = {Outlook.FAIL: "✗", Outlook.WARN: "!", Outlook.PASS: "✓", Outlook.OFF: "–"}
"""A sign in front of the words; it never stands alone."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """One check as it is shown.

    Attributes:
        estate: The estate's name.
        practice: Whether it is a practice estate.
        scheduled: Whether it was made by itself.
        asked_at: When it was asked for, aware UTC.
        report: What it came to; None: it is under way.
    """

    estate: str
    practice: bool
    scheduled: bool
    asked_at: datetime
    report: Report | None


def readiness(view: CheckView) -> Rendered:
    """The message, within Slack's limits: what does not fit is counted, and where to read it is told."""
    head = f"{'DRILL' if view.practice else 'REAL'} · check of {prose(Untrusted(view.estate), 80)}"
    if view.report is None:
        first = f"{head} · under way since {view.asked_at:%H:%M:%S} UTC; every system is asked, nothing is changed."
        return Rendered(push(first), (section(f"*{head}* · under way since {view.asked_at:%H:%M:%S} UTC"),))
    counts = ", ".join(f"{view.report.count(one)} {one.value}" for one in (Outlook.FAIL, Outlook.WARN, Outlook.PASS))
    verdict = _verdict(view, view.report.outlook)
    lines = [f"*{head}* · *{verdict}* · {counts}", *_about(view.report)]
    return Rendered(push(head, verdict, counts), _fitting(lines, list(_bad(view.report)), _passing(view.report)))


def _verdict(view: CheckView, outlook: Outlook) -> str:
    if not view.scheduled:
        return outlook.value.upper()
    return "NOT READY for a rollback" if outlook is Outlook.FAIL else "ready again"


def _about(report: Report) -> Iterator[str]:
    during = f" · {escape(report.rollback)} is open, and what it switched off warns only" if report.rollback else ""
    yield f"Read at {report.at:%d %b %H:%M:%S} UTC, nothing was changed{during}"


def _bad(report: Report) -> Iterator[str]:
    for outlook in (Outlook.FAIL, Outlook.WARN):
        yield from (_line(row) for row in report.rows if row.outlook is outlook)


def _line(row: Row) -> str:
    what = prose(Untrusted(f"{row.subject} {row.name}"), 80)
    todo = f"\n      → {prose(Untrusted(row.todo), 300)}" if row.todo else ""
    return f"{SIGNS[row.outlook]} {row.outlook.value.upper()} *{what}*: {prose(Untrusted(row.text), 500)}{todo}"


def _passing(report: Report) -> list[str]:
    passed = Counter(row.subject for row in report.rows if row.outlook is Outlook.PASS)
    off = [row.subject for row in report.rows if row.outlook is Outlook.OFF]
    told = (
        [f"✓ passes: {' · '.join(f'{prose(Untrusted(s), 40)} {count}' for s, count in passed.items())}"]
        if passed
        else []
    )
    return [*told, *([f"– off: {', '.join(prose(Untrusted(one), 40) for one in off)}"] if off else [])]


def _fitting(first: list[str], bad: list[str], last: list[str]) -> tuple[Block, ...]:
    """As many of the bad rows as Slack takes, the worst first; the others are counted."""
    most = sum(total <= MOST_WEIGHT for total in accumulate(len(line) for line in bad))
    for shown in range(most, -1, -1):
        left = len(bad) - shown
        more = [context(f"{left} more; `rollback-bot check` on the bot's machine shows every row.")] if left else []
        blocks = [*sections([*first, *bad[:shown]]), *more, *sections(last)]
        if fits(blocks):
            return tuple(blocks)
    return tuple(sections(first))
