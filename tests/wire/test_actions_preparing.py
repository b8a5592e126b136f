"""`prepare` and `collect-evidence` over the whole practice estate: what is offered, taken, proven, and what blocks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from nodes_bench import codes, states_of
from preparing_bench import PreparingBench

from helpers_given import with_changes
from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from practice.world.made import LAST_GOOD_SET, fixed_uuid
from rollback.actions.action import Change, Done, Failed, Preview
from rollback.runbook.reading import builtin
from storage.words import By, CheckState, Severity

GOOD = fixed_uuid(f"set.{LAST_GOOD_SET}")


def preview_of(preparing: PreparingBench, *off: type, **told: object) -> Preview:
    return preparing.preview("prepare", preparing.given("prepare", **told), *off)


def hard(preview: Preview) -> set[str]:
    return {finding.code for finding in preview.blockers(claiming=True)}


def test_the_last_good_backup_and_points_are_taken(preparing: PreparingBench) -> None:
    """Without a pick the newest backup and the newest points from before the upgrade hold; traps are not offered."""
    preview = preview_of(preparing)
    assert hard(preview) == set()
    assert [guid for guid, _ in preview.offers["backup"]] == [GOOD, fixed_uuid("set.1")]
    for node in preparing.world.nodes:
        assert [p for p, _ in preview.offers[f"point@{node}"]] == [
            fixed_uuid(f"point.{node}.{label}") for label in ("before", "old")
        ]
    assert {value for value, _ in preview.offers["restart"]} == {"verify-only", "restart"}
    assert [change.kind for change in preview.changes] == ["capture-warm", "backup-verify"]


def test_the_whole_stage_passes_and_hands_on_what_holds(preparing: PreparingBench) -> None:
    """Captured, read to its end, rights and clocks: every check of the runbook is answered, the result says what."""
    preparing.set_sql(restart="verify-only")
    given, result = preparing.run("prepare", preparing.given("prepare"))
    verdict = preparing.verify("prepare", given)
    asked = {
        c.check for s in builtin("xenmobile").runbook.stages if s.stage == "prepare" for c in s.checks if c.by == "bot"
    }
    assert states_of(verdict) == dict.fromkeys(asked, CheckState.PASSED)
    chosen = next(one for one in preparing.world.backups if one.set_id == LAST_GOOD_SET)
    assert result["taken"]["backup"] == GOOD
    assert result["taken"]["point@xms02"] == fixed_uuid("point.xms02.before")
    assert (result["taken"]["first"], result["taken"]["restart"]) == ("xms01", "verify-only")
    assert result["cutoff"] == [chosen.start.isoformat(), chosen.finish.isoformat()]
    assert preparing.store.capture(preparing.rollback_id, "warm").counts.rows == 120
    assert preparing.world.ledger.entries("sqlserver") == ()


def test_what_was_picked_holds(preparing: PreparingBench) -> None:
    """A pick takes the place of the newest; a backup that nobody has read to its end is not called read."""
    old = fixed_uuid("set.1")
    given = preparing.given("prepare", choices={"backup": old, "point@xms01": fixed_uuid("point.xms01.old")})
    preview = preparing.preview("prepare", given)
    assert [c.target for c in preview.changes if c.kind == "backup-verify"] == [old]
    result = preparing.action("prepare").result(preparing.systems(), given)
    assert (result["taken"]["backup"], result["taken"]["point@xms01"]) == (old, fixed_uuid("point.xms01.old"))
    unread = replace(preparing.given("prepare"), made=preview.changes)
    states = states_of(preparing.verify("prepare", unread))
    assert states["backup-readable"] is CheckState.NOT_CHECKED


def test_a_backup_that_breaks_off_in_the_middle_fails_the_reading(preparing: PreparingBench) -> None:
    """VERIFYONLY reads to the end; a damaged file fails the change and asks for another backup."""
    given = preparing.given("prepare")
    change: Change = next(c for c in preparing.preview("prepare", given).changes if c.kind == "backup-verify")
    next(one for one in preparing.world.backups if one.set_id == LAST_GOOD_SET).damaged = True
    outcome = preparing.carry(change, given)
    assert isinstance(outcome, Failed)
    assert "Pick another one" in outcome.text
    assert not outcome.may_have_happened


def test_a_reading_that_was_cut_off_is_made_again(preparing: PreparingBench) -> None:
    """Killed in mid-reading nothing is believed: the backup is read once more."""
    given = preparing.given("prepare")
    change = next(c for c in preparing.preview("prepare", given).changes if c.kind == "backup-verify")
    assert isinstance(preparing.find_out(change, given), Done)


@pytest.mark.parametrize("system", ["sql", "node"])
def test_a_clock_that_is_off_keeps_the_check_open_and_says_whose(preparing: PreparingBench, system: str) -> None:
    """More than five seconds away from the bot's is told with its name; put right, the check passes by itself."""
    given = with_changes(preparing.given("prepare"), preview_of(preparing).changes)
    if system == "node":
        preparing.world.nodes["xms02"].clock_offset = timedelta(seconds=90)
    else:
        preparing.world.database.clock_offset = timedelta(seconds=-90)
    check = next(c for c in preparing.verify("prepare", given).checks if c.name == "clocks")
    assert check.state is CheckState.OPEN
    assert {"node": "xms02 is 90 s ahead", "sql": "SQL Server is 90 s behind"}[system] in check.text
    preparing.world.nodes["xms02"].clock_offset = preparing.world.database.clock_offset = timedelta(0)
    assert states_of(preparing.verify("prepare", given))["clocks"] is CheckState.PASSED


