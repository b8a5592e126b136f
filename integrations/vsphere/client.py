"""The client of one vCenter: what a rollback reads of virtual machines, and the few changes that it makes to them.

Blocking; safe for threads. One object serves one piece of work: it logs in on first use and out on `close`, because
a session that is idle for half an hour ends, and sessions that are left open cost vCenter memory.
"""

import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Self

from pyVmomi import vim

from integrations.errors import NotFound, WrongAnswer, WrongIdentity
from integrations.login import Login, LoginGuard
from integrations.vsphere.collecting import machines, moment
from integrations.vsphere.events import power_events
from integrations.vsphere.faults import SYSTEM
from integrations.vsphere.following import LONGEST_ROUND, Deadline, Found, follow
from integrations.vsphere.reading import TASK_PATHS, power_of, read_machines, read_task, task_of
from integrations.vsphere.session import Opened, Session
from integrations.vsphere.untyped import VimObject, moref, plain_name, xml_text
from integrations.vsphere.values import (
    BEYOND_NEED,
    About,
    Listed,
    Power,
    PowerEvent,
    Privilege,
    SnapshotRef,
    Task,
    TaskRef,
    Vm,
    VmRef,
)

Tasks = Mapping[TaskRef, Task]
Powers = Mapping[VmRef, Power]


