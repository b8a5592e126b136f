"""Health over time: "has held for so long" is said only where nothing bad was read and nobody looked away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback.health import GAP, KEEP, Reading, RowSamples, held, record
from storage.models import Sample
from toy.house import House, living

START = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
EVERY = timedelta(seconds=20)
SPAN = timedelta(minutes=15)
NOW = START + SPAN

offsets = st.integers(0, int(SPAN.total_seconds()))
histories = st.lists(st.tuples(offsets, st.booleans()), max_size=60).map(
    lambda pairs: [(START + timedelta(seconds=at), good) for at, good in sorted(pairs)]
)
watched = st.integers(1, GAP).flatmap(
    lambda gap: st.just([(at, True) for at in instants(timedelta(seconds=gap * EVERY.total_seconds()))])
)


def instants(step: timedelta) -> list[datetime]:
    count = int(SPAN / step)
    return [START + step * number for number in range(count + 1)]


@given(watched)
def test_good_readings_without_a_gap_hold(samples: list[tuple[datetime, bool]]) -> None:
    """Good throughout and never unwatched for more than three intervals: it has held."""
    assert held(samples, START, NOW, EVERY)


@given(watched, st.data())
def test_one_bad_reading_breaks_it(samples: list[tuple[datetime, bool]], data: st.DataObject) -> None:
    """A single bad reading anywhere in the span: it has not held."""
    index = data.draw(st.integers(0, len(samples) - 1))
    samples[index] = (samples[index][0], False)
    assert not held(samples, START, NOW, EVERY)


@given(st.data())
def test_a_gap_anywhere_breaks_it(data: st.DataObject) -> None:
    """Unwatched for more than three intervals, at the beginning, in between or at the end: it has not held."""
    length = timedelta(seconds=data.draw(st.integers(int((GAP * EVERY).total_seconds()) + 1, 600)))
    begin = START + timedelta(seconds=data.draw(st.integers(0, int((SPAN - length).total_seconds()))))
    samples = [(at, True) for at in instants(EVERY) if not begin < at < begin + length]
    around = [START, *(at for at, _ in samples), NOW]
    gap = max(later - earlier for earlier, later in pairwise(around))
    assert held(samples, START, NOW, EVERY) is (gap <= GAP * EVERY)


@given(histories)
def test_it_holds_if_and_only_if_all_is_good_and_watched(samples: list[tuple[datetime, bool]]) -> None:
    """It has held exactly if there are readings, all of them good, none too far from the next one or the ends."""
    around = [START, *(at for at, _ in samples), NOW]
    close = all(later - earlier <= GAP * EVERY for earlier, later in pairwise(around))
    assert held(samples, START, NOW, EVERY) is (bool(samples) and close and all(good for _, good in samples))


def test_nothing_read_has_not_held() -> None:
    """Without a single reading nothing has held, not even for no time."""
    assert not held([], START, START, EVERY)


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        made.begin()
        yield made


def watch(house: House, minutes: float, *, good: bool = True, what: str = "port-80", target: str = "n1") -> None:
    end = house.clock.now() + timedelta(minutes=minutes)
    while house.clock.now() < end:
        house.database.run(lambda unit: record(unit, 1, (Reading(what, target, good, "seen"),)))
        house.clock.advance(EVERY)


def has_held(house: House, since: datetime, *, what: str = "port-80", target: str = "n1") -> bool:
    with house.database.read() as session:
        return RowSamples(session, 1, house.clock.now(), EVERY).held(what, target, since, SPAN)


def test_a_restart_in_between_is_no_break(house: House) -> None:
    """Samples are rows: fifteen minutes that span a restart have held all the same."""
    since = house.clock.now()
    watch(house, 8)
    house.restart()
    assert not has_held(house, since)
    watch(house, 8)
    assert has_held(house, since)


def test_what_was_good_before_does_not_count(house: House) -> None:
    """Only what was read after the event counts: a long good time before it is nothing."""
    watch(house, 60)
    since = house.clock.now()
    assert not has_held(house, since)
    watch(house, 14)
    assert not has_held(house, since)
    watch(house, 1.1)
    assert has_held(house, since)


def test_a_bad_reading_starts_the_time_anew(house: House) -> None:
    """After one bad reading the whole span has to pass again."""
    since = house.clock.now()
    watch(house, 14)
    watch(house, 0.3, good=False)
    watch(house, 14)
    assert not has_held(house, since)
    watch(house, 2)
    assert has_held(house, since)


def test_another_things_readings_say_nothing(house: House) -> None:
    """Each port of each node is watched for itself."""
    since = house.clock.now()
    watch(house, 16)
    assert not has_held(house, since, target="n2")
    assert not has_held(house, since, what="port-443")


def test_the_newest_reading_is_told_with_its_value(house: House) -> None:
    """The last reading is the one written last, even where the clock was set back in between."""
    watch(house, 1)
    house.clock.set_back(timedelta(hours=1))
    at = house.clock.now()
    watch(house, 0.3, good=False)
    with house.database.read() as session:
        samples = RowSamples(session, 1, house.clock.now(), EVERY)
        assert samples.last("port-80", "n1") == (at, False, "seen")
        assert samples.last("port-80", "n9") is None


def test_samples_older_than_a_day_are_dropped(house: House) -> None:
    """The table doesn't grow for ever."""
    watch(house, 1)
    house.clock.advance(KEEP)
    watch(house, 0.3)
    with house.database.read() as session:
        assert session.query(Sample).count() == 1
