"""The toy's effects, one of each kind of repeating, and the clients that they reach the toy world with."""

from collections.abc import Callable
from datetime import timedelta

from integrations.errors import OutcomeUnknown, Refused, Unreachable
from rollback.actions.action import (
    AlreadySo,
    Change,
    Done,
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
from rollback.systems import Systems
from storage.words import Repeat, SystemName
from toy.world import LostReply, SaidNo, ToyWorld


class Toy:
    """One system's client: all of them show the same toy world."""

    system: SystemName

    def __init__(self, world: ToyWorld) -> None:
        if self.system in world.down:
            raise Unreachable(self.system, "the toy is unplugged")
        self.world = world

    def close(self) -> None:
        """Nothing is held open."""


class Lights(Toy):
    """Switches lamps."""

    system = SystemName.NETSCALER


class Copier(Toy):
    """Makes copies."""

    system = SystemName.VSPHERE


class Store(Toy):
    """Overwrites the store."""

    system = SystemName.SQLSERVER


CLIENTS: tuple[type[Toy], ...] = (Lights, Copier, Store)


class LampEffect:
    """A goal state: safe to repeat."""

    settle, repeat, dies_with_us = timedelta(seconds=5), Repeat.SAFE, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        lit = systems.get(Lights).world.lamp(change.target)
        if lit == change.detail["lit"]:
            raise AlreadySo(f"lamp {change.target} is so already")
        return {"lit": lit}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        _send(lambda: systems.get(Lights).world.switch(change.target, lit=change.detail["lit"]))
        return Done("switched")

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        so = systems.get(Lights).world.lamp(change.target) == change.detail["lit"]
        return Done("seen so", ours=False) if so else NotDone("not so")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        return Unknown("a switch is never under way")


class MarkedEffect:
    """Something that is found again by its marker; `repeat` says whether it may act again."""

    dies_with_us = False
    settle = timedelta(seconds=90)  # longer than the latest that a result was ever seen

    def __init__(self, verb: str, client: type[Toy], repeat: Repeat) -> None:
        self.verb, self.client, self.repeat = verb, client, repeat

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        seen = systems.get(self.client).world.seen(self.verb, change.detail["marker"])
        if self.repeat is Repeat.ASK and seen:
            raise GuardFailed("it was done already")
        return {"seen": seen}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        world, marker = systems.get(self.client).world, change.detail["marker"]
        watch.ref({"marker": marker})
        calls: dict[str, Callable[[str], None]] = {"copy": world.copy, "overwrite": world.overwrite}
        _send(lambda: calls[self.verb](marker))
        watch.progress(100, "done")
        return Done("made")

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        if systems.get(self.client).world.seen(self.verb, change.detail["marker"]):
            return InFlight({"marker": change.detail["marker"]}) if ref is None else Done("found by its marker")
        return NotDone("not found by its marker.")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        return Done("followed to its end")


def _send(call: Callable[[], None]) -> None:
    try:
        call()
    except LostReply as lost:
        raise OutcomeUnknown("toy", "the reply was lost") from lost
    except SaidNo as no:
        raise Refused("toy", "it said no") from no
