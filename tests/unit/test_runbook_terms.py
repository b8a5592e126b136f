"""Conditions and ranges of nodes, the two little languages of a runbook."""

import pytest

from rollback.runbook.terms import TermError, Values, check_condition, check_range, holds, indices, is_single

VALUES = Values(n=5, m=2, k=2, opening="enough-nodes", order="prepare-first", i=3, line=1, touched=(1, 4))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ("n > k", True),
        ("k >= 3", False),
        ("i == 3 and n != 4", True),
        ("i == 3 and n < 5", False),
        ("opening == enough-nodes", True),
        ("opening != enough-nodes", False),
        ("order == close-first", False),
        ("line >= 1", True),
    ],
)
def test_a_condition_compares_and_joins(condition: str, expected: bool) -> None:  # noqa: FBT001 - a table of cases
    """A condition holds when each of its comparisons does; an empty one always holds."""
    assert holds(check_condition(condition), VALUES) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("n", "no comparison"),
        ("n >", "no comparison"),
        ("nodes > 2", "`nodes` is no variable"),
        ("n > many", "expected a number"),
        ("opening == later", "expected `opening == enough-nodes`"),
        ("opening > first-node", "can't be asked"),
        ("n > 2 and", "no comparison"),
        ("n > 2 or k > 1", "no comparison"),
    ],
)
def test_a_condition_that_can_not_be_read_says_what_was_expected(condition: str, expected: str) -> None:
    """An unreadable condition is refused with the part and what was expected in its place."""
    with pytest.raises(TermError, match=expected):
        check_condition(condition)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ("first", (1,)),
        ("others", (2, 3, 4, 5)),
        ("all", (1, 2, 3, 4, 5)),
        ("2..k", (2,)),
        ("k+1..n", (3, 4, 5)),
        ("1..k-1", (1,)),
        ("i-1", (2,)),
        ("i-1..i", (2, 3)),
        ("n", (5,)),
        ("touched", (1, 4)),
        ("3..k", ()),
    ],
)
def test_a_range_names_nodes_in_order(nodes: str, expected: tuple[int, ...]) -> None:
    """A range is one index or two; one that ends before it begins is empty."""
    assert indices(check_range(nodes), VALUES) == expected


@pytest.mark.parametrize("nodes", ["n+1", "i-3", "0..n", "1..9"])
def test_a_range_stays_inside_the_estate(nodes: str) -> None:
    """A range that would leave the estate is refused, not cut."""
    with pytest.raises(TermError, match="there are nodes 1 to 5"):
        indices(nodes, VALUES)


@pytest.mark.parametrize("nodes", ["", "some", "2...k", "2..", "m", "k+", "K", "1..2..3", "-1"])
def test_a_range_that_can_not_be_read_says_what_was_expected(nodes: str) -> None:
    """An unreadable range is refused with examples of what was expected."""
    with pytest.raises(TermError, match="expected"):
        check_range(nodes)


def test_a_single_index_is_told_from_a_range() -> None:
    """One index means one node whatever the plan; two indices mean a list, even of one."""
    assert [is_single(text) for text in ("first", "i-1", "k", "k..k", "all", "touched")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
