"""What can't be known is asked: no single person moves a stage on, and nothing is done again without new votes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from rollback.actions.action import Change, Given, Json, Look, NotDone, Unknown
from rollback.operations import gates, stages
from rollback.roles import Roster
from rollback.systems import Systems
from storage.words import ChangeState, Event, GateState, Repeat, Role, StageState
from toy.actions import catalogue
from toy.effects import Copier, MarkedEffect
from toy.house import House, living, play, refused, with_people
from toy.people import roster


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def unknown(house: House, *, happened: bool, people: Roster | None = None) -> None:
    """Everything up to an overwriting whose reply was lost, seen by nobody and asked about."""
    house.begin(people=people)
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    if happened:
        house.world.lose, house.world.hidden = {"overwrite"}, {"overwrite"}
    else:
        house.world.lose_request = {"overwrite"}
    play(house, lambda: house.state("overwrite") is StageState.NEEDS_RECONCILE)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    assert house.verbs_of().count("overwrite") == int(happened)


def test_an_unknown_outcome_waits_for_people_and_does_nothing(house: House) -> None:
    """Needing to be reconciled, a stage is left alone by the bot, restarts included, and so is all that follows it."""
    unknown(house, happened=True)
    assert "never repeated without a person" in house.stage("overwrite").why
    entries = house.verified()
    for _ in range(3):
        house.later(600)
        house.restart()
        house.settle()
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    assert house.state("light") is StageState.WAITING
    assert house.verified() == entries


def test_it_happened_said_by_one_person_moves_nothing(house: House) -> None:
    """*It happened* by one person opens a round; that person can't close it, however often they say so."""
    unknown(house, happened=True)
    moves = house.audited(Event.STAGE_MOVED)
    for _ in range(2):
        house.operate(stages.it_happened, "overwrite", "xa", "seen in the store")
        assert "by others" in refused(lambda: house.vote("happened:overwrite", "xa"))
        house.later(120)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    assert house.audited(Event.STAGE_MOVED) == moves
    assert [gate.state for gate in house.rounds("happened:overwrite")] == [GateState.SUPERSEDED, GateState.ASKING]


def test_a_second_account_is_no_second_person(house: House) -> None:
    """Who said that it happened can't agree with themselves by another account."""
    unknown(house, happened=True, people=roster(dba=2))
    house.operate(stages.it_happened, "overwrite", "dba", "seen in the store")
    round_ = house.gate("happened:overwrite")
    assert round_ is not None
    assert "by others" in refused(lambda: house.vote("happened:overwrite", "dba", account=1))
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE


def test_it_happened_said_by_two_is_verified_all_the_same(house: House) -> None:
    """Two people's word lets the bot verify; what it reads then decides, and no change is made again."""
    unknown(house, happened=True)
    house.operate(stages.it_happened, "overwrite", "xa", "seen in the store")
    house.world.hidden = set()
    house.vote("happened:overwrite", "dba")
    house.settle()
    assert house.state("overwrite") is StageState.SUCCEEDED
    assert house.verbs_of().count("overwrite") == 1
    assert house.audited(Event.STAGE_RECONCILED) == [{"actor": "xa", "stage": "overwrite", "happened": True}]


def test_two_who_are_wrong_are_contradicted(house: House) -> None:
    """Two people say that it happened while the store shows that it didn't: the stage needs reconciling again."""
    unknown(house, happened=False)
    house.operate(stages.it_happened, "overwrite", "xa", "seen in the store")
    house.vote("happened:overwrite", "dba")
    play(house, lambda: house.state("overwrite") is StageState.NEEDS_RECONCILE, most=10)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    assert "not what is seen" in house.stage("overwrite").why
    assert house.verbs_of().count("overwrite") == 0


def test_it_did_not_happen_asks_for_two_new_votes(house: House) -> None:
    """After *It did not happen* on a change that is never repeated by itself, only two new votes change the world."""
    unknown(house, happened=False)
    house.operate(stages.it_did_not_happen, "overwrite", "xa", "the store is as it was")
    house.later(300)
    assert house.state("overwrite") is StageState.AWAITING_APPROVAL
    assert house.gate("second").round == 2  # type: ignore[union-attr]
    house.vote("second", "so")
    house.later(300)
    assert house.verbs_of().count("overwrite") == 0
    house.vote("second", "dba")
    play(house)
    assert house.verbs_of().count("overwrite") == 1
    assert set(house.states().values()) == {"succeeded"}


def test_it_did_not_happen_wrongly_said_is_found_by_one_more_look(house: House) -> None:
    """If it had happened after all, two new votes don't do it twice: right before acting the bot looks once more."""
    unknown(house, happened=True)
    house.operate(stages.it_did_not_happen, "overwrite", "xa", "the store is as it was")
    house.world.hidden = set()
    house.settle()
    for who in ("so", "dba"):
        house.vote("second", who)
    play(house, lambda: house.state("overwrite") is StageState.FAILED)
    assert house.verbs_of().count("overwrite") == 1
    assert "it was done already" in house.stage("overwrite").why


def test_what_was_seen_of_one_attempt_says_nothing_of_the_next(house: House) -> None:
    """A round about an earlier attempt can't close a later one: its vote is refused, and the card is over."""
    unknown(house, happened=False)
    house.operate(stages.it_happened, "overwrite", "xa", "seen in the store")
    house.operate(stages.it_did_not_happen, "overwrite", "va", "the store is as it was")
    house.world.lose_request = {"overwrite"}
    play(house, lambda: house.state("overwrite") is StageState.NEEDS_RECONCILE)
    assert house.stage("overwrite").attempt == 2
    assert "an earlier attempt" in refused(lambda: house.vote("happened:overwrite", "dba"))
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    house.database.run(gates.remind_due)
    assert house.gate("happened:overwrite") is None