@pytest.mark.parametrize("off", [SqlServer, VSphere, Veeam, NetScaler])
def test_with_a_system_off_the_rest_is_still_read(preparing: PreparingBench, off: type) -> None:
    """A system that is off blocks nothing; what only it could tell is not claimed."""
    preview = preview_of(preparing, off)
    assert hard(preview) == set()
    given = with_changes(preparing.given("prepare"), preview.changes)
    states = states_of(preparing.verify("prepare", given, None, off))
    assert set(states) == {"captured", "backup-readable", "rights", "clocks"}
    assert states["backup-readable"] is (CheckState.NOT_CHECKED if off is SqlServer else CheckState.PASSED)
    assert ("backup" in preview.offers) is (off is not SqlServer)
    assert ("point@xms01" in preview.offers) is (off is not Veeam)


def test_the_preview_is_the_same_twice(preparing: PreparingBench) -> None:
    """In a world that stands still two previews have one digest."""
    first, second = preparing.given("prepare"), preparing.given("prepare")
    assert preparing.preview("prepare", first).digest(first) == preparing.preview("prepare", second).digest(second)


def test_evidence_is_stored_once_and_names_what_could_not_be_read(preparing: PreparingBench) -> None:
    """Ports, settings, states, counters, suspect pages and machines are kept; a node that is down is told of."""
    preparing.world.power_off("xms03", "va")
    preview = preparing.preview("collect-evidence", preparing.given("collect-evidence"))
    assert codes(preview) == {"node-unreachable", "node-read-by-api"}
    given, result = preparing.run("collect-evidence", preparing.given("collect-evidence"))
    found = preparing.store.summary(preparing.rollback_id, "evidence")
    assert found is not None
    stored = found.extras["evidence"]
    assert set(stored) == {"ports", "history of the ports", "server", "netscaler", "suspect pages", "machines"}
    assert stored["ports"]["xms03"]["443"] == "refused"
    assert stored["machines"]["xms03"]["power"] == "poweredOff"
    assert result["connections"] == dict.fromkeys(preparing.world.vservers, 1200)
    assert given.made[0].by is By.BOT


