"""The page and the picture: nothing is fetched, hostile text changes nothing of them, waiting is told from work."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_made import at, made_report

from helpers_blocks import HOSTILE
from rollback.report.gathering.words import words
from rollback.report.showing.as_markdown import markdown
from rollback.report.showing.as_page import outcome, page
from rollback.report.showing.as_svg import svg
from rollback.report.showing.axis import Axis
from rollback.report.showing.lengths import lasted
from rollback.report.showing.picture import NARROW, WIDE, picture
from rollback.report.showing.shapes import Bar, Layout, Mark, Text

SVG = "{http://www.w3.org/2000/svg}"


class Tags(HTMLParser):
    """The tags of a page in their order, with the names of their attributes, and every text apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.values: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.values += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


PLAIN = Tags(page(made_report()))


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    """No script, no style sheet, no picture from elsewhere; the page itself forbids them to the browser."""
    found = {tag for tag, *_ in PLAIN.tags}
    assert not found & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "input", "use", "image"}
    addresses = [value for name, value in PLAIN.values if name in ("href", "src", "xlink:href", "action")]
    assert addresses
    assert all(address.startswith("#") for address in addresses)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in PLAIN.values
    assert set(re.findall(r"url\(([^)]{2})", page(made_report()))) == {"#w", "#n"}
    assert not [name for name, _ in PLAIN.values if name.startswith("on")]
    assert "@import" not in page(made_report())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_changes_nothing_of_the_page(text: str) -> None:
    """With each hostile text in every field the page has the tags and attributes that it has with plain words."""
    hostile = Tags(page(made_report(words(text) or "-")))
    assert hostile.tags == PLAIN.tags
    assert not [word for word in hostile.words if re.search(r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f]", word)]


@given(st.text())
def test_any_text_leaves_a_picture_that_every_reader_of_xml_takes(text: str) -> None:
    """The picture is well-formed XML whatever people and systems are called, and its text is what was meant."""
    shown = words(text) or "-"
    root = ET.fromstring(str(svg(made_report(shown))))  # noqa: S314 - made by ourselves a moment ago
    assert root.tag == f"{SVG}svg"
    hints = {found.text for found in root.iter(f"{SVG}title")}
    assert any(hint and hint.startswith(f"{shown}: ") for hint in hints)


def test_every_link_of_the_page_leads_somewhere() -> None:
    """Contents and stages lead to places that are on the page, and no place is named twice."""
    ids = [value for name, value in PLAIN.values if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for name, value in PLAIN.values if name == "href"} <= set(ids)


def test_the_page_is_light_or_dark_as_the_reader_has_it_and_always_light_on_paper() -> None:
    """Dark colours are for screens only, in the page and in both of its pictures; printing hides the contents."""
    text = page(made_report())
    assert text.count("@media screen and (prefers-color-scheme: dark)") == 3
    assert "@media (prefers-color-scheme" not in text
    assert re.search(r"@media print \{.*nav \{ display: none; \}", text, re.DOTALL)


@pytest.mark.parametrize("layout", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everything_stands_inside_the_picture(layout: Layout) -> None:
    """No bar and no vote leaves the picture, and every bar can be seen."""
    drawn = picture(made_report("restore-node@a-node-with-a-very-long-name-indeed"), layout)
    for shape in drawn.shapes:
        if isinstance(shape, Bar):
            assert shape.x >= 0
            assert shape.x + shape.width <= drawn.width
            assert shape.width >= 1
            assert 0 <= shape.y <= drawn.height
        elif isinstance(shape, Mark):
            assert 0 <= shape.x <= drawn.width


def test_waiting_is_told_from_work() -> None:
    """Votes and answers are hatched, work is solid, reading the systems is a line: told apart without colours."""
    drawn = picture(made_report(), WIDE)
    heights = {bar.kind: bar.height for bar in drawn.shapes if isinstance(bar, Bar) and bar.x >= WIDE.left}
    assert heights["looking"] < heights["work"]
    text = str(svg(made_report()))
    assert re.search(r'class="rb-bar rb-votes"[^>]* fill="url\(#wide-votes\)"', text)
    assert not re.search(r'class="rb-bar rb-work"[^>]* fill=', text)


def test_a_bar_is_as_long_as_what_it_shows() -> None:
    """Work of 25 minutes is five times as long as answers of 5, and stands behind the votes before it."""
    drawn = picture(made_report(), WIDE)
    votes, work, answers = (
        next(one for one in drawn.shapes if isinstance(one, Bar) and one.kind == kind and one.hint and one.height == 12)
        for kind in ("votes", "work", "answers")
    )
    assert work.width == pytest.approx(5 * answers.width, abs=0.5)
    assert work.x == pytest.approx(votes.x + votes.width, abs=0.2)
    assert "at work, 25 min from 10:20:00" in work.hint


def test_votes_that_do_not_count_look_different() -> None:
    """A deny that does not count is drawn hollow, and says so."""
    marks = [one for one in picture(made_report(), WIDE).shapes if isinstance(one, Mark) and one.hint]
    assert {one.kind for one in marks} == {"approve", "deny uncounted"}
    assert next(one.hint for one in marks if "uncounted" in one.kind).endswith("does not count, 10:19:00")


def test_the_run_by_hand_stands_beside_this_one_on_one_scale() -> None:
    """Seven hours and a quarter by hand are as much longer than two hours as they were, and are told."""
    drawn = picture(made_report(), WIDE)

    def ends(name: str) -> float:
        return sum(one.width for one in drawn.shapes if isinstance(one, Bar) and one.hint.startswith(f"{name}: ")
                   and one.kind.startswith("run-"))  # fmt: skip

    assert ends("some words") / ends("This run (RB-7)") == pytest.approx(435 / 120, rel=0.02)
    texts = [one.text for one in drawn.shapes if isinstance(one, Text)]
    assert {"7 h 15 min", "5 h 37 min", "2 h 00 min"} <= set(texts)


def test_a_stage_that_goes_on_for_days_does_not_squeeze_the_rest() -> None:
    """The picture ends when the last stage ended that isn't counted in days, and says that the other one goes on."""
    report = made_report()
    long = report.stages[1].stretches[-1].model_copy(update={"end": at(3 * 24 * 60)})
    stage = report.stages[1].model_copy(update={"stretches": (*report.stages[1].stretches[:-1], long)})
    drawn = picture(report.model_copy(update={"stages": (report.stages[0], stage)}), WIDE)
    assert any("goes on" in one.text for one in drawn.shapes if isinstance(one, Text))
    before = picture(report, WIDE)
    assert [one for one in drawn.shapes if isinstance(one, Mark)] == [o for o in before.shapes if isinstance(o, Mark)]


@given(st.integers(1, 40 * 24 * 3600), st.integers(1, 9))
def test_the_axis_is_marked_at_round_times_and_never_crowded(seconds: int, most: int) -> None:
    """Whatever the length, marks stand in order, inside, and not many more than there is room for."""
    axis = Axis(at(0), at(0) + timedelta(seconds=seconds), 100, 900)
    marks = list(axis.marks(ZoneInfo("Europe/Zurich"), most))
    assert len(marks) <= most + 1
    assert [x for x, _ in marks] == sorted(x for x, _ in marks)
    assert all(100 <= x <= 900 for x, _ in marks)


@pytest.mark.parametrize(
    ("length", "told"),
    [(None, "–"), (31, "31 s"), (60, "1 min"), (91, "1 min 31 s"), (700, "11 min"), (7500, "2 h 05 min"), (-5, "0 s")],
)
def test_lengths_are_no_coarser_than_they_matter(length: int | None, told: str) -> None:
    """Seconds are told below ten minutes, never a negative length, and a dash where there is none."""
    assert lasted(None if length is None else timedelta(seconds=length)) == told


def test_the_outcome_stands_in_two_sentences() -> None:
    """How it ended, how long no device came in, when it was healthy; an open door and a closed one are told apart."""
    assert outcome(made_report()) == (
        "Completed after 2 h 00 min: 2 of 2 stages are done. No device could come in for 1 h 30 min. "
        "The service was declared healthy after 1 h 50 min."
    )
    closed = made_report(door_opened_at=None, live_at=None, state="running", ended_at=None)
    assert outcome(closed) == ("Still running: 2 of 2 stages are done. The door is closed, 1 h 30 min so far.")
    assert "never closed" in outcome(made_report(door_closed_at=None, door_opened_at=None, door_closed=None))


def test_markdown_page_and_picture_tell_the_same() -> None:
    """The lengths of the door and of the whole stand in each way of showing the report."""
    report = made_report()
    for shown in (markdown(report), page(report), str(svg(report))):
        assert "1 h 30 min" in shown
        assert "7 h 15 min" in shown
