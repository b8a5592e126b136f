"""A bot that dies in the middle of BACKUP or RESTORE, through each ODBC driver that may be installed."""

import pytest
from database_bench import Stages, a_backup, a_restore, stages

from rollback import recovery
from rollback.actions.action import Done, NotDone, Unknown

pytestmark = pytest.mark.odbc
__all__ = ["stages"]


def test_backup_that_dies_half_way_leaves_nothing(stages: Stages) -> None:
    """Whichever driver speaks, a BACKUP that dies half way is seen not done, and nothing is believed at once."""
    stages.sql.world.faults.arm("die_at", "sqlserver:backup", value=50)
    attempt = a_backup(stages)

    assert attempt.act() is None
    assert isinstance(attempt.look(), NotDone)
    assert isinstance(attempt.next(attempt.look(), 0), recovery.LookAgain)
    assert stages.verbs() == ["backup_aborted"]


def test_restore_that_dies_half_way_asks_people(stages: Stages) -> None:
    """Whichever driver speaks, a RESTORE that dies half way is asked about, and no second one is sent."""
    attempt = a_restore(stages)
    stages.sql.world.faults.arm("die_at", "sqlserver:restore", value=50)

    assert attempt.act() is None
    look = attempt.look()
    assert isinstance(look, Unknown)
    assert "Interrupted restore" in look.text
    assert isinstance(attempt.next(look, 0), recovery.AskAPerson)
    assert stages.verbs().count("restore") == 1


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_lost_reply_is_found(stages: Stages, verb: str) -> None:
    """Whichever driver speaks, what was done before its reply was lost is found, and stands once in the ledger."""
    attempt = a_backup(stages) if verb == "backup" else a_restore(stages)
    stages.sql.world.faults.arm("lose_reply", f"sqlserver:{verb}")

    assert attempt.act() is None
    assert isinstance(attempt.look(), Done)
    assert stages.verbs().count(verb) == 1
