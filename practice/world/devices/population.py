"""The population of one estate: made when it is first asked for, the same for the same seed, number and times."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from random import Random

from practice.world.devices.configuration import Configuration, Differences, make_configuration
from practice.world.devices.device import Device
from practice.world.devices.invitations import Invitation, Invitations, make_invitations
from practice.world.devices.people import Person, make_people
from practice.world.devices.scenario import Story, Teller
from practice.world.devices.times import Times

AT_BACKUP, NOW = "at_backup", "now"


@dataclass
class Content:
    """What a XenMobile database holds; a copy of one's own, which may be changed.

    Attributes:
        name: ``at_backup`` or ``now``.
        read_at: The instant as of which devices were last seen.
        devices: Rows by id, ascending.
        invitations: Oldest first.
        configuration: The configuration.
    """

    name: str
    read_at: datetime
    devices: dict[int, Device]
    invitations: list[Invitation]
    configuration: Configuration


class Population:
    """All that is made up about devices, in two contents, with the story between them."""

    def __init__(self, devices: int, seed: int, times: Times) -> None:
        """Describe a population; nothing is made yet.

        Args:
            devices: Rows of the device table now, on 10.7.
            seed: Chooses among populations.
            times: When backup, upgrade and rollback are.
        """
        self.devices = devices
        self.seed = seed
        self.times = times

    def content(self, name: str) -> Content:
        """A fresh copy of the content called `name`.

        Raises:
            KeyError: There is no such content.
        """
        read_at = {AT_BACKUP: self.times.backup_began, NOW: self.times.now}[name]
        old = name == AT_BACKUP
        at_backup, now, _ = self._configurations
        return Content(
            name=name,
            read_at=read_at,
            devices=dict(self.story.at_backup if old else self.story.now),
            invitations=list(self.invitations.at_backup if old else self.invitations.now),
            configuration=at_backup if old else now,
        )

    @cached_property
    def people(self) -> list[Person]:
        """The owners; some have several devices."""
        return make_people(max(8, self.devices * 4 // 5), self._random("people"))

    @cached_property
    def story(self) -> Story:
        """Both contents of the device table, and the events between them."""
        return Teller(self.devices, self.times, self.people, self._random("devices")).tell()

    @cached_property
    def invitations(self) -> Invitations:
        """Both contents of the table of invitations."""
        return make_invitations(self.devices, self.times, self.people, self._random("invitations"))

    @property
    def differences(self) -> Differences:
        """What lies between the two configurations."""
        return self._configurations[2]

    @cached_property
    def _configurations(self) -> tuple[Configuration, Configuration, Differences]:
        return make_configuration(self.devices, self.times)

    def _random(self, what: str) -> Random:
        return Random(f"{self.seed}/{what}")  # noqa: S311 - made-up people, not secrets
