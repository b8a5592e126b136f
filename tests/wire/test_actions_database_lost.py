"""Lost replies, late results, a bot that dies in mid-way: it is looked for, never done twice, never guessed.

A process that is killed between two steps leaves the same as a lost reply: an intent, perhaps a ref, and no outcome.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from database_bench import (
    BACK_UP,
    CHOSEN,
    RESTORE,
    SAFE,
    Attempt,
    Stages,
    a_backup,
    a_restore,
    codes,
    odbc_driver,
    stages,
)

from integrations.errors import IntegrationError, OutcomeUnknown
from practice.world.made import fixed_uuid
from practice.world.state import RestoreRow
from rollback import recovery
from rollback.actions.action import AlreadySo, Done, InFlight, NotDone, Outcome, Unknown
from storage.words import Repeat

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]


@contextmanager
def half_way(attempt: Attempt) -> Iterator["Future[Outcome | None]"]:
    """The statement runs in another thread and stands still at about half."""
    attempt.stages.sql.time.hold(10)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(attempt.act)
        assert attempt.stages.sql.time.waiting.wait(10)
        try:
            yield running
        finally:
            attempt.stages.sql.time.go_on()
            with suppress(OutcomeUnknown):
                running.result()


# BACKUP


def test_backup_with_a_lost_reply_is_found(stages: Stages) -> None:
    """A backup whose reply is lost is found by set name and file, and is not made again."""
    stages.sql.world.faults.arm("lose_reply", "sqlserver:backup")
    attempt = a_backup(stages)

    assert attempt.act() is None
    assert isinstance(attempt.look(), Done)
    assert stages.verbs() == ["backup"]


@pytest.mark.parametrize("seconds", [5, 60])
def test_backup_whose_row_comes_late_is_waited_for(stages: Stages, seconds: int) -> None:
    """SQL Server said that it ended: the row in msdb is waited for, and nothing is sent again."""
    stages.sql.world.faults.arm("late_result", "sqlserver:backup", value=seconds)
    attempt = a_backup(stages)

    assert isinstance(attempt.act(), Done)
    assert stages.verbs() == ["backup"]


@pytest.mark.parametrize("seconds", [5, 60])
def test_lost_and_late_backup_is_not_made_twice(stages: Stages, seconds: int) -> None:
    """Not seen once is no proof: the second look comes after the latest that a row was ever seen."""
    stages.sql.world.faults.arm("lose_reply", "sqlserver:backup")
    stages.sql.world.faults.arm("late_result", "sqlserver:backup", value=seconds)
    attempt = a_backup(stages)
    assert attempt.act() is None

    first = attempt.next(attempt.look(), 0)
    assert isinstance(first, recovery.LookAgain)
    stages.passes((first.at - stages.sql.world.now()).total_seconds())
    assert isinstance(attempt.next(attempt.look(), 1), recovery.Believe)
    assert stages.verbs() == ["backup"]


def test_backup_that_died_is_made_again_into_the_same_file(stages: Stages) -> None:
    """A backup that died with its connection leaves nothing; seen not done twice it is made again, once."""
    stages.sql.world.faults.arm("die_at", "sqlserver:backup", value=50)
    attempt = a_backup(stages)
    assert attempt.act() is None
    assert isinstance(attempt.next(attempt.look(), 0), recovery.LookAgain)
    stages.passes(90)
    assert isinstance(attempt.next(attempt.look(), 1), recovery.ActAgain)

    again = Attempt(stages, attempt.change, BACK_UP)
    assert isinstance(again.act(), Done)
    assert stages.verbs() == ["backup_aborted", "backup"]


def test_backup_that_appears_before_it_is_repeated_is_taken(stages: Stages) -> None:
    """The last look comes right before acting: what is there by then is not made again."""
    stages.sql.world.faults.arm("lose_reply", "sqlserver:backup")
    stages.sql.world.faults.arm("late_result", "sqlserver:backup", value=200)
    attempt = a_backup(stages)
    started = stages.sql.world.now()
    assert attempt.act() is None
    stages.passes(200)

    with pytest.raises(AlreadySo), stages.systems() as systems:
        stages.effect(attempt.change).before(attempt.change, systems, stages.given(BACK_UP, stage_started=started))
    assert stages.verbs() == ["backup"]


def test_running_backup_is_stayed_with(stages: Stages) -> None:
    """A backup that still runs under our connection is in flight; it is followed to its end and found."""
    attempt = a_backup(stages)
    with half_way(attempt) as running:
        look = attempt.look()
        assert isinstance(look, InFlight)
        stages.sql.time.go_on()
        assert isinstance(running.result(), Done)
        with stages.systems() as systems:
            followed = stages.effect(attempt.change).follow(
                attempt.change, systems, stages.given(BACK_UP), look.ref, stages.watch
            )
    assert isinstance(followed, Done)
    assert stages.verbs() == ["backup"]


def test_row_of_an_earlier_backup_is_not_ours(stages: Stages) -> None:
    """A row of msdb by our names that outlived its file is from an earlier rollback: ours begins after our intent."""
    stages.sql.client().backup("XMS", SAFE, "RB-7/back-up-database/XMS", on_ref=lambda _: None)
    stages.sql.world.backups[-1].file_exists = False
    stages.passes(24 * 3600)
    attempt = a_backup(stages)

    assert isinstance(attempt.look(), NotDone)
    assert isinstance(attempt.act(), Done)


def test_backup_without_a_ref_was_not_sent(stages: Stages) -> None:
    """Killed between intent and ref nothing was sent, and looking says so."""
    attempt = a_backup(stages)

    assert isinstance(attempt.look(), NotDone)


# RESTORE


def test_restore_with_a_lost_reply_is_found(stages: Stages) -> None:
    """A restore whose reply is lost is found in the restore history, and nothing is restored again."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("lose_reply", "sqlserver:restore")

    assert attempt.act() is None
    assert isinstance(attempt.look(), Done)
    assert stages.verbs().count("restore") == 1


