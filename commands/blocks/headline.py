"""What stakeholders see: one message edited in place, in plain words and counts only; no host names, no persons."""

from collections.abc import Iterator

from commands.blocks.message import Rendered, as_fits, context, push, section, sections, words
from commands.blocks.parts import head
from commands.blocks.times import clock, since, span, zone
from rollback.situation import Situation
from storage.words import RollbackState

DOING = {
    "prepare": "We are preparing: the device list and the evidence of the fault are saved, and the backups are proven.",
    "close": "We are closing the access for devices, so that none of them is harmed.",
    "save": "We are switching the servers off and saving everything as it is now.",
    "restore": "We are restoring database and servers as they were before the upgrade.",
    "prove": "The servers are restored and are being proven, still closed to devices.",
    "open": "The access is being opened, and real devices are tried.",
    "live": "The service works again; we are watching it before we declare it healthy.",
    "tidy": "The service is healthy again; we are tidying up.",
    "back": "We are going back to the state from before this work began.",
}
"""What is being done, by the phase of the runbook."""

ENDED = {
    RollbackState.COMPLETED: "The work is finished.",
    RollbackState.ABORTED: "The work was stopped before its end.",
    RollbackState.ROLLED_FORWARD: "The work was taken back: the service is as it was before it began.",
}
COUNTED = {
    "must": ("device must be set up again", "devices must be set up again"),
    "check_first": ("more device may have to be set up again", "more devices may have to be set up again"),
    "people": ("person is concerned", "people are concerned"),
}
"""What the counts of the comparison mean, by their names: of one, and of more."""


def headline(s: Situation) -> Rendered:
    """The headline of a rollback for stakeholders."""
    lines = list(facts(s))
    text = push(head(s), *lines[:2])
    blocks = [section(f"*{head(s)} · {words(s.runbook)}*"), *sections(f"• {line}" for line in lines)]
    return Rendered(text, as_fits(blocks, [context(_times(s))]))


def facts(s: Situation) -> Iterator[str]:
    """What stakeholders are told, one sentence each: impact, what is done, how far, when it is over, when they hear."""
    if s.drill:
        yield "This is a drill on a practice system: what follows is played, and no user is affected."
    yield impact(s)
    yield doing(s)
    yield f"{s.done} of {len(s.stages)} steps are done."
    yield from counted(s)
    yield from _expected(s)


def counted(s: Situation) -> Iterator[str]:
    """The numbers of the comparison, one sentence each."""
    yield from (f"{s.counts[name]} {meaning(name, s.counts[name])}." for name in COUNTED if s.counts.get(name))


def meaning(name: str, count: int) -> str:
    """What a number of the comparison means: ``devices must be set up again``."""
    one, more = COUNTED[name]
    return one if count == 1 else more


def impact(s: Situation) -> str:
    """What is affected."""
    if s.door.closed and s.door.closed_at is not None:
        return (
            f"Devices can't reach the service, {since(s, s.door.closed_at)}: no work mail, no apps, no new set-up "
            "through it. Devices should be left as they are; please nobody removes a profile or resets one."
        )
    if s.door.opened_at is not None:
        took = s.door.closed_for(s.now)
        was = f" It was closed for {span(took)}." if took is not None else ""
        return f"Devices reach the service again since {clock(s, s.door.opened_at)}.{was}"
    return "Devices still reach the service; it may be unreliable."


def doing(s: Situation) -> str:
    """What is being done."""
    if s.ended:
        return ENDED[s.state]
    if s.hold is not None:
        return f"The work is on hold {since(s, s.hold.since)} while a question is settled."
    return DOING.get(s.phase, "The work is under way.")


def _expected(s: Situation) -> Iterator[str]:
    known = s.clocks
    if s.ended:
        return
    if known.live and known.live_at is not None:
        yield f"Declared healthy {clock(s, known.live_at)}."
    elif s.hold is not None:
        yield "When it is over is not known while the work is on hold."
    elif not known.opened and known.opens_at is not None and known.live_at is not None:
        opens, live = clock(s, known.opens_at), clock(s, known.live_at)
        yield f"Expected: access about {opens}, healthy about {live}. It may change."
    elif known.live_at is not None:
        yield f"Expected: healthy about {clock(s, known.live_at)}. It may change."
    if known.next_update is not None:
        yield f"The next update comes by {clock(s, known.next_update)}, {countdown(s)}, even if nothing has changed."


def countdown(s: Situation) -> str:
    """How long it is until the next update: ``in 6 min``."""
    due = s.clocks.next_update
    return f"in {span(due - s.now)}" if due is not None and due > s.now else "now"


def _times(s: Situation) -> str:
    return f"as of {clock(s, s.now)} · times are {zone(s)}"
