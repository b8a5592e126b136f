"""Nodes, database, door, clocks and way back in the picture: believed, and how it is known."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpers_situation import House, estate, play_until, playing
from rollback.actions.action import Unknown
from rollback.estate import NetScalerPlace, VServer
from rollback.situation import NodeView, Power, Situation
from rollback.untrusted import Untrusted
from storage.words import Mode, StageState


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Situation]:
    """One whole run, seven minutes a leg, with a picture at each of its turns."""
    pictures = {}
    with playing(tmp_path_factory.mktemp("run")) as house:
        house.script.open.add("disable-vservers:refused")
        house.begin()
        for stage, state in TURNS:
            play_until(house, stage, state)
            pictures[stage] = house.picture()
            house.script.open.clear()
            house.clock.advance(timedelta(minutes=7))
        pictures["end"] = house.picture()
    return pictures


TURNS = (
    ("disable-vservers", StageState.VERIFYING),
    ("start-first-node", StageState.VERIFYING),
    ("verify-node@xms02", StageState.VERIFYING),
    ("enable-vservers", StageState.SUCCEEDED),
)


def node(house: House, name: str) -> NodeView:
    """One node of the picture."""
    return next(one for one in house.picture().nodes if one.name == name)


def test_at_the_start_everything_is_as_before(house: House) -> None:
    """Nothing was done and nothing read: nodes are on, 10.7, and the picture says how little that is known."""
    house.begin()
    s = house.picture()
    assert [one.first for one in s.nodes] == [True, False, False]
    assert {(one.power.value, one.version.value, one.power.how) for one in s.nodes} == {
        (Power.ON, "10.7", "as before the rollback")
    }
    assert (s.door.closed, s.database.restored_at, s.way_back.needed) == (False, None, False)


def test_power_and_version_follow_the_stages_until_they_are_seen(run: dict[str, Situation]) -> None:
    """Stages say what is on and what is restored; people who read the release in the console are believed more."""
    first, second, _ = run["start-first-node"].nodes
    assert (second.power.value, second.power.how) == (Power.OFF, "as shut-down-nodes left it")
    assert (first.version.value, second.version.value) == ("10.6", "10.7")
    assert (first.power.value, first.power.how) == (Power.ON, "as start-first-node left it")
    assert "nobody has seen it" in first.version.how
    first, second, _ = run["verify-node@xms02"].nodes
    assert (first.power.value, second.power.value) == (Power.OFF, Power.ON)
    assert second.power.how == "as swap-to@xms02 left it"
    assert first.version.how == "2 people read it in its console"
    assert "nobody has seen it" in second.version.how
    assert [one.power.value for one in run["enable-vservers"].nodes] == [Power.ON, Power.ON, Power.OFF]


def test_a_reading_is_believed_more_than_a_stage(house: House) -> None:
    """What was read of a node's power in the last minutes stands, with its time; an old reading doesn't."""
    house.begin()
    house.sample("power", "xms02", good=False, value="poweredOff")
    assert node(house, "xms02").power.value is Power.OFF
    assert node(house, "xms02").power.at == house.clock.now()
    house.clock.advance(timedelta(minutes=16))
    assert node(house, "xms02").power.how == "as before the rollback"


def test_a_restore_of_unknown_outcome_makes_the_version_unknown(house: House) -> None:
    """While nobody knows whether a restore happened, no version is claimed."""
    house.script.outcomes["restore-database"] = Unknown("the connection is gone")
    house.begin()
    play_until(house, "restore-database", StageState.NEEDS_RECONCILE)
    s = house.picture()
    assert (s.database.version.value, s.database.version.how) == ("unknown", "restore-database is needs_reconcile")


def test_the_history_of_port_80_counts_changes(house: House) -> None:
    """The last 15 minutes of port 80 are counted: good ones, all of them, and how often it went over."""
    house.begin()
    for good in (True, True, False, True):
        house.sample("port-80", "xms01", good=good)
    port = node(house, "xms01").port_80
    assert (port.good, port.all, port.last_good, port.changes) == (3, 4, True, 2)
    assert node(house, "xms02").port_80.all == 0


def test_the_door_is_closed_with_its_first_change_and_open_when_that_is_proven(run: dict[str, Situation]) -> None:
    """The clock of the closed door runs from the first change; it ends with the check that proves the opening."""
    closing, proving, opened = run["disable-vservers"], run["start-first-node"], run["enable-vservers"]
    assert closing.door.closed_at == closing.now
    assert (proving.door.closed, proving.door.closed_for(proving.now)) == (True, proving.now - closing.now)
    assert (opened.door.closed, opened.door.closed_at, opened.clocks.opened) == (False, closing.now, True)
    assert opened.door.closed_for(run["end"].now) == opened.now - closing.now


def test_a_door_closed_by_hand_is_closed_when_that_is_attested(house: House) -> None:
    """By hand the door counts as closed from the attestation on, not from the approval."""
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "disable-vservers", StageState.RUNNING)
    assert house.picture().door.closed_at is None
    house.clock.advance(timedelta(minutes=3))
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    assert house.picture().door.closed_at == house.clock.now()


def test_vservers_are_shown_as_they_were_read(house: House) -> None:
    """Each vServer of the door has its state and the time of the reading, once it was read."""
    vserver = VServer(name="lb_443", vip="192.0.2.80", port=443)
    place = estate().model_copy(update={"netscaler": NetScalerPlace(vservers=(vserver,))})
    house.begin(place)
    assert house.picture().door.vservers == ()
    house.sample("vserver", "lb_443", good=False, value="OUT OF SERVICE")
    (seen,) = house.picture().door.vservers
    assert (seen.name, seen.state, seen.serving) == (Untrusted("lb_443"), Untrusted("OUT OF SERVICE"), False)


def test_clocks_follow_what_has_happened(house: House) -> None:
    """What took longer than expected moves the expected opening and go-live."""
    house.begin()
    house.settle()
    before = house.picture().clocks
    house.clock.advance(timedelta(minutes=50))
    after = house.picture().clocks
    assert before.opens_at is not None
    assert after.opens_at is not None
    assert after.live_at is not None
    assert after.opens_at - before.opens_at >= timedelta(minutes=20)
    assert after.live_at > after.opens_at
    assert (after.opened, after.live) == (False, False)


def test_the_way_back_grows_with_what_was_done(run: dict[str, Situation]) -> None:
    """Before line 1 it takes minutes, beyond it a restore, beyond line 2 it costs devices."""
    near, far, dear = (run[name].way_back for name in ("disable-vservers", "start-first-node", "enable-vservers"))
    assert near.takes is not None
    assert far.takes is not None
    assert (near.needed, near.line, far.line, dear.line) == (True, 0, 1, 2)
    assert near.takes < far.takes
    assert Untrusted("Restore xms01 to 10.7") in far.steps
    assert "devices that enrolled since the door was opened are lost" in dear.costs


def test_the_database_is_believed_restored_when_that_was_verified(run: dict[str, Situation]) -> None:
    """Safety backup and restore have their times, and the content its version."""
    assert run["disable-vservers"].database.version.value == "10.7"
    database = run["start-first-node"].database
    assert (database.version.value, database.version.how) == ("10.6", "restore-database was verified")
    assert database.saved_at is not None
    assert database.restored_at is not None
    assert database.saved_at <= database.restored_at
