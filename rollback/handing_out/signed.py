"""Security's list as it was signed: who decided each row and who did it, on disk once the devices are compared."""

from rollback.devices.decided import security_rows_of
from rollback.devices.findings import security_digest
from rollback.drafts.files import write_bytes
from rollback.drafts.handout import signed_name
from rollback.drafts.lists import Signed, security_csv
from rollback.handing_out.office import Office
from rollback.handing_out.seen import Seen
from rollback.operations.notices import COMPARE, keep_files, known_hashes
from storage.database import Lane
from storage.models import SecurityRow
from storage.words import SecurityDecision, StageState


def write_signed(office: Office, rollback_id: int, seen: Seen | None) -> bool:
    """Write the signed list when its stage has ended and it isn't on disk yet; True if it did."""
    if seen is None or COMPARE not in seen.book.stages or seen.book.stage(COMPARE).state != StageState.SUCCEEDED:
        return False
    with office.database.read() as session:
        rows = security_rows_of(session, rollback_id)
        name = signed_name(seen.book.label)
        if not rows or name in known_hashes(session, rollback_id):
            return False
    comparison = office.compared(rollback_id)
    if comparison is None or security_digest(comparison.security) != rows[0].list_hash:
        return False
    estate = seen.book.estate
    signed = {row.number: _signed(row) for row in rows if row.decision}
    content = security_csv(comparison, estate.languages[0], estate.tz(), signed)
    file = write_bytes(office.folder_of(seen.book.label), name, content, len(rows))
    office.database.run(
        lambda unit: keep_files(unit, rollback_id, (file,), "Security's list as it was signed"), Lane.BULK
    )
    return True


def _signed(row: SecurityRow) -> Signed:
    assert row.decided_at is not None  # noqa: S101 - it is written with the decision
    return Signed(SecurityDecision(row.decision), row.decided_by, row.decided_at, row.done_by, row.done_at)
