"""The Veeam client: backups and restore points, entire-VM restores, sessions, jobs.

A restore is sent once and is never begun again without a person: Veeam has no key that would tell two requests from
one. After a lost reply it is looked for by machine and time (`find_restores`). Blocking; safe for threads.
"""

import ssl
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self
from urllib.parse import quote

from integrations.certificates import PeerCertificate
from integrations.errors import NotFound, NotPermitted, OutcomeUnknown, Refused, WrongAnswer
from integrations.fields import Row, inner, number, rows, text
from integrations.http import Call, Wire
from integrations.login import Login, LoginGuard
from integrations.veeam import reading
from integrations.veeam.dialect import DIALECTS, Dialect, dialect
from integrations.veeam.session import VeeamSession
from integrations.veeam.times import SYSTEM, ServerTime, server_time
from integrations.veeam.values import (
    VIRTUAL_MACHINE,
    BackupObject,
    FoundRestores,
    Job,
    LogLine,
    Outcome,
    RestorePoint,
    RestoreRequest,
    Session,
    TouchingJob,
    mentions,
)

RESTORE_KINDS = ("RestoreVm", "InstantRecovery", "QuickMigration")
PAGE = 200
MOST_PAGES = 200


class Veeam:
    """One Veeam Backup & Replication server."""

    def __init__(
        self,
        url: str,
        login: Callable[[], Login] | LoginGuard,
        *,
        now: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
        api_version: str = "",
        connect_timeout: timedelta = timedelta(seconds=5),
        reply_timeout: timedelta = timedelta(seconds=60),
    ) -> None:
        """Prepare a client; nothing is sent before the first call.

        Args:
            url: ``https://host:port``; the port is 9419 by default, and 443 from 13.1 on.
            login: Gives user and password afresh at each login; a guard is shared with other clients of the system.
            now: Our clock, aware; tokens age by it, nothing else.
            tls: The context to trust the server by; None: the machine's own CAs.
            api_version: The version to speak; empty: the newest that both know, found without a login.
            connect_timeout: How long a connection may take.
            reply_timeout: How long an answer may take.

        Raises:
            ValueError: `url` is no address, or we don't know `api_version`.
        """
        self._dialect: Dialect | None = dialect(api_version) if api_version else None
        self._wire = Wire(SYSTEM, url, tls=tls, connect_timeout=connect_timeout, reply_timeout=reply_timeout)
        self._guard = LoginGuard.of(login)
        self._session = VeeamSession(self._wire, self._guard, self.version, now)
        self._zone: tzinfo | None = None

    def close(self) -> None:
        """Log out and close the connections."""
        self._session.close()
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_again(self) -> None:
        """Let a refused login be tried once more, because a person asked for it."""
        self._guard.check_again()

    # What it is

    def version(self) -> str:
        """The API version that is spoken (header ``x-api-version``).

        Without one in the settings the newest known one whose documentation the server serves, asked without a login.

        Raises:
            WrongAnswer: The server serves none; it may be closed off there.
        """
        return self._spoken().version

    def server_time(self) -> ServerTime:
        """The server's clock and zone (REST: ``/serverTime``).

        Raises:
            WrongAnswer: It tells none.
        """
        return server_time(self._session.read("/api/v1/serverTime"))

    def certificate(self) -> PeerCertificate:
        """The certificate that the server shows now.

        Raises:
            WrongAnswer: The address is spoken to without TLS.
        """
        shown = self._session.reply("/api/v1/serverTime").certificate
        if shown is None:
            raise WrongAnswer(SYSTEM, "the server is spoken to without TLS, so nothing proves which one it is")
        return shown

    def identity(self) -> str:
        """What proves that it is this server, for digests: the fingerprint of its certificate's key.

        Veeam's own server id can be read by its administrators only.
        """
        return f"veeam key {self.certificate().key}"

    def administers(self) -> bool:
        """Whether the login is an administrator's, which is more than a restore needs (REST: ``/serverInfo``)."""
        try:
            self._session.read("/api/v1/serverInfo")
        except NotPermitted:
            return False
        return True

    # Backups and restore points

    def backup_objects(self, *, moref: str = "", name: str = "") -> tuple[BackupObject, ...]:
        """The vSphere machines in backups.

        Args:
            moref: Only those whose `moref` is exactly this; the server has no filter for it.
            name: Only those of exactly this name. A name proves nothing.
        """
        query = {"platformNameFilter": "VMware"} | ({"nameFilter": name} if name else {})
        found = [reading.backup_object(row) for row in self._all("/api/v1/backupObjects", query)]
        return tuple(
            one
            for one in found
            if one.kind in {VIRTUAL_MACHINE, ""} and moref in {"", one.moref} and name in {"", one.name}
        )

    def restore_points(
        self, object_id: str, *, after: datetime | None = None, before: datetime | None = None
    ) -> tuple[RestorePoint, ...]:
        """The restore points of one backup object, newest first.

        They are read through the object's own path, which binds them to it; times are compared here, because a server
        may ignore its filters.

        Args:
            object_id: `BackupObject.object_id`.
            after: Only those made after this instant (aware).
            before: Only those made before this instant (aware).

        Raises:
            NotFound: There is no such object.
            WrongAnswer: The list is incomplete, or a point can't be read.
        """
        path = f"/api/v1/backupObjects/{quote(object_id, safe='')}/restorePoints"
        spoken = self._spoken()
        listed = self._all(path, {}, paged=spoken.points_paged)
        found = [reading.restore_point(row, self._local(), spoken) for row in listed]
        wanted = [
            point
            for point in found
            if (after is None or point.created.at > after) and (before is None or point.created.at < before)
        ]
        return tuple(sorted(wanted, key=lambda point: point.created.at, reverse=True))

    def restore_point(self, point_id: str) -> RestorePoint:
        """One restore point by its id.

        Raises:
            NotFound: It does not exist any more.
            WrongAnswer: The server answered with another one.
        """
        row = self._session.read(f"{self._spoken().points}/{quote(point_id, safe='')}")
        if text(row, "id") != point_id:
            raise WrongAnswer(SYSTEM, f"asked for restore point {point_id}, the answer holds another")
        return reading.restore_point(row, self._local(), self._spoken())

    # Restoring

    def restore_request(
        self, point_id: str, reason: str, *, power_up: bool = False, quick_rollback: bool = False
    ) -> RestoreRequest:
        """The restore that `start_restore` would send with the same arguments, to be shown. Changes nothing."""
        spoken = self._spoken()
        body = spoken.restore_body(point_id, reason, power_up=power_up, quick_rollback=quick_rollback)
        return RestoreRequest(spoken.version, spoken.restore, body)

    def start_restore(
        self, point_id: str, reason: str, *, power_up: bool = False, quick_rollback: bool = False
    ) -> Session:
        """Start one entire-VM restore to the original location, overwriting the VM. Sent once.

        Args:
            point_id: `RestorePoint.point_id`.
            reason: Shown in Veeam; a marker of ours, no names of people.
            power_up: Whether Veeam powers the VM on afterwards.
            quick_rollback: Whether only changed blocks are written (needs CBT; off unless a site has proven it).

        Returns:
            The session; its id is to be stored at once.

        Raises:
            OutcomeUnknown: The reply was lost or holds no session; look with `find_restores`.
            IntegrationError: As the tree says.
        """
        asked = self.restore_request(point_id, reason, power_up=power_up, quick_rollback=quick_rollback)
        row = self._session.change(asked.path, asked.body)
        if not text(row, "id"):
            raise OutcomeUnknown(SYSTEM, "the restore was answered without a session")
        # Nothing more is asked of the server here: a read that failed now would cost us the session's id.
        return reading.session(row, self._zone or UTC, self._spoken())

    def session(self, session_id: str) -> Session:
        """One session by its id.

        Raises:
            NotFound: There is none.
            WrongAnswer: The server answered with another one.
        """
        row = self._session.read(f"/api/v1/sessions/{quote(session_id, safe='')}")
        if text(row, "id") != session_id:
            raise WrongAnswer(SYSTEM, f"asked for session {session_id}, the answer holds another")
        return self._read_session(row)

    def sessions(self, kind: str, since: datetime) -> tuple[Session, ...]:
        """The sessions of one kind (``RestoreVm`` …) that began at `since` (aware, the server's clock) or later.

        Oldest first. A session without a readable time is among them: it can't be ruled out.
        """
        query = {
            "typeFilter": kind,
            "createdAfterFilter": (since - timedelta(seconds=1)).astimezone(UTC).isoformat(),
            "orderColumn": "CreationTime",
            "orderAsc": "true",
        }
        found = [self._read_session(row) for row in self._all("/api/v1/sessions", query)]
        began = [one for one in found if one.kind == kind and (one.created is None or one.created.at >= since)]
        return tuple(sorted(began, key=lambda one: one.created.at if one.created else since))

    def find_restores(self, machine: str, since: datetime, others: Collection[str] = ()) -> FoundRestores:
        """Look for restores of one machine, to find our own again after its reply was lost.

        A session counts by its name or, where that names no machine that we know, by its log.

        Args:
            machine: The machine's name.
            since: The server's clock as it was read before the restore was sent (aware).
            others: Names of other machines whose restores are not ours.
        """
        ours, unclear = [], []
        for one in self.sessions("RestoreVm", since):
            words = one.name
            if not any(mentions(words, name) for name in (machine, *others)):
                words = " ".join(line.title for line in self.session_log(one.session_id))
            if mentions(words, machine):
                ours.append(one)
            elif not any(mentions(words, name) for name in others):
                unclear.append(one)
        return FoundRestores(tuple(ours), tuple(unclear))

    def running_restores(self, since: datetime) -> tuple[Session, ...]:
        """Restores of every kind that began at `since` (aware) or later and have not ended."""
        found = [one for kind in RESTORE_KINDS for one in self.sessions(kind, since)]
        return tuple(one for one in found if one.outcome in {Outcome.RUNNING, Outcome.NEEDS_PERSON})

    def session_log(self, session_id: str) -> tuple[LogLine, ...]:
        """A session's log, oldest line first.

        Raises:
            NotFound: There is no such session.
        """
        answer = self._session.read(f"/api/v1/sessions/{quote(session_id, safe='')}/logs")
        lines = [reading.log_line(row, self._local()) for row in rows(answer, "records")]
        return tuple(sorted(lines, key=lambda line: line.number))

    # Jobs

    def jobs(self) -> tuple[Job, ...]:
        """All jobs with what they are doing and when they run next."""
        return tuple(reading.job(row, self._local()) for row in self._all("/api/v1/jobs/states", {}))

    def jobs_touching(self, machines: Mapping[str, str]) -> tuple[TouchingJob, ...]:
        """The jobs that work on these machines, or may, because they list containers or can't be read.

        Args:
            machines: moref to name of each machine.
        """
        found = [self._touching(job, machines) for job in self.jobs()]
        return tuple(one for one in found if one.machines or one.containers or one.unread)

    def _touching(self, job: Job, machines: Mapping[str, str]) -> TouchingJob:
        try:
            row = self._session.read(f"/api/v1/jobs/{quote(job.job_id, safe='')}")
        except (NotFound, NotPermitted, Refused, WrongAnswer):
            # A kind of job that this version can't show, or a right that the account lacks: said, not assumed away.
            return TouchingJob(job, (), (), unread=True)
        listed = reading.job_objects(row, self._spoken())
        direct = [one for one in listed if text(one, "type") == VIRTUAL_MACHINE]
        named = [machines[text(one, "objectId")] for one in direct if text(one, "objectId") in machines]
        named += [text(one, "name") for one in direct if not text(one, "objectId") and _named(one, machines)]
        boxes = [f"{text(one, 'type')} {text(one, 'name')}" for one in listed if one not in direct]
        return TouchingJob(job, tuple(named), tuple(boxes))

    # Plumbing

    def _spoken(self) -> Dialect:
        if self._dialect is None:
            self._dialect = self._detected()
        return self._dialect

    def _detected(self) -> Dialect:
        for one in DIALECTS:
            headers = {"x-api-version": one.version}
            call = Call("GET", f"/swagger/v{one.version}/swagger.json", headers=headers, status_only=True)
            if self._wire.send(call).status == 200:
                return one
        raise WrongAnswer(
            SYSTEM,
            "the server tells none of the API versions that we know",
            next_step="Set the API version for Veeam in the settings, or check what answers at this address.",
        )

    def _local(self) -> tzinfo:
        if self._zone is None:
            self._zone = self.server_time().zone
        return self._zone

    def _read_session(self, row: Row) -> Session:
        return reading.session(row, self._local(), self._spoken())

    def _all(self, path: str, query: Mapping[str, str], *, paged: bool = True) -> list[Row]:
        """Every row of a list, each once; fewer than the server counts is an error."""
        found: dict[str, Row] = {}
        skip = 0
        for _ in range(MOST_PAGES):
            page = {"skip": str(skip), "limit": str(PAGE)} if paged else {}
            answer = self._session.read(path, {**query, **page})
            data = rows(answer, "data")
            if "data" not in answer:
                raise WrongAnswer(SYSTEM, f"the answer of {path} holds no list")
            found.update((text(row, "id"), row) for row in data)
            skip += len(data)
            total = number(inner(answer, "pagination"), "total")
            if not data or not paged or (skip >= total if total is not None else len(data) < PAGE):
                break
        if total is not None and len(found) < total:
            what = f"the list {path} is incomplete: {len(found)} of {total}"
            raise WrongAnswer(SYSTEM, what, next_step="It may have changed while it was read: check again.")
        return list(found.values())


def _named(row: Row, machines: Mapping[str, str]) -> bool:
    return text(row, "name").casefold() in {name.casefold() for name in machines.values()}
