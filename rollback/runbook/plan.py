"""The plan: a runbook laid out over the nodes of one estate, frozen into a rollback at its start."""

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from rollback.estate import Frozen
from rollback.runbook.spec import Opening, Order, Runbook
from storage.words import By, Role, Severity, StageKind


class Need(Frozen):
    """A stage, or one check of it, that must have succeeded or been skipped first."""

    stage: str
    check: str = ""

    def __str__(self) -> str:
        return f"{self.stage}:{self.check}" if self.check else self.stage


class MomentKind(StrEnum):
    """What a gate waits for before it asks, or before it takes votes."""

    START = "start"  # the rollback's start
    VOTE = "vote"  # another gate was approved
    NEEDS = "needs"  # the needs of the gate's first stage are met
    CHECK = "check"  # a stage, or one check of it, has passed


class Moment(Frozen):
    """When a gate asks or takes votes.

    Attributes:
        kind: What is waited for.
        gate: The gate that was approved, for `VOTE`.
        need: The stage or check that has passed, for `CHECK`.
    """

    kind: MomentKind
    gate: str = ""
    need: Need | None = None


class EvidenceField(Frozen):
    """One thing that a person gives with an answer."""

    name: str
    text: str
    kind: Literal["text", "number", "sha256", "time"] = "text"
    optional: bool = False


class PlannedCheck(Frozen):
    """A named result of a stage.

    Attributes:
        name: Unique in its stage; ``roll-call@DBA`` and ``view@xms02`` belong to a role or a node.
        text: What has to be so.
        by: Who answers it.
        who: The roles of which somebody answers it; empty for the bot's.
        people: How many distinct people must answer alike.
        fields: What is given as evidence.
        optional: Missing is a warning.
        after: The group of changes (from 1) behind which it must pass before the next begins; None: at the end.
        node: The node it is about, or nothing.
        takes: Typical time from the stage's start until it has passed; None: the stage's own time.
        other_than: Checks whose answerers don't answer this one.
        unskippable: No skip of the stage replaces it.
    """

    name: str
    text: str
    by: By
    who: tuple[Role, ...] = ()
    people: int = 1
    fields: tuple[EvidenceField, ...] = ()
    optional: bool = False
    after: int | None = None
    node: str = ""
    takes: timedelta | None = None
    other_than: tuple[str, ...] = ()
    unskippable: bool = False


class PlannedBlocker(Frozen):
    """A blocker or warning that the stage's preview may find; see `spec.BlockerSpec`."""

    name: str
    severity: Severity
    text: str
    at_start: bool = False
    shown_on: str = ""


class Settling(Frozen):
    """What must have held for how long, counted from the last of these stages, before a stage's people are asked."""

    takes: timedelta
    after: tuple[str, ...]


class Duration(Frozen):
    """How long a stage takes for this estate, its nodes multiplied in."""

    typical: timedelta
    least: timedelta
    most: timedelta


class PlannedStage(Frozen):
    """One stage of a plan.

    Attributes:
        name: Unique in the plan: ``restore-node@xms02``.
        word: The name without its node: ``restore-node``.
        title: What happens, in a few words.
        action: The verb of the field that carries it out.
        target: The node it works on, or nothing.
        nodes: Every node it works on, in order.
        kind: What it asks of people.
        gate: The gate that asks for it, or nothing.
        needs: What must have succeeded or been skipped before.
        params: What the action is told: `nodes` where the runbook gives them, and the runbook's own parameters,
            with a node's name or a tuple of names where it speaks of nodes.
        phase: The word that the board shows.
        line: 1 or 2 when it crosses that line, else 0.
        unskippable: It can't be skipped.
        attests: Roles that may attest it after it was done by hand; empty: nothing to attest.
        locks: What nobody else may touch while it runs: ``database``, ``vm:xms02``.
        shares: What it uses beside others: ``veeam``, ``vcenter``.
        duration: How long it takes.
        settling: What must have held before its people are asked, if anything.
        blockers: What may stop it, as documentation.
        checks: Its named results.
        by_hand, evidence, undo: What a person does instead, brings as proof, and what takes it back.
    """

    name: str
    word: str
    title: str
    action: str
    target: str = ""
    nodes: tuple[str, ...] = ()
    kind: StageKind
    gate: str = ""
    needs: tuple[Need, ...] = ()
    params: dict[str, str | int | bool | tuple[str, ...]] = Field(default_factory=dict)
    phase: str
    line: Literal[0, 1, 2] = 0
    unskippable: bool = False
    attests: tuple[Role, ...] = ()
    locks: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    duration: Duration
    settling: Settling | None = None
    blockers: tuple[PlannedBlocker, ...] = ()
    checks: tuple[PlannedCheck, ...] = ()
    by_hand: str
    evidence: str
    undo: str

    def check(self, name: str) -> PlannedCheck:
        """The check called `name`.

        Raises:
            KeyError: The stage has no such check.
        """
        for one in self.checks:
            if one.name == name:
                return one
        raise KeyError(f"{self.name}:{name}")


