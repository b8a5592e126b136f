"""The right answers: what has to be done about each device after the restore, told from the story's own events.

Nothing here compares the two contents: a comparison is what is being judged with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from practice.world.devices.configuration import Differences
from practice.world.devices.device import Device, Kind
from practice.world.devices.events import Event, What
from practice.world.devices.invitations import Invitation
from practice.world.devices.people import Person
from practice.world.devices.population import Population
from practice.world.devices.times import BACK_DATED, Times


class Verdict(StrEnum):
    """What has to be done about a device."""

    MUST = "must"  # enrol again
    CHECK_FIRST = "check_first"  # it may have to be enrolled again
    CAME_BACK = "came_back"  # it was removed since the backup and is there again
    DECIDE = "decide"  # a security action has to be repeated, or stopped before it fires
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Answer:
    """The right answer for one device.

    Attributes:
        verdict: What has to be done.
        reason: The event that it follows from; empty for `NOTHING` without an event.
        kind: The kind that can be proven.
        strong_id, serial, imei: The device's identities; serial and IMEI may be empty, and a serial another's too.
        owner: Who used it last; None: nobody.
        row_now: Its row's id on 10.7; None: it has none.
        row_at_backup: Its row's id after the restore; None: it has none.
    """

    verdict: Verdict
    reason: str
    kind: Kind
    strong_id: str
    serial: str
    imei: str
    owner: Person | None
    row_now: int | None
    row_at_backup: int | None


_ALWAYS: Mapping[What, Verdict] = {
    What.ENROLLED: Verdict.MUST,
    What.ENROLLED_TOO_LATE: Verdict.CHECK_FIRST,
    What.ENROLLED_IN_TIME: Verdict.NOTHING,
    What.RENEWED_IN_TIME: Verdict.NOTHING,
    What.RE_ENROLLED_ANEW: Verdict.MUST,
    What.REMOVED: Verdict.CAME_BACK,
    What.WIPED: Verdict.DECIDE,
    What.LOCKED: Verdict.DECIDE,
    What.REVOKED: Verdict.DECIDE,
    What.WIPED_LATE: Verdict.DECIDE,
    What.WIPE_CANCELLED: Verdict.DECIDE,
    What.WIPE_PENDING: Verdict.DECIDE,
    What.WIPE_WITHDRAWN: Verdict.NOTHING,
    What.WIPE_STILL_PENDING: Verdict.NOTHING,
    What.UPDATED: Verdict.NOTHING,
    What.ANNOUNCED: Verdict.NOTHING,
}
_TO_STOP = frozenset({What.WIPE_CANCELLED})


def verdict_of(event: Event, times: Times) -> Verdict:
    """The verdict that an event leads to.

    A certificate that the backup missed is judged by the start date that it carries, since a reader sees nothing else:
    it is surely newer than the backup only when even the back-dated start lies after the backup's end.
    """
    if event.what in _ALWAYS:
        return _ALWAYS[event.what]
    return Verdict.MUST if event.at - BACK_DATED > times.backup_ended else Verdict.CHECK_FIRST


class Truth:
    """The right answers for one population, after the restore of its backup."""

    def __init__(self, population: Population) -> None:
        """Take the story of `population`."""
        self._population = population

    def answers(self) -> Iterator[Answer]:
        """One answer for each device that either content holds."""
        now = {d.strong_id: d for d in self._population.story.now.values()}
        before = {d.strong_id: d for d in self._population.story.at_backup.values()}
        for strong_id in dict.fromkeys((*now, *before)):
            yield self._answer(strong_id, now.get(strong_id), before.get(strong_id))

    def devices(self, verdict: Verdict) -> tuple[Answer, ...]:
        """The devices with this verdict, in the order of their identities."""
        return tuple(sorted((a for a in self.answers() if a.verdict is verdict), key=lambda a: a.strong_id))

    def to_stop(self) -> frozenset[str]:
        """The devices (strong ids) on which the restore makes a cancelled wipe pending again."""
        return frozenset(e.strong_id for e in self._population.story.events if e.what in _TO_STOP)

    def invitations(self) -> tuple[Invitation, ...]:
        """The invitations that the restore loses."""
        return self._population.invitations.since

    def configuration(self) -> Differences:
        """What lies between the two configurations."""
        return self._population.differences

    def counts(self) -> dict[str, int]:
        """How many devices have each verdict."""
        counted = dict.fromkeys(Verdict, 0)
        for answer in self.answers():
            counted[answer.verdict] += 1
        return {verdict.value: number for verdict, number in counted.items()}

    @cached_property
    def _events(self) -> dict[str, Event]:
        return {e.strong_id: e for e in self._population.story.events}

    def _answer(self, strong_id: str, now: Device | None, before: Device | None) -> Answer:
        device = now or before
        if device is None:
            raise KeyError(strong_id)
        event = self._events.get(strong_id)
        return Answer(
            verdict=verdict_of(event, self._population.times) if event else Verdict.NOTHING,
            reason=event.what.value if event else "",
            kind=device.model.kind,
            strong_id=strong_id,
            serial=device.serial,
            imei=device.imei,
            owner=device.owner,
            row_now=now.number if now else None,
            row_at_backup=before.number if before else None,
        )
