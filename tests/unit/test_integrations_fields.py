"""Fields of a system's JSON are read leniently and never guessed."""

from hypothesis import given
from hypothesis import strategies as st

from integrations.fields import flag, inner, number, rows, said, text, texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_no_value_breaks_a_reader(value: object) -> None:
    """Whatever stands under a key, each reader gives its own type and raises nothing."""
    row = {"k": value}
    assert isinstance(text(row, "k"), str)
    assert isinstance(number(row, "k"), int | None)
    assert isinstance(flag(row, "k"), bool | None)
    assert all(isinstance(one, dict) for one in rows(row, "k"))
    assert all(isinstance(one, str) for one in texts(row, "k"))
    assert isinstance(inner(row, "k"), dict)


@given(st.text())
def test_a_systems_words_become_one_short_printable_line(words: str) -> None:
    """What a system says is shown on one printable line of limited length, never empty."""
    line = said(words)
    assert line
    assert line.isprintable()
    assert len(line) <= 200


@given(st.integers())
def test_a_number_is_the_same_as_text(value: int) -> None:
    """A number sent as text reads as the number; a truth is no number."""
    assert number({"k": str(value)}, "k") == value == number({"k": value}, "k")
    assert number({"k": True}, "k") is None


def test_one_row_may_come_without_its_list() -> None:
    """An object by itself is one row; an absent key is no row."""
    assert rows({"k": {"a": 1}}, "k") == ({"a": 1},) == rows({"k": [{"a": 1}]}, "k")
    assert rows({}, "k") == ()


def test_truths_come_in_several_spellings() -> None:
    """Truths are read from JSON and from text; anything else is unknown."""
    assert [flag({"k": one}, "k") for one in (True, "TRUE", "yes", False, "false", "NO", 1, "", None)] == [
        True,
        True,
        True,
        False,
        False,
        False,
        None,
        None,
        None,
    ]