def test_people_are_to_hear_of_the_downtime_before_it_begins(preparing: PreparingBench) -> None:
    """Until brief and interruption notice are marked sent the preview warns, and the stage ends flagged."""
    codes = {finding.code for finding in preview_of(preparing).findings}
    assert "notices-waiting" in codes
    told = dict.fromkeys(("help-desk-brief", "interruption"), "marked_sent")
    action, half = preparing.action("prepare"), {"help-desk-brief": "marked_sent"}
    for notices, waits in ((half, True), (told, False)):
        given = preparing.given("prepare", notices=notices)
        with preparing.systems() as systems:
            found = action.preview(systems, given).findings
        assert any(finding.code == "notices-waiting" for finding in found) is waits
        assert any("marked sent" in warning for warning in preparing.verify("prepare", given).warnings) is waits


def captured(preparing: PreparingBench) -> None:
    """The early capture is there."""
    given = preparing.given("prepare")
    change = next(one for one in preparing.preview("prepare", given).changes if one.kind == "capture-warm")
    assert isinstance(preparing.carry(change, given), Done)


def spoil_apns(preparing: PreparingBench, *, topic: str, keeps_old: bool) -> None:
    """Somebody uploaded an APNs certificate yesterday; the old one is still listed, or gone."""
    with preparing.world.lock:
        content = preparing.world.content
        old = next(one for one in content.configuration.certificates if one.type == "apns")
        rest = tuple(one for one in content.configuration.certificates if one.type != "apns")
        new = replace(old, number=4700, subject=topic, starts=preparing.world.now() - timedelta(days=1))
        kept = (replace(old, active=False),) if keeps_old else ()
        content.configuration = replace(content.configuration, certificates=(*rest, *kept, new))


@pytest.mark.parametrize(
    ("topic", "keeps_old", "says"),
    [
        ("APSP:another", True, "was replaced since the backup"),
        ("APSP:practice", True, ""),
        ("APSP:practice", False, "is newer than the backup"),
    ],
    ids=["replaced", "renewed", "nobody can tell"],
)
def test_a_replaced_apns_certificate_is_told_once_it_was_read(
    preparing: PreparingBench, topic: str, *, keeps_old: bool, says: str
) -> None:
    """Another topic costs every Apple device its enrolment; a renewal costs nothing, and is told of only in doubt."""
    spoil_apns(preparing, topic=topic, keeps_old=keeps_old)
    assert "apns-replaced" not in codes(preview_of(preparing)), "not read yet"
    captured(preparing)
    found = [one for one in preview_of(preparing).findings if one.code == "apns-replaced"]
    assert [one.severity for one in found] == [Severity.WARN] * bool(says)
    assert all(says in one.text for one in found)
    warnings = preparing.verify("prepare", preparing.given("prepare")).warnings
    assert any("APNs" in warning for warning in warnings) is bool(says)


def test_the_apns_certificate_of_the_backup_is_no_other(preparing: PreparingBench) -> None:
    """The practice estate has had its certificate since long before the backup."""
    captured(preparing)
    assert "apns-replaced" not in codes(preview_of(preparing))


def test_bundles_are_made_on_a_node_that_the_bot_does_not_read(preparing: PreparingBench) -> None:
    """While devices are read from a node its bundle waits; when they are stored, nothing does."""
    preview = preparing.preview("collect-evidence", preparing.given("collect-evidence"))
    (finding,) = [one for one in preview.findings if one.code == "node-read-by-api"]
    assert finding.severity is Severity.WARN
    assert "reads the devices from xms03: make bundles on xms01 first" in finding.text
    preparing.world.power_off("xms03", "va")
    again = preparing.preview("collect-evidence", preparing.given("collect-evidence"))
    assert any("from xms02" in one.text for one in again.findings if one.code == "node-read-by-api")
    captured(preparing)
    after = preparing.preview("collect-evidence", preparing.given("collect-evidence"))
    assert "node-read-by-api" not in codes(after)
