"""Captures while things go wrong: a crash, a node that goes away, a list that moves, a login that is refused."""

from collections.abc import Callable

import pytest
from inventory_bench import InventoryBench
from sqlalchemy import select

from helpers_given import TinyWatch, with_changes
from rollback.actions.action import AlreadySo, Change, Done, Failed, Given, InFlight
from rollback.devices.compared import comparison_of
from rollback.devices.inventory import AFTER, CLOSED, WARM, NoCapture
from storage.models import AuditEntry
from storage.words import CheckState, Event

Make = Callable[..., InventoryBench]
FEW = 80
NOT_CHECKED = CheckState.NOT_CHECKED


class Killed(Exception):
    """The process ends here."""


class Dies(TinyWatch):
    """A watch whose process is killed when it is asked the nth time whether to go on."""

    def __init__(self, at: int) -> None:
        super().__init__(lambda _: None)
        self._left = at

    def wait(self, seconds: float) -> None:
        self._left -= 1
        if self._left <= 0:
            raise Killed


class Meanwhile(TinyWatch):
    """A watch that lets something happen in the world when it is asked the nth time."""

    def __init__(self, at: int, happens: Callable[[], None]) -> None:
        super().__init__(lambda _: None)
        self._left, self._happens = at, happens

    def wait(self, seconds: float) -> None:
        self._left -= 1
        if self._left == 0:
            self._happens()


def asked_of(bench: InventoryBench, stage: str, word: str, at: int = 0) -> tuple[Given, Change]:
    given = bench.given(stage)
    return given, bench.preview(word, given).changes[at]


def test_a_crash_costs_only_what_was_not_written_down(make_inventory: Make) -> None:
    """Killed in mid-reading, the capture is looked for in our rows and read on; the end is that of one reading."""
    bench = make_inventory()
    given, change = asked_of(bench, "prepare", "prepare")
    with pytest.raises(Killed):
        bench.carry(given, change, Dies(at=8))
    kept = bench.store.summary(bench.rollback_id, WARM)
    assert kept is not None
    assert 0 < kept.missing < kept.rows == 300
    assert isinstance(bench.look(given, change), InFlight)
    watch = bench.watch()
    assert isinstance(bench.follow(given, change, watch), Done)
    assert watch.told[0][1].endswith(f"of {kept.missing} devices")
    assert isinstance(bench.look(given, change), Done)
    found = bench.store.summary(bench.rollback_id, WARM)
    assert found is not None
    assert (found.rows, found.missing, found.done) == (300, 0, True)


def test_a_crash_before_the_first_row_is_the_same_as_not_begun(make_inventory: Make) -> None:
    """Killed while the list was read, the capture begins anew."""
    bench = make_inventory()
    given, change = asked_of(bench, "prepare", "prepare")
    with pytest.raises(Killed):
        bench.carry(given, change, Dies(at=2))
    assert isinstance(bench.follow(given, change), Done)
    with pytest.raises(AlreadySo):
        bench.carry(given, change)


def test_another_attempt_reads_the_list_anew(make_inventory: Make) -> None:
    """What another attempt captured is no capture of this one: a device that came meanwhile is found."""
    bench = make_inventory()
    bench.warm()
    somebody = next(d.owner for d in bench.xms.world.content.devices.values() if d.owner)
    bench.xms.world.device_enrol(somebody.login, "")
    given, change = asked_of(bench, "prepare", "prepare")
    watch = bench.watch()
    assert isinstance(bench.carry(bench.another(given), change, watch), Done)
    found = bench.store.summary(bench.rollback_id, WARM)
    assert found is not None
    assert (found.rows, found.run) == (301, "prepare/2")


def test_the_rest_is_read_on_while_nodes_are_swapped(make_inventory: Make) -> None:
    """When FIRST goes down in mid-reading the next node that answers is read, and nothing is missing."""
    bench = make_inventory()
    bench.captured()
    given, first = asked_of(bench, "compare-devices", "compare-devices")
    rest = bench.preview("compare-devices", given).changes[1]
    bench.carry(given, first)
    world = bench.xms.world

    def swapped() -> None:
        world.power_off("xms01", "va")
        world.nodes["xms02"].version = "10.6"
        world.power_on("xms02", "va")
        bench.xms.pass_time(3)

    assert isinstance(bench.carry(given, rest, Meanwhile(2, swapped)), Done)
    found = bench.store.summary(bench.rollback_id, AFTER)
    assert found is not None
    assert (found.missing, found.whole) == (0, True)
    assert not world.nodes["xms01"].up


def test_while_no_node_answers_the_capture_waits_and_then_gives_up(make_inventory: Make) -> None:
    """Without a node it is tried again for long, says why, and ends as a failure that names the way out."""
    bench = make_inventory(devices=FEW)
    given, change = asked_of(bench, "prepare", "prepare")
    for name in bench.xms.world.nodes:
        bench.xms.world.power_off(name, "va")
    watch, begun = bench.watch(), bench.clock.now()
    outcome = bench.carry(given, change, watch)
    assert isinstance(outcome, Failed)
    assert "no node answers on port 4443" in outcome.text
    assert "attest an export" in outcome.text
    assert (bench.clock.now() - begun).total_seconds() >= 600
    assert not outcome.may_have_happened