class VSphere:
    """One vCenter.

    Reads may be repeated once by themselves (see `session`). Each change is sent once; `IntegrationError` and its
    `may_have_happened` say what is known when it fails.
    """

    def __init__(
        self,
        host: str,
        *,
        login: Callable[[], Login] | LoginGuard,
        tls: ssl.SSLContext,
        monotonic: Callable[[], float],
        port: int = 443,
        timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        """Prepare a client; nothing is connected yet.

        Args:
            host: vCenter's host name or address.
            login: Gives user and password afresh at each login; a guard is shared with other clients of the system.
            tls: `integrations.http.tls_context`, or `pinned_context` where a thumbprint takes the place of a CA.
            monotonic: A clock in seconds that only goes forward, to count limits with.
            port: TCP port.
            timeout: How long vCenter may stay silent, connecting included.
        """
        self._session = Session(host, port, LoginGuard.of(login), tls, timeout)
        self._monotonic = monotonic
        self._longest = min(LONGEST_ROUND, timeout / 2)

    def close(self) -> None:
        """Log out and close all connections."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reads

    def identity(self) -> str:
        """Which vCenter this is: its `about.instanceUuid`."""
        return self.about().instance_uuid

    def about(self) -> About:
        """What vCenter says about itself, read in the session that acts.

        Raises:
            WrongAnswer: It names no identity, as a host without vCenter does.
        """
        about = self._session.read("reading its identity", lambda opened: opened.instance.RetrieveContent().about)
        if not about.instanceUuid:
            raise WrongAnswer(SYSTEM, f"{about.fullName} names no identity: it is no vCenter")
        return About(about.instanceUuid, about.fullName, about.version, about.build, about.apiVersion)

    def clock(self) -> datetime:
        """The clock of vCenter, aware UTC. vSphere: `CurrentTime`."""
        now = moment(self._session.read("reading the clock", lambda opened: opened.instance.CurrentTime()))
        if now is None:
            raise WrongAnswer(SYSTEM, "vCenter tells no time")
        return now

    def find(self, path: str, instance_uuid: str = "") -> VmRef:
        """The one VM at an inventory path.

        Args:
            path: E.g. ``DC1/vm/XMS/xms01``; a slash inside a name is written ``%2f``, as vCenter does.
            instance_uuid: The VM that it must be; empty: any.

        Raises:
            NotFound: There is none at that path, or what is there is no VM.
            WrongIdentity: The VM at that path has another instanceUuid, so it was recreated or replaced.
        """
        return self._session.read(f"finding {path}", lambda opened: _find(opened, path, instance_uuid.lower()))

    def named(self, name: str) -> tuple[Listed, ...]:
        """Every VM of exactly that name that the login may see, wherever it lies."""
        return tuple(each for each in self.machines() if each.name == plain_name(name))

    def machines(self) -> tuple[Listed, ...]:
        """Every VM that the login may see, in a handful of round trips however many there are."""
        paths = ("name", "config.instanceUuid")
        found = self._session.read("listing the VMs", lambda opened: machines(opened.content, paths))
        return tuple(
            Listed(VmRef(row.ref), plain_name(row.text("name")), row.text("config.instanceUuid").lower())
            for row in found
        )

    def read(self, *refs: VmRef) -> Mapping[VmRef, Vm]:
        """Everything about these VMs, in one round trip.

        Raises:
            NotFound: One of them is no longer there under this reference: find it again.
            NotPermitted: The login may not read a VM's name or power state.
        """
        what = f"reading {', '.join(refs)}"
        return self._session.read(what, lambda opened: read_machines(opened, refs)) if refs else {}

    def power_events(self, ref: VmRef, since: datetime) -> tuple[PowerEvent, ...]:
        """What happened to the VM's power from `since` on (by vCenter's clock), oldest first.

        A VM that was restored under a new reference begins with an empty history.

        Raises:
            ValueError: `since` is not aware.
            WrongAnswer: There are so many events that some may be left out.
        """
        if since.tzinfo is None:
            raise ValueError("since must be an aware moment")
        what = f"reading the events of {ref}"
        return tuple(self._session.read(what, lambda opened: power_events(opened, ref, since)))

    def missing_privileges(
        self, refs: Sequence[VmRef], wanted: Iterable[Privilege] = tuple(Privilege)
    ) -> Mapping[VmRef, frozenset[Privilege]]:
        """The rights that the login lacks on each VM. vSphere: `HasPrivilegeOnEntities`."""
        asked = tuple(wanted)
        return self._session.read("reading the rights", lambda opened: _missing(opened, refs, asked))

    def needless_privileges(self, refs: Sequence[VmRef]) -> Mapping[VmRef, frozenset[str]]:
        """Which of the rights that this client never uses (`BEYOND_NEED`) the login has on each VM all the same."""
        asked = "reading what the login may beyond need"
        return self._session.read(asked, lambda opened: _granted(opened, refs, BEYOND_NEED))

    def task(self, ref: TaskRef) -> Task:
        """A task by its reference, also one that was begun before a restart.

        Raises:
            NotFound: vCenter has forgotten it, as it does some ten minutes after its end.
        """
        return self._session.read(f"reading {ref}", lambda opened: read_task(opened, ref))

    # Waiting

    def wait(self, refs: Sequence[TaskRef], limit: timedelta, progress: Callable[[Tasks], None] | None = None) -> Tasks:
        """Wait until all tasks have ended, or `limit` has passed: then those that go on are told as they stand.

        Args:
            refs: The tasks.
            limit: How long to wait at most; nothing is cancelled.
            progress: Called with all of them after each change, and every ten seconds at least; what it raises ends
                the wait.

        Raises:
            NotFound: vCenter has forgotten one of them.
        """

        def known(found: Found) -> Tasks:
            return {ref: task_of(found[ref]) for ref in refs}

        def ended(found: Found) -> bool:
            return all(task.done for task in known(found).values())

        def tell(found: Found) -> None:
            if progress is not None:
                progress(known(found))

        return known(self._follow(vim.Task, refs, TASK_PATHS, ended, tell, limit)) if refs else {}

    def wait_for_power(
        self, refs: Sequence[VmRef], power: Power, limit: timedelta, progress: Callable[[Powers], None] | None = None
    ) -> Powers:
        """Wait until all VMs have that power state, or `limit` has passed; returns the states as they are then.

        Args:
            refs: The VMs.
            power: The state to wait for.
            limit: How long to wait at most.
            progress: As in `wait`.

        Raises:
            NotFound: One of the VMs is no longer there under its reference.
        """

        def known(found: Found) -> Powers:
            return {ref: power_of(found[ref]) for ref in refs}

        def ended(found: Found) -> bool:
            return all(state is power for state in known(found).values())

        def tell(found: Found) -> None:
            if progress is not None:
                progress(known(found))

        paths = ("runtime.powerState",)
        return known(self._follow(vim.VirtualMachine, refs, paths, ended, tell, limit)) if refs else {}

    # Changes: each is sent once

    def guest_shutdown(self, ref: VmRef) -> None:
        """Ask the guest to shut down; it is off some time later (`wait_for_power`). vSphere: `ShutdownGuest`.

        Raises:
            Refused: ``ToolsUnavailable``, or ``InvalidPowerState`` when it is off already.
        """
        self._session.change(f"shutting {ref} down", lambda opened: _vm(opened, ref).ShutdownGuest())

    def power_off(self, ref: VmRef) -> TaskRef:
        """Pull the plug. vSphere: `PowerOffVM_Task`; a VM that is off fails the task with ``InvalidPowerState``."""
        return self._begin(f"powering {ref} off", lambda opened: _vm(opened, ref).PowerOffVM_Task())

    def power_on(self, ref: VmRef) -> TaskRef:
        """Power a VM on. vSphere: `PowerOnVM_Task`; a VM that is on fails the task with ``InvalidPowerState``."""
        return self._begin(f"powering {ref} on", lambda opened: _vm(opened, ref).PowerOnVM_Task())

    def snapshot_create(self, ref: VmRef, name: str, description: str) -> TaskRef:
        """Begin a snapshot of the disks, without memory and without quiescing; the task's result is its reference.

        vSphere lets two snapshots have one name: look for `name` before, because it is what ours is found by.
        """
        return self._begin(
            f"taking a snapshot of {ref}",
            lambda opened: _vm(opened, ref).CreateSnapshot_Task(xml_text(name), xml_text(description), False, False),
        )

    def snapshot_remove(self, snapshot: SnapshotRef) -> TaskRef:
        """Begin to remove one snapshot, keeping what stands on it; consolidating the disks can take hours."""
        return self._begin(
            f"removing {snapshot}",
            lambda opened: opened.reference(vim.vm.Snapshot, snapshot).RemoveSnapshot_Task(
                removeChildren=False, consolidate=True
            ),
        )

    def revert(self, snapshot: SnapshotRef) -> TaskRef:
        """Begin to take a VM back to a snapshot, without powering it on, whatever the snapshot holds."""
        return self._begin(
            f"reverting to {snapshot}",
            lambda opened: opened.reference(vim.vm.Snapshot, snapshot).RevertToSnapshot_Task(suppressPowerOn=True),
        )

    def _begin(self, what: str, send: Callable[[Opened], object]) -> TaskRef:
        ref = moref(self._session.change(what, send))
        if not ref:
            raise WrongAnswer(SYSTEM, f"{what}: vCenter names no task", may_have_happened=True)
        return TaskRef(ref)

    def _follow(
        self,
        kind: object,
        refs: Sequence[str],
        paths: Sequence[str],
        ended: Callable[[Found], bool],
        tell: Callable[[Found], None],
        limit: timedelta,
    ) -> Found:
        deadline = Deadline(limit, self._monotonic)

        def ask(opened: Opened) -> Found:
            found: Found = {}
            objects = [opened.reference(kind, ref) for ref in refs]
            with closing(follow(opened, objects, paths, ended, deadline, self._longest)) as rounds:
                for found in rounds:
                    tell(found)
            return found

        return self._session.read(f"waiting for {', '.join(refs)}", ask)


def _vm(opened: Opened, ref: VmRef) -> VimObject:
    return opened.reference(vim.VirtualMachine, ref)


def _find(opened: Opened, path: str, instance_uuid: str) -> VmRef:
    index = opened.content.searchIndex
    at_path = index.FindByInventoryPath(xml_text(path))
    by_uuid = index.FindByUuid(None, instance_uuid, True, True) if instance_uuid else None
    if not isinstance(at_path, vim.VirtualMachine):
        elsewhere = f", but the VM of its instanceUuid is there as {moref(by_uuid)}" if by_uuid is not None else ""
        raise NotFound(
            SYSTEM,
            f"there is no VM at {path} that the login may see{elsewhere}",
            next_step="Compare the inventory path in the settings with the vSphere client, then check again.",
        )
    if instance_uuid and moref(by_uuid) != moref(at_path):
        raise WrongIdentity(
            SYSTEM,
            f"the VM at {path} is not the one in the settings: its instanceUuid is another",
            next_step="Find out whether it was recreated or replaced, and put its instanceUuid into the settings.",
        )
    return VmRef(moref(at_path))


def _missing(opened: Opened, refs: Sequence[VmRef], wanted: Sequence[Privilege]) -> dict[VmRef, frozenset[Privilege]]:
    granted = _granted(opened, refs, wanted)
    return {ref: frozenset(each for each in wanted if str(each) not in granted[ref]) for ref in refs}


def _granted(opened: Opened, refs: Sequence[VmRef], wanted: Sequence[str]) -> dict[VmRef, frozenset[str]]:
    told = opened.content.authorizationManager.HasPrivilegeOnEntities(
        [_vm(opened, ref) for ref in refs], opened.key, [str(each) for each in wanted]
    )
    granted = {(moref(each.entity), one.privId) for each in told for one in each.privAvailability if one.isGranted}
    return {ref: frozenset(str(each) for each in wanted if (ref, str(each)) in granted) for ref in refs}
