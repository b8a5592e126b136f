"""The publisher on the practice workspace's Web API: what only informs is drawn calmly, cards at once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.drawing import Drawing
from bot.publisher import Publisher
from bot.slack_app import client
from helpers_situation import House, estate, plan_of
from practice.workspace.people import INCIDENT
from practice.workspace.server import Workspace
from rollback.operations.start import Order, start
from rollback.roles import Roster
from storage.database import Unit
from storage.models import Message, Stage
from storage.outbox import Redraw
from storage.words import SubjectKind

CALM = timedelta(seconds=2)


class Wall:
    """A rollback that has begun, and the publisher that shows it in the practice workspace."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self.house, self.workspace = House(folder), workspace
        web = client(workspace.bot_token, workspace.base_url)
        self.publisher = Publisher(self.house.database, self.house.clock, web, Drawing(), calm=CALM)
        place = estate()
        self.house.plan = plan_of(place)
        roster = Roster.of(list(self.house.people.values()))
        order = Order(place, self.house.plan, roster, "Port 80 flaps.", INCIDENT, drill=True)
        self.house.database.run(lambda unit: start(unit, self.house.presser("ic"), order))
        self.house.settle()
        self.publisher.publish_due()

    def ask(self, kind: SubjectKind, subject_id: int) -> None:
        """Ask for a redraw."""

        def put(unit: Unit) -> None:
            unit.put(Redraw(kind, subject_id, 1))

        self.house.database.run(put)

    def updates(self) -> int:
        """How often a message was drawn anew."""
        return len(self.workspace.calls("chat.update"))


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Wall]:
    with Workspace() as workspace:
        made = Wall(tmp_path, workspace)
        yield made
        made.house.stop()


def test_a_board_is_drawn_calmly_and_its_last_state_is_never_lost(wall: Wall) -> None:
    """Asked for at every change, a board is drawn once in two seconds; what waited is drawn when they are over."""
    for _ in range(5):
        wall.ask(SubjectKind.BOARD, 1)
        wall.publisher.publish_due()
    assert wall.updates() == 0, "it was posted a moment ago"
    wall.house.clock.advance(CALM)
    assert wall.publisher.publish_due() == 1
    assert wall.updates() == 1
    assert wall.publisher.publish_due() == 0, "nothing waits any more"


def test_what_waits_is_drawn_before_the_bot_ends(wall: Wall) -> None:
    """The last round leaves nothing for later."""
    wall.ask(SubjectKind.BOARD, 1)
    assert wall.publisher.publish_due() == 0
    assert wall.publisher.publish_due(last=True) == 1


def test_cards_never_wait(wall: Wall) -> None:
    """What people press on is drawn at once, however often it changes."""
    gate = wall.house.gate("close")
    assert gate is not None
    for count in (1, 2, 3):
        wall.ask(SubjectKind.GATE, gate.id or 0)
        wall.publisher.publish_due()
        assert wall.updates() == count


def test_a_clock_set_back_holds_up_no_board(wall: Wall) -> None:
    """A board drawn "in the future" is drawn again."""
    wall.house.clock.advance(-timedelta(hours=1))
    wall.ask(SubjectKind.BOARD, 1)
    assert wall.publisher.publish_due() == 1


def test_a_stage_that_waits_has_no_card_and_none_is_registered(wall: Wall) -> None:
    """Before its gate is passed a stage is shown on the gate's card alone: nothing is posted, nothing is looked for."""
    with wall.house.database.read() as session:
        waiting = session.scalars(select(Stage).where(col(Stage.name) == "restore-database")).one()
    posted = len(wall.workspace.calls("chat.postMessage"))
    for _ in range(2):
        wall.ask(SubjectKind.STAGE, waiting.id or 0)
        wall.publisher.publish_due()
    with wall.house.database.read() as session:
        kept = session.scalars(
            select(Message).where(col(Message.subject) == SubjectKind.STAGE, col(Message.subject_id) == waiting.id)
        ).all()
    assert list(kept) == []
    assert len(wall.workspace.calls("chat.postMessage")) == posted
    assert wall.workspace.calls("conversations.history") == []
