"""Making changes by hand: what the words on a card mean at the consoles of the practice world."""

import threading
from pathlib import Path
from typing import Any, cast

import pytest

from practice.control import DEEDS, Control, plain
from practice.people.console import Console, WorldRefuses
from practice.people.hands import Hands, NotUnderstood
from practice.people.security import NoList, decide, newest_list
from practice.world import World
from practice.world.core import WorldError
from practice.world.devices import AT_BACKUP, Truth
from practice.world.made import make_world
from practice.world.time import HandTime


class AtOnce:
    """A console that reaches into a world of this process: the control port's own verbs without the wire."""

    def __init__(self, world: World) -> None:
        self.control, self.inside = Control(world), world

    def world(self) -> dict[str, Any]:
        shown: dict[str, Any] = plain(self.control.picture())
        return shown

    def do(self, verb: str, **given: Any) -> object:
        try:
            return DEEDS[verb](self.inside, **given)
        except WorldError as no:
            raise WorldRefuses(str(no)) from None


@pytest.fixture
def world() -> World:
    """A small estate whose time moves by hand."""
    return make_world(2, HandTime(), devices=80)


def hands_of(world: World) -> Hands:
    """Hands in that world; while they wait, its time goes on."""

    def pause(seconds: float) -> None:
        world.time.pause(seconds, threading.Event())
        world.settle()

    return Hands(cast("Console", AtOnce(world)), pause)


RESTORE = (
    r"1) ALTER DATABASE [XMS] SET SINGLE_USER; 2) RESTORE DATABASE [XMS] FROM DISK = N'E:\Backup\XMS_full.bak' "
    "WITH FILE = 4, REPLACE; 3) ALTER DATABASE [XMS] SET MULTI_USER"
)
CHANGES = (
    "vServer vs_xms_mdm_443 (127.0.0.1:1) disabled",
    "save the running configuration of the NetScaler, with everything in it that is unsaved",
    "member xms02 (port 443) of sg_xms_443 out, gracefully",
    "xms01 off: its guest is asked to shut down",
    "xms02 off, powered off hard: its guest doesn't answer",
    r"BACKUP DATABASE [XMS] TO DISK = N'E:\Backup\XMS_RB-1_1.bak' WITH COPY_ONLY, NAME = N'RB-1/back-up-database/XMS'",
    "xms01 snapshotted as RB-1/snapshot-nodes/xms01, without memory and without quiescing",
    RESTORE,
    "xms01 overwritten from its newest restore point before the upgrade, to its original location; no power on",
    "xms01 on: DC1/vm/XMS/xms01, whichever managed object carries instanceUuid 1",
    "member xms02 (port 443) of sg_xms_443 in",
    "vServer vs_xms_mdm_443 (127.0.0.1:1) enabled",
)


def test_a_whole_rollback_can_be_made_by_hand_without_harm(world: World) -> None:
    """Every change of a rollback, as it is worded, leaves the world as the line wants it, once, and harms nobody."""
    hands = hands_of(world)
    for change in CHANGES:
        assert not hands.is_so(change), change
        hands.make(change, "somebody")
        assert hands.is_so(change), change
    assert world.harms == []
    assert (world.database.version, world.nodes["xms01"].version) == ("10.6", "10.6")


def test_a_restore_is_understood_whether_or_not_the_bot_could_name_the_backup(world: World) -> None:
    """Without a reading of msdb the line tells which backup is meant, and the person finds it."""
    hands = hands_of(world)
    for change in CHANGES[3:6]:
        hands.make(change, "somebody")
    line = "XMS to SINGLE_USER; RESTORE from the last full backup that ended before the upgrade; XMS to MULTI_USER"
    hands.make(line, "somebody")
    assert (world.database.version, world.database.access) == ("10.6", "MULTI_USER")
    assert world.restores[-1].set_id == 4


def test_what_only_reads_asks_for_no_hand(world: World) -> None:
    """A line that changes nothing is so as it stands."""
    line = r"RESTORE VERIFYONLY FROM DISK = N'E:\Backup\x.bak' WITH FILE = 1 (reads it, changes nothing)"
    assert hands_of(world).is_so(line)
    assert len(world.ledger) == 0


def test_what_is_so_already_is_left_alone(world: World) -> None:
    """A person who finds it so does nothing, and says that it was found."""
    hands = hands_of(world)
    hands.make(CHANGES[0], "somebody")
    before = len(world.ledger)
    assert "already" in hands.make(CHANGES[0], "somebody else")
    assert len(world.ledger) == before


def test_a_line_that_nobody_understands_is_not_guessed(world: World) -> None:
    """Words that fit no hand are refused by name, and nothing is done."""
    with pytest.raises(NotUnderstood, match="polish the server"):
        hands_of(world).make("polish the server", "somebody")
    assert len(world.ledger) == 0


def security_list(world: World, folder: Path) -> Path:
    """A list as the bot would leave it, for the devices whose cancelled wipe is pending again."""
    population = world.population
    assert population is not None
    doomed = Truth(population).to_stop()
    numbers = [n for n, device in population.content(AT_BACKUP).devices.items() if device.strong_id in doomed]
    lines = ["console,what,action,decide"]
    lines += [f'"Id {number}","cancelled since","wipe","stop it, or leave it to fire"' for number in numbers]
    file = folder / "RB-1-security.csv"
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    return file


def test_security_stops_what_had_been_cancelled(world: World, tmp_path: Path) -> None:
    """A wipe that the restore made pending again is cancelled in the console, so that none fires."""
    hands = hands_of(world)
    for change in CHANGES[:10]:
        hands.make(change, "somebody")
    hands.pause(2.0)
    done = decide(hands.console, newest_list(security_list(world, tmp_path).parent), "security")
    assert done["stopped"]
    hands.make(CHANGES[-1], "somebody")
    hands.pause(2.0)
    assert world.harms == []


def test_without_a_list_nothing_is_decided(tmp_path: Path) -> None:
    """Where no list lies on disk it is said, and nothing is made up."""
    with pytest.raises(NoList, match="no security list"):
        newest_list(tmp_path)
