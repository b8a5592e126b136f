"""The runbook as it is written: frozen types that the YAML file is read into, before it is laid out over the nodes.

Every field carries a description of what is expected; errors and the JSON schema both say it in these words.
"""

import hashlib
import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from rollback.estate import Frozen
from rollback.runbook.terms import check_condition, check_range
from storage.words import By, Role, StageKind


class Opening(StrEnum):
    """On how many nodes the door opens."""

    ENOUGH_NODES = "enough-nodes"
    FIRST_NODE = "first-node"


class Order(StrEnum):
    """Whether the downtime begins after the preparations or with them."""

    PREPARE_FIRST = "prepare-first"
    CLOSE_FIRST = "close-first"


_NEED = re.compile(
    r"^(?P<stage>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?:@(?P<nodes>[a-z0-9+.-]+))?(?::(?P<check>[a-z][a-z0-9-]*))?$"
)


def _as_minutes(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return timedelta(minutes=value)


def _as_roles(value: object) -> object:
    return [word.strip() for word in value.split(" or ")] if isinstance(value, str) else value


def _short_for(model: type[Frozen], key: str) -> BeforeValidator:
    # A text alone stands for a mapping with that one key.
    def spread(value: object) -> object:
        return {key: value} if isinstance(value, str) else value

    return BeforeValidator(spread, json_schema_input_type=str | model)


def split_need(text: str) -> tuple[str, str, str]:
    """The stage's word, its range of nodes (or nothing) and the check (or nothing) of a need as it is written.

    Raises:
        ValueError: It can't be read; the message says what was expected.
    """
    match = _NEED.match(text)
    if match is None:
        msg = f"`{text}` is no need; expected `stage`, `stage@nodes` or `stage:check`"
        raise ValueError(msg)
    return match["stage"], match["nodes"] or "", match["check"] or ""


def _check_need(text: str) -> str:
    _stage, nodes, _check = split_need(text)
    if nodes:
        check_range(nodes)
    return text


Word = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", description="a word of small letters, digits and hyphens"),
]
StageName = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*(@NODE)?$",
        description="a word, with @NODE behind it where there is one stage for each node",
    ),
]
Text = Annotated[str, Field(min_length=1, description="a text")]
Minutes = Annotated[
    timedelta,
    BeforeValidator(_as_minutes, json_schema_input_type=float),
    Field(ge=timedelta(0), description="a number of minutes, 0 or more"),
]
RoleGroup = Annotated[
    tuple[Role, ...],
    BeforeValidator(_as_roles, json_schema_input_type=str),
    Field(min_length=1, description="roles joined by `or`: IC, XA, DBA, VA, SO, CL, SEC"),
]
When = Annotated[str, AfterValidator(check_condition), Field(description="a condition such as `n > k`")]
Nodes = Annotated[str, AfterValidator(check_range), Field(description="a range of nodes such as `2..k` or `all`")]
NeedText = Annotated[str, AfterValidator(_check_need), Field(description="`stage`, `stage@nodes` or `stage:check`")]


class NeedSpec(Frozen):
    """What must have happened before a stage may start; several nodes mean several needs."""

    need: NeedText
    when: When = ""

    def parts(self) -> tuple[str, str, str]:
        """The stage's word, its range of nodes (or nothing) and the check (or nothing)."""
        return split_need(self.need)


class FieldSpec(Frozen):
    """One thing that a person gives as evidence with an answer."""

    text: Text
    kind: Literal["text", "number", "sha256", "time"] = "text"
    optional: bool = False


