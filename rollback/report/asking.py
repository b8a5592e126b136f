"""Every round of asking: what was shown, who voted and when, what was approved despite what."""

from collections.abc import Iterator

from rollback.report.markdown import code, instant, said, table
from rollback.situation import GateView, Situation, VoteView
from storage.words import Severity


def rounds(s: Situation) -> Iterator[str]:
    """One part a round, in the order of asking."""
    if not s.gates:
        yield "Nothing was asked."
    for gate in s.gates:
        yield f"### {said(gate.name)}, round {gate.round}: {said(gate.title)} — {gate.state}"
        yield ""
        closed = f", closed {instant(gate.closed_at, s.zone)}" if gate.closed_at is not None else ""
        by = f" by {said(gate.asked_by.name)}" if gate.asked_by is not None else ""
        yield f"Asked {instant(gate.asked_at, s.zone)}{by}{closed}; needed {gate.needed}; digest {code_of(gate)}."
        if gate.why:
            yield f"Reason: {said(gate.why)}"
        yield ""
        yield from _shown(gate)
        yield from table(("person", "vote", "for", "at", "counts", "reason"), [_vote(s, vote) for vote in gate.votes])
        yield ""


def code_of(gate: GateView) -> str:
    """The digest of a round, in full: what each of its votes is bound to."""
    return f"`{gate.digest}`"


def _shown(gate: GateView) -> Iterator[str]:
    lines = []
    for stage in gate.stages:
        if stage.preview is None:
            continue
        name, preview = said(stage.name), stage.preview
        lines += [f"- shown: {name} {one.number} {code(one.text)} by {one.by}" for one in preview.changes]
        warnings = (*preview.of(Severity.WARN), *preview.of(Severity.WARN, at_start=True))
        lines += [f"- warned: {said(finding.text)}" for finding in warnings]
        lines += [f"- to be lost: {said(text)}" for text in preview.lost]
    lines += [f"- **approved despite**: {said(text)}" for text in gate.overrides]
    lines += [
        f"- did not count as approver: {said(one.person.name)} ({', '.join(map(said, one.keys)) or 'asked for it'})"
        for one in gate.influencers
    ]
    if lines:
        yield from lines
        yield ""


def _vote(s: Situation, vote: VoteView) -> tuple[str, ...]:
    return (
        said(vote.person.name),
        str(vote.choice),
        " or ".join(vote.place),
        instant(vote.at, s.zone),
        "yes" if vote.counts else f"no ({str(vote.why_not).replace('_', ' ')})",
        said(vote.reason) if vote.reason else "",
    )
