"""Every round of asking: what was shown, who voted and when, what was approved despite what."""

from collections.abc import Iterator

from rollback.report.gathering.words import words
from rollback.report.values import Round, Shown, Vote
from rollback.situation import GateView, PreviewView, Situation, VoteView
from storage.words import Severity


def rounds(s: Situation) -> Iterator[Round]:
    """Every round, in the order of asking."""
    for gate in s.gates:
        previews = [(words(stage.name), stage.preview) for stage in gate.stages if stage.preview is not None]
        yield Round(
            gate=words(gate.name),
            title=words(gate.title),
            round=gate.round,
            purpose=gate.purpose.value,
            state=gate.state.value,
            asked_at=gate.asked_at,
            asked_by=words(gate.asked_by.name) if gate.asked_by is not None else "",
            closed_at=gate.closed_at,
            needed=gate.needed,
            digest=gate.digest,
            why=words(gate.why),
            shown=tuple(one for name, preview in previews for one in _shown(name, preview)),
            warned=tuple(text for _, preview in previews for text in _warned(preview)),
            lost=tuple(words(text) for _, preview in previews for text in preview.lost),
            despite=tuple(words(text) for text in gate.overrides),
            not_counting=tuple(_not_counting(gate)),
            votes=tuple(_vote(vote) for vote in gate.votes),
        )


def _shown(stage: str, preview: PreviewView) -> Iterator[Shown]:
    for change in preview.changes:
        yield Shown(stage=stage, number=change.number, text=words(change.text), by=change.by.value)


def _warned(preview: PreviewView) -> Iterator[str]:
    for finding in (*preview.of(Severity.WARN), *preview.of(Severity.WARN, at_start=True)):
        yield words(finding.text)


def _not_counting(gate: GateView) -> Iterator[str]:
    for one in gate.influencers:
        yield f"{words(one.person.name)} ({', '.join(map(words, one.keys)) or 'asked for it'})"


def _vote(vote: VoteView) -> Vote:
    return Vote(
        person=words(vote.person.name),
        choice=vote.choice.value,
        place=tuple(role.value for role in vote.place),
        at=vote.at,
        counts=vote.counts,
        why_not="" if vote.why_not is None else str(vote.why_not).replace("_", " "),
        reason=words(vote.reason),
    )
