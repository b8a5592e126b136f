"""How text gets into a message."""

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.blocks.message import (
    SECTION_TEXT,
    Buttons,
    Rendered,
    button,
    code,
    fits,
    mention,
    prose,
    push,
    section,
    sections,
    words,
)
from helpers_blocks import HOSTILE, nothing_acts, slack_takes
from rollback.situation import PersonView
from rollback.untrusted import Untrusted, plain


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_acts_however_it_is_put_in(text: str) -> None:
    """Every one of the three ways gives one line without markup, mention, link or hidden character."""
    for shown in (words(text), prose(Untrusted(text)), prose(Untrusted(text), 80), code(Untrusted(text))):
        assert "\n" not in shown
        assert shown
        nothing_acts(section(shown))


@given(st.text())
def test_code_shows_a_name_letter_by_letter(text: str) -> None:
    """What stands in code style is the whole name as `plain` gives it; only a backtick gets a look-alike and a mark."""
    shown = code(Untrusted(text))
    inner = html.unescape(shown[1:-1])
    expected = plain(Untrusted(text))
    assert shown.startswith("`")
    assert shown.endswith("`")
    if "`" in expected:
        assert inner.startswith(expected.replace("`", "ˋ"))
        assert "[#" in inner
    else:
        assert inner == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"E:\Backup\XMS_RB-7_1.bak", r"E:\Backup\XMS_RB-7_1.bak"),
        ("*bold* _it_ ~no~ `c`", "∗bold∗ ˍitˍ ∼no∼ ˋcˋ"),
        (":skull: at 10:14:20", "∶skull: at 10:14:20"),
    ],
)
def test_prose_disarms_what_would_act_and_leaves_the_rest(text: str, shown: str) -> None:
    """Emphasis and emoji of others are shown by look-alikes; paths and times stay as they are."""
    assert prose(Untrusted(text)) == shown


def test_a_person_is_mentioned_only_by_a_well_formed_account() -> None:
    """A Slack user id becomes a mention; anything else is called by name, harmlessly."""
    assert mention(PersonView("a", Untrusted("Ann"), "U012AB")) == "<@U012AB>"
    assert mention(PersonView("a", Untrusted("<!here>"), "U1> <!here")) == "&lt;!here&gt;"


@given(st.lists(st.text(min_size=1, max_size=9_000), max_size=6))
def test_sections_lose_nothing_and_stay_below_slacks_size(lines: list[str]) -> None:
    """Lines are packed and, where they must be, cut between characters: joined again they are what they were."""
    made = sections([words(line) for line in lines])
    assert all(0 < len(block["text"]["text"]) <= SECTION_TEXT for block in made)
    joined = "".join(block["text"]["text"].replace("\n", "") for block in made)
    assert joined == "".join(words(line) for line in lines)


@settings(max_examples=30)
@given(st.text(alphabet="ab&<", min_size=2_990, max_size=5_000))
def test_a_long_code_span_is_cut_outside_entities_and_opened_again(text: str) -> None:
    """Each piece of a cut code span is a span of its own, and no entity is torn."""
    pieces = [block["text"]["text"] for block in sections([code(Untrusted(text))])]
    assert all(len(piece) <= SECTION_TEXT and piece.count("`") == 2 for piece in pieces)
    assert html.unescape("".join(piece.strip("`") for piece in pieces)) == text


def test_a_button_carries_installation_and_nonce_and_nothing_else() -> None:
    """The value of a button is `installation:nonce`."""
    made = button("rb:approve", "Approve", Buttons("inst", "n0nce", "ABC234"), "primary")
    assert made["value"] == "inst:n0nce"
    assert "ABC234" not in str(made)


def test_a_push_is_cut_between_words_to_what_an_update_takes() -> None:
    """The push text never exceeds what Slack takes in an update, and loses its end only."""
    text = push("REAL · RB-1", "word " * 2_000)
    assert text.startswith("REAL · RB-1 · word")
    slack_takes(Rendered(text, (section("x"),)))
    assert text.endswith("word…")


def test_blocks_that_slack_would_refuse_do_not_fit() -> None:
    """Too many blocks, or too many characters in all, don't fit one message."""
    assert fits([section("x")] * 48)
    assert not fits([section("x")] * 49)
    assert not fits([section("x" * 2_900)] * 4)