class CheckSpec(Frozen):
    """One named result of a stage, answered by the bot or by a person.

    Attributes:
        check: Its name; a need can ask for it as `stage:check`.
        text: What has to be so, in one sentence.
        by: Who answers it.
        who: Roles of which somebody answers it; only for people's checks.
        people: How many distinct people must answer alike.
        each: One check for each role or for each of the stage's nodes, instead of one.
        fields: What is given as evidence, by name.
        optional: Missing is a warning, not a failure.
        after: The group of changes behind which it must pass before the next group begins: a number, or
            ``2 of 3`` for the second of the three groups that each node has.
        minutes: Typical time from the start of the stage until it has passed; the stage's own time if left out.
        other_than: A check whose answerer doesn't answer this one.
        unskippable: No skip of the stage replaces it.
    """

    check: Word
    text: Text
    by: By
    who: RoleGroup | None = None
    people: int = Field(default=1, ge=1, le=7, description="a number of people, 1 to 7")
    each: Literal["role", "node"] | None = None
    fields: dict[Word, Annotated[FieldSpec, _short_for(FieldSpec, "text")]] = Field(default_factory=dict)
    optional: bool = False
    after: Annotated[
        int | str | None,
        Field(description="a group of changes: a number, or `2 of 3` for each node"),
    ] = None
    minutes: Minutes | None = None
    other_than: Word | None = None
    unskippable: bool = False

    @model_validator(mode="after")
    def _people_have_roles(self) -> Self:
        if self.by is By.PERSON and not self.who:
            msg = f"the people's check `{self.check}` names nobody; expected `who:` with roles"
            raise ValueError(msg)
        if self.by is By.BOT and (self.who or self.fields or self.people > 1 or self.other_than):
            msg = f"`{self.check}` is the bot's; expected no `who`, `people`, `fields` or `other_than`"
            raise ValueError(msg)
        if isinstance(self.after, str) and not re.fullmatch(r"[1-9]\d* of [1-9]\d*", self.after):
            msg = f"`after: {self.after}` can't be read; expected a number, or for example `2 of 3`"
            raise ValueError(msg)
        return self


class BlockerSpec(Frozen):
    """What stops a stage, as documentation: the action that finds it says so in its own words.

    Attributes:
        text: What it means, in a sentence.
        at_start: An earlier need or stage of the same gate removes it: shown as "must hold when it starts".
        shown_on: The gate whose card shows it, when it isn't the stage's own.
    """

    text: Text
    at_start: bool = False
    shown_on: Word | None = None


class Span(Frozen):
    """How long a stage takes.

    Attributes:
        typical: The first guess, until the site's history replaces it.
        least: The shortest that is usual.
        most: The longest that is usual.
        a_node: The times are for each of the stage's nodes, one after the other.
    """

    typical: Minutes
    least: Minutes | None = None
    most: Minutes | None = None
    a_node: bool = False


class SettleSpec(Frozen):
    """A time that must pass after the last of some stages; stages that this plan lacks don't count."""

    minutes: Minutes
    after: tuple[Word, ...] = Field(min_length=1)


