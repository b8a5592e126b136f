"""What a preview is made of: changes as goals, findings, facts; and what of each a vote is bound to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rollback.actions.outcomes import Json
from storage.words import By, Severity, SystemName

NOTED = "noted"
"""Key of a change's detail for what the effect and the checks compare with: read anew at the claim, never signed."""


@dataclass(frozen=True)
class Change:
    """One change of the world, as a goal: "xms01 off".

    Attributes:
        kind: The effect that carries it out, ``vserver-disable``.
        group: Groups are carried out in order; changes of one group side by side.
        system: Whose change it is; its mode decides whether the bot or a person makes it.
        target: What is changed.
        text: The change in full, as a person approves it.
        detail: All that the effect needs; part of the digest, but for what lies under `NOTED`.
        destructive: Whether it can't simply be undone.
        by: Who makes it.
        already: It is so already; nothing will be done. Not in the digest: a goal is a goal.
        how: What a person does instead.
        reads: It changes nothing outside: the bot does it wherever it may read.
        outcome: How it stands, as the journal keeps it: ``state``, ``by`` (who made it), ``text``, whatever the effect
            told, and under ``earlier`` how it had ended before people attested it. Not in the digest; empty in a
            preview.
    """

    kind: str
    group: int
    system: SystemName
    target: str
    text: str
    detail: Mapping[str, Json] = field(default_factory=dict)
    destructive: bool = False
    by: By = By.BOT
    already: bool = False
    how: str = ""
    reads: bool = False
    outcome: Mapping[str, Json] = field(default_factory=dict)

    def signed(self) -> dict[str, Json]:
        """What of it a vote is bound to."""
        return {
            "kind": self.kind,
            "group": self.group,
            "system": self.system,
            "target": self.target,
            "text": self.text,
            "detail": {key: value for key, value in self.detail.items() if key != NOTED},
            "by": self.by,
        }


@dataclass(frozen=True)
class Finding:
    """Something that a preview found.

    Attributes:
        code: Its name, stable: ``node-on``, ``not-primary``.
        severity: Hard, override or warn.
        text: One sentence for people.
        at_start: A need or an earlier stage of the gate removes it: shown as "must hold when it starts", enforced by
            the claim.
        holds: For `at_start`: whether it would stop the stage if it started now.
        gate: The gate whose card shows an override, when it is not the stage's own.
        about: What an override holds of: names of nodes, jobs, vServers … Each is approved for itself, so that one more
            of them is asked for and one less is not.
    """

    code: str
    severity: Severity
    text: str
    at_start: bool = False
    holds: bool = True
    gate: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One thing that a card tells.

    Attributes:
        name: What it is.
        value: As people read it.
        flutters: It may differ from minute to minute without meaning anything. Every fact is shown, none is signed.
    """

    name: str
    value: str
    flutters: bool = False
