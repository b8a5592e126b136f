"""What happens in XenMobile: what administrators do in its console, devices that enrol or check in, a flapping port."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random

from practice.world.core import WorldError
from practice.world.devices import AT_BACKUP, Action, Certificate, Content, Device, Kind, Person, Population, Truth
from practice.world.devices.base import imei_of
from practice.world.devices.invitations import Invitation, invite
from practice.world.devices.models import SHARES
from practice.world.netscaler_verbs import NetScalerVerbs
from practice.world.state import Durations, Node
from practice.world.time import Time

NEWCOMERS_FROM = 90_000_000
"""Identities of devices that enrol while practising count from here."""


class XenMobileVerbs(NetScalerVerbs):
    """The console's actions, each with its ledger line, and what nature does to devices and to port 80.

    Attributes:
        population: Who and what is in the databases; None: an estate without devices.
        enrolment_enabled: What the health page says of enrolment.
    """

    def __init__(self, time: Time | None = None, durations: Durations | None = None) -> None:
        """Make a world without a population; `practice.world.made` gives it one."""
        super().__init__(time, durations)
        self.population: Population | None = None
        self.enrolment_enabled = True
        self._content: Content | None = None
        self._content_of: tuple[str, int] = ("", -1)
        self._newcomers = 0
        self._flapping: set[str] = set()
        self._door_was_open = True
        self.faults.on_change.append(self._start_flapping)
        self.on_change.append(self._watch_door)

    @property
    def content(self) -> Content:
        """What the database holds at present; a restore brings back what its backup held. Hold `lock` while reading.

        Raises:
            WorldError: The estate has no devices.
        """
        if self.population is None:
            raise WorldError("not_found", "this estate has no devices")
        key = (self.database.content, len(self.restores))
        if self._content is None or self._content_of != key:
            self._content, self._content_of = self.population.content(self.database.content), key
        return self._content

    def device(self, number: int) -> Device:
        """The device with this row id; WorldError ``not_found`` if there is none."""
        found = self.content.devices.get(number)
        if found is None:
            raise WorldError("not_found", f"there is no device {number}")
        return found

    # The console

    def action_ask(self, number: int, type_: str, by: str) -> None:
        """Ask for a wipe, a corporate wipe or a lock; it is pending until the device checks in."""
        self._at_console(number, f"{type_.lower()}_ask", by, lambda d: _asked(d, type_, self))

    def action_cancel(self, number: int, type_: str, by: str) -> None:
        """Cancel a pending action.

        Raises:
            WorldError: ``wrong_state``: no such action is pending.
        """
        self._at_console(number, f"{type_.lower()}_cancel", by, lambda d: _cancelled(d, type_))

    def device_revoke(self, number: int, by: str) -> None:
        """Revoke a device: its certificates are worth nothing from now on."""
        self._at_console(number, "revoke", by, _revoked)

    def device_remove(self, number: int, by: str) -> None:
        """Remove a device's row."""
        with self.acting():
            self._need_console()
            gone = self.device(number)
            del self.content.devices[number]
            self._write("xenmobile" if by else "world", "remove", f"device {number}", by, device=gone.strong_id)

    def invitation_make(self, login: str, by: str) -> Invitation:
        """Invite a person to enrol a device."""
        with self.acting():
            self._need_console()
            made = invite(self._person(login), self.now(), self._random())
            self.content.invitations.append(made)
            self._write("xenmobile", "invite", made.person.login, by)
            return made

    # Devices

    def device_enrol(self, login: str, by: str) -> Device:
        """A person enrols a new device; after a restore it gets a row id that another device had before."""
        with self.acting():
            self._need_console()
            person = self._person(login)
            self._newcomers += 1
            number = max(self.content.devices, default=0) + 1
            model = next(m for _, m in SHARES if m.kind is Kind.IOS)
            self.content.devices[number] = made = Device(
                number=number,
                model=model,
                os_version=model.os_versions[-1],
                serial=f"NEWCOMER{self._newcomers:04d}",
                imei=imei_of(NEWCOMERS_FROM + self._newcomers),
                strong_id=f"NEW{self._newcomers:05d}",
                owner=person,
                users=(person,),
                enrolled=self.now(),
                certificates=tuple(Certificate(t, 10**6 + number, self.now()) for t in model.certificate_types),
                idle=timedelta(0),
            )
            self._write("xenmobile" if by else "world", "enrol", f"device {number}", by, device=made.strong_id)
            return made

    def _check_in(self) -> None:
        """Every device checks in: a wipe that had been cancelled before the restore is carried out."""
        if self.population is None or self.database.content != AT_BACKUP:
            return
        doomed = Truth(self.population).to_stop()
        for number, device in tuple(self.content.devices.items()):
            if device.strong_id in doomed and (pending := device.pending("WIPE")):
                done = replace(pending, done=self.now())
                self.content.devices[number] = replace(device, actions=(done,), managed=False)
                self.harms.append(f"device {number} was wiped though its wipe had been cancelled")
                self._write("world", "wipe_fired", f"device {number}", device=device.strong_id)

    def _watch_door(self) -> None:
        with self.lock:
            is_open = any(self.curstate(v) == "UP" for v in self.vservers.values())
            was, self._door_was_open = self._door_was_open, is_open
            if is_open and not was:
                self.later(self.durations.check_in, self._check_in)

    # Port 80

    def _start_flapping(self) -> None:
        with self.lock:
            for node in self.nodes.values():
                every = self._flap_of(node)
                if every and node.name not in self._flapping:
                    self._flapping.add(node.name)
                    self.later(every, partial(self._flap, node))

    def _flap(self, node: Node) -> None:
        every = self._flap_of(node)
        node.port80_up = not node.port80_up or not every
        if every:
            self.later(every, partial(self._flap, node))
        else:
            self._flapping.discard(node.name)

    def _flap_of(self, node: Node) -> float:
        """How many seconds between two turns of this node's port 80; 0: it does not flap."""
        faults = [self.faults.standing("flap", scope) for scope in (node.name, node.version)]
        return next((fault.value or 1.0 for fault in faults if fault), 0.0)

    # Helpers

    def _at_console(self, number: int, verb: str, by: str, change: Callable[[Device], Device]) -> None:
        with self.acting():
            self._need_console()
            self.content.devices[number] = changed = change(self.device(number))
            self._write("xenmobile", verb, f"device {number}", by, device=changed.strong_id)

    def _need_console(self) -> None:
        if not any(node.up for node in self.nodes.values()):
            raise WorldError("wrong_state", "no node is up, so there is no console")

    def _person(self, login: str) -> Person:
        people = self.population.people if self.population else []
        found = next((person for person in people if person.login == login), None)
        if found is None:
            raise WorldError("not_found", "there is no such person")
        return found

    def _random(self) -> Random:
        return Random(f"{len(self.ledger)}/invitation")  # noqa: S311 - a pretend estate's invitation


def _asked(device: Device, type_: str, world: XenMobileVerbs) -> Device:
    if device.pending(type_):
        raise WorldError("wrong_state", f"{type_} is pending on device {device.number} already")
    return replace(device, actions=(*device.actions, Action(type_, world.now())))


def _cancelled(device: Device, type_: str) -> Device:
    pending = device.pending(type_)
    if pending is None:
        raise WorldError("wrong_state", f"no {type_} is pending on device {device.number}")
    return replace(device, actions=tuple(a for a in device.actions if a is not pending))


def _revoked(device: Device) -> Device:
    old = (*device.old_certificates, *device.certificates)
    return replace(device, revoked=True, managed=False, certificates=(), old_certificates=old)