def test_restore_that_shows_late_is_waited_for(stages: Stages) -> None:
    """After SQL Server's last message the history is waited for."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("late_result", "sqlserver:restore", value=30)

    assert isinstance(attempt.act(), Done)
    assert stages.verbs().count("restore") == 1


def test_lost_and_late_restore_asks_and_is_found_by_looking_again(stages: Stages) -> None:
    """What can't be told is asked, never repeated; *Look again* finds it once it shows."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("lose_reply", "sqlserver:restore")
    stages.sql.world.faults.arm("late_result", "sqlserver:restore", value=60)
    assert attempt.act() is None

    assert isinstance(attempt.next(attempt.look(), 0), recovery.AskAPerson)
    stages.passes(60)
    assert isinstance(attempt.look(), Done)
    assert stages.verbs().count("restore") == 1


@pytest.mark.parametrize("percent", [5, 50, 95])
def test_interrupted_restore_says_exactly_that(stages: Stages, percent: int) -> None:
    """A restore that died with us is unknown, names its set, and says what to do; nothing is sent by itself."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("die_at", "sqlserver:restore", value=percent)
    assert attempt.act() is None

    look = attempt.look()
    assert isinstance(look, Unknown)
    assert f"Interrupted restore of set {fixed_uuid('set.4')}: XMS is RESTORING" in look.text
    assert isinstance(attempt.next(look, 0), recovery.AskAPerson)
    assert stages.verbs().count("restore") == 1


def test_run_again_after_an_interruption(stages: Stages) -> None:
    """Asked anew, the same restore runs on a database that is RESTORING, and ends with everybody let in."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("die_at", "sqlserver:restore", value=50)
    attempt.act()

    preview = stages.preview(RESTORE, attempt=2, claiming=True)
    assert codes(preview, claiming=True) == []
    assert not preview.changes[0].already
    stages.run(RESTORE, attempt=2)
    database = stages.sql.world.database
    assert (database.version, database.state, database.access) == ("10.6", "ONLINE", "MULTI_USER")


def test_restore_that_failed_half_way_asks(stages: Stages) -> None:
    """A restore that SQL Server broke off leaves RESTORING: that is asked about, not called a plain failure."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("fail", "sqlserver:restore")

    assert attempt.act() is None
    assert isinstance(attempt.look(), Unknown)


def test_restore_that_was_refused_has_failed_for_certain(stages: Stages) -> None:
    """A refusal that left the database ONLINE is a failure, and everybody is let in again."""
    attempt = a_restore(stages)
    stages.sql.server.switches.rights.discard("DBCREATOR")
    with pytest.raises(IntegrationError) as refused, stages.systems() as systems:
        stages.effect(attempt.change).act(attempt.change, systems, stages.given(RESTORE), attempt.before, stages.watch)

    assert not refused.value.may_have_happened
    assert "restore" not in stages.verbs()


def test_lost_single_user_is_never_taken_for_a_restore(stages: Stages) -> None:
    """When the first of the three statements is lost nothing was restored: seen twice, people are asked."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("lose_reply", "sqlserver:single_user")
    assert attempt.act() is None

    look = attempt.look()
    assert isinstance(look, NotDone)
    assert isinstance(attempt.next(look, 0), recovery.LookAgain)
    assert isinstance(attempt.next(look, 1), recovery.AskAPerson)
    assert stages.effect(attempt.change).repeat is Repeat.ASK


