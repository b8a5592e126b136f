"""What Veeam does to the nodes: entire-VM restores to the original location."""

from datetime import datetime, timedelta
from functools import partial

from practice.world.core import WorldError
from practice.world.state import Job, Node, RestorePoint, RestoreSession
from practice.world.vsphere_verbs import VSphereVerbs

BENIGN = "vCenter Server is newer than the latest version that was tested."
DAMAGED = "damaged"


class VeeamVerbs(VSphereVerbs):
    """The changes that Veeam makes, asked for over REST or in its console."""

    def veeam_restore(
        self, point_id: str, reason: str, by: str, *, overwrite: bool = True, power_up: bool = False
    ) -> RestoreSession:
        """Start an entire-VM restore to the original location; it goes on by itself.

        Without `overwrite`, or while another restore runs on the VM, the session is made all the same, and fails.
        """
        with self.acting():
            point = next((p for p in self.points if p.point_id == point_id), None)
            if point is None:
                raise WorldError("not_found", f"no restore point {point_id}")
            node = self.node(point.node)
            busy = any(s.node == node.name and s.state != "Stopped" for s in self.sessions)
            session = self._veeam_session(point, reason, by)
            if busy or not overwrite:
                why = "VM is locked by another session." if busy else "VM with the same name already exists."
                self.later(0.0, partial(self._veeam_end, session, "Failed", why))
                return session
            if node.on:
                self.harms.append(f"Veeam restore of {node.name} while it was on")
                self._off(node)
            self._write("veeam", "restore", node.name, by, point=point_id, session=session.session_id)
            for percent in (25, 50, 75):
                self.later(self.durations.veeam * percent / 100, partial(self._veeam_at, session, percent))
            self.later(self.durations.veeam, lambda: self._veeam_done(session, point, power_up=power_up))
            return session

    def _veeam_session(self, point: RestorePoint, reason: str, by: str) -> RestoreSession:
        late = self.faults.strike("late_result", "veeam:restore")
        session = RestoreSession(
            session_id=f"00000000-0000-4000-8000-{next(self._numbers):012d}",
            node=point.node,
            point_id=point.point_id,
            created=self.now(),
            reason=reason,
            by=by,
            visible=self.now() + timedelta(seconds=late.value) if late else None,
        )
        self.sessions.append(session)
        return session

    def _veeam_at(self, session: RestoreSession, percent: int) -> None:
        if session.state == "Working":
            session.progress = percent

    def _veeam_end(self, session: RestoreSession, result: str, message: str) -> None:
        session.state, session.ended = "Stopped", self.now()
        session.result, session.message = result, message

    def _veeam_done(self, session: RestoreSession, point: RestorePoint, *, power_up: bool) -> None:
        node = self.nodes[point.node]
        node.snapshots.clear()
        node.current_snapshot = ""
        if self.faults.strike("fail", "veeam:restore"):
            node.version = DAMAGED
            self._veeam_end(session, "Failed", "The disk could not be written.")
            self._write("veeam", "restore_failed", node.name, point=point.point_id)
            return
        warned = self.faults.strike("warn", "veeam:restore")
        session.progress = 100
        self._veeam_end(session, "Warning" if warned else "Success", BENIGN if warned else "")
        node.version = point.version
        self._write("veeam", "restored", node.name, point=point.point_id, version=point.version)
        if power_up:
            self.harms.append(f"{node.name} was powered on by its restore")
            self.power_on(node.name, by="")

    def veeam_sessions(self, now: datetime) -> list[RestoreSession]:
        """The restore sessions that can be seen at `now`."""
        return [s for s in self.sessions if s.visible is None or s.visible <= now]

    def job_nodes(self, job: Job) -> list[Node]:
        """The nodes that a Veeam job works on: those whose names begin with its target."""
        return [node for node in self.nodes.values() if node.name.startswith(job.target)]
