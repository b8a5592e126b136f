"""*Power off the wrong node*: one person is enough, and only for a node that the plan says is off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from preparing_bench import PreparingBench
from safety_bench import SafetyBench

from integrations.vsphere import VSphere
from rollback.operations.refusal import Refusal
from storage.words import By, ChangeState, Event, Mode, Role, RollbackState, StageState, SystemName

WRONG = "power-off@xms02"


@pytest.fixture
def run(preparing: PreparingBench, tmp_path: Path) -> Iterator[SafetyBench]:
    made = SafetyBench(preparing, tmp_path)
    yield made
    made.close()


def wrong_node(run: SafetyBench) -> None:
    """Behind the shutdown somebody switches a node on; the watch finds it."""
    run.shut_down()
    run.world.durations.boot = 3600
    run.world.power_on("xms02", by="")
    run.estate.pass_time(0.5)
    assert run.watch()["INV-2"] is False


def test_one_person_powers_off_a_node_that_must_be_off(run: SafetyBench) -> None:
    """One press powers the wrong node off by its plug, once, and the invariant holds again; the hold stays."""
    wrong_node(run)
    run.press("power_off", Role.VIRTUALISATION_ADMIN, "xms02")
    run.work()
    assert run.estate.done("vsphere", "power_off", "xms02") == 1
    assert not run.world.nodes["xms02"].on
    assert run.state(WRONG) == StageState.SUCCEEDED
    assert run.watch()["INV-2"] is True
    assert run.rollback().state == RollbackState.PAUSED


def test_a_lost_power_off_is_looked_for(run: SafetyBench) -> None:
    """After a lost reply the node is found off, and stands once in the ledger."""
    wrong_node(run)
    run.world.faults.arm("lose_reply", "vsphere:power_off")
    run.press("power_off", Role.VIRTUALISATION_ADMIN, "xms02")
    run.work()
    assert run.estate.done("vsphere", "power_off", "xms02") == 1
    assert run.state(WRONG) == StageState.SUCCEEDED


def test_a_node_that_may_be_on_is_not_powered_off(run: SafetyBench) -> None:
    """Before the shutdown no node must be off, and behind it only those of the plan: anything else is refused."""
    run.closed()
    with pytest.raises(Refusal, match="none"):
        run.press("power_off", Role.VIRTUALISATION_ADMIN, "xms02")
    run.shut_down()
    with pytest.raises(Refusal, match="xms01, xms02, xms03"):
        run.press("power_off", Role.VIRTUALISATION_ADMIN, "xms09")
    assert run.estate.done("vsphere", "power_off") == 0


def test_a_node_whose_turn_has_come_meanwhile_is_left_alone(run: SafetyBench) -> None:
    """Between press and act the plan may have taken the node up: then it is blocked, and nothing is powered off."""
    wrong_node(run)
    run.press("power_off", Role.VIRTUALISATION_ADMIN, "xms02")
    run.set(StageState.RUNNING, "join-remaining-nodes")
    run.work(5)
    assert run.state(WRONG) == StageState.BLOCKED
    assert run.estate.done("vsphere", "power_off") == 0


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.WATCH])
def test_where_the_bot_may_not_act_a_person_powers_the_node_off(run: SafetyBench, mode: Mode) -> None:
    """With vSphere off or on watch a person pulls the plug and attests it; the ports are read all the same."""
    wrong_node(run)
    run.mode(SystemName.VSPHERE, mode)
    run.off = (VSphere,) if mode is Mode.OFF else ()
    run.press("power_off", Role.VIRTUALISATION_ADMIN, "xms02")
    run.work(5)
    (change,) = run.changes(WRONG)
    assert (change.by, change.state) == (By.PERSON, ChangeState.PLANNED)
    run.world.power_off("xms02", "va")
    run.attest(WRONG)
    run.work()
    assert run.state(WRONG) == StageState.SUCCEEDED
    assert run.estate.done("vsphere", "power_off") == 0


def test_other_roles_hold_instead(run: SafetyBench) -> None:
    """Whose role doesn't name it is told so, and nothing is changed; *Hold* stays open to everybody."""
    wrong_node(run)
    for role in set(Role) - {Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN}:
        with pytest.raises(Refusal, match="roles don't let you"):
            run.press("close_the_door", role)
    for role in set(Role) - {Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN, Role.VIRTUALISATION_ADMIN}:
        with pytest.raises(Refusal, match="roles don't let you"):
            run.press("power_off", role, "xms02")
    assert run.audited(Event.SAFETY_STARTED) == 0
