"""The picture of a rollback's time as shapes: stages in lanes, waiting apart from work, gates with their votes.

Below stand three bars on one scale: the run by hand, what was aimed at, and this run. Pure geometry; `as_svg` draws it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from rollback.report.model import Report
from rollback.report.showing.axis import Axis
from rollback.report.showing.beside import beside
from rollback.report.showing.lengths import clock, lasted
from rollback.report.showing.phrases import DOES, title
from rollback.report.showing.shapes import Bar, Layout, Mark, Picture, Rule, Shape, Text
from rollback.report.values import Doing, Round, Stage, Stretch
from rollback.untrusted import Untrusted, one_line

WIDE = Layout("wide", width=1120, labels=214, row=22, most_marks=9)
NARROW = Layout("narrow", width=360, labels=0, row=36, most_marks=4)
THIN = frozenset({Doing.LOOKING, Doing.TURN})
"""Drawn as lines: nobody works, and nobody is waited for."""
NOTES = {"skipped": "left out", "failed": "FAILED", "needs_reconcile": "OUTCOME UNKNOWN", "blocked": "BLOCKED"}
LEAST_WIDTH = 1.5
LETTER = 5.8  # pixels that a letter of the small print takes, a little more than most do
LONGEST = 30
VOTES = {"approve": "approved", "deny": "denied", "approve uncounted": "vote that does not count"}

Lane = tuple[str, str, list[Shape]]
"""A label, what a pointer on it is told, and what stands in the lane."""


def picture(report: Report, layout: Layout) -> Picture:
    """The picture of a report in one layout."""
    return _Drawing(report, layout).picture()


class _Drawing:
    """Draws from top to bottom; `y` is where the next thing goes."""

    def __init__(self, report: Report, layout: Layout) -> None:
        self.report, self.layout = report, layout
        self.zone = ZoneInfo(report.head.zone)
        head = report.head
        self.axis = Axis(head.started_at, head.acute_until, layout.left, layout.width - layout.margin)
        self.shapes: list[Shape] = []
        self.behind: list[Shape] = []
        self.y = float(layout.margin)

    def picture(self) -> Picture:
        """Everything, in the order from back to front."""
        self._legend()
        top = self._axis()
        for phase, lanes in (("gates and votes", list(self._gates())), *self._stages()):
            self._heading(phase)
            for label, hint, shapes in lanes:
                self._lane(label, hint, shapes)
        bottom = self.y
        self._bands(top, bottom)
        self.y += self.layout.row
        shapes, self.y = beside(self.report, self.layout, self.y)
        whole = [*self.behind, *self.shapes, *shapes]
        head = self.report.head
        return Picture(
            name=self.layout.name,
            width=self.layout.width,
            height=round(self.y + self.layout.margin),
            title=f"{title(head)}: {head.runbook}",
            told=f"Stages of {head.label} in lanes, {lasted(self.axis.length)}; the table of stages has every time.",
            shapes=tuple(whole),
        )

    def _legend(self) -> None:
        """What the fills and the marks mean, as many to a row as fit."""
        x, row = float(self.layout.margin), 18
        swatches: list[tuple[str, Bar | Mark]] = []
        for doing in Doing:
            height = 2 if doing in THIN else 10
            swatches.append((DOES[doing], Bar(0, 8 - height / 2, 16, height, doing.value)))
        swatches += [(text, Mark(8, 8, kind)) for kind, text in VOTES.items()]
        for text, swatch in swatches:
            width = 34 + len(text) * LETTER
            if x > self.layout.margin and x + width > self.layout.width:
                x, self.y = float(self.layout.margin), self.y + row
            self.shapes += [replace(swatch.moved(self.y), x=swatch.x + x), Text(x + 21, self.y + 12, text, "small")]
            x += width
        self.y += row + 10

    def _axis(self) -> float:
        """The times along the top, with a thin line down from each; returns where the lanes begin."""
        self.y += 30  # room for what stands over the bands
        top = self.y + 6
        for x, text in self.axis.marks(self.zone, self.layout.most_marks):
            anchor = "end" if x > self.axis.right - 20 else "middle" if x > 24 else "start"
            self.shapes.append(Text(x, self.y, text, "small", anchor))
            self.behind.append(Rule(x, top, x, 0, "grid"))
        self.y = top
        return top

    def _bands(self, top: float, bottom: float) -> None:
        """What holds for a while, behind all lanes: the closed door, and the rollback on hold."""
        self.behind = [self._down(one, bottom) for one in self.behind]
        head, bands = self.report.head, []
        if head.door_closed_at is not None:
            until = head.door_opened_at or head.acute_until
            text = f"door closed {lasted(head.door_closed)}"
            bands.append(self._band(head.door_closed_at, until, "door", text, (top, bottom)))
        for hold in self.report.holds:
            text = f"on hold {lasted(hold.end - hold.start)}: {hold.why}"
            bands.append(self._band(hold.start, hold.end, "hold", text, (top, bottom)))
            self.shapes.append(Text(self.axis.x(hold.start), bottom + 13, text.partition(":")[0], "small strong"))
        self.behind[:0] = bands
        if head.door_closed_at is not None:
            x = self.axis.x(head.door_closed_at)
            self.shapes.append(Text(x, top - 22, f"door closed {lasted(head.door_closed)}", "small strong"))

    def _down(self, one: Shape, bottom: float) -> Shape:
        """A line of the axis, down to where the lanes end."""
        return replace(one, y2=bottom) if isinstance(one, Rule) and one.kind == "grid" else one

    def _band(self, start: datetime, end: datetime, kind: str, hint: str, span: tuple[float, float]) -> Bar:
        left, right = self.axis.x(start), self.axis.x(end)
        y = span[0] - 18 if kind == "door" else span[0]
        return Bar(left, y, max(LEAST_WIDTH, right - left), span[1] - y, kind, hint)

    def _heading(self, text: str) -> None:
        self.y += 20
        self.shapes.append(Text(self.layout.margin, self.y - 4, text, "heading"))

    def _lane(self, label: str, hint: str, shapes: Sequence[Shape]) -> None:
        """One lane with its label beside it, or above it where there is no room beside."""
        layout = self.layout
        middle = self.y + (layout.row / 2 if layout.labels else layout.row - 11)
        baseline = middle + 4 if layout.labels else self.y + 14
        self.shapes.append(Text(layout.margin, baseline, _short(label), "label", hint=hint))
        self.behind.append(Rule(self.axis.left, middle, self.axis.right, middle, "lane"))
        self.shapes += [one.moved(middle) for one in shapes]
        self.y += layout.row

    def _gates(self) -> Iterator[Lane]:
        """One lane a gate: each round from its asking to its end, and its votes."""
        for gate in dict.fromkeys(one.gate for one in self.report.rounds):
            rounds = [one for one in self.report.rounds if one.gate == gate]
            shapes = [shape for one in rounds for shape in self._round(one)]
            yield gate, rounds[-1].title, shapes

    def _round(self, asked: Round) -> Iterator[Shape]:
        end = asked.closed_at or self.report.made_at
        hint = f"{asked.gate}, round {asked.round}: {asked.state}, {lasted(end - asked.asked_at)}"
        yield from self._bar(asked.asked_at, end, "votes", hint, 6)
        for vote in asked.votes:
            kind = vote.choice if vote.counts else f"{vote.choice} uncounted"
            said = f"{vote.person}: {vote.choice}{'' if vote.counts else ', does not count'}"
            yield Mark(self.axis.x(vote.at), 0, kind, f"{said}, {clock(vote.at, self.zone)}")

    def _stages(self) -> Iterator[tuple[str, list[Lane]]]:
        """The lanes of the stages, phase by phase."""
        for phase in dict.fromkeys(stage.phase for stage in self.report.stages):
            yield phase, [self._stage(stage) for stage in self.report.stages if stage.phase == phase]

    def _stage(self, stage: Stage) -> Lane:
        shapes = [shape for one in stage.stretches for shape in self._stretch(stage, one)]
        notes = [NOTES[stage.state]] if stage.state in NOTES else []
        notes += [f"{stage.attempts} attempts"] if stage.attempts > 1 else []
        notes += ["goes on"] if any(one.end > self.axis.end for one in stage.stretches) else []
        if notes:
            shapes.append(self._note(stage, ", ".join(notes)))
        return f"{stage.position} {stage.name}", f"{stage.title}, {lasted(stage.took)}", shapes

    def _stretch(self, stage: Stage, one: Stretch) -> Iterator[Shape]:
        hint = f"{stage.name}: {DOES[one.doing]}, {lasted(one.end - one.start)} from {clock(one.start, self.zone)}"
        yield from self._bar(one.start, one.end, one.doing.value, hint, 2 if one.doing in THIN else self.layout.bar)

    def _bar(self, start: datetime, end: datetime, kind: str, hint: str, height: float) -> Iterator[Bar]:
        if start < self.axis.end and end > self.axis.start:
            left, right = self.axis.x(start), self.axis.x(end)
            yield Bar(left, -height / 2, max(LEAST_WIDTH, round(right - left, 1)), height, kind, hint)

    def _note(self, stage: Stage, text: str) -> Text:
        """Words behind the last bar of a lane, or before its first one where the lane is full to its end."""
        shown = [one for one in stage.stretches if one.start < self.axis.end]
        end = self.axis.x(shown[-1].end) if shown else self.axis.left
        if end + 6 + len(text) * LETTER <= self.layout.width:
            return Text(end + 6, 4, text, "small note")
        return Text(self.axis.x(shown[0].start) - 6, 4, text, "small note", "end")


def _short(label: str) -> str:
    return one_line(Untrusted(label), LONGEST)
