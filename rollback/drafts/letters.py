"""One letter a person: their devices and their steps, from the terms that were approved for everybody."""

from dataclasses import dataclass
from datetime import date

from rollback.drafts.audience import Recipient
from rollback.drafts.contexts import Common, LetterDevice, ReenrolReminder, ReenrolRequest
from rollback.drafts.specimens import NAME, specimen_devices
from storage.words import Certainty, DeviceKind

FIRST_NAME = "«first_name»"
DEVICES = "«devices_text»"
"""What a mail merge puts its columns into."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is the same in everybody's request.

    Attributes:
        common: The organisation's words, the reference, the code.
        event_date: Day on which the service was taken back.
        reply_by: Day by which the devices should be set up.
    """

    common: Common
    event_date: date
    reply_by: date

    def request(self, person: Recipient) -> ReenrolRequest:
        """The request to `person`."""
        devices = tuple(device.shown for device in person.devices)
        return self._request(person.first_name, devices, person.kinds, sure=person.sure)

    def specimen(self) -> ReenrolRequest:
        """The request as it is approved: with a device of every kind, certain and to be checked first."""
        return self._request(NAME, specimen_devices(), tuple(DeviceKind), sure=True)

    def merge(self, kinds: tuple[DeviceKind, ...]) -> ReenrolRequest:
        """The request as the main document of a mail merge, with the steps of all `kinds`."""
        device = LetterDevice(DEVICES, "", None, Certainty.MUST)
        return self._request(FIRST_NAME, (device,), kinds, sure=True)

    def reminder(self, person: Recipient, first_sent_on: date) -> ReenrolReminder:
        """The reminder to `person`, of whose devices only those that are still missing are left."""
        devices = tuple(device.shown for device in person.devices)
        return ReenrolReminder(self.common, first_sent_on, person.first_name, devices)

    def merge_reminder(self, first_sent_on: date) -> ReenrolReminder:
        """The reminder as the main document of a mail merge."""
        return ReenrolReminder(
            self.common, first_sent_on, FIRST_NAME, (LetterDevice(DEVICES, "", None, Certainty.MUST),)
        )

    def _request(
        self, first_name: str, devices: tuple[LetterDevice, ...], kinds: tuple[DeviceKind, ...], *, sure: bool
    ) -> ReenrolRequest:
        return ReenrolRequest(
            self.common,
            event_date=self.event_date,
            reply_by=self.reply_by,
            first_name=first_name,
            devices=devices,
            kinds=kinds,
            sure=sure,
        )
