"""Votes on a restore given ahead: a job that is paused since leaves them, another one or another pick voids them."""

from dataclasses import replace

import pytest
from database_bench import RESTORE, Stages, odbc_driver, stages

from helpers_given import covered
from rollback.actions.action import Preview

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]


def restore(stages: Stages) -> Preview:
    return stages.preview(RESTORE)


def test_votes_despite_a_job_outlive_its_pause(stages: Stages) -> None:
    """The DBA pauses the log backups after the card was approved despite them: nobody is asked again."""
    stages.ready_to_restore()
    before = restore(stages)
    assert [f.about for f in before.findings if f.code == "log-backups-active"] == [("XMS log backup",)]
    stages.sql.world.jobs[0].enabled = False
    assert covered(before, restore(stages), stages.given(RESTORE))


def test_votes_despite_no_job_do_not_outlive_one(stages: Stages) -> None:
    """A job that was switched on after the vote, or another one than was shown, is approved by nobody."""
    stages.ready_to_restore()
    job = stages.sql.world.jobs[0]
    shown = restore(stages)
    stages.sql.world.jobs.append(replace(job, name="XMS hourly"))
    assert not covered(shown, restore(stages), stages.given(RESTORE))
    job.enabled = False
    assert not covered(shown, restore(stages), stages.given(RESTORE))


def test_votes_do_not_outlive_another_pick(stages: Stages) -> None:
    """Another backup is another change, whatever is overridden."""
    stages.ready_to_restore()
    before = restore(stages)
    offered = [guid for guid, _ in next(iter(before.offers.values()))]
    assert len(offered) > 1
    stages.choices["backup"] = offered[1]
    assert not covered(before, restore(stages), stages.given(RESTORE))
