"""A node that turns out to be the bot's own machine, or a system's, stops every stage that would touch it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from preparing_bench import PreparingBench
from safety_bench import SafetyBench

from rollback.actions.action import Finding
from rollback.book import Book
from rollback.estate import Kept
from rollback.worker import previews
from storage.database import Unit
from storage.words import Severity

STAGES = ("shut-down-nodes", "snapshot-nodes", "restore-node@xms02", "join-remaining-nodes")


@pytest.fixture
def run(preparing: PreparingBench, tmp_path: Path) -> Iterator[SafetyBench]:
    made = SafetyBench(preparing, tmp_path)
    made.shut_down()
    yield made
    made.close()


def keep(run: SafetyBench, kept: Kept) -> None:
    def unit_of_work(unit: Unit) -> None:
        book = Book.open(unit.session, run.id)
        place = book.estate.model_copy(update={"kept_machines": (kept,)})
        book.row.estate, book.row.estate_hash = place.to_bytes(), place.digest()

    run.database.run(unit_of_work)


def kept_in(run: SafetyBench, stage: str) -> list[Finding]:
    stage_id = run.stage(stage).id
    assert stage_id is not None
    with run.estate.systems() as systems:
        seen = previews.look(run.bench, systems, stage_id, claiming=False)
    return [finding for finding in seen.preview.blockers(claiming=False) if finding.code == "machine-kept"]


def test_a_node_with_the_bot_s_bios_uuid_is_a_hard_blocker(run: SafetyBench) -> None:
    """Each stage that would touch the machine is stopped, names the node, and nobody can override it."""
    keep(run, Kept(name="this bot", bios_uuid=run.world.nodes["xms02"].bios_uuid))
    for stage in STAGES:
        (found,) = kept_in(run, stage)
        assert found.severity is Severity.HARD
        assert found.text == "xms02 must not be touched: it is the machine of this bot."


def test_nodes_of_their_own_are_touched(run: SafetyBench) -> None:
    """With another machine kept, and with a stage that touches another node, nothing stands in the way."""
    keep(run, Kept(name="this bot", bios_uuid="4c4c4544-0051-3010-8052-b4c04f4d3732"))
    assert [kept_in(run, stage) for stage in STAGES] == [[], [], [], []]
    keep(run, Kept(name="vCenter", instance_uuid=run.world.nodes["xms02"].instance_uuid))
    assert kept_in(run, "restore-node@xms01") == []
