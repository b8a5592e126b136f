"""Judging what a check has read: dates, clocks, rights, findings, errors; and what the whole comes to."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.certificates import PeerCertificate
from integrations.errors import LoginRefused
from integrations.xenmobile.settings import Licence, ServerCertificate
from rollback.actions.action import Finding
from rollback.readiness import EXIT, Outlook, Report, Row, against, judging
from rollback.readiness.advice import ELSE, WHAT_TO_DO, advice
from rollback.readiness.licences import certificates, licences
from rollback.readiness.place import OF_PEOPLE
from rollback.readiness.rows import accept, worst
from rollback.runbook.reading import builtin
from storage.words import Severity

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PREVIEWED = (
    "prepare",
    "disable-vservers",
    "shut-down-nodes",
    "back-up-database",
    "snapshot-nodes",
    "restore-node@NODE",
)
AT_THE_START_OR_LATER = {
    "vm-on", "door-open", "foreign-session", "evidence-missing", "point-wrong",
    "malware-flag", "backup-not-verified",
    *OF_PEOPLE,
}  # fmt: skip
"""Findings that can't be made before a rollback, or that the page of the restore points tells in its own words."""


@pytest.mark.parametrize(
    ("begins", "ends", "outlook"),
    [
        (-DAY, 31 * DAY, Outlook.PASS),
        (-DAY, 30 * DAY, Outlook.PASS),
        (-DAY, 30 * DAY - timedelta(seconds=1), Outlook.WARN),
        (-DAY, timedelta(0), Outlook.FAIL),
        (-9 * DAY, -DAY, Outlook.FAIL),
        (DAY, 99 * DAY, Outlook.FAIL),
    ],
)
def test_a_certificate_warns_for_thirty_days_and_fails_when_it_ends(
    begins: timedelta, ends: timedelta, outlook: Outlook
) -> None:
    """Thirty days before its end a certificate warns; at its end, and before its beginning, it fails."""
    row = judging.certificate("veeam", "certificate", PeerCertificate("k", NOW + begins, NOW + ends), NOW)
    assert row.outlook is outlook
    assert bool(row.todo) is (outlook is not Outlook.PASS)


def test_a_certificate_without_dates_warns() -> None:
    """What is not told is not believed to be well."""
    assert judging.dates("veeam", "certificate", None, None, NOW).outlook is Outlook.WARN


@pytest.mark.parametrize(
    ("severity", "outlook"),
    [(Severity.HARD, Outlook.FAIL), (Severity.OVERRIDE, Outlook.WARN), (Severity.WARN, Outlook.WARN)],
)
def test_findings_weigh_as_they_would_in_a_rollback(severity: Severity, outlook: Outlook) -> None:
    """What nobody could override fails; what could be overridden, or would only be shown, warns."""
    (row,) = judging.found("sqlserver", "backup", [Finding("backup-unusable", severity, "No backup.")], "fine")
    assert (row.outlook, row.code, row.text) == (outlook, "backup-unusable", "No backup.")


def test_what_must_hold_only_at_a_start_is_left_out() -> None:
    """Before a rollback nobody has closed the door yet: that is no trouble."""
    finding = Finding("door-open", Severity.HARD, "The door is open.", at_start=True)
    (row,) = judging.found("netscaler", "door", [finding], "It is as it should be.")
    assert (row.outlook, row.text) == (Outlook.PASS, "It is as it should be.")


def test_every_finding_of_the_previews_has_advice_of_its_own() -> None:
    """A code that the runbook declares for what a check previews is in the table of advice."""
    stages = [stage for stage in builtin("xenmobile").runbook.stages if stage.stage in PREVIEWED]
    codes = {code for stage in stages for part in (stage.hard, stage.override, stage.warn) for code in part}
    assert len(stages) == len(PREVIEWED)
    assert sorted(codes - set(WHAT_TO_DO) - AT_THE_START_OR_LATER) == []
    assert advice("never-heard-of") == ELSE


def test_missing_rights_fail_and_needless_ones_warn() -> None:
    """Both are told; only a login with neither passes."""
    lacking, extra = judging.rights("vsphere", ["It lacks X"], ["It may Y"], "fine")
    assert (lacking.outlook, extra.outlook, extra.code) == (Outlook.FAIL, Outlook.WARN, "more-than-needed")
    (fine,) = judging.rights("vsphere", [], [], "fine")
    assert (fine.outlook, fine.text) == (Outlook.PASS, "fine")


