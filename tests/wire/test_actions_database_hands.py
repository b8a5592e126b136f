"""SQL Server `watch` and `off`: people make the changes, and whatever the bot can read it still reads."""

import ssl
from collections.abc import Callable
from datetime import timedelta

import pytest
from database_bench import BACK_UP, CHOSEN, RESTART, RESTORE, SAFE, Stages, codes, odbc_driver, stages

from helpers_given import attested
from integrations.sqlserver import Source, SqlServer
from integrations.vsphere import VSphere
from practice.world.state import RestoreRow
from practice.xenmobile import XenMobileServers
from storage.words import By, CheckState, StageState

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]


def by_the_dba(stages: Stages, file: str, *, name: str = "RB-7/back-up-database/XMS") -> None:
    """A person runs the BACKUP of the card, with other tools."""
    stages.sql.client().backup("XMS", file, name, on_ref=lambda _: None)


def long_ago(stages: Stages) -> dict[str, object]:
    """A stage that has run for an hour: nothing is waited for any more."""
    return {"stage_started": stages.sql.world.now() - timedelta(hours=1)}


def test_backup_by_hand_is_read_in_msdb(stages: Stages) -> None:
    """A backup that the DBA made by the card's statement is found by name and file, and feeds the next stages."""
    stages.shut_down()
    changes = tuple(stages.preview(BACK_UP).changes)
    by_the_dba(stages, SAFE)

    verdict = stages.verify(BACK_UP, changes)
    assert [check.state for check in verdict.checks] == [CheckState.PASSED]
    assert stages.result(BACK_UP, changes)["file"] == SAFE


def test_backup_attested_and_not_made_is_contradicted(stages: Stages) -> None:
    """An attested backup that msdb doesn't know fails its check, also when one of that name lies in another file."""
    stages.shut_down()
    changes = tuple(stages.preview(BACK_UP).changes)
    by_the_dba(stages, "E:\\Backup\\elsewhere.bak")

    (check,) = stages.verify(BACK_UP, changes).checks
    assert check.state is CheckState.FAILED
    assert SAFE in check.text


def test_restore_attested_and_not_made_is_contradicted(stages: Stages) -> None:
    """Attesting "restored" while the database still is 10.7 fails the check."""
    restore = stages.ready_to_restore()

    (check,) = stages.verify(RESTORE, (restore,), **long_ago(stages)).checks
    assert check.state is CheckState.FAILED
    assert "restore history" in check.text


def test_restore_of_another_set_by_hand_is_contradicted(stages: Stages) -> None:
    """A person who restored another set than the approved one is contradicted by the restore history."""
    restore = stages.ready_to_restore()
    stages.sql.client().restore("XMS", Source(("E:\\Backup\\XMS_full.bak",), 1), on_ref=lambda _: None)

    (check,) = stages.verify(RESTORE, (restore,), **long_ago(stages)).checks
    assert check.state is CheckState.FAILED


def test_restore_of_last_year_does_not_count(stages: Stages) -> None:
    """An attested restore is contradicted when the history has the right set only in a row older than this rollback."""
    world = stages.sql.world
    world.restores.append(RestoreRow(1, "XMS", CHOSEN, world.now() - timedelta(days=1), "dba"))
    restore = stages.ready_to_restore()
    world.database.version = "10.6"

    (check,) = stages.verify(RESTORE, (restore,), **long_ago(stages)).checks
    assert check.state is CheckState.FAILED
    assert "older than this rollback" in check.text


def test_restore_by_hand_passes(stages: Stages) -> None:
    """The same restore by a person's hands is verified like the bot's."""
    restore = stages.ready_to_restore()
    stages.sql.client().restore("XMS", Source(("E:\\Backup\\XMS_full.bak",), 4), on_ref=lambda _: None)

    assert [check.state for check in stages.verify(RESTORE, (restore,)).checks] == [CheckState.PASSED]


def test_off_is_a_checklist(stages: Stages) -> None:
    """With SQL Server off each change is in words, its check says that no machine read it, and results can be made."""
    stages.off = {SqlServer}
    stages.shut_down()
    stages.states[BACK_UP] = StageState.SUCCEEDED
    for stage in (BACK_UP, RESTORE, RESTART):
        preview = stages.preview(stage, claiming=True)
        assert preview.blockers(claiming=True) == ()
        assert all(change.how for change in preview.changes)
        made = tuple(attested(change) for change in preview.changes)
        assert {check.state for check in stages.verify(stage, made).checks} == {CheckState.NOT_CHECKED}
        stages.results[stage] = stages.result(stage, made)
    assert {change.by for change in stages.preview(RESTORE).changes} == {By.PERSON}
    assert stages.results[RESTORE]["checkdb"] == "attested"
    assert stages.result(RESTORE, stages.preview(RESTORE).changes[:1])["checkdb"] == "not-run"


def test_without_vsphere_open_ports_stop_a_restore(stages: Stages, server_tls: Callable[..., ssl.SSLContext]) -> None:
    """Where vSphere can't be read a node that answers on one of its ports is on, whoever is in the database."""
    world = stages.sql.world
    for name in ("xms02", "xms03"):
        world.power_off(name, "tests")
    with XenMobileServers(world, {"u": "p"}, server_tls()) as nodes:
        stages.ports = {
            name: {str(purpose): nodes.port(name, purpose) for purpose in (80, 443, 4443, 8443)} for name in world.nodes
        }
        stages.off = {SqlServer, VSphere}
        preview = stages.preview(RESTORE, states={})
        assert codes(preview) == ["node-on"]
        assert "xms01 is on: it answers on port 80, 443, 4443, 8443" in preview.findings[0].text
        assert "xms02" not in preview.findings[0].text
