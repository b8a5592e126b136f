"""The stages that capture, carried by the real worker with the real runbook: what people wait for comes by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inventory_bench import KEY
from preparing_bench import PreparingBench, WorldClock
from sqlalchemy import select

from practice.world.devices import Truth
from practice.world.made import LAST_GOOD_SET
from rollback.actions.catalogue import catalogue
from rollback.book import Book
from rollback.devices.compared import comparison_of
from rollback.devices.decided import cleared, security_rows_of
from rollback.devices.inventory import InventoryStore
from rollback.devices.returning import expected, returned_of
from rollback.handing_out.lists import write_lists
from rollback.handing_out.office import Office, hand_out_due
from rollback.operations import stages
from rollback.operations.refusal import Presser, Refusal
from rollback.operations.security import decide, mark_done
from rollback.operations.start import Order, start
from rollback.roles import Account, Person, Roster
from rollback.runbook.expansion import expand
from rollback.runbook.reading import builtin
from rollback.runbook.spec import Opening
from rollback.runbook.spec import Order as Sequence
from rollback.worker.bench import Bench
from rollback.worker.returning import count_due
from rollback.worker.worker import Worker
from storage.database import Database, Unit
from storage.migrations import prepare
from storage.models import CheckRow, Stage
from storage.words import By, CheckState, Role, StageState

EVERYBODY = Person(id="all", name="Person all", accounts=(Account(team="T1", user="U1"),), roles=tuple(Role))
OTHER = Person(id="other", name="Person other", accounts=(Account(team="T1", user="U2"),), roles=tuple(Role))


class Run:
    """One rollback of the practice estate, as far as its worker brings it."""

    def __init__(self, bench: PreparingBench, folder: Path) -> None:
        self.bench, clock = bench, WorldClock(bench.world)
        self.files = folder / "files"
        file = folder / "run.sqlite"
        prepare(file, clock.now())
        self.database = Database(file, clock, KEY)
        self.database.start()
        self.store = bench.store = InventoryStore(self.database, clock)
        self.worker = Worker(Bench(self.database, clock, lambda _: bench.systems(), catalogue()))
        plan = expand(
            builtin("xenmobile").runbook, bench.estate, 120, "xms01", Sequence.PREPARE_FIRST, Opening.ENOUGH_NODES
        )
        order = Order(
            bench.estate, plan, Roster.of([EVERYBODY, OTHER]), "Port 80 flaps.", "C1", drill=True, facts=bench.facts
        )
        presser = Presser(EVERYBODY, EVERYBODY.accounts[0])
        self.id = self.database.run(lambda unit: start(unit, presser, order).id)

    def until(self, stage: str, state: StageState) -> None:
        """Let the worker work until the stage is in that state and all of the bot's checks are read."""
        for _ in range(20):
            told = self.checks(stage)
            answered = told and all(one != CheckState.OPEN for one, _ in told.values())
            if self.state(stage) == state and answered:
                return
            self.worker.run_due()
            self.bench.pass_time(1)
        raise AssertionError(f"{stage} is {self.state(stage)}: {self.checks(stage)}")

    def pretend(self, *stages_: str) -> None:
        """These stages have succeeded: they are others' and not what is tried here."""

        def unit_of_work(unit: Unit) -> None:
            for row in unit.session.scalars(select(Stage).where(Stage.name.in_(stages_))):  # type: ignore[attr-defined]
                row.state, row.result = StageState.SUCCEEDED, {}

        self.database.run(unit_of_work)

    def pretend_passed(self, stage: str, check: str) -> None:
        """This check of a stage that still runs has passed."""

        def unit_of_work(unit: Unit) -> None:
            row = unit.session.scalars(select(Stage).where(Stage.name == stage)).one()
            assert row.id is not None
            passed = CheckRow(stage_id=row.id, attempt=1, name=check, by=By.BOT, state=CheckState.PASSED, at=unit.now)
            unit.session.add(passed)

        self.database.run(unit_of_work)

    def hand_out(self) -> None:
        """Write the lists of what was compared; security decides from them."""
        office = Office(
            self.database, self.worker.bench.clock, self.files, lambda number: comparison_of(self.store, number)
        )
        hand_out_due(office, (write_lists,))

    def decide(self) -> None:
        """Security decides each row of its list by what it advises, and an administrator has done it."""

        def unit_of_work(unit: Unit) -> None:
            book = Book.open(unit.session, self.id)
            security, admin = (Presser(one, one.accounts[0]) for one in (OTHER, EVERYBODY))
            for row in security_rows_of(unit.session, self.id):
                word = {"stop_or_leave": "stop", "repeat_or_leave": "repeat"}.get(row.advice, "leave")
                decide(unit, book, security, row.list_hash, str(row.number), word)
                if word != "leave":
                    mark_done(unit, book, admin, row.list_hash, str(row.number))

        self.database.run(unit_of_work)

    def answer(self, stage: str, check: str) -> None:
        def unit_of_work(unit: Unit) -> None:
            book = Book.open(unit.session, self.id)
            who = Presser(OTHER, OTHER.accounts[0])
            stages.answer(unit, book, book.stage(stage), check, who, passed=True, evidence={})

        self.database.run(unit_of_work)

    def result(self, stage: str) -> Any:
        with self.database.read() as session:
            return session.scalars(select(Stage).where(Stage.name == stage)).one().result

    def checks(self, stage: str) -> dict[str, tuple[str, str]]:
        with self.database.read() as session:
            row = session.scalars(select(Stage).where(Stage.name == stage)).one()
            found = session.scalars(select(CheckRow).where(CheckRow.stage_id == row.id))
            return {check.name: (check.state, check.text) for check in found if check.by == By.BOT}

    def state(self, stage: str) -> str:
        with self.database.read() as session:
            row = session.scalars(select(Stage).where(Stage.name == stage)).one()
            return f"{row.state} {row.why}".strip()


