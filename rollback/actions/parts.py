"""Small parts that the verbs share: checks in words, what a check says of a system that is off, waiting a little."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rollback.actions.action import Check, Given, Json, Samples, Verdict
from rollback.systems import Systems
from storage.words import CheckState, SystemName


class Reads:
    """What most actions answer: nothing has to settle between groups, and nothing is handed on."""

    version = 1

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        """Nothing has to pass between the groups."""
        return Verdict()

    def result(self, systems: Systems, given: Given) -> Json:
        """Nothing is handed on."""
        return {}


def passed(name: str, text: str) -> Check:
    """A check that has passed."""
    return Check(name, CheckState.PASSED, text)


def failed(name: str, text: str) -> Check:
    """A check that has failed."""
    return Check(name, CheckState.FAILED, text)


def still_open(name: str, text: str) -> Check:
    """A check that can't be answered yet."""
    return Check(name, CheckState.OPEN, text)


def unread(name: str, system: SystemName) -> Check:
    """A check that no machine answers, because its system is off."""
    return Check(name, CheckState.NOT_CHECKED, f"{system} is off: not checked by machine")


def judged(name: str, wrong: Iterable[str], text: str) -> Check:
    """Passed with `text` if nothing is wrong, else failed with what is."""
    found = "; ".join(wrong)
    return failed(name, found) if found else passed(name, text)


def patient(name: str, wrong: Iterable[str], text: str, given: Given, patience: timedelta) -> Check:
    """Like `judged`, but what is wrong is waited for until `patience` after the stage's start."""
    found = "; ".join(wrong)
    if not found:
        return passed(name, text)
    waited = given.now - given.stage_started if given.stage_started is not None else timedelta(0)
    return failed(name, found) if waited > patience else still_open(name, found)


def verdict(given: Given, *checks: Check, warnings: tuple[str, ...] = ()) -> Verdict:
    """The verdict of these checks; what is open is looked at again after the estate's interval."""
    return Verdict(tuple(checks), again=soon(given), warnings=warnings)


def soon(given: Given) -> datetime:
    """When to look again."""
    return given.now + given.estate.timings.look_again


def site_time(given: Given, at: datetime) -> str:
    """An instant as people read it: UTC, and the site's own time behind it."""
    local = at.astimezone(given.estate.tz())
    return f"{at:%d %b %H:%M} UTC ({local:%H:%M} here)"