def test_lost_multi_user_does_not_hide_the_restore(stages: Stages) -> None:
    """A restore that ended before the connection went is found."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("lose_reply", "sqlserver:multi_user")
    attempt.act()

    assert isinstance(attempt.look(), Done)


def test_refused_multi_user_does_not_hide_the_restore(stages: Stages) -> None:
    """A restore that has ended has happened, even if SQL Server refuses to let people in again afterwards."""
    attempt = a_restore(stages)
    stages.watch.on_progress = lambda percent: percent == 100 and stages.sql.server.switches.rights.discard("DBCREATOR")

    assert attempt.act() is None
    assert stages.watch.percents[-1] == 100
    assert isinstance(attempt.look(), Done)


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_earlier_restore_is_never_taken_for_ours(stages: Stages, minutes: int) -> None:
    """With SQL Server's clock ten minutes off, a restore of the same set from before our intent is not ours."""
    world = stages.sql.world
    world.database.clock_offset = timedelta(minutes=minutes)
    world.restores.append(RestoreRow(1, "XMS", CHOSEN, world.now() - timedelta(minutes=1), "dba"))
    attempt = a_restore(stages)

    assert isinstance(attempt.look(), NotDone)
    assert not attempt.change.already
    assert isinstance(attempt.act(), Done)


def test_restore_of_another_set_in_between_is_not_ours(stages: Stages) -> None:
    """Somebody else's restore after our intent is unknown and named, not ours and not nothing."""
    attempt = a_restore(stages)
    world = stages.sql.world
    world.restores.append(RestoreRow(9, "XMS", 1, world.now(), "dba"))

    look = attempt.look()
    assert isinstance(look, Unknown)
    assert fixed_uuid("set.1") in look.text


def test_running_restore_is_stayed_with(stages: Stages) -> None:
    """A restore that still runs under our connection is in flight and followed to its end."""
    attempt = a_restore(stages)
    with half_way(attempt) as running:
        look = attempt.look()
        assert isinstance(look, InFlight)
        stages.sql.time.go_on()
        assert isinstance(running.result(), Done)
        with stages.systems() as systems:
            followed = stages.effect(attempt.change).follow(
                attempt.change, systems, stages.given(RESTORE), look.ref, stages.watch
            )
    assert isinstance(followed, Done)
    assert stages.verbs().count("restore") == 1


def test_nobody_restores_what_is_restored(stages: Stages) -> None:
    """Believed not to have happened and asked anew, the last look before acting finds it, and nothing is sent."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("lose_reply", "sqlserver:restore")
    attempt.act()

    assert stages.preview(RESTORE, attempt=2).changes[0].already
    with pytest.raises(AlreadySo):
        Attempt(stages, attempt.change, RESTORE)
    assert stages.verbs().count("restore") == 1


# Readings


def test_lost_checkdb_runs_again(stages: Stages) -> None:
    """A check whose answer is lost is looked for, and made again: it changes nothing."""
    restore = stages.ready_to_restore()
    check = stages.preview(RESTORE).changes[1]
    stages.begin(restore, RESTORE)
    attempt = Attempt(stages, check, RESTORE)

    look = attempt.look()
    assert isinstance(look, NotDone)
    assert isinstance(attempt.next(look, 1), recovery.ActAgain)
    assert isinstance(attempt.act(), Done)


def test_safety_file_of_a_second_attempt_is_another(stages: Stages) -> None:
    """A second attempt writes a new file and is not satisfied by the first one's backup."""
    stages.shut_down()
    stages.run(BACK_UP)
    again = stages.preview(BACK_UP, attempt=2)

    assert SAFE not in again.changes[0].text
    assert "XMS_RB-7_2.bak" in again.changes[0].text
    stages.run(BACK_UP, attempt=2)
    assert stages.verbs() == ["backup", "backup"]
