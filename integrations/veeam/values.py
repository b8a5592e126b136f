"""What Veeam tells about backups, restore points, sessions and jobs, as frozen values.

Words of open sets (states, results, kinds) stay texts: a newer server may say words that this release doesn't know.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from integrations.veeam.times import Moment

ENTIRE_VM_RESTORE = "StartEntireVmRestore"
VIRTUAL_MACHINE = "VirtualMachine"


@dataclass(frozen=True)
class BackupObject:
    """A machine as Veeam's backups know it.

    Attributes:
        object_id: Veeam's id.
        name: Its name in the backup.
        moref: REST: ``objectId``, vCenter's managed object id; the only proof which VM it is.
        kind: REST: ``viType``, ``VirtualMachine`` for a VM.
        path: Where it lies in the inventory, in Veeam's words.
        points: How many restore points it has; None if not told.
        last_run_failed: Whether its last backup failed; None where the version doesn't tell.
    """

    object_id: str
    name: str
    moref: str
    kind: str
    path: str
    points: int | None
    last_run_failed: bool | None


@dataclass(frozen=True)
class RestorePoint:
    """One restore point.

    Attributes:
        point_id: Veeam's id.
        name: The machine's name in it.
        created: When it was made, by the server's clock.
        kind: REST: ``type``: Full, Increment …; empty where the version doesn't tell.
        malware: REST: ``malwareStatus``: Clean, Suspicious, Infected, Informative; empty: not told.
        restorable: Whether Veeam offers an entire-VM restore from it; None where the version doesn't tell.
        operations: REST: ``allowedOperations``.
        backup_id: The backup that holds it (a child's id may stand here).
        size: REST: ``originalSize`` in bytes; None where the version doesn't tell.
    """

    point_id: str
    name: str
    created: Moment
    kind: str
    malware: str
    restorable: bool | None
    operations: tuple[str, ...]
    backup_id: str
    size: int | None

    @property
    def flagged(self) -> bool:
        """Whether Veeam says anything but Clean; a version that tells nothing flags nothing."""
        return self.malware not in {"", "Clean"}


@dataclass(frozen=True)
class RestoreRequest:
    """A restore as it will be sent, to be shown before it is approved.

    Attributes:
        version: The API version it is written for.
        path: Where it is sent.
        body: What is sent.
    """

    version: str
    path: str
    body: Mapping[str, object]


class Outcome(StrEnum):
    """What a session has come to."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNING = "warning"  # it worked; its message is to be shown
    FAILED = "failed"
    CANCELED = "canceled"
    NEEDS_PERSON = "needs_person"  # it waits for somebody in Veeam's console
    UNCLEAR = "unclear"  # it has ended, with a result that we don't know


@dataclass(frozen=True)
class Session:
    """One session: a restore, a backup, anything that Veeam carries out.

    Attributes:
        session_id: Veeam's id.
        name: Its name; for a restore the machine's, by itself or among other words.
        kind: REST: ``sessionType``: RestoreVm, InstantRecovery …
        state: REST: ``state``; only ``Stopped`` is an end.
        result: REST: ``result.result``: None, Success, Warning, Failed.
        message: REST: ``result.message``.
        canceled: REST: ``result.isCanceled``.
        created: When it began, by the server's clock; None if unreadable.
        ended: When it ended; None: not yet, or unreadable.
        progress: Percent; None if not told.
        initiated_by: Who started it; empty where the version doesn't tell.
        resource: REST: ``resourceReference`` or ``resourceId``.
        job_id: The job or activity it belongs to.
    """

    session_id: str
    name: str
    kind: str
    state: str
    result: str
    message: str
    canceled: bool
    created: Moment | None
    ended: Moment | None
    progress: int | None
    initiated_by: str
    resource: str
    job_id: str

    @property
    def outcome(self) -> Outcome:
        """What it has come to; a Warning is a success with a message, an unknown word never is."""
        state = self.state.casefold()
        if state != "stopped":
            return Outcome.NEEDS_PERSON if state == "actionrequired" else Outcome.RUNNING
        if self.canceled:
            return Outcome.CANCELED
        known = {"success": Outcome.SUCCEEDED, "warning": Outcome.WARNING, "failed": Outcome.FAILED}
        return known.get(self.result.casefold(), Outcome.UNCLEAR)

    @property
    def ended_well(self) -> bool:
        """Whether it has ended and worked, with or without a warning."""
        return self.outcome in {Outcome.SUCCEEDED, Outcome.WARNING}


@dataclass(frozen=True)
class FoundRestores:
    """Restores since an instant, sorted by what is known of their machine.

    Attributes:
        ours: Those that name the machine looked for, oldest first.
        unclear: Those that name no machine that we know, so that they might be ours.
    """

    ours: tuple[Session, ...]
    unclear: tuple[Session, ...]


@dataclass(frozen=True)
class LogLine:
    """One line of a session's log.

    Attributes:
        number: Its number; higher is later.
        status: REST: None, Succeeded, Warning, Failed.
        title: What it says.
        started: When; None if unreadable.
    """

    number: int
    status: str
    title: str
    started: Moment | None


@dataclass(frozen=True)
class Job:
    """One job and what it is doing.

    Attributes:
        job_id: Veeam's id.
        name: Its name.
        kind: REST: ``type``.
        status: REST: ``status`` in lower case; its spelling differs between versions.
        last_run: When it ran last; None: never, or not told.
        next_run: When it runs next; None: not scheduled.
        objects: How many objects it works on; None if not told.
    """

    job_id: str
    name: str
    kind: str
    status: str
    last_run: datetime | None
    next_run: datetime | None
    objects: int | None

    @property
    def running(self) -> bool:
        """Whether it is at work now (REST: running, starting, stopping)."""
        return self.status in {"running", "starting", "stopping"}

    @property
    def disabled(self) -> bool:
        """Whether it is switched off."""
        return self.status == "disabled"


@dataclass(frozen=True)
class TouchingJob:
    """A job that works on one of the machines asked for, or may.

    Attributes:
        job: The job.
        machines: Names of the machines that it lists itself.
        containers: Folders, clusters, tags … that it lists, inside which the machines may be.
        unread: Whether its objects could not be read, so that nothing is known.
    """

    job: Job
    machines: tuple[str, ...]
    containers: tuple[str, ...]
    unread: bool = False


def mentions(words: str, machine: str) -> bool:
    """Whether `words` name the machine as a whole word: ``xms01`` is not in ``xms01-old`` or ``xms011``."""
    return bool(machine) and bool(
        re.search(rf"(?<![\w.-]){re.escape(machine)}(?![\w-]|\.\w)", words, flags=re.IGNORECASE)
    )
