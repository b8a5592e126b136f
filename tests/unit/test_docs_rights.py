"""What the docs say that each account needs is what the clients ask for."""

from pathlib import Path

from integrations.sqlserver import statements
from integrations.vsphere import Privilege
from rollback.actions.inventory.proofs import ACTING

TOLD = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
NEEDS, NEVER = TOLD.split("## What each account needs")[1].split("Never: ")[:2]


def test_every_right_that_is_proven_is_told() -> None:
    """Whoever makes the accounts finds each right that a check asks for, and no right that no stage uses."""
    assert [one for one in ACTING if f"`{one}`" not in NEEDS] == []
    assert Privilege.SNAPSHOT_REVERT not in NEEDS
    asked = {name.removeprefix("read msdb.").upper(): name for name in statements.RIGHTS}
    told = NEEDS.upper()
    assert [name for right, name in asked.items() if right not in told and right != "CHECK DATABASE"] == []
    assert "`CONTROL`" in NEEDS


def test_what_is_too_much_is_told() -> None:
    """What a check warns of stands among what no account may have."""
    assert [name for name in statements.EXCESS if f"`{name}`" not in NEVER] == []
    assert "nsroot" in NEVER