class PlannedGate(Frozen):
    """One question of a plan.

    Attributes:
        name: Unique among the gates of its list.
        title: What is asked.
        groups: For each approver that is needed, the roles that can fill the place.
        typed: The rollback's number must be typed.
        ask_when: When its card appears.
        approve_when: When votes can be given; never before the card appears.
        line: The line that its stages cross, or 0.
        votes_take: What an estimate allows for the votes.
        each_change: It asks for each change by itself.
        stages: The stages it asks for, in the plan's order.
    """

    name: str
    title: str
    groups: tuple[tuple[Role, ...], ...]
    typed: bool = False
    ask_when: Moment
    approve_when: Moment
    line: Literal[0, 1, 2] = 0
    votes_take: timedelta = timedelta(0)
    each_change: bool = False
    stages: tuple[str, ...] = ()


class Milestones(Frozen):
    """Where the clocks of the board begin and end: the start of a stage, and two needs."""

    door_closes: str
    door_opens: Need
    live: Need


class Plan(Frozen):
    """A runbook laid out over the nodes of one estate.

    Attributes:
        runbook: The runbook itself, so that a way back or another FIRST is laid out from the same words.
        order, opening: As picked in the start dialog.
        devices: The number of devices that `needed` was counted from.
        nodes: The nodes, FIRST first.
        needed: m, the nodes that carry all devices.
        open_on: k, the nodes that are on when the door opens.
        line: The line from which this plan leads; 0 but for a way back.
        stages: Every stage, each one after all that it needs.
        gates: Every gate that has stages here, in the order in which they ask.
        abort_gates: Who is asked for an abort after the first change: one for each last line, 0, 1 and 2; or none.
        milestones: Where the clocks begin and end; None for a way back.
    """

    runbook: Runbook
    order: Order
    opening: Opening
    devices: int
    nodes: tuple[str, ...]
    needed: int
    open_on: int
    line: Literal[0, 1, 2] = 0
    stages: tuple[PlannedStage, ...]
    gates: tuple[PlannedGate, ...]
    abort_gates: tuple[PlannedGate, ...] = ()
    milestones: Milestones | None = None

    @property
    def first(self) -> str:
        """FIRST, the node that is started first."""
        return self.nodes[0]

    def stage(self, name: str) -> PlannedStage:
        """The stage called `name`.

        Raises:
            KeyError: The plan has no such stage.
        """
        for one in self.stages:
            if one.name == name:
                return one
        raise KeyError(name)

    def gate(self, name: str) -> PlannedGate:
        """The gate called `name`.

        Raises:
            KeyError: The plan has no such gate.
        """
        for one in self.gates:
            if one.name == name:
                return one
        raise KeyError(name)

    def abort_gate(self, line: Literal[0, 1, 2]) -> PlannedGate | None:
        """Who is asked for an abort when `line` was crossed last; None where the runbook asks nobody."""
        return self.abort_gates[line] if self.abort_gates else None

    def to_bytes(self) -> bytes:
        """The plan as it is frozen into a rollback."""
        return self.model_dump_json(by_alias=True).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Plan":
        """The plan that `to_bytes` wrote."""
        return cls.model_validate_json(stored)

    def digest(self) -> str:
        """SHA-256 over `to_bytes`, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
