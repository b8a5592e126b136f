"""Which full backup may be restored: what is offered, what is refused and why, what is told of the picked one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from database_bench import CHOSEN, RESTORE, Stages, codes, odbc_driver, stages

from practice.world import BackupSet
from practice.world.made import fixed_uuid, upgrade_began
from rollback.actions.action import Done, Finding
from rollback.actions.database.backups import Candidates, backup_candidates, findings_about
from storage.words import Severity

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]


def found(stages: Stages, stage: str, code: str, **more: object) -> Finding | None:
    return next((one for one in stages.preview(stage, **more).findings if one.code == code), None)


def numbered(stages: Stages, number: int) -> BackupSet:
    return next(one for one in stages.sql.world.backups if one.set_id == number)


def candidates(stages: Stages) -> Candidates:
    return backup_candidates(stages.sql.client(), stages.given(RESTORE))


def refusal(stages: Stages, number: int) -> str:
    (one,) = [each for each in candidates(stages).refused if each.backup.set_id == number]
    return "; ".join(one.why)


def test_only_the_last_good_backup_before_the_upgrade_is_offered(stages: Stages) -> None:
    """Of the practice estate's sets two may be restored; the VSS one, the damaged one and the newer one may not."""
    sorted_out = candidates(stages)

    assert [one.set_id for one in sorted_out.admissible] == [CHOSEN, 1]
    assert "VSS snapshot" in refusal(stages, 3)
    assert "damaged" in refusal(stages, 2)
    assert "between the last change and the upgrade" in refusal(stages, 5)
    assert [value for value, _ in sorted_out.offers(stages.given(RESTORE))] == [
        fixed_uuid("set.4"),
        fixed_uuid("set.1"),
    ]


def test_what_was_picked_is_restored(stages: Stages) -> None:
    """A picked set is used in place of the newest, and whoever picked it is an influencer."""
    stages.ready_to_restore()
    stages.choices["backup"] = fixed_uuid("set.1")
    preview = stages.preview(RESTORE)

    assert preview.changes[0].detail["guid"] == fixed_uuid("set.1")
    assert preview.uses == ("backup",)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"path": "\\\\evil.example.com\\share\\XMS.bak"}, "outside the folders"),
        ({"path": "E:\\Backup\\..\\Elsewhere\\XMS.bak"}, "outside the folders"),
        ({"file_exists": False, "path": "E:\\Backup\\moved.bak"}, "not there any more"),
        ({"family_count": 2, "missing_members": (2,), "path": "E:\\Backup\\striped.bak"}, "striped"),
        ({"server_major": 99}, "newer SQL Server"),
        ({"kind": "D", "damaged": True}, "damaged"),
    ],
)
def test_backup_that_can_not_be_trusted_is_not_offered(stages: Stages, change: dict[str, object], why: str) -> None:
    """A planted, moved, incomplete, newer or damaged set is not offered, and picking it stops the restore."""
    stages.ready_to_restore()
    stages.choices["backup"] = fixed_uuid("set.4")
    position = stages.sql.world.backups.index(numbered(stages, CHOSEN))
    stages.sql.world.backups[position] = replace(numbered(stages, CHOSEN), **change)  # type: ignore[arg-type]

    assert why in refusal(stages, CHOSEN)
    assert "backup-unusable" in codes(stages.preview(RESTORE))
    assert stages.preview(RESTORE).changes == ()


def test_pairing_window(stages: Stages) -> None:
    """A backup from before the last change ahead of the upgrade is outside, and so is any while nobody knows when."""
    began = upgrade_began(stages.sql.world.now())
    stages.facts["last_change_before"] = (began - timedelta(days=3)).isoformat()
    assert [one.set_id for one in candidates(stages).admissible] == [CHOSEN]

    stages.facts["last_change_before"] = (began - timedelta(hours=1)).isoformat()
    assert [one.code for one in findings_about(candidates(stages), stages.given(RESTORE))] == ["backup-unusable"]
    stages.choices["backup"] = fixed_uuid("set.4")
    assert [one.code for one in findings_about(candidates(stages), stages.given(RESTORE))] == ["outside-pairing-window"]

    stages.facts["upgrade_started_at"] = ""
    assert "Nobody has said when" in findings_about(candidates(stages), stages.given(RESTORE))[0].text


@pytest.mark.parametrize("offset", [-10, 10])
def test_window_is_read_with_the_server_zone(stages: Stages, offset: int) -> None:
    """Local times of msdb are turned by the server's own zone, and a set of unknown zone needs an hour's room."""
    stages.sql.world.database.utc_offset = timedelta(hours=offset)
    assert candidates(stages).admissible[0].set_id == CHOSEN

    numbered(stages, CHOSEN).zone_known = False
    numbered(stages, CHOSEN).finish = upgrade_began(stages.sql.world.now()) - timedelta(minutes=40)
    assert candidates(stages).admissible[0].set_id == 1


def test_age_and_checksums_are_told(stages: Stages) -> None:
    """Old backups warn after a week and ask for an approver more past the limit; so do backups without checksums."""
    stages.choices["backup"] = fixed_uuid("set.1")
    numbered(stages, 1).checksums = False
    told = findings_about(candidates(stages), stages.given(RESTORE))
    assert [(one.code, one.severity) for one in told] == [
        ("no-checksums", Severity.OVERRIDE), ("points-week-old", Severity.WARN),
    ]  # fmt: skip

    stages.passes(30 * 24 * 3600)
    assert [one.code for one in findings_about(candidates(stages), stages.given(RESTORE))] == [
        "no-checksums", "points-old",
    ]  # fmt: skip


def test_backup_without_checksums_is_restored_without(stages: Stages) -> None:
    """RESTORE runs without CHECKSUM where the set has none, and the card shows that."""
    numbered(stages, CHOSEN).checksums = False
    restore = stages.ready_to_restore()

    assert "CHECKSUM" not in restore.text
    assert isinstance(stages.begin(restore, RESTORE)[1], Done)
