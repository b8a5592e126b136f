"""Rules about people: whether every gate, every check and every attestation finds enough distinct people."""

from collections.abc import Collection, Iterator, Sequence

from rollback.approvals import OVERRIDE_ROLES, Policy
from rollback.roles import MAY, Person, Roster, Verb, cover
from rollback.runbook.layout import Path, Problem
from rollback.runbook.lint_stages import PARTS
from rollback.runbook.spec import CheckSpec, GateSpec, Runbook, StageSpec
from storage.words import Role


def wrong_with_people(runbook: Runbook, roster: Roster) -> list[Problem]:
    """Where these people are too few, by roles; nobody is named."""
    return [
        *(problem for part in ("gates", "way_back_gates", "abort_gates") for problem in _gates(runbook, part, roster)),
        *(problem for part in PARTS for problem in _stages(runbook, part, roster)),
    ]


def _gates(runbook: Runbook, part: str, roster: Roster) -> Iterator[Problem]:
    gates: Sequence[GateSpec] = getattr(runbook, part)
    for index, gate in enumerate(gates):
        path: Path = (part, index, "approvers")
        policy = Policy(groups=tuple(frozenset(group) for group in gate.approvers), typed=gate.typed)
        if lacking := roster.lacking(policy.groups):
            yield Problem(path, f"the gate `{gate.gate}` has nobody left for {_said(lacking)}; expected {_one_more(1)}")
        elif not _enough(roster.people, policy, overridden=True):
            said = f"the gate `{gate.gate}` has nobody left for the extra approval of an overridden blocker"
            yield Problem(path, f"{said}; expected one more person with {_roles(OVERRIDE_ROLES)}")
        elif gate.line == 1 and part == "gates" and not _without_a_picker(roster, policy):
            said = f"whoever picks backup and points can't approve at `{gate.gate}`, and without them nobody is left"
            yield Problem(path, f"{said}; expected one more person with {_roles(MAY[Verb.PICK])}")


def _enough(people: Sequence[Person], policy: Policy, *, overridden: bool) -> bool:
    places = policy.places(overridden=overridden)
    return len(cover([one.holds() for one in people], places)) == len(places)


def _without_a_picker(roster: Roster, policy: Policy) -> bool:
    # Under four eyes the one who picked doesn't count: somebody must be able to pick and leave enough others.
    return any(
        _enough([one for one in roster.people if one is not picker], policy, overridden=False)
        for picker in roster.holders(*MAY[Verb.PICK])
    )


def _stages(runbook: Runbook, part: str, roster: Roster) -> Iterator[Problem]:
    stages: Sequence[StageSpec] = getattr(runbook, part)
    for index, stage in enumerate(stages):
        if stage.attests and not roster.holders(*stage.attests, Role.INCIDENT_COMMANDER):
            said = f"nobody can attest `{stage.stage}`; expected a person with {_roles(stage.attests)}"
            yield Problem((part, index, "attests"), said)
        for position, check in enumerate(stage.checks):
            if wanted := _wanted(check, roster):
                said = f"`{stage.stage}:{check.check}` asks {check.people} of {_roles(wanted)} and finds too few"
                yield Problem((part, index, "checks", position, "who"), f"{said}; expected {_one_more(check.people)}")


def _wanted(check: CheckSpec, roster: Roster) -> tuple[Role, ...]:
    # The roles that find too few people for a check; none when it can be answered.
    groups = [(role,) for role in check.who or ()] if check.each == "role" else [check.who or ()]
    return next((group for group in groups if group and len(roster.holders(*group)) < check.people), ())


def _said(groups: Sequence[Collection[Role]]) -> str:
    return " and ".join(_roles(group) for group in groups)


def _roles(roles: Collection[Role]) -> str:
    return " or ".join(role for role in Role if role in roles)


def _one_more(people: int) -> str:
    return "one more person" if people == 1 else f"{people} people"
