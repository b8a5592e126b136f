"""What administrators, devices and nature do in the practice estate's XenMobile, and the ledger lines of it."""

from datetime import timedelta

import pytest

from practice.world import HandTime, World
from practice.world.core import WorldError
from practice.world.devices import AT_BACKUP, NOW, Truth, Verdict
from practice.world.made import LAST_GOOD_SET, VSERVERS, make_world


@pytest.fixture
def world() -> World:
    return make_world(1, HandTime(), devices=300, seed=5)


def pass_time(world: World, seconds: float) -> None:
    assert isinstance(world.time, HandTime)
    for _ in range(round(seconds * 10)):
        world.time.advance(0.1)
        world.settle()


def restore(world: World) -> None:
    """The whole way back, as fast as can be: door closed, node off, database and node of 10.6, node on again."""
    for name in VSERVERS:
        world.vserver_set(name, enabled=False, by="xa")
    world.power_off("xms01", "va")
    chosen = next(b for b in world.backups if b.set_id == LAST_GOOD_SET)
    world.restore_begin(chosen, "dba")
    world.restore_finish(chosen, "dba")
    world.nodes["xms01"].version = "10.6"
    world.power_on("xms01", "va")
    pass_time(world, 3)


def doomed(world: World) -> list[int]:
    """Row ids, after the restore, of devices whose cancelled wipe is pending again."""
    assert world.population is not None
    to_stop = Truth(world.population).to_stop()
    return [n for n, d in world.content.devices.items() if d.strong_id in to_stop]


def test_a_restore_brings_back_what_the_backup_held(world: World) -> None:
    """The content follows the database, and what was changed before the restore is gone."""
    assert world.content.name == NOW
    world.device_enrol(world.content.invitations[0].person.login, "tester")
    restore(world)
    assert world.content.name == AT_BACKUP
    assert not [d for d in world.content.devices.values() if d.serial.startswith("NEWCOMER")]


def test_a_device_that_enrols_after_the_restore_gets_a_used_id(world: World) -> None:
    """The restored database counts on from the backup, so that a new row has an id that another device had."""
    before = dict(world.content.devices)
    restore(world)
    login = world.content.invitations[0].person.login
    newcomers = [world.device_enrol(login, "tester") for _ in range(3)]
    reused = [d for d in newcomers if d.number in before]
    assert reused
    assert all(before[d.number].strong_id != d.strong_id for d in reused)
    assert [e.by for e in world.ledger.entries("xenmobile", "enrol")] == ["tester"] * 3


def test_a_cancelled_wipe_fires_when_the_door_opens(world: World) -> None:
    """A wipe that the restore made pending again is carried out at the first check-in, and counts as harm."""
    restore(world)
    victims = doomed(world)
    assert victims
    world.vserver_set("vs_xms_mdm_443", enabled=True, by="xa")
    pass_time(world, 3)
    assert len(world.harms) == len(victims)
    assert {e.target for e in world.ledger.entries("world", "wipe_fired")} == {f"device {n}" for n in victims}


def test_a_wipe_that_is_cancelled_in_the_console_does_not_fire(world: World) -> None:
    """Whoever cancels it before the door opens keeps the device whole, and stands in the ledger."""
    restore(world)
    for number in doomed(world):
        world.action_cancel(number, "WIPE", "xa")
    world.vserver_set("vs_xms_mdm_443", enabled=True, by="xa")
    pass_time(world, 3)
    assert world.harms == []
    assert {e.by for e in world.ledger.entries("xenmobile", "wipe_cancel")} == {"xa"}


def test_nothing_fires_while_the_door_is_closed(world: World) -> None:
    """Behind the closed door no device checks in, however long it takes to decide."""
    restore(world)
    pass_time(world, 30)
    assert world.harms == []


def test_wipe_revoke_remove_and_invite_stand_in_the_ledger(world: World) -> None:
    """Each of the console's actions changes the content once and writes one line with who did it."""
    first, second, third = list(world.content.devices)[:3]
    world.action_ask(first, "WIPE", "xa")
    world.device_revoke(second, "xa")
    world.device_remove(third, "xa")
    made = world.invitation_make(world.content.invitations[0].person.login, "xa")
    assert world.device(first).pending("WIPE")
    assert world.device(second).revoked
    assert third not in world.content.devices
    assert world.content.invitations[-1] == made
    written = [(e.verb, e.by) for e in world.ledger.entries("xenmobile")]
    assert written == [("wipe_ask", "xa"), ("revoke", "xa"), ("remove", "xa"), ("invite", "xa")]
    assert made.secret not in str(world.ledger.entries("xenmobile"))


def test_what_is_not_there_is_refused_and_not_written(world: World) -> None:
    """An unknown device, an action that isn't pending and a console without a node change nothing."""
    quiet = next(n for n, d in world.content.devices.items() if not d.actions)
    with pytest.raises(WorldError, match="no WIPE is pending"):
        world.action_cancel(quiet, "WIPE", "xa")
    with pytest.raises(WorldError, match="no device"):
        world.device_revoke(10**9, "xa")
    world.power_off("xms01", "va")
    with pytest.raises(WorldError, match="no console"):
        world.device_revoke(quiet, "xa")
    assert world.ledger.entries("xenmobile") == ()


@pytest.mark.parametrize("scope", ["xms01", "10.7"])
def test_port_80_flaps_while_the_fault_is_armed_and_is_good_afterwards(world: World, scope: str) -> None:
    """A flapping port 80 goes down and up by itself; when the fault is over it stays up."""
    node = world.nodes["xms01"]
    world.faults.arm("flap", scope, times=-1, value=1.0)
    seen = set()
    for _ in range(30):
        pass_time(world, 0.3)
        seen.add(node.port80_up)
    assert seen == {True, False}
    world.faults.disarm("flap", scope)
    pass_time(world, 2)
    assert node.port80_up
    pass_time(world, 5)
    assert node.port80_up


def test_a_fault_of_10_7_does_not_follow_the_node_to_10_6(world: World) -> None:
    """Port 80 of a restored node holds, because the fault lies in the version."""
    world.faults.arm("flap", "10.7", times=-1, value=0.5)
    restore(world)
    for _ in range(10):
        pass_time(world, 0.5)
        assert world.nodes["xms01"].port80_up


def test_the_lists_survive_a_second_look(world: World) -> None:
    """Answers are the same each time, whatever was done in the console meanwhile."""
    assert world.population is not None
    before = Truth(world.population).devices(Verdict.MUST)
    world.device_remove(next(iter(world.content.devices)), "xa")
    assert Truth(world.population).devices(Verdict.MUST) == before


def test_time_moves_only_by_hand(world: World) -> None:
    """The population's times hang on the world's own clock."""
    assert world.population is not None
    assert world.population.times.now == world.now()
    assert world.population.times.upgrade_began == world.now() - timedelta(days=2)