@pytest.fixture
def run(preparing: PreparingBench, tmp_path: Path) -> Iterator[Run]:
    made = Run(preparing, tmp_path)
    yield made
    made.database.stop()


def test_prepare_and_evidence_run_side_by_side(run: Run) -> None:
    """Both begin with the start; every check that the runbook gives to the bot passes without a person."""
    for stage in ("prepare", "collect-evidence"):
        run.until(stage, StageState.VERIFYING)
        states = {name: state for name, (state, _) in run.checks(stage).items()}
        assert set(states.values()) == {CheckState.PASSED}, run.checks(stage)
    assert run.state("list-devices") == StageState.WAITING


def test_the_devices_are_listed_and_compared_by_the_worker(run: Run) -> None:
    """Behind the door by itself; after the restore by itself, until security has decided; with the truth's counts."""
    bench, world = run.bench, run.bench.world
    run.until("prepare", StageState.VERIFYING)
    bench.close_the_door()
    run.pretend("disable-vservers")
    run.until("list-devices", StageState.SUCCEEDED)
    assert run.result("list-devices")["rows"] == 120
    bench.all_off()
    chosen = next(one for one in world.backups if one.set_id == LAST_GOOD_SET)
    world.restore_begin(chosen, "dba")
    world.restore_finish(chosen, "dba")
    world.nodes["xms01"].version = "10.6"
    bench.started("xms01")
    run.pretend_passed("start-first-node", "answers")
    run.until("compare-devices", StageState.VERIFYING)
    run.until("validate-configuration", StageState.VERIFYING)
    assert run.checks("compare-devices")["compared"][0] == CheckState.PASSED
    assert run.checks("validate-configuration")["compared"][0] == CheckState.PASSED
    run.hand_out()
    with pytest.raises(Refusal, match=r"Security's list [0-9a-f]{8} isn't settled: [1-9]"):
        run.answer("compare-devices", "security-decided")
    run.decide()
    run.answer("compare-devices", "security-decided")
    run.until("compare-devices", StageState.SUCCEEDED)
    assert world.population is not None
    counts, told = Truth(world.population).counts(), comparison_of(run.store, run.id)
    result = run.result("compare-devices")
    assert {key: result[key] for key in ("must", "check_first", "came_back")} == {
        key: counts[key] for key in ("must", "check_first", "came_back")
    }
    assert (result["hash"], result["unread"], told.exact) == (told.digest, 0, True)
    run.pretend("go-live")
    assert count_due(run.worker.bench) == 1
    assert count_due(run.worker.bench) == 0
    with run.database.read() as session:
        clear = cleared(security_rows_of(session, run.id))
        counted = returned_of(session, run.id)
    assert counted is not None
    assert counted.of == len(expected(told, clear)) > counted.back == 0
