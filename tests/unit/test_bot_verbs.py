"""The verbs of the program: those that were promised, and help that tells of them all and of no other."""

from bot.verbs import VERBS
from commands.blocks.help import VERBS as EXPLAINED

PROMISED = frozenset(
    {
        "start", "status", "board", "preview", "approve", "deny", "attest", "skip", "retry", "reconcile", "hold",
        "resume", "abort", "devices", "drafts", "report", "help",
    }
)  # fmt: skip


def test_every_verb_that_was_promised_is_there() -> None:
    """What a team is taught to type is answered by a room of its own."""
    assert frozenset(VERBS) >= PROMISED


def test_help_explains_every_verb_and_no_other() -> None:
    """Whoever reads help finds each verb that there is, and each one that is named works."""
    assert {typed.split()[0] for typed in EXPLAINED} == set(VERBS)
