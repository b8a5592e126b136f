"""The toy's actions: what a stage would change, and whether its aim is reached. Their effects are in `toy.effects`."""

from datetime import timedelta

from rollback.actions.action import (
    Catalogue,
    Change,
    Check,
    Fact,
    Finding,
    Given,
    Json,
    Preview,
    Samples,
    Verdict,
)
from rollback.systems import Systems
from storage.words import CheckState, Repeat, Severity, SystemName
from toy.effects import Copier, LampEffect, Lights, MarkedEffect, Store, Toy
from toy.world import ToyWorld

PATIENCE = timedelta(seconds=120)


def world_of(systems: Systems, kind: type[Toy]) -> ToyWorld | None:
    """The world as one system shows it, or nothing where that system is off."""
    return systems.get(kind).world if systems.has(kind) else None


def verdict(name: str, given: Given, *, good: bool | None) -> Verdict:
    """One check: passed, open while patience lasts, failed after it; nothing read is *not checked*."""
    if good is None:
        return Verdict((Check(name, CheckState.NOT_CHECKED, "its system is off"),))
    late = given.stage_started is not None and given.now - given.stage_started > PATIENCE
    state = CheckState.PASSED if good else CheckState.FAILED if late else CheckState.OPEN
    text = "as wanted" if good else "not as wanted"
    return Verdict((Check(name, state, text),), again=given.now + timedelta(seconds=10))


class ToyAction:
    """What every toy action has in common; by itself one that only people answer."""

    version = 1

    def preview(self, systems: Systems, given: Given) -> Preview:
        return Preview(action_version=self.version)

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        return Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        return Verdict()

    def result(self, systems: Systems, given: Given) -> Json:
        return {}


class Lamps(ToyAction):
    """Bring lamps to a state: side by side, or with `one_by_one` one after the other."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        world, lit = world_of(systems, Lights), bool(given.params["lit"])
        changes = tuple(
            Change(
                "toy-lamp",
                position if given.params.get("one_by_one") else 1,
                SystemName.NETSCALER,
                name,
                f"lamp {name} {'lit' if lit else 'dim'}",
                {"lit": lit},
                already=world is not None and world.lamp(name) == lit,
            )
            for position, name in enumerate(_lamps(given), start=1)
        )
        return Preview(
            changes,
            (Fact("lamps", "two", flutters=True),),
            findings=world.findings.get(given.stage, ()) if world else (),
            identity={"netscaler": world.identity("netscaler")} if world else {},
            action_version=self.version,
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        world = world_of(systems, Lights)
        good = None if world is None else all(world.lamp(name) == given.params["lit"] for name in _lamps(given))
        return verdict("lamps", given, good=good)

    def result(self, systems: Systems, given: Given) -> Json:
        return {"lit": given.params["lit"]}


class Copy(ToyAction):
    """Copy the store, once."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        world, lights = world_of(systems, Copier), world_of(systems, Lights)
        lit = lights is not None and (lights.lamp("a") or lights.lamp("b"))
        dark = Finding("lit", Severity.HARD, "A lamp is lit.", at_start=True, holds=lit)
        change = Change("toy-copy", 1, SystemName.VSPHERE, "store", "copy the store", {"marker": given.marker("store")})
        return Preview(
            (change,),
            findings=(dark, *(world.findings.get(given.stage, ()) if world else ())),
            identity={"vsphere": world.identity("vsphere")} if world else {},
            action_version=self.version,
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        world = world_of(systems, Copier)
        return verdict("copied", given, good=None if world is None else world.seen("copy", given.marker("store")))


class Overwrite(ToyAction):
    """Overwrite the store: dim lamp *a* for sure, then the destructive change."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        lights, store = world_of(systems, Lights), world_of(systems, Store)
        detail = {"marker": given.marker("store"), "source": given.choices.get("source", "")}
        dim = lights is not None and not lights.lamp("a")
        changes = (
            Change("toy-lamp", 1, SystemName.NETSCALER, "a", "lamp a dim", {"lit": False}, already=dim),
            Change("toy-overwrite", 2, SystemName.SQLSERVER, "store", "overwrite the store", detail, destructive=True),
        )
        return Preview(
            changes,
            findings=store.findings.get(given.stage, ()) if store else (),
            identity={"sqlserver": store.identity("sqlserver")} if store else {},
            uses=("source", "nuance"),
            action_version=self.version,
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        world = world_of(systems, Store)
        good = None if world is None else world.seen("overwrite", given.marker("store"))
        return verdict("content", given, good=good)


def _lamps(given: Given) -> list[str]:
    return list(str(given.params.get("lamps", "ab")))


def catalogue(**other: ToyAction) -> Catalogue:
    """Every toy action and effect; `other` puts another release's action in an action's place: ``lamps=…``."""
    actions = {"lamps": Lamps(), "copy": Copy(), "overwrite": Overwrite(), "nothing": ToyAction()} | other
    return Catalogue(
        actions={f"toy-{word}": action for word, action in actions.items()},
        effects={
            "toy-lamp": LampEffect(),
            "toy-copy": MarkedEffect("copy", Copier, Repeat.AFTER_LOOKING),
            "toy-overwrite": MarkedEffect("overwrite", Store, Repeat.ASK),
        },
        probes=lambda _systems, _estate: (),
    )
