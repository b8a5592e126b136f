"""What a check says of the bot's own machine and of Slack, judged apart from both."""

from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.checking.host import MIB, room, secrets
from bot.checking.slack import NEEDED, OPTIONAL, channel_row, scopes
from rollback.readiness import Outlook

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("mib", "outlook"), [(4096, Outlook.PASS), (1024, Outlook.PASS), (1023, Outlook.WARN), (255, Outlook.FAIL)]
)
def test_room_on_the_disk_is_judged_before_it_is_gone(mib: int, outlook: Outlook) -> None:
    """Below a gigabyte it warns, below a quarter it fails: without room no intent is kept and nothing is done."""
    row = room(Path("/var/lib/rollback-bot"), mib * MIB)
    assert row.outlook is outlook
    assert bool(row.todo) is (outlook is not Outlook.PASS)


@pytest.mark.parametrize(("days", "outlook"), [(365, Outlook.PASS), (366, Outlook.WARN)])
def test_secrets_older_than_a_year_are_to_be_rotated(days: int, outlook: Outlook) -> None:
    """Each secret file is told with its age in days, and never with anything that is in it."""
    row = secrets([(timedelta(days=days), "vsphere"), (timedelta(days=3), "veeam")])
    assert row.outlook is outlook
    assert row.text == f"Ages of the secret files: vsphere {days} days, veeam 3 days."


def test_the_scopes_that_are_needed_are_those_of_the_manifest() -> None:
    """A token of an app made from the manifest has what a check wants, no less."""
    manifest = YAML(typ="safe").load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    asked = set(manifest["oauth_config"]["scopes"]["bot"])
    assert asked - OPTIONAL == NEEDED


@pytest.mark.parametrize(
    ("granted", "outlook", "words"),
    [
        (NEEDED, Outlook.PASS, "no other"),
        (NEEDED | OPTIONAL, Outlook.PASS, "no other"),
        (NEEDED - {"pins:write"}, Outlook.FAIL, "pins:write"),
        (NEEDED | {"chat:write.customize"}, Outlook.WARN, "chat:write.customize"),
        (None, Outlook.WARN, "does not tell"),
    ],
)
def test_missing_scopes_fail_and_needless_ones_warn(
    granted: frozenset[str] | None, outlook: Outlook, words: str
) -> None:
    """Both are named; a token with exactly what is needed passes."""
    row = scopes(granted)
    assert row.outlook is outlook
    assert words in row.text


@pytest.mark.parametrize(
    ("told", "outlook", "words"),
    [
        ({"is_member": True}, Outlook.PASS, "can post"),
        ({"is_member": False}, Outlook.FAIL, "as a member"),
        ({"is_member": True, "is_archived": True}, Outlook.FAIL, "is archived"),
        ({"is_member": True, "is_ext_shared": True}, Outlook.WARN, "reads along"),
        ({"is_member": True, "is_pending_ext_shared": True}, Outlook.WARN, "reads along"),
        ({}, Outlook.FAIL, "as a member"),
    ],
)
def test_a_channel_must_take_posts_and_be_ours_alone(told: dict[str, bool], outlook: Outlook, words: str) -> None:
    """Where the bot can't post nobody would hear; where others read along, they are told of."""
    row = channel_row("check.channel", "C1", told)
    assert row.outlook is outlook
    assert words in row.text
