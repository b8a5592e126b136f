"""The toy's actions and effects: one of each kind of repeating."""

from datetime import timedelta

from integrations.errors import OutcomeUnknown
from rollback.actions.action import (
    AlreadySo,
    Catalogue,
    Change,
    Check,
    Done,
    Fact,
    Finding,
    Given,
    GuardFailed,
    InFlight,
    Json,
    Look,
    NotDone,
    Outcome,
    Preview,
    Samples,
    Unknown,
    Verdict,
    Watch,
)
from rollback.systems import Systems
from storage.words import CheckState, Repeat, Severity, SystemName
from toy.world import LostReply, ToyWorld


class Toy:
    """The client that stages reach the toy world with."""

    def __init__(self, world: ToyWorld) -> None:
        self.world = world

    def close(self) -> None:
        """Nothing is held open."""


PATIENCE = timedelta(seconds=120)


def _passed(name: str, text: str, given: Given, *, good: bool) -> Verdict:
    late = given.stage_started is not None and given.now - given.stage_started > PATIENCE
    state = CheckState.PASSED if good else CheckState.FAILED if late else CheckState.OPEN
    return Verdict((Check(name, state, text),), again=given.now + timedelta(seconds=10))


class Lamps:
    """Bring both lamps to a state."""

    version = 1

    def preview(self, systems: Systems, given: Given) -> Preview:
        world = systems.get(Toy).world
        lit = bool(given.params["lit"])
        changes = tuple(
            Change(
                "toy-lamp",
                1,
                SystemName.NETSCALER,
                name,
                f"lamp {name} {'lit' if lit else 'dim'}",
                {"lit": lit},
                already=world.lamp(name) == lit,
            )
            for name in ("a", "b")
        )
        return Preview(changes, (Fact("lamps", "two", flutters=True),), identity={"netscaler": world.identity})

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        return Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        world = systems.get(Toy).world
        good = all(world.lamp(name) == given.params["lit"] for name in ("a", "b"))
        return _passed("lamps", "as wanted" if good else "a lamp is not as wanted", given, good=good)

    def result(self, systems: Systems, given: Given) -> Json:
        return {"lit": given.params["lit"]}


class Copy:
    """Copy the store, once."""

    version = 1

    def preview(self, systems: Systems, given: Given) -> Preview:
        world = systems.get(Toy).world
        lit = world.lamp("a") or world.lamp("b")
        findings = (Finding("lit", Severity.HARD, "A lamp is lit.", at_start=True, holds=lit),)
        change = Change("toy-copy", 1, SystemName.VSPHERE, "store", "copy the store", {"marker": given.marker("store")})
        return Preview((change,), findings=findings, identity={"vsphere": world.identity})

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        return Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        good = systems.get(Toy).world.seen("copy", given.marker("store"))
        return _passed("copied", "one copy" if good else "no copy", given, good=good)

    def result(self, systems: Systems, given: Given) -> Json:
        return {"copy": given.marker("store")}


class Overwrite:
    """Overwrite the store: dim the pilot lamp's guard first, then the destructive change."""

    version = 1

    def preview(self, systems: Systems, given: Given) -> Preview:
        world = systems.get(Toy).world
        marker = {"marker": given.marker("store")}
        changes = (
            Change("toy-lamp", 1, SystemName.NETSCALER, "a", "lamp a dim", {"lit": False}, already=not world.lamp("a")),
            Change("toy-overwrite", 2, SystemName.SQLSERVER, "store", "overwrite the store", marker, destructive=True),
        )
        return Preview(changes, identity={"sqlserver": world.identity}, uses=("source",))

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        return Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        good = systems.get(Toy).world.seen("overwrite", given.marker("store"))
        return _passed("content", "the old content" if good else "still the new content", given, good=good)

    def result(self, systems: Systems, given: Given) -> Json:
        return {}


class Nothing:
    """Only people answer."""

    version = 1

    def preview(self, systems: Systems, given: Given) -> Preview:
        return Preview()

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        return Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        return Verdict()

    def result(self, systems: Systems, given: Given) -> Json:
        return {}


class LampEffect:
    """A goal state: safe to repeat."""

    settle, repeat, dies_with_us = timedelta(seconds=5), Repeat.SAFE, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        lit = systems.get(Toy).world.lamp(change.target)
        if lit == change.detail["lit"]:
            raise AlreadySo(f"lamp {change.target} is so already")
        return {"lit": lit}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        _send(lambda: systems.get(Toy).world.switch(change.target, lit=change.detail["lit"]))
        return Done("switched")

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        so = systems.get(Toy).world.lamp(change.target) == change.detail["lit"]
        return Done("seen so", ours=False) if so else NotDone("not so")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        return Unknown("a switch is never under way")


class MarkedEffect:
    """Something that is found again by its marker; `repeat` says whether it may act again."""

    dies_with_us = False
    settle = timedelta(seconds=90)  # longer than the latest that a result was ever seen

    def __init__(self, verb: str, repeat: Repeat) -> None:
        self.verb, self.repeat = verb, repeat

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        world = systems.get(Toy).world
        if self.repeat is Repeat.ASK and world.seen(self.verb, change.detail["marker"]):
            raise GuardFailed("it was done already")
        return {"seen": world.seen(self.verb, change.detail["marker"])}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        world = systems.get(Toy).world
        watch.ref({"marker": change.detail["marker"]})
        _send(lambda: getattr(world, self.verb)(change.detail["marker"]))
        watch.progress(100, "done")
        return Done("made")

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        if systems.get(Toy).world.seen(self.verb, change.detail["marker"]):
            return InFlight({"marker": change.detail["marker"]}) if ref is None else Done("found by its marker")
        return NotDone("not found by its marker.")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        return Done("followed to its end")


def _send(call: object) -> None:
    try:
        call()  # type: ignore[operator]
    except LostReply as lost:
        raise OutcomeUnknown("toy", "the reply was lost") from lost


def catalogue() -> Catalogue:
    return Catalogue(
        actions={
            "toy-lamps": Lamps(),
            "toy-copy": Copy(),
            "toy-overwrite": Overwrite(),
            "toy-nothing": Nothing(),
        },
        effects={
            "toy-lamp": LampEffect(),
            "toy-copy": MarkedEffect("copy", Repeat.AFTER_LOOKING),
            "toy-overwrite": MarkedEffect("overwrite", Repeat.ASK),
        },
        probes=lambda _systems, _estate: (),
    )
