"""Messages to stakeholders: news, corrections, the promised word; and the nag to communications before one is due."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from commands.blocks.headline import countdown, counted, doing, facts, impact, meaning
from commands.blocks.message import prose
from commands.blocks.parts import persons
from commands.blocks.times import clock
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.words import Role

Facts = Mapping[str, Any]


def update(s: Situation, _facts: Facts) -> list[str]:
    """The promised word: where it stands, also if nothing has changed."""
    first, *rest = facts(s)
    return [first, *(f"• {line}" for line in rest)]


def change(s: Situation, told: Facts) -> list[str]:
    """News: what has changed first, then where it stands."""
    first = next(_news(s, set(told["changed"])))
    wrong = [f"Correction: {line}" for line in _wrong(s, told)]
    rest = [line for line in facts(s) if line != first]
    return [first, *(f"• {line}" for line in (*wrong, *rest))]


def correction(s: Situation, told: Facts) -> list[str]:
    """A new message that takes back a number of an earlier one; the earlier one stays as it was."""
    first, *wrong = _wrong(s, told)
    return [f"*Correction:* {first}", *(f"• {line}" for line in (*wrong, *facts(s)))]


def own_words(s: Situation, told: Facts) -> list[str]:
    """What communications says, word for word."""
    text = prose(Untrusted(str(told["text"])))
    return [f"*Correction:* {text}" if told["correction"] else text, f"• {_next(s)}"]


def due(s: Situation, told: Facts) -> list[str]:
    """Communications hears that an update is due."""
    people = persons([one for one in s.people if Role.COMMUNICATIONS in one.roles], tell=True) or Role.COMMUNICATIONS
    when = "now" if told.get("now") or s.clocks.next_update is None else f"by {clock(s, s.clocks.next_update)}"
    asked = f"{people}: an update to stakeholders is due {when}."
    if told["by_hand"]:
        return [f"{asked} No channel is set for them, so tell them yourselves."]
    return [f"{asked} The facts go out by themselves; `/rollback status tell TEXT` adds what they don't say."]


def _news(s: Situation, changed: set[str]) -> Iterator[str]:
    if "door" in changed:
        yield impact(s)
    if "healthy" in changed and s.clocks.live:
        yield "The service is declared healthy."
    if "doing" not in changed and "counts" in changed:
        yield from counted(s)
    yield doing(s)


def _wrong(s: Situation, told: Facts) -> Iterator[str]:
    for one in told["wrong"]:
        if one["what"] == "expected":
            before, after = (clock(s, datetime.fromisoformat(one[key])) for key in ("before", "after"))
            yield f"The service is expected to be healthy about {after}, not {before}."
        else:
            yield f"{one['after']} {meaning(one['what'], int(one['after']))}, not {one['before']}."


def _next(s: Situation) -> str:
    if s.ended or s.clocks.next_update is None:
        return "This is the last update."
    return f"The next update comes by {clock(s, s.clocks.next_update)}, {countdown(s)}, even if nothing has changed."
