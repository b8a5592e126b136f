"""The settings of a demonstration: small ones go the long way too."""

from hypothesis import given
from hypothesis import strategies as st

from bot.demo.setting_up import carried


@given(st.integers(60, 100_000), st.integers(1, 9))
def test_every_demonstration_opens_on_two_nodes_where_there_are_two(devices: int, nodes: int) -> None:
    """However few devices there are, two nodes carry them and one does not, so that swaps and joins are practised."""
    needed = -(-devices // carried(devices, nodes))
    assert needed == min(2, nodes)