def test_an_error_says_what_to_do_next() -> None:
    """A client's error keeps its own sentence and its own advice."""
    row = judging.trouble("veeam", "reachable", LoginRefused("veeam", "the login was refused"))
    assert row.text == "The login was refused."
    assert "Check the account" in row.todo


def test_a_warning_can_be_accepted_and_a_failure_can_not() -> None:
    """Settings accept a warning by its code, which passes and says so; what fails goes on failing."""
    rows = [Row("sqlserver", "database", outlook, "So.", "Do.", "database-unusual") for outlook in Outlook]
    judged = accept(rows, {"database-unusual"})
    assert [row.outlook for row in judged] == [Outlook.OFF, Outlook.PASS, Outlook.PASS, Outlook.FAIL]
    assert "Accepted in the settings" in judged[2].text
    assert accept(rows, {"another"}) == tuple(rows)


@given(st.lists(st.sampled_from(Outlook)))
def test_the_whole_is_as_bad_as_its_worst_row(outlooks: list[Outlook]) -> None:
    """Order means nothing; what is off counts for nothing beside anything else."""
    found = worst(outlooks)
    assert found is worst(reversed(outlooks))
    assert EXIT[found] == max((EXIT[one] for one in outlooks), default=0)


def test_another_system_behind_an_address_warns_once() -> None:
    """An identity that differs from the last check's warns and names both; the check after it takes it for known."""

    def report(identity: str) -> Report:
        row = Row("vsphere", "identity", Outlook.PASS, f"It is {identity}.", value=identity)
        return Report("mobile", NOW, (row, Row("vsphere", "clock", Outlook.PASS, "So.", value=identity)))

    first = against(report("A"), None)
    changed = against(report("B"), first)
    (warned, other) = changed.rows
    assert (warned.outlook, other.outlook, warned.code) == (Outlook.WARN, Outlook.PASS, "identity-changed")
    assert warned.text == "Another one answers than at the last check: B, then it was A."
    assert against(report("B"), changed).outlook is Outlook.PASS
    assert against(report("B"), report("B")).outlook is Outlook.PASS


def test_a_report_comes_back_as_it_was_kept() -> None:
    """What is kept as JSON is the same report when it is read."""
    rows = tuple(Row("a", "b", outlook, "c", "d", "e") for outlook in Outlook)
    report = Report("mobile", NOW, rows, "RB-7")
    assert Report.from_json(report.to_json()) == report
    assert report.to_json()["outlook"] == "fail"


@pytest.mark.parametrize(("days", "active"), list(product((-1, 5, 99), (True, False))))
def test_certificates_that_the_service_holds_count_only_in_use(days: int, active: bool) -> None:  # noqa: FBT001
    """A certificate in use is judged to the end of its last day; one that is not in use is passed over."""
    last = (NOW + days * DAY).date()
    held = [ServerCertificate(1, "apns", "APNS", active, "", "", "", None, last)]
    (row,) = certificates("xenmobile", held, NOW)
    expected = {-1: Outlook.FAIL, 5: Outlook.WARN, 99: Outlook.PASS}[days] if active else Outlook.PASS
    assert row.outlook is expected


def test_a_certificate_holds_until_its_last_day_is_over() -> None:
    """Valid to today means valid today."""
    held = [ServerCertificate(1, "apns", "APNS", True, "", "", "", None, NOW.date())]
    assert next(certificates("xenmobile", held, NOW)).outlook is Outlook.WARN


@pytest.mark.parametrize(
    ("licence", "outlook"),
    [
        (Licence("E", 5, 10, date(2031, 1, 1)), Outlook.PASS),
        (Licence("E", 11, 10, None), Outlook.WARN),
        (Licence("E", 5, 10, date(2030, 1, 6)), Outlook.FAIL),
        (Licence("E", None, None, None), Outlook.PASS),
    ],
)
def test_licences_must_suffice_and_be_valid(licence: Licence, outlook: Outlook) -> None:
    """Too few warns, expired fails, not told passes."""
    assert [row.outlook for row in licences("xenmobile", [licence], NOW)] == [outlook]
