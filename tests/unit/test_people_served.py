"""What Slack shows of a bot that is away: nobody was refused, so it is tried again."""

import pytest

from practice.people.screens import NotServed, served
from practice.workspace.seen import Seen


@pytest.mark.parametrize("error", ["operation_timeout", "dispatch_failed"])
def test_a_bot_that_does_not_answer_has_refused_nobody(error: str) -> None:
    """An act that the bot has not taken is no refusal: whoever did it may do it again."""
    with pytest.raises(NotServed, match=error):
        served(Seen(error=error))


@pytest.mark.parametrize("seen", [Seen(acked=True), Seen(acked=True, problems={"why": "is missing"})])
def test_what_the_bot_has_taken_is_handed_on(seen: Seen) -> None:
    """An answer of the bot, a refusal too, is what it is."""
    assert served(seen) is seen
