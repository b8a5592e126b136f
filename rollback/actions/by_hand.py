"""Stages that people carry: nothing is changed by the bot, and what it can't read it doesn't claim."""

from rollback.actions.action import Fact, Given, Json, Preview, Samples, Verdict
from rollback.actions.parts import Reads
from rollback.systems import Systems


class ByHand(Reads):
    """An attestation or a decision: its people's checks are all there is to it."""

    def __init__(self, *facts: str) -> None:
        """`facts` stand on the card, one sentence each."""
        self._facts = tuple(Fact("note", text) for text in facts)

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Nothing is changed."""
        return Preview(facts=self._facts, dies="Nothing: people carry this stage.")

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Only people answer."""
        return Verdict()

    def result(self, systems: Systems, given: Given) -> Json:
        """That it was done."""
        return {"done": True}
