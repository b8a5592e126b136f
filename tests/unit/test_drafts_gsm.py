"""How long a text message is."""

import pytest

from rollback.drafts.gsm import measure


@pytest.mark.parametrize(
    ("text", "length", "parts"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("éèàùäöü", 7, 1),
        ("€[]", 6, 1),
        ("€" * 80, 160, 1),
        ("€" * 81, 162, 2),
        ("ê" + "a" * 69, 70, 1),
        ("ê" + "a" * 70, 71, 2),
        ("ê" + "a" * 134, 135, 3),
        ("🙂" * 35, 70, 1),
        ("🙂" * 36, 72, 2),
    ],
)
def test_length_and_parts_are_those_of_the_network(text: str, length: int, parts: int) -> None:
    """160 and 153 characters in GSM's alphabet, 70 and 67 beside it; some characters count twice."""
    measured = measure(text)
    assert (measured.length, measured.parts) == (length, parts)


def test_characters_that_cost_are_named() -> None:
    """Each character that the alphabet lacks is named once."""
    assert measure("ça coûte, ça").strange == ("ç", "û")
    assert measure("déjà là, ÄÖÜ ß").strange == ()
