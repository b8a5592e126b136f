"""What follows from a look: the table of `rollback.recovery`, row by row."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback.actions.action import Done, InFlight, Look, NotDone, Unknown
from rollback.recovery import ActAgain, AskAPerson, Believe, Follow, LookAgain, Step, next_step
from storage.words import Repeat

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=90)

looks = st.one_of(
    st.just(Done("seen")), st.just(InFlight({"task": 7})), st.just(NotDone("not seen.")), st.just(Unknown("no list"))
)


@pytest.mark.parametrize("repeat", list(Repeat))
@pytest.mark.parametrize("seen", [0, 1, 5])
def test_what_is_certain_is_the_same_for_every_kind(repeat: Repeat, seen: int) -> None:
    """Done is believed, what is under way is followed, and what can't be told is asked, however it may be repeated."""
    assert next_step(Done("seen"), repeat, SETTLE, seen, NOW) == Believe(Done("seen"))
    assert next_step(InFlight(7), repeat, SETTLE, seen, NOW) == Follow(7)
    assert next_step(Unknown("no list"), repeat, SETTLE, seen, NOW) == AskAPerson("no list")


@pytest.mark.parametrize(
    ("repeat", "first", "second"),
    [
        (Repeat.SAFE, ActAgain(), ActAgain()),
        (Repeat.AFTER_LOOKING, LookAgain(NOW + SETTLE), ActAgain()),
        (
            Repeat.ASK,
            LookAgain(NOW + SETTLE),
            AskAPerson("not seen. It was looked for twice and not seen, but it is never repeated without a person."),
        ),
    ],
)
def test_not_done_means_something_else_for_each_kind(repeat: Repeat, first: Step, second: Step) -> None:
    """A first *not done* acts only where repeating is safe; a second one, apart, acts or asks."""
    assert next_step(NotDone("not seen."), repeat, SETTLE, 0, NOW) == first
    assert next_step(NotDone("not seen."), repeat, SETTLE, 1, NOW) == second


@given(looks, st.sampled_from(Repeat), st.integers(0, 9), st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_what_asks_is_never_acted_again(look: Look, repeat: Repeat, seen: int, settle: timedelta) -> None:
    """However often it was looked, what asks never acts again, and what may show late never on a single look."""
    step = next_step(look, repeat, settle, seen, NOW)
    if isinstance(step, ActAgain):
        assert isinstance(look, NotDone)
        assert repeat is Repeat.SAFE or (repeat is Repeat.AFTER_LOOKING and seen >= 1)
    if isinstance(step, LookAgain):
        assert step.at == NOW + settle
        assert step.not_done
