"""The devices that were there long before the backup: everything that the story does not touch."""

import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from practice.world.devices.device import Action, Certificate, Device, Model
from practice.world.devices.models import SHARES
from practice.world.devices.people import Person
from practice.world.devices.times import Times

_LETTERS = string.ascii_uppercase + string.digits
_MODELS = [model for _, model in SHARES]
_WEIGHTS = [weight for weight, _ in SHARES]
_RENEWED_EVERY = timedelta(days=690)
_YEARS = int(timedelta(days=3 * 365).total_seconds())
TWIN_SERIAL = "0123456789ABCDEF"
"""A serial number that a careless maker gave to more than one device."""


class Maker:
    """Makes devices one after the other: counts row ids, identities and certificate numbers up.

    Attributes:
        number: The row id that was given last.
        twins_left: How many more devices get the serial number that a careless maker gave twice.
    """

    def __init__(self, times: Times, people: list[Person], random: Random) -> None:
        """Begin with the first id of everything."""
        self.times = times
        self.people = people
        self.random = random
        self._identities = count(1)
        self._certificates = count(1)
        self.number = 0
        self.twins_left = 2

    def certificates(self, model: Model, issued: datetime) -> tuple[Certificate, ...]:
        """The certificates that a device of this model gets when it enrols."""
        return tuple(Certificate(type_, next(self._certificates), issued) for type_ in model.certificate_types)

    def next_number(self) -> int:
        """XenMobile's next row id; ids of rows that are gone leave gaps."""
        self.number += 1 if self.random.random() < 0.97 else 2
        return self.number

    def owner(self, index: int) -> Person | None:
        """Who the `index`-th device belongs to: everybody has one before anybody has two."""
        if not self.people or self.random.random() < 0.005:
            return None
        return self.people[index] if index < len(self.people) else self.random.choice(self.people)

    def device(self, model: Model, owner: Person | None, enrolled: datetime | None, issued: datetime | None) -> Device:
        """A new device with an identity of its own."""
        identity = next(self._identities)
        serial = "".join(self.random.choices(_LETTERS, k=12))
        if model.app_only and self.random.random() < 0.1:
            serial = ""
        return Device(
            number=self.next_number(),
            model=model,
            os_version=self.random.choice(model.os_versions),
            serial=serial,
            imei=imei_of(identity) if model.cellular else "",
            strong_id=f"{identity * 2_654_435_761 % 2**32:08X}",
            owner=owner,
            users=(owner,) if owner else (),
            enrolled=enrolled,
            certificates=self.certificates(model, issued) if issued else (),
            idle=timedelta(minutes=int(self.random.expovariate(1 / 600))),
        )


def imei_of(identity: int) -> str:
    """A well-formed IMEI in the range kept for test equipment."""
    body = f"001017{identity:08d}"
    doubled = [int(d) * (2 if i % 2 else 1) for i, d in enumerate(body)]
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def base_devices(maker: Maker, number: int) -> Iterator[Device]:
    """`number` devices, enrolled over the three years before the backup."""
    random, until = maker.random, maker.times.backup_began - timedelta(hours=2)
    models = random.choices(_MODELS, _WEIGHTS, k=number)
    ages = sorted((random.randrange(_YEARS) for _ in range(number)), reverse=True)
    for index, (model, age) in enumerate(zip(models, ages, strict=True)):
        enrolled = until - timedelta(seconds=age, milliseconds=random.randrange(1000))
        renewed = enrolled + (until - enrolled) // _RENEWED_EVERY * _RENEWED_EVERY
        device = maker.device(model, maker.owner(index), enrolled, renewed)
        yield _with_oddities(device, maker)


def _with_oddities(device: Device, maker: Maker) -> Device:
    """Give a few devices what real inventories have: shared ones, twins, missing serials, old security actions."""
    luck = maker.random.random()
    if luck < 0.012 and device.owner and len(maker.people) > 6:
        users = (device.owner, *maker.random.sample(maker.people, 4))
        return replace(device, shared=True, users=tuple(dict.fromkeys(users)))
    if maker.twins_left and device.imei:
        maker.twins_left -= 1
        return replace(device, serial=TWIN_SERIAL)
    if luck < 0.014:
        return replace(device, serial="")
    if luck < 0.018 and device.enrolled:
        asked = device.enrolled + (maker.times.backup_began - device.enrolled) / 2
        return replace(device, actions=(Action("LOCK", asked, asked + timedelta(minutes=4)),))
    return device
