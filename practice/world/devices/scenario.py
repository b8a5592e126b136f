"""Lets the story happen: two contents of the device table, one at the backup and one now, and the events between."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from practice.world.devices.base import TWIN_SERIAL, Maker, base_devices
from practice.world.devices.device import Action, Device, Model
from practice.world.devices.events import MAKES_A_ROW, Event, Plan, What, plans
from practice.world.devices.models import DEP_WAITING, SHARES
from practice.world.devices.people import Person
from practice.world.devices.times import Times

LEAST = 60
"""With fewer devices not every event finds a device of its own."""

_Rows = dict[int, Device]


@dataclass
class Story:
    """What came of it.

    Attributes:
        at_backup: Rows of the restored database, by id, ascending; with those that XenMobile makes again by itself.
        now: Rows of the database on the morning of the rollback.
        events: What happened, in the order of the plans.
    """

    at_backup: _Rows = field(default_factory=dict)
    now: _Rows = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


class Teller:
    """Tells one story. No device has more than one event, so that each device has one right answer."""

    def __init__(self, devices: int, times: Times, people: list[Person], random: Random) -> None:
        """Make the devices that were there before; `devices` is how many there will be now.

        Raises:
            ValueError: There are too few devices for the whole story.
        """
        if devices < LEAST:
            raise ValueError(f"the story needs at least {LEAST} devices, not {devices}")
        self._times = times
        self._random = random
        self._maker = Maker(times, people, random)
        self._plans = plans(times)
        self._said = 0
        counted = {plan: plan.times(devices) for plan in self._plans}
        come = sum(
            n for p, n in counted.items() if p.what in MAKES_A_ROW - {What.PASSED_THROUGH, What.RE_ENROLLED_ANEW}
        )
        gone = sum(n for p, n in counted.items() if p.what is What.REMOVED)
        base = {d.number: d for d in base_devices(self._maker, devices - come + gone)}
        self.story = Story(base, dict(base))
        self._happenings = [(self._moment(p), p.what) for p, n in counted.items() for _ in range(n)]
        self._fresh = list(base)
        random.shuffle(self._fresh)

    def tell(self) -> Story:
        """Let everything happen, in the order of time, and return what came of it."""
        acts = self._acts()
        for at, what in sorted(self._happenings, key=lambda happening: happening[0]):
            device = acts[what](at)
            self.story.events.append(Event(what, at, device.strong_id))
        self._announce_again()
        self.story.at_backup = dict(sorted(self.story.at_backup.items()))
        return self.story

    def _acts(self) -> dict[What, Callable[[datetime], Device]]:
        return {
            What.ENROLLED: self._enrolled,
            What.ENROLLED_TOO_LATE: self._enrolled,
            What.ENROLLED_IN_TIME: self._enrolled_in_time,
            What.RE_ENROLLED: self._re_enrolled,
            What.RE_ENROLLED_ANEW: self._re_enrolled_anew,
            What.RENEWED: lambda at: self._change(self._renewed(at)),
            What.RENEWED_IN_TIME: lambda at: self._before(self._renewed(at)),
            What.REMOVED: self._removed,
            What.WIPED: lambda at: self._done("WIPE", at, managed=False),
            What.LOCKED: lambda at: self._done("LOCK", at, managed=True),
            What.REVOKED: self._revoked,
            What.WIPED_LATE: self._wiped_late,
            What.WIPE_CANCELLED: self._wipe_cancelled,
            What.WIPE_PENDING: lambda at: self._change(replace(self._pick(), actions=(Action("WIPE", at),))),
            What.WIPE_WITHDRAWN: lambda _: self._pick(),
            What.WIPE_STILL_PENDING: lambda at: self._before(replace(self._pick(), actions=(Action("WIPE", at),))),
            What.UPDATED: self._updated,
            What.ANNOUNCED: self._announced,
            What.PASSED_THROUGH: self._passed_through,
        }

    def _moment(self, plan: Plan) -> datetime:
        """A moment within the plan's time, a minute away from its edges, on a whole second."""
        room = int((plan.ends - plan.begins).total_seconds()) - 120
        return plan.begins.replace(microsecond=0) + timedelta(seconds=60 + self._random.randrange(room))

    def _pick(self) -> Device:
        """A device that has had no event yet: managed, with an owner and with a certificate."""
        while True:
            device = self.story.now[self._fresh.pop()]
            if device.owner and device.certificates and not device.actions and not device.shared:
                return device

    def _change(self, device: Device) -> Device:
        self.story.now[device.number] = device
        return device

    def _before(self, device: Device) -> Device:
        self.story.at_backup[device.number] = device
        return self._change(device)

    # Enrolments

    def _enrolled(self, at: datetime) -> Device:
        """The first few carry what makes matching hard: a twin's serial number, no serial number, neither number."""
        self._said += 1
        models = {1: _first(cellular=True), 2: _first(cellular=False), 3: _first(cellular=True)}
        model = models.get(self._said) or self._random.choices(_MODELS, _WEIGHTS)[0]
        device = self._maker.device(model, self._random.choice(self._maker.people), at, at)
        serials = {1: TWIN_SERIAL, 2: "", 3: ""}
        return self._change(replace(device, serial=serials.get(self._said, device.serial)))

    def _enrolled_in_time(self, at: datetime) -> Device:
        return self._before(self._maker.device(_first(cellular=True), self._random.choice(self._maker.people), at, at))

    def _re_enrolled(self, at: datetime) -> Device:
        known = self._pick()
        return self._change(
            replace(
                known,
                certificates=self._maker.certificates(known.model, at),
                old_certificates=known.certificates,
            )
        )

    def _re_enrolled_anew(self, at: datetime) -> Device:
        known = self._pick()
        del self.story.now[known.number]
        certificates = self._maker.certificates(known.model, at)
        return self._change(replace(known, number=self._maker.next_number(), enrolled=at, certificates=certificates))

    def _renewed(self, at: datetime) -> Device:
        known = self._pick()
        new = self._maker.certificates(known.model, at)[-1:]
        return replace(known, certificates=known.certificates[:-1] + new)

    def _passed_through(self, at: datetime) -> Device:
        return self._maker.device(_first(cellular=True), self._random.choice(self._maker.people), at, at)

    # Administrators

    def _removed(self, _: datetime) -> Device:
        known = self._pick()
        del self.story.now[known.number]
        return known

    def _done(self, type_: str, at: datetime, *, managed: bool) -> Device:
        actions = (Action(type_, at - timedelta(seconds=40), at),)
        return self._change(replace(self._pick(), actions=actions, managed=managed))

    def _revoked(self, _: datetime) -> Device:
        known = self._pick()
        return self._change(
            replace(known, revoked=True, managed=False, certificates=(), old_certificates=known.certificates)
        )

    def _wiped_late(self, at: datetime) -> Device:
        asked = self._times.backup_began - timedelta(hours=9)
        waiting = self._before(replace(self._pick(), actions=(Action("WIPE", asked),)))
        return self._change(replace(waiting, actions=(Action("WIPE", asked, at),), managed=False))

    def _wipe_cancelled(self, _: datetime) -> Device:
        known = self._pick()
        asked = self._times.backup_began - timedelta(hours=30)
        self.story.at_backup[known.number] = replace(known, actions=(Action("WIPE", asked),))
        return known

    # Nothing that matters

    def _updated(self, _: datetime) -> Device:
        known = self._pick()
        return self._change(replace(known, os_version=known.model.os_versions[-1]))

    def _announced(self, _: datetime) -> Device:
        return self._change(self._maker.device(DEP_WAITING, None, None, None))

    def _announce_again(self) -> None:
        """After a restore XenMobile asks Apple again, and gives these rows ids that other devices had before."""
        known = {d.strong_id: d for d in self.story.now.values()}
        newest = max(self.story.at_backup)
        used = [number for number in self.story.now if number > newest]
        for event in self.story.events:
            if event.what is What.ANNOUNCED:
                device = known[event.strong_id]
                number = next(n for n in used if n != device.number)
                used.remove(number)
                self.story.at_backup[number] = replace(device, number=number)


_MODELS = [model for _, model in SHARES]
_WEIGHTS = [weight for weight, _ in SHARES]


def _first(*, cellular: bool) -> Model:
    """The most frequent model with or without a radio."""
    return next(m for m in _MODELS if m.cellular is cellular and m.certificate_types)
