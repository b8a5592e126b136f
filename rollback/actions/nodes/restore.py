"""An entire-VM restore by Veeam: sent once, never again without a person; found by its machine and the time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from integrations.errors import NotFound
from integrations.veeam import Outcome as Came
from integrations.veeam import RestorePoint, Session, Veeam
from integrations.vsphere import Power, Vm, VSphere
from rollback.actions.action import (
    Change,
    Done,
    Failed,
    Given,
    GuardFailed,
    InFlight,
    Json,
    Look,
    NotDone,
    Outcome,
    Unknown,
    Watch,
)
from rollback.actions.nodes.following import sent
from rollback.actions.nodes.machines import resolve
from rollback.actions.nodes.points import busy
from rollback.systems import Systems
from storage.words import Repeat

STEP = 1.0  # seconds between two readings of a session
LATEST = timedelta(seconds=100)  # longer than a session was ever seen to take to show


class NodeRestoreEffect:
    """One machine is overwritten from one restore point, and stays off."""

    settle, repeat, dies_with_us = LATEST, Repeat.ASK, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Off, the approved point still there and the machine's own, nothing else restoring it; Veeam's clock."""
        veeam = systems.get(Veeam)
        vm = resolve(systems.get(VSphere), change) if systems.has(VSphere) else None
        if vm is not None and vm.power is not Power.OFF:
            raise GuardFailed(f"{change.target} is {vm.power.value}, not off")
        if _own_point(veeam, change) is None:
            raise GuardFailed(
                f"restore point {change.detail['point']} is not among the points of {change.target} any more"
            )
        if running := busy(veeam, change.target, change.detail["others"]):
            raise GuardFailed(f"another restore runs on {change.target}: {', '.join(one.name for one in running)}")
        return {"since": veeam.server_time().at.isoformat(), "machine": _machine(vm)}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """REST: the entire-VM restore of the dialect, once; the session's id is kept at once."""
        session = systems.get(Veeam).start_restore(change.detail["point"], change.detail["reason"])
        watch.ref({"session": session.session_id})
        return self.follow(change, systems, given, {"session": session.session_id}, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """The session that we know, else the only one of this machine since `before`; more than one go to a person."""
        veeam, known = systems.get(Veeam), (ref or {}).get("session")
        if known:
            try:
                return _seen(change, veeam.session(known))
            except NotFound:
                return Unknown(f"{change.target}: Veeam has no session {known} any more; look at its history")
        there = veeam.find_restores(change.target, _since(before), change.detail["others"])
        if len(there.ours) > 1 or there.unclear:
            names = ", ".join(one.session_id for one in (*there.ours, *there.unclear))
            return Unknown(
                f"{change.target}: more than one restore may be ours ({names}). Compare them in Veeam's console with "
                f"the point {change.detail['point']}, and say which happened."
            )
        if there.ours:
            return _seen(change, there.ours[0])
        return NotDone(f"Veeam shows no restore of {change.target} since {_since(before):%H:%M:%S} UTC.")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Stay with the session to its end, however long it takes."""
        veeam = systems.get(Veeam)
        return sent(change, lambda: _to_its_end(change, lambda: veeam.session(ref["session"]), watch))


def _to_its_end(change: Change, read: Callable[[], Session], watch: Watch) -> Outcome:
    while (session := read()).outcome in {Came.RUNNING, Came.NEEDS_PERSON}:
        waits = session.outcome is Came.NEEDS_PERSON
        watch.progress(session.progress, "waits for somebody in Veeam's console" if waits else session.message)
        watch.wait(STEP)
    return _ended(change, session)


def _ended(change: Change, session: Session) -> Outcome:
    told = f"session {session.session_id}: {session.result}" + (f", {session.message}" if session.message else "")
    if session.ended_well:
        facts = {"session": session.session_id, "result": session.result, "message": session.message}
        return Done(f"{change.target} is restored ({told})", facts=facts)
    if session.outcome is Came.UNCLEAR:
        return Unknown(f"{change.target}: the restore has ended with a result that we don't know ({told})")
    return Failed(f"{change.target}: the restore failed ({told}). Its disks may be half written: don't power it on.")


def _seen(change: Change, session: Session) -> Look:
    if session.ended_well:
        done = _ended(change, session)
        assert isinstance(done, Done)  # noqa: S101 - it ended well
        return done
    return InFlight({"session": session.session_id}, session.state)


def _own_point(veeam: Veeam, change: Change) -> RestorePoint | None:
    points = veeam.restore_points(change.detail["object"])
    return next((one for one in points if one.point_id == change.detail["point"]), None)


def _since(before: Json) -> datetime:
    return datetime.fromisoformat(before["since"])


def _machine(vm: Vm | None) -> Json:
    if vm is None:
        return None
    return {"ref": vm.ref, "instance_uuid": vm.instance_uuid, "snapshots": [one.name for one in vm.snapshots]}
