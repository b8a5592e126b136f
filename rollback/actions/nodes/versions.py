"""What a node's disk is believed to hold, from what has been done to it; no API tells the release of a node."""

from rollback.actions.action import Given
from storage.words import StageState

RESTORES = ("back-restore-node", "restore-node")
"""Stages that overwrite a node, the later one first."""


def believed(given: Given, name: str) -> str:
    """The version that the node is believed to hold: the rollback's aim once it was restored, else the upgrade's."""
    if given.states.get(f"back-restore-node@{name}") == StageState.SUCCEEDED:
        return _from(given)
    restored = given.states.get(f"restore-node@{name}") == StageState.SUCCEEDED
    return _to(given) if restored else _from(given)


def wanted(given: Given) -> str:
    """The version that the stage's nodes must hold (parameter ``version``: ``from`` or ``to``)."""
    return _from(given) if given.params.get("version") == "from" else _to(given)


def of_the_other_version(given: Given) -> tuple[str, ...]:
    """Names of the nodes that must not run beside the stage's: two versions on one database destroy it."""
    return tuple(node.name for node in given.estate.nodes if believed(given, node.name) != wanted(given))


def proven_restore(given: Given, name: str) -> bool:
    """Whether the node's restore is known to have brought the approved point."""
    return bool((given.results.get(f"restore-node@{name}") or {}).get("proven"))


def _from(given: Given) -> str:
    return str(given.facts.get("from_version") or given.estate.from_version)


def _to(given: Given) -> str:
    return str(given.facts.get("to_version") or given.estate.to_version)
