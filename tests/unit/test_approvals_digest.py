"""What a vote is bound to: the core must be the same, and of what is approved despite there may only be less."""

from hypothesis import given
from hypothesis import strategies as st

from rollback.approvals import digest_of, still_covers

CORES = st.text("0123456789abcdef", min_size=1, max_size=8)
BLOCKERS = st.frozensets(st.sampled_from(["capacity", "no-way-back xms01", "no-way-back xms02", "veeam-busy nightly"]))


@given(CORES, BLOCKERS, BLOCKERS)
def test_an_approval_covers_the_same_despite_no_more(core: str, was: frozenset[str], now: frozenset[str]) -> None:
    """The same core is covered exactly if every blocker of now was shown when it was approved."""
    assert still_covers(digest_of(core, was), core, was, now) is (now <= was)


@given(CORES, CORES, BLOCKERS, BLOCKERS)
def test_an_approval_covers_no_other_core(shown: str, core: str, was: frozenset[str], now: frozenset[str]) -> None:
    """Whatever was overridden: other changes, another system or another plan are not what was approved."""
    if shown != core:
        assert not still_covers(digest_of(shown, was), core, was, now)


@given(CORES, BLOCKERS, BLOCKERS)
def test_what_is_said_to_have_been_shown_must_fit_the_digest(
    core: str, shown: frozenset[str], told: frozenset[str]
) -> None:
    """Blockers that were put beside the approval afterwards make nothing covered."""
    if shown != told:
        assert not still_covers(digest_of(core, shown), core, told, told)
