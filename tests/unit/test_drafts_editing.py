"""A notice's text taken apart for the fields of a form and put together again."""

from hypothesis import given
from hypothesis import strategies as st

from rollback.drafts.editing import changed, editable, joined, parts
from rollback.drafts.notices import Content
from rollback.drafts.wording import Rendered

WORDS = st.text(alphabet="abcé ÄÖ.", min_size=0, max_size=30)
BODIES = st.lists(WORDS, min_size=1, max_size=30).map("\n".join)


@given(BODIES, st.integers(min_value=5, max_value=200))
def test_taken_apart_and_together(body: str, most: int) -> None:
    """No part is longer than a field, and fields that nobody touched give the text that was there."""
    made = parts(body, most)
    assert all(len(part.text) <= most for part in made)
    whole = "".join(part.text + part.joint for part in made)
    assert whole == body.strip()
    assert joined([part.text for part in made], [part.joint for part in made]) == joined([body.strip()], [""])


@given(BODIES, st.integers(min_value=40, max_value=200))
def test_a_form_may_take_blanks_off(body: str, most: int) -> None:
    """A form takes blanks off the ends of a field: no word and no blank line inside is lost by that."""
    made = parts(body, most)
    stripped = joined([part.text.strip() for part in made], [part.joint for part in made])
    assert stripped.split() == body.split()


def test_an_emptied_part_leaves_no_gap() -> None:
    """A part that somebody emptied takes its blank line along."""
    assert joined(["One.", "", "Three."], ["\n\n", "\n\n", ""]) == "One.\n\nThree.\n"


def test_only_the_language_and_the_texts_that_were_edited_change() -> None:
    """Another language stays as it is, and a letter made for each person from its template can't be edited."""
    texts = tuple(
        Rendered(name, language, "" if name.startswith("sms") else "A subject", "Old.\n")
        for name in ("reenroll_request.md", "sms_reenroll.txt")
        for language in ("en", "de")
    )
    content = Content("edition", texts)
    assert [text.template for text in editable(content, "de")] == ["sms_reenroll.txt"]
    edited = {"reenroll_request.md": ("x", "x\n"), "sms_reenroll.txt": ("", "New.\n")}
    made = changed(content, "de", edited)
    assert [text.body for text in made.texts] == ["Old.\n", "Old.\n", "Old.\n", "New.\n"]
    assert made.text_hash != content.text_hash
    assert made.edition == content.edition
