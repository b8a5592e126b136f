"""The course of a check: lanes side by side, whatever one of them does."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from helpers_given import modes
from rollback.cluster import Cluster
from rollback.estate import Estate, Node
from rollback.readiness import Outlook, Page, Place, Row, inspect
from rollback.readiness.rows import Report
from rollback.systems import Systems
from storage.words import Mode, SystemName

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
LIMIT = timedelta(seconds=30)


def estate() -> Estate:
    """An estate with every system off, and one node on a port where nobody listens."""
    ports = dict.fromkeys(("80", "443", "4443", "8443"), 1)
    node = Node(name="xms01", address="127.0.0.1", inventory_path="DC1/vm/xms01", ports=ports)  # type: ignore[arg-type]
    return Estate(name="mobile", nodes=(node,), modes=modes(**{s.value: Mode.OFF for s in SystemName}))


def place() -> Place:
    made = estate()
    return Place(made, lambda _: Systems({Cluster: lambda: Cluster(made, None, None)}), lambda: NOW)


def checked(*fills: tuple[str, object], stuck: int = 0) -> Report:
    """A check with pages of our own; its end is waited for until only so many lanes are left."""

    def pause(_: float, event: threading.Event) -> bool:
        while sum(thread.name == "check" for thread in threading.enumerate()) > stuck:
            if event.wait(0.01):
                return True
        return event.is_set()

    return inspect(place(), pause, limit=LIMIT, own=fills)  # type: ignore[arg-type]


def of(report: Report, subject: str) -> list[Row]:
    return [row for row in report.rows if row.subject == subject]


def test_what_is_stuck_keeps_what_it_said_and_is_told() -> None:
    """A lane that does not end is told with the limit; what it had said stands, and so does everybody else's."""
    gate = threading.Event()

    def stuck(page: Page) -> None:
        page.passes("first", "It said this.")
        gate.wait()
        page.passes("second", "Too late.")

    report = checked(("slow", stuck), ("quick", lambda page: page.passes("all", "Fine.")), stuck=1)
    gate.set()
    first, second = of(report, "slow")
    assert (first.outlook, first.text) == (Outlook.PASS, "It said this.")
    assert (second.outlook, second.name) == (Outlook.FAIL, "answers")
    assert "within 30 s" in second.text
    assert [row.text for row in of(report, "quick")] == ["Fine."]


def test_what_breaks_off_is_a_row(caplog: pytest.LogCaptureFixture) -> None:
    """A mistake of ours in one lane costs that lane alone; the log has the rest."""

    def broken(_: Page) -> None:
        raise ZeroDivisionError("secret detail")

    report = checked(("broken", broken), ("quick", lambda page: page.passes("all", "Fine.")))
    (row,) = of(report, "broken")
    assert (row.outlook, "ZeroDivisionError" in row.text, "secret" in row.text) == (Outlook.FAIL, True, False)
    assert of(report, "quick")
    assert "the check of broken broke off" in caplog.text


def test_nothing_is_asked_of_what_is_off() -> None:
    """With every system off only the nodes' ports are asked, which need no login."""
    report = checked()
    assert {row.subject for row in report.rows if row.outlook is Outlook.OFF} == {system.value for system in SystemName}
    assert {row.subject for row in report.rows if row.outlook is Outlook.FAIL} == {"xms01"}
    assert (report.estate, report.at) == ("mobile", NOW)