@pytest.mark.parametrize("fault", ["appear", "vanish"])
def test_a_list_that_moves_is_no_list(make_inventory: Make, fault: str) -> None:
    """A device that comes or goes between two pages makes the list be read again, and the second one counts."""
    bench = make_inventory(devices=FEW)
    given, change = asked_of(bench, "prepare", "prepare")
    bench.xms.world.faults.arm(fault, "xenmobile:device/filter")
    watch = bench.watch()
    assert isinstance(bench.carry(given, change, watch), Done)
    assert any("moved while it was read" in text for _, text in watch.told)
    found = bench.store.capture(bench.rollback_id, WARM)
    assert found.complete
    assert {int(d.id) for d in found.devices} == set(bench.xms.world.content.devices)


def test_a_refused_login_is_not_repeated(make_inventory: Make) -> None:
    """The account could be locked: one try, then the change fails."""
    bench = make_inventory(devices=FEW)
    given, change = asked_of(bench, "prepare", "prepare")
    bench.password = "wrong"
    assert isinstance(bench.carry(given, change), Failed)
    assert sum(bench.xms.attempts(name) for name in bench.xms.world.nodes) == 1


def test_details_that_can_t_be_read_are_counted_and_handed_to_the_next_gate(make_inventory: Make) -> None:
    """The list passes with a warning, and the card of `save` shows an override that says how many are missing."""
    bench = make_inventory(devices=FEW)
    bench.xms.world.faults.arm("negative", "xenmobile:device", times=-1)
    bench.warm()
    verdict, result = bench.run("list-devices", "list-devices")
    assert {check.state for check in verdict.checks} == {CheckState.PASSED}
    assert result["details_missing"] == FEW
    assert [(o["code"], o["gate"]) for o in result["overrides"]] == [("details-missing", "save")]
    assert f"{FEW} devices" in verdict.warnings[0]


def test_the_rest_does_not_end_with_details_missing(make_inventory: Make) -> None:
    """Security's list is whole or the change fails: a cancelled wipe may be pending on a device that nobody read."""
    bench = make_inventory(devices=FEW)
    bench.captured()
    given, first = asked_of(bench, "compare-devices", "compare-devices")
    rest = bench.preview("compare-devices", given).changes[1]
    bench.carry(given, first)
    bench.xms.world.faults.arm("negative", "xenmobile:device", times=-1)
    watch = Meanwhile(3, lambda: bench.xms.world.faults.disarm("negative", "xenmobile:device"))
    assert isinstance(bench.carry(given, rest, watch), Done)
    assert comparison_of(bench.store, bench.rollback_id).unread == 0
    assert any("can't be read" in text for _, text in watch.told)


def test_without_the_api_nothing_is_captured_and_nothing_is_claimed(make_inventory: Make) -> None:
    """With XenMobile off there is no change, and every check says that no machine has checked it."""
    bench = make_inventory(devices=FEW)
    bench.off = True
    for stage in ("list-devices", "compare-devices", "validate-configuration"):
        given = bench.given(stage)
        assert bench.preview(stage, given).changes == ()
        verdict, _ = bench.verdict(stage, given)
        assert {check.state for check in verdict.checks} == {NOT_CHECKED}
    with pytest.raises(NoCapture):
        comparison_of(bench.store, bench.rollback_id)


def test_what_people_attest_is_not_taken_for_a_reading(make_inventory: Make) -> None:
    """A capture that failed and was attested leaves its checks unchecked by machine, and the result without hash."""
    bench = make_inventory(devices=FEW)
    for stage, hashed in (("list-devices", "hash"), ("compare-devices", "hash")):
        given = with_changes(bench.given(stage), bench.preview(stage, bench.given(stage)).changes)
        verdict, result = bench.verdict(stage, given)
        assert {check.state for check in verdict.checks} == {NOT_CHECKED}
        assert (result[hashed], result["exact"]) == ("", False)


def test_a_total_that_nobody_expects_needs_an_override(make_inventory: Make) -> None:
    """A restored server with far fewer devices than the day of the backup had is shown on the card of `open`."""
    bench = make_inventory(devices=FEW)
    bench.captured()
    for number in list(bench.xms.world.content.devices)[: FEW // 8]:
        bench.xms.world.device_remove(number, "")
    verdict, result = bench.run("compare-devices", "compare-devices")
    assert [(o["code"], o["gate"]) for o in result["overrides"]] == [("total-unlikely", "open")]
    assert "lets expect" in verdict.warnings[0]


def test_what_the_login_may_not_read_is_named(make_inventory: Make) -> None:
    """A forbidden part of the settings doesn't stop the capture; the check says which and isn't passed."""
    bench = make_inventory(devices=FEW)
    bench.xms.world.faults.arm("forbid", "xenmobile:licenses", times=-1)
    verdict, _ = bench.run("list-devices", "list-devices")
    by_name = {check.name: check for check in verdict.checks}
    assert by_name["complete"].state is CheckState.PASSED
    assert by_name["surroundings"].state is NOT_CHECKED
    assert "licence" in by_name["surroundings"].text


def test_captures_stand_in_the_audit_log(make_inventory: Make) -> None:
    """Each capture and each comparison is noted with its hash and counts, never with a name."""
    bench = make_inventory(devices=FEW)
    bench.captured()
    bench.run("compare-devices", "compare-devices")
    with bench.database.read() as session:
        entries = list(session.scalars(select(AuditEntry)))
    events = [entry.event for entry in entries]
    assert events.count(Event.CAPTURE_COMPLETED) == 4
    assert Event.COMPARISON_MADE in events
    closed = bench.store.summary(bench.rollback_id, CLOSED)
    assert closed is not None
    assert any(closed.hash.encode() in entry.content for entry in entries)
    logins = {d.owner.login.encode() for d in bench.xms.world.content.devices.values() if d.owner}
    assert not any(login in entry.content for entry in entries for login in logins)
