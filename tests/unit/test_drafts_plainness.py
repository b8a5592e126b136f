"""The lint of messages to stakeholders: short sentences, known words, nothing but counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback.drafts.plainness import JARGON, LEAST_EASE, LONGEST_SENTENCE, Rule, findings, reading_ease, syllables

PLAIN = "Work mail is back for most people. Some phones must be set up again. We will write to each of these people."


def rules(text: str, *names: str) -> list[Rule]:
    return [one.rule for one in findings(text, names)]


def test_a_plain_message_has_no_findings() -> None:
    """Short sentences of short words, with counts in them, pass."""
    assert rules(PLAIN) == []
    assert rules("208 devices must be set up again; 5 more may have to be.") == []
    assert reading_ease(PLAIN) > 70


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The vServer is disabled.", Rule.JARGON),
        ("We enabled the NetScaler again.", Rule.JARGON),
        ("Enrolment works.", Rule.JARGON),
        ("Write to anna@example.com.", Rule.ADDRESS),
        ("Look at 192.0.2.7 please.", Rule.ADDRESS),
        ("See https://example.com/x for more.", Rule.ADDRESS),
        ("<@U0ATTACK> knows more.", Rule.ADDRESS),
        ("@here we are back.", Rule.ADDRESS),
        ("The phone C8PVK0F4JC6C is back.", Rule.ADDRESS),
        ("The phone 356938035643809 is back.", Rule.ADDRESS),
        ("xms01 is up again.", Rule.NAME),
        ("Ask Anna Example about it.", Rule.NAME),
        ("We " + "and then we " * 10 + "are done.", Rule.SENTENCE),
        ("Infrastructural reconfiguration necessitates organisational considerations. " * 3, Rule.EASE),
    ],
)
def test_each_rule_finds_what_it_is_for(text: str, rule: Rule) -> None:
    """Jargon, addresses, names, endless sentences and hard words are each found, with what to do about it."""
    found = [one for one in findings(text, ("xms01", "Anna Example")) if one.rule is rule]
    assert found
    assert all(len(one.message) > 15 for one in found)


def test_names_are_found_as_whole_words_only() -> None:
    """A person called Ann doesn't forbid the word announce; case does not hide a name."""
    assert rules("We announce it.", "Ann") == []
    assert rules("ANN knows.", "Ann") == [Rule.NAME]


@pytest.mark.parametrize("word", sorted(JARGON))
def test_every_word_of_the_trade_is_found_in_any_case(word: str) -> None:
    """Each word of the list is found alone and in capitals, and its hint says what to do instead."""
    assert Rule.JARGON in rules(f"The {word} works.")
    assert Rule.JARGON in rules(f"The {word.upper()} works.")
    assert JARGON[word].startswith(("say", "leave"))


@pytest.mark.parametrize(
    ("word", "count"),
    [("the", 1), ("device", 2), ("service", 2), ("people", 2), ("again", 2), ("closed", 1), ("started", 2), ("we", 1),
     ("restored", 2), ("table", 2), ("x", 1)],
)  # fmt: skip
def test_syllables_are_counted_near_enough(word: str, count: int) -> None:
    """Common words come out as people say them."""
    assert syllables(word) == count


@given(st.text(max_size=400))
def test_any_text_can_be_judged(text: str) -> None:
    """Whatever is typed, the lint answers; a finding of a rule stands by itself in words."""
    for one in findings(text, ("xms01",)):
        assert one.message
    assert reading_ease(text) <= 207


def test_the_limits_are_limits() -> None:
    """A sentence of as many words as are allowed passes, one word more doesn't."""
    assert Rule.SENTENCE not in rules(" ".join(["we"] * LONGEST_SENTENCE) + ".")
    assert Rule.SENTENCE in rules(" ".join(["we"] * (LONGEST_SENTENCE + 1)) + ".")
    assert 40 < LEAST_EASE < 70
