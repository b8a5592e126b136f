"""The message of a check: worst first, hostile names harmless, and always within Slack's limits."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from commands.blocks.readiness import CheckView, readiness
from helpers_blocks import HOSTILE, nothing_acts, read, slack_takes
from rollback.readiness import Outlook, Report, Row

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def view(*rows: Row, scheduled: bool = False, rollback: str = "", practice: bool = False) -> CheckView:
    return CheckView("mobile", practice, scheduled, NOW, Report("mobile", NOW, rows, rollback))


def row(outlook: Outlook, text: str = "So it is.", todo: str = "") -> Row:
    return Row("vsphere", "rights", outlook, text, todo)


def test_a_check_under_way_says_so_and_since_when() -> None:
    """Before its result a check is one line: real or drill, whose, since when, and that nothing is changed."""
    shown = readiness(CheckView("mobile", False, False, NOW, None))
    assert shown.text.startswith("REAL · check of mobile · under way since 09:00:00 UTC")
    assert "nothing is changed" in shown.text
    slack_takes(shown)


def test_what_fails_comes_first_and_what_passes_is_counted() -> None:
    """Failures, then warnings, each with what to do; passes are counted by subject, what is off is named."""
    rows = (row(Outlook.PASS), row(Outlook.WARN, "Warned."), row(Outlook.FAIL, "Failed.", "Do this."), row(Outlook.OFF))
    shown = readiness(view(*rows, practice=True))
    text = read(shown)
    assert shown.text == "DRILL · check of mobile · FAIL · 1 fail, 1 warn, 1 pass"
    assert text.index("Failed.") < text.index("→ Do this.") < text.index("Warned.") < text.index("passes: vsphere 1")
    assert "off: vsphere" in text


def test_one_made_by_itself_says_whether_the_estate_is_ready() -> None:
    """A post about a turn says which way it turned; a warning is ready all the same."""
    assert "NOT READY for a rollback" in readiness(view(row(Outlook.FAIL), scheduled=True)).text
    assert "ready again" in readiness(view(row(Outlook.WARN), scheduled=True)).text


def test_an_open_rollback_is_named() -> None:
    """Whoever reads it knows why a node that is off does not fail."""
    assert "RB-7 is open" in read(readiness(view(row(Outlook.WARN), rollback="RB-7")))


def test_hostile_names_do_not_act() -> None:
    """Text of systems in any place is neither mention nor link nor markup."""
    for text in HOSTILE:
        bad = Row(text, text, Outlook.FAIL, text, text)
        off = Row(text, text, Outlook.OFF, text)
        good = Row(text, text, Outlook.PASS, text)
        shown = readiness(CheckView(text, False, False, NOW, Report(text, NOW, (bad, off, good), "RB-7")))
        slack_takes(shown)
        nothing_acts(shown.blocks)
        nothing_acts({"text": shown.text})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 400), st.integers(1, 900))
def test_any_number_of_findings_fits(count: int, length: int) -> None:
    """Slack takes it whatever was found; what is left out is counted, and the worst is never left out first."""
    rows = [row(Outlook.WARN, "w" * length, "t" * length) for _ in range(count)]
    shown = readiness(view(*rows, row(Outlook.FAIL, "The worst."), row(Outlook.PASS)))
    slack_takes(shown)
    text = read(shown)
    assert "The worst." in text
    told = text.count("! WARN")
    assert (told == count) or (f"{count - told} more; `rollback-bot check`" in text)
