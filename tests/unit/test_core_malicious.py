"""One malicious person with every verb, every button and all the time: nothing that takes two is ever done."""

from collections.abc import Callable
from contextlib import ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rollback import rounds
from rollback.operations import choices, gates, handover, lead, stages
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Refusal
from rollback.stages import ENDED
from storage.words import Choice, GateState, Mode, Role, StageState
from toy.house import House, living, with_people
from toy.people import roster

STAGES = ("dim", "copy", "overwrite", "light", "done")
FOUR_EYES = [
    ("approvers: [XA or VA]", "approvers: [XA or VA, IC or SO]"),
    ("approvers: [SO]\n", "approvers: [SO, IC or XA]\n"),
]
"""Every gate of the toy takes two: then nothing at all may happen by one person."""
HATS = (tuple(Role), (Role.INCIDENT_COMMANDER,), (Role.DATABASE_ADMIN,), (Role.SERVICE_OWNER, Role.XENMOBILE_ADMIN))
MODES = ({}, {"netscaler": Mode.WATCH}, {"netscaler": Mode.OFF, "vsphere": Mode.OFF, "sqlserver": Mode.OFF})
SOURCES = {"source": ["old", "older"], "nuance": ["a", "b"]}


class Pressing(RuleBasedStateMachine):
    """What one person can press, in any order, by either account; time passes and the bot restarts in between."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.house: House = self.open.enter_context(living())

    def teardown(self) -> None:
        self.open.close()

    @initialize(hats=st.sampled_from(HATS), modes=st.sampled_from(MODES))
    def begin(self, hats: tuple[Role, ...], modes: dict[str, Mode]) -> None:
        others = with_people(roster(ic=2), "va", deputy_for=(Role.INCIDENT_COMMANDER,))
        self.house.begin("xa", people=with_people(others, "ic", roles=hats), edits=FOUR_EYES, **modes)
        self.house.settle()

    def press(self, what: Callable[[], object]) -> None:
        try:
            what()
        except Refusal:
            return

    @rule(stage=st.sampled_from(STAGES))
    def retry(self, stage: str) -> None:
        self.press(lambda: self.house.operate(stages.retry, stage, "ic"))

    @rule(stage=st.sampled_from(STAGES))
    def check_again(self, stage: str) -> None:
        self.press(lambda: self.house.operate(stages.check_again, stage, "ic"))

    @rule(stage=st.sampled_from(STAGES), on=st.booleans())
    def by_hand(self, stage: str, *, on: bool) -> None:
        self.press(lambda: self.house.operate(stages.by_hand, stage, "ic", on=on))

    @rule()
    def attest(self) -> None:
        for stage in STAGES:
            self.press(lambda stage=stage: self.house.attest(stage, "ic"))  # type: ignore[misc]

    @rule(stage=st.sampled_from(STAGES))
    def skip(self, stage: str) -> None:
        self.press(lambda: self.house.operate(stages.skip, stage, "ic", "not needed"))

    @rule(
        stage=st.sampled_from(STAGES),
        verb=st.sampled_from([stages.it_happened, stages.it_did_not_happen]),
    )
    def reconcile(self, stage: str, verb: Callable[..., str]) -> None:
        self.press(lambda: self.house.operate(verb, stage, "ic", "seen"))

    @rule(stage=st.sampled_from(STAGES))
    def look_again(self, stage: str) -> None:
        self.press(lambda: self.house.operate(stages.look_again, stage, "ic"))

    @rule(passed=st.booleans())
    def answer(self, *, passed: bool) -> None:
        self.press(lambda: self.house.answer("done", "decided", "ic", passed=passed))

    @rule(key=st.sampled_from(sorted(SOURCES)), which=st.integers(0, 1))
    def pick(self, key: str, which: int) -> None:
        self.press(lambda: self.house.press(choices.pick, "ic", {key: SOURCES[key][which]}, SOURCES))

    @rule(verb=st.sampled_from([lead.resume, lead.press_hold, handover.offer]))
    def steer(self, verb: Callable[..., str]) -> None:
        extra = {lead.resume: (), lead.press_hold: ("wait",), handover.offer: ("ic",)}[verb]
        self.press(lambda: self.house.press(verb, "ic", *extra))

    @rule(
        which=st.sampled_from([0, 0, 0, 1, 2, 5]),
        choice=st.sampled_from([Choice.APPROVE] * 5 + [Choice.DENY]),
        account=st.integers(0, 1),
        digest=st.sampled_from(["own", "own", "own", "forged"]),
    )
    def vote(self, which: int, choice: Choice, account: int, digest: str) -> None:
        every = [one for name in self.names() for one in self.house.rounds(name)]
        if every:
            every.sort(key=lambda one: one.state != GateState.ASKING)
            round_ = every[which % len(every)]
            ballot = Ballot(choice, round_.digest if digest == "own" else "f" * 64, "RB-1", "because")
            self.press(lambda: self.house.vote_in(round_, "ic", ballot, account))

    def names(self) -> list[str]:
        return ["first", "second", "third", "abort", *(f"{kind}:{s}" for kind in ("skip", "happened") for s in STAGES)]

    @rule(seconds=st.sampled_from([1, 31, 61, 600, 1900]))
    def time_passes(self, seconds: float) -> None:
        self.house.later(seconds)
        self.house.database.run(gates.remind_due)

    @precondition(lambda self: self.house.rollback_is_there())
    @rule()
    def restart(self) -> None:
        self.house.restart()
        self.house.settle()

    @invariant()
    def the_chain_is_whole(self) -> None:
        if self.house.rollback_is_there():
            self.house.verified()

    @invariant()
    def nobody_agrees_with_themselves(self) -> None:
        if not self.house.rollback_is_there():
            return
        votes = self.house.votes()
        for round_ in (one for name in self.names() for one in self.house.rounds(name)):
            voters = {vote.person for vote in votes if vote.gate_id == round_.id and vote.choice == Choice.APPROVE}
            assert round_.asked_by not in voters
            if round_.state == GateState.APPROVED:
                assert len(voters | {round_.asked_by} - {""}) >= 2, round_.name


class Alone(Pressing):
    """While nobody else presses anything."""

    @invariant()
    def nothing_was_changed(self) -> None:
        assert self.house.world.ledger() == []

    @invariant()
    def no_stage_of_a_gate_has_begun_or_ended(self) -> None:
        if not self.house.rollback_is_there():
            return
        for stage in STAGES[:-1]:
            state = self.house.state(stage)
            assert state not in ENDED | {StageState.APPROVED, StageState.RUNNING, StageState.VERIFYING}, (stage, state)


class AmongOthers(Pressing):
    """While honest people approve what the bot asks for, and the world loses requests and replies."""

    @rule(gate=st.sampled_from(["first", "first", "second", "third"]), how_many=st.integers(1, 2))
    def the_honest_go_on(self, gate: str, how_many: int) -> None:
        self.press(lambda: self.house.press(lead.resume, "va"))
        self.house.settle()
        for who in {"first": ("va", "so"), "second": ("dba", "so"), "third": ("xa", "so")}[gate][:how_many]:
            if self.house.gate(gate) is not None:
                self.press(lambda who=who: self.house.vote(gate, who))  # type: ignore[misc]
        self.house.settle()

    @rule(verb=st.sampled_from(["dim", "copy", "overwrite", "light"]), how=st.sampled_from(["reply", "request"]))
    def something_is_lost(self, verb: str, how: str) -> None:
        (self.house.world.lose if how == "reply" else self.house.world.lose_request).add(verb)

    @invariant()
    def nothing_is_made_more_often_than_it_was_approved(self) -> None:
        made = self.house.verbs_of()
        for verb, gate in (("copy", "first"), ("overwrite", "second")):
            approved = [one for one in self.house.rounds(gate) if one.state in (GateState.APPROVED, GateState.DENIED)]
            assert made.count(verb) <= len(approved)

    @invariant()
    def no_voter_attests(self) -> None:
        for stage in STAGES[:-1]:
            by_hand = [one for one in self.house.changes(stage) if one.outcome and "attested" in one.outcome["text"]]
            with self.house.database.read() as session:
                voters = rounds.voters_on(session, self.house.stage(stage)) if by_hand else frozenset()
            assert not voters & {one.person for one in by_hand}


def bounded(machine: type[Pressing], examples: int, steps: int) -> type:
    case = machine.TestCase
    case.settings = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    return case


TestAlone = bounded(Alone, 12, 25)
TestAmongOthers = bounded(AmongOthers, 15, 35)
