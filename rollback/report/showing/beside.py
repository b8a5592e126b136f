"""Three bars on one scale: the run by hand, what was aimed at, and this run; each from its start to its end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rollback.report.model import Comparison, Report
from rollback.report.showing.lengths import lasted
from rollback.report.showing.shapes import Bar, Layout, Shape, Text

NONE = timedelta(0)
HEIGHT = 18
LETTER = 6.3


@dataclass(frozen=True, slots=True)
class Run:
    """One run; all lengths count from its start.

    Attributes:
        name: What it is called.
        closes, opens, live: When the door was closed and opened, and the service declared healthy; None: not (yet).
        total: Its whole length.
        over: Whether it has ended.
    """

    name: str
    closes: timedelta | None
    opens: timedelta | None
    live: timedelta | None
    total: timedelta
    over: bool = True

    def parts(self) -> Iterator[tuple[str, str, timedelta, timedelta]]:
        """Its parts: the kind, what it is, from when to when."""
        whole = self.total
        closes = whole if self.closes is None else min(self.closes, whole)
        opens = whole if self.opens is None else min(max(self.opens, closes), whole)
        live = whole if self.live is None else min(max(self.live, opens), whole)
        yield "before", "before the door is closed", NONE, closes
        yield "closed", "door closed", closes, opens
        yield "open", "door open, not yet declared healthy", opens, live
        yield "after", "declared healthy", live, whole


def beside(report: Report, layout: Layout, y: float) -> tuple[list[Shape], float]:
    """The shapes of the three bars from `y` on, and where they end."""
    runs = [*_by_hand(report.comparison), *_aimed(report), _this(report)]
    longest = max([run.total for run in runs] + [timedelta(seconds=1)])
    shapes: list[Shape] = [Text(layout.margin, y + 12, "beside the run by hand, on one scale", "heading")]
    y += 22
    room = layout.width - layout.margin - layout.left - 78  # the length stands behind its bar
    for run in runs:
        if not layout.labels:
            shapes.append(Text(layout.margin, y + 12, run.name, "label"))
            y += 17
        else:
            shapes.append(Text(layout.margin, y + 13, run.name, "label"))
        shapes += _bar(run, layout.left, y, room / (longest / timedelta(seconds=1)))
        y += HEIGHT + 8
    return [*shapes, *_legend(layout, y)], y + 24


def _bar(run: Run, left: float, y: float, scale: float) -> Iterator[Shape]:
    end = left
    for kind, what, start, stop in run.parts():
        width = round((stop - start).total_seconds() * scale, 1)
        if width <= 0:
            continue
        x = round(left + start.total_seconds() * scale, 1)
        end = x + width
        length = lasted(stop - start)
        yield Bar(x, y, max(1.0, width), HEIGHT, f"run-{kind}", f"{run.name}: {what}, {length}")
        if len(length) * LETTER + 6 < width:
            yield Text(round(x + width / 2, 1), y + 13, length, f"small on-{kind}", "middle")
    yield Text(end + 6, y + 13, lasted(run.total) + ("" if run.over else " so far"), "small strong")


def _legend(layout: Layout, y: float) -> Iterator[Shape]:
    x = float(layout.left)
    words = ("before", "door closed", "open, being proven", "declared healthy")
    for kind, text in zip(("before", "closed", "open", "after"), words, strict=True):
        width = 20 + len(text) * LETTER
        yield Bar(x, y + 4, 10, 10, f"run-{kind}", text)
        yield Text(x + 14, y + 13, text if layout.labels else text.partition(",")[0], "small")
        x += width if layout.labels else 20 + len(text.partition(",")[0]) * LETTER


def _by_hand(compared: Comparison | None) -> Iterator[Run]:
    if compared is None:
        return
    yield Run(compared.title, compared.closes, compared.opens, compared.live, compared.total)


def _aimed(report: Report) -> Iterator[Run]:
    aimed = {one.what: one.target for one in report.targets}
    opens, closed = aimed.get("until the door is open"), aimed.get("door closed for")
    if opens is None or closed is None or "in all" not in aimed:
        return
    yield Run("Aimed at", max(NONE, opens - closed), opens, aimed.get("until declared healthy"), aimed["in all"])


def _this(report: Report) -> Run:
    head = report.head

    def since(at: datetime | None) -> timedelta | None:
        return None if at is None else max(NONE, at - head.started_at)

    total = max(NONE, head.acute_until - head.started_at)
    over = head.state not in ("running", "paused") or head.acute_until < report.made_at
    return Run(
        f"This run ({head.label})",
        since(head.door_closed_at),
        since(head.door_opened_at),
        since(head.live_at),
        total,
        over,
    )