def test_what_is_said_needs_what_was_seen(house: House) -> None:
    """Neither *It happened* nor *It did not happen* is taken without saying what was seen."""
    unknown(house, happened=True)
    for verb in (stages.it_happened, stages.it_did_not_happen):
        assert "Say what you saw" in refused(lambda verb=verb: house.operate(verb, "overwrite", "xa", " "))  # type: ignore[misc]
    assert house.gate("happened:overwrite") is None


@pytest.mark.parametrize("verb", [stages.it_happened, stages.it_did_not_happen])
def test_a_known_outcome_is_not_reconciled(house: House, verb: object) -> None:
    """A stage that doesn't need it can't be reconciled."""
    house.begin()
    assert "nothing to reconcile" in refused(lambda: house.operate(verb, "dim", "xa", "seen"))  # type: ignore[arg-type]
    assert "nothing to reconcile" in refused(lambda: house.operate(stages.look_again, "dim", "xa"))


def test_looking_again_finds_what_shows_late(house: House) -> None:
    """Asked to look again, the bot finds what has come to show by then and goes on by itself."""
    unknown(house, happened=True)
    house.world.hidden = set()
    house.operate(stages.look_again, "overwrite", "xa")
    assert set(play(house).values()) == {"succeeded"}
    assert house.verbs_of().count("overwrite") == 1


def test_looking_again_in_vain_asks_again(house: House) -> None:
    """Not seen again, twice and apart, the stage waits for people as before and rests."""
    unknown(house, happened=True)
    house.operate(stages.look_again, "overwrite", "xa")
    house.settle()
    house.later(91)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    (change,) = house.changes("overwrite")[-1:]
    assert (change.state, change.look_at) == (ChangeState.UNKNOWN, None)
    entries = house.verified()
    house.later(600)
    assert house.verified() == entries


class BlindEffect(MarkedEffect):
    """Copies, and can't say afterwards whether it did, until its eyes are opened."""

    blind = True

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        return Unknown("The list of copies can't be read.") if self.blind else NotDone("not there.")


def test_what_may_act_again_does_not_act_while_people_are_asked() -> None:
    """Once people are asked, looking again acts on nothing, not even on what may be repeated after looking."""
    effect = BlindEffect("copy", Copier, Repeat.AFTER_LOOKING)
    verbs = catalogue()
    with living(verbs=type(verbs)(verbs.actions, {**verbs.effects, "toy-copy": effect}, verbs.probes)) as house:
        house.begin()
        house.world.lose = {"copy"}
        play(house, lambda: house.state("copy") is StageState.NEEDS_RECONCILE)
        effect.blind = False
        for _ in range(3):
            house.operate(stages.look_again, "copy", "va")
            house.settle()
            house.later(91)
        assert house.state("copy") is StageState.NEEDS_RECONCILE
        assert house.verbs_of().count("copy") == 1
        assert [(change.state, change.look_at) for change in house.changes("copy")] == [(ChangeState.UNKNOWN, None)]


def test_only_the_technical_roles_and_the_commander_reconcile(house: House) -> None:
    """Somebody whose roles don't include it can neither say that it happened nor that it didn't."""
    unknown(house, happened=True, people=with_people(roster(), "va", roles=(Role.COMMUNICATIONS,)))
    for verb in (stages.it_happened, stages.it_did_not_happen):
        refused(lambda verb=verb: house.operate(verb, "overwrite", "va", "seen"))  # type: ignore[misc]


def failed(house: House, stage: str, verb: str) -> None:
    house.world.refuse = {verb}
    house.begin()
    play(house, lambda: house.state(stage) is StageState.FAILED)
    house.world.refuse = set()
    assert house.state(stage) is StageState.FAILED


def test_a_retry_of_what_is_safe_keeps_its_votes() -> None:
    """Tried again with equal changes that are all safe to repeat, a stage goes on with the votes that it has."""
    with living(side_by_side=1) as house:
        failed(house, "dim", "dim b")
        assert house.world.ledger() == [("dim", "a", "")]
        house.operate(stages.retry, "dim", "va")
        house.settle()
        assert house.state("dim") is StageState.SUCCEEDED
        assert len(house.rounds("first")) == 1
        assert house.world.ledger()[:2] == [("dim", "a", ""), ("dim", "b", "")]


@pytest.mark.parametrize(
    ("stage", "gate", "voters"), [("copy", "first", ("xa",)), ("overwrite", "second", ("so", "dba"))]
)
def test_a_retry_of_what_is_not_safe_asks_anew(house: House, stage: str, gate: str, voters: tuple[str, ...]) -> None:
    """Tried again, a copy or a destructive change waits for all of its votes once more."""
    failed(house, stage, stage)
    house.operate(stages.retry, stage, "ic")
    house.later(300)
    assert house.state(stage) is StageState.AWAITING_APPROVAL
    assert stage not in house.verbs_of()
    for who in voters:
        house.later(30)
        assert stage not in house.verbs_of()
        house.vote(gate, who)
    house.settle()
    assert house.verbs_of().count(stage) == 1


def test_a_failed_stage_is_never_tried_again_by_itself(house: House) -> None:
    """A failure waits for people, through time and restarts."""
    failed(house, "copy", "copy")
    for _ in range(3):
        house.clock.advance(timedelta(hours=1))
        house.restart()
        house.settle()
    assert house.state("copy") is StageState.FAILED
    assert "copy" not in house.verbs_of()
    assert "not failed" in refused(lambda: house.operate(stages.retry, "dim", "ic"))