class StageSpec(Frozen):
    """One entry of the runbook: a stage, or one stage for each node of a range.

    Attributes:
        stage: Its name; ``@NODE`` is replaced by the node's.
        title: What happens, in a few words.
        action: The verb of the field that carries it out.
        kind: What it asks of people.
        needs: What must have happened before; ``start`` alone means nothing.
        gate: The gate that asks for it.
        when: The plans in which it exists.
        for_: The nodes for which it exists, one stage each.
        target: The one node it works on, where the name has no ``@NODE``.
        nodes: The nodes it works on, in order.
        params: What the action is told; a value with ``@`` in front is a range and becomes names of nodes.
        phase: The word that the board shows while it runs.
        line: 1 at the destructive line, 2 at the one of no return for devices, else 0.
        unskippable: It can't be skipped.
        attests: Who may attest it when it was done by hand.
        locks, shares: What nobody else may touch, and what others may use, while it runs.
        minutes: How long it takes.
        settles: What must have held before its people are asked.
        hard, override, warn: Its blockers and warnings by name.
        checks: Its named results.
        by_hand: What a person does instead of the bot.
        evidence: What a person brings who did it by hand.
        undo: What takes it back.
    """

    stage: StageName
    title: Text
    action: Word
    kind: StageKind
    needs: tuple[Annotated[NeedSpec, _short_for(NeedSpec, "need")], ...] = Field(min_length=1)
    gate: Word | None = None
    when: When = ""
    for_: Nodes | None = Field(default=None, alias="for")
    target: Nodes | None = None
    nodes: Nodes | None = None
    params: dict[Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")], str | int | bool] = Field(default_factory=dict)
    phase: Word
    line: Literal[0, 1, 2] = 0
    unskippable: bool = False
    attests: RoleGroup | None = None
    locks: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    minutes: Span
    settles: SettleSpec | None = None
    hard: dict[Word, Annotated[BlockerSpec, _short_for(BlockerSpec, "text")]] = Field(default_factory=dict)
    override: dict[Word, Annotated[BlockerSpec, _short_for(BlockerSpec, "text")]] = Field(default_factory=dict)
    warn: dict[Word, Annotated[BlockerSpec, _short_for(BlockerSpec, "text")]] = Field(default_factory=dict)
    checks: tuple[CheckSpec, ...] = ()
    by_hand: Text
    evidence: Text
    undo: Text

    @property
    def word(self) -> str:
        """The name without its node."""
        return self.stage.removesuffix("@NODE")

    @property
    def per_node(self) -> bool:
        """Whether there is one such stage for each node of a range."""
        return self.stage.endswith("@NODE")

    @model_validator(mode="after")
    def _name_and_range_agree(self) -> Self:
        if self.per_node != (self.for_ is not None):
            msg = f"`{self.stage}`: expected `@NODE` in the name exactly when there is a `for:` range"
            raise ValueError(msg)
        return self


class GateSpec(Frozen):
    """A question that people answer once for one or more stages.

    Attributes:
        gate: Its name.
        title: What is asked, in a few words.
        approvers: For each approver that is needed, the roles that can give the approval.
        typed: The rollback's number must be typed with each approval.
        ask_when: When its card appears: ``start``, ``vote GATE``, ``needs`` or a stage or check.
        approve_when: When votes can be given, in the same words.
        line: 1 or 2 when what it approves crosses that line, else 0.
        minutes: What an estimate allows for its votes once they can be given.
        each_change: It asks for each change by itself.
        when: The plans, or the point of a rollback, for which it is meant.
    """

    gate: Word
    title: Text
    approvers: tuple[RoleGroup, ...] = Field(min_length=1)
    typed: bool = False
    ask_when: str = "needs"
    approve_when: str = "needs"
    line: Literal[0, 1, 2] = 0
    minutes: Minutes = timedelta(0)
    each_change: bool = False
    when: When = ""


class MilestoneSpec(Frozen):
    """The stages between which the clocks of the board run."""

    door_closes: NeedText
    door_opens: NeedText
    live: NeedText


class ReferenceStep(Frozen):
    """One step of the run that this runbook replaces; `at` counts from its start."""

    at: Minutes
    stage: StageName
    did: Text


class Reference(Frozen):
    """The run by hand that a report compares itself with."""

    title: Text
    total: Minutes
    door_closed: Minutes
    steps: tuple[ReferenceStep, ...]


class Runbook(Frozen):
    """A whole runbook, as data.

    Attributes:
        runbook: Its name.
        version: Goes up with each change of meaning.
        title: What it brings about.
        milestones: Where the clocks of the board begin and end.
        gates: The questions of the way there.
        stages: The way there.
        way_back: The stages that take it back; `line` tells them how far it had come.
        way_back_gates: Who is asked for the way back, by line.
        toward_safety: What one person may start at any time; each press makes a stage of its own.
        abort_gates: Who is asked for an abort after the first change, by line.
        reference: The run by hand that it replaces.
    """

    runbook: Word
    version: int = Field(ge=1, description="a whole number from 1")
    title: Text
    milestones: MilestoneSpec
    gates: tuple[GateSpec, ...]
    stages: tuple[StageSpec, ...] = Field(min_length=1)
    way_back: tuple[StageSpec, ...] = ()
    way_back_gates: tuple[GateSpec, ...] = ()
    toward_safety: tuple[StageSpec, ...] = ()
    abort_gates: tuple[GateSpec, ...] = ()
    reference: Reference | None = None

    def to_bytes(self) -> bytes:
        """The runbook as it is frozen into a plan."""
        return self.model_dump_json(by_alias=True).encode()

    def digest(self) -> str:
        """SHA-256 over `to_bytes`, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
