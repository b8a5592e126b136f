"""Untrusted text: what may never reach a card, a letter, a file name or a log line."""

import copy
import json
import logging
import pickle
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from rollback.untrusted import EMPTY, Untrusted, UntrustedTextError, for_file_name, mark, one_line, plain

HOSTILE = (
    "",
    " ",
    "\n",
    "\r\n\r\nBcc: all@example.com",
    "\x00",
    "a\x00b",
    "\x1b[31mred\x1b[0m",
    "\x07bell",
    "\u0085next line",
    "\u2028line separator",
    "\u2029paragraph separator",
    "tab\tin\tit",
    "\u202egnp.exe",
    "\u202dleft to right override",
    "\u2066isolate\u2069",
    "\u200f\u200emarks",
    "\u061carabic letter mark",
    "zero\u200bwidth",
    "join\u200der",
    "word\u2060joiner",
    "\ufeffbyte order mark",
    "soft\u00adhyphen",
    "\U000e0041tag letters\U000e007f",
    "\ud800lone surrogate",
    "\ue000private use",
    "\u0378unassigned",
    "\u3164hangul filler",
    "\u2800braille blank",
    "\u034fgrapheme joiner",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324algo",
    "no\u00a0break",
    "wide\u3000space",
    "<!channel>",
    "<!here|here>",
    "<@U012AB3CD>",
    "<#C024BE7LR|general>",
    "<https://example.com|Approve>",
    "&lt;!channel&gt;",
    "*bold* _italic_ ~gone~ `code`",
    "```\nblock\n```",
    "> quoted",
    ":rotating_light:",
    "@channel @here @everyone",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "%s %n %(password)s",
    "{0.__class__}",
    "=HYPERLINK(1)",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "'; DROP TABLE audit; --",
    "$(reboot)",
    "`reboot`",
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/shadow",
    ".hidden",
    "CON",
    "nul.txt",
    "a" * 5000,
    "a" * 79 + "\u202e",
    "xms01\u200b",
    "\uff41\uff44\uff4d\uff49\uff4e in full-width letters",
    "\u0430dmin with a cyrillic letter",
    "Jürgen Müller-Øst, 株式会社",
    "👩‍👩‍👧‍👦 family",
)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
anything = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=300)


def is_harmless(shown: str) -> bool:
    """Whether a rendering is one line of visible characters."""
    return (
        bool(shown)
        and len(shown.splitlines()) == 1
        and not BIDI & set(shown)
        and all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in shown)
    )


@pytest.mark.parametrize("raw", HOSTILE)
def test_a_hostile_string_becomes_one_harmless_line(raw: str) -> None:
    """Every rendering of a hostile string is one visible line, the short form has at most its limit of characters."""
    text = Untrusted(raw)
    assert is_harmless(one_line(text))
    assert len(one_line(text)) <= 80
    assert is_harmless(plain(text))


@given(anything, st.integers(min_value=24, max_value=200))
def test_any_text_becomes_one_harmless_line(raw: str, limit: int) -> None:
    """No text at all gets a new line, a control, format or bidi character through a rendering."""
    text = Untrusted(raw)
    assert is_harmless(one_line(text, limit))
    assert len(one_line(text, limit)) <= limit
    assert is_harmless(plain(text))


@given(anything)
def test_a_rendered_file_name_is_always_one_safe_part(raw: str) -> None:
    """A file name has only letters, digits, dot, underscore and hyphen, no path, no hidden and no reserved name."""
    name = for_file_name(Untrusted(raw))
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert 0 < len(name) <= 62
    assert ".." not in name
    assert name[0] not in "._-"
    assert name.split(".")[0].upper() not in {"CON", "NUL", "AUX", "PRN", "COM1", "LPT1"}


def test_two_texts_never_share_a_file_name() -> None:
    """Texts that differ only in what a file name can't hold get different file names."""
    names = {for_file_name(Untrusted(raw)) for raw in HOSTILE}
    assert len(names) == len(HOSTILE)
    assert for_file_name(Untrusted("XMS_full.bak")) == "XMS_full.bak"


@pytest.mark.parametrize(
    "show",
    [str, lambda u: f"{u}", "{}".format, "{:>20}".format, lambda u: "%s" % u, json.dumps],  # noqa: UP031 - also the old way
)
def test_formatting_untrusted_text_raises(show: object) -> None:
    """No way of formatting shows the text without a rendering."""
    with pytest.raises(TypeError):
        show(Untrusted("<!channel>"))  # type: ignore[operator]


def test_joining_untrusted_text_raises() -> None:
    """Untrusted text does not become part of a longer text by joining or adding."""
    texts: list[Any] = [Untrusted("a"), Untrusted("b")]
    with pytest.raises(TypeError):
        " ".join(texts)
    with pytest.raises(TypeError):
        texts[0] + "b"


def test_formatting_says_what_to_use_instead() -> None:
    """The error of a forgotten rendering names the renderings and does not hold the text."""
    with pytest.raises(UntrustedTextError, match="one_line") as caught:
        str(Untrusted("hunter2"))
    assert "hunter2" not in str(caught.value)


def test_a_log_line_or_traceback_never_holds_the_text(caplog: pytest.LogCaptureFixture) -> None:
    """The repr shows a mark and a length, so that a log line or a traceback has no name in it."""
    text = Untrusted("Ada Example")
    logging.getLogger("test").warning("read %r", text)
    assert "Ada" not in repr(text)
    assert "Ada" not in caplog.text
    assert mark(text) in caplog.text


def test_a_long_name_loses_its_middle_and_gets_a_mark() -> None:
    """Two long names with the same beginning and end are shown differently."""
    one, other = Untrusted("a" * 100 + "b" + "c" * 100), Untrusted("a" * 100 + "d" + "c" * 100)
    assert one_line(one).startswith("aaaa")
    assert "…" in one_line(one)
    assert one_line(one) != one_line(other)


def test_a_name_in_a_change_is_whole() -> None:
    """The whole form keeps every character of a name, however long it is."""
    name = "SQL01 " + "x" * 500
    assert plain(Untrusted(name)) == name


def test_a_name_that_only_looks_like_another_is_marked() -> None:
    """The whole form of a name with an invisible character differs visibly from the name without it."""
    assert plain(Untrusted("xms01")) == "xms01"
    assert plain(Untrusted("xms01\u200b")) not in {"xms01", plain(Untrusted("xms01\u200c"))}
    assert mark(Untrusted("xms01\u200b")) in plain(Untrusted("xms01\u200b"))


def test_an_empty_text_says_so() -> None:
    """A text without a visible character is shown as empty, never as nothing."""
    assert one_line(Untrusted("")) == EMPTY
    assert one_line(Untrusted(" \n\t")) == EMPTY
    assert not Untrusted(" \n")
    assert Untrusted("x")


def test_untrusted_text_is_a_value() -> None:
    """Equal texts are equal, hashable, and can't be changed; a plain string is not equal to them."""
    text = Untrusted("one")
    assert text == Untrusted("one")
    assert text != "one"
    assert len({text, Untrusted("one"), Untrusted("two")}) == 2
    assert pickle.loads(pickle.dumps(text)) == copy.copy(text) == text  # noqa: S301 - our own bytes of a line ago
    with pytest.raises(AttributeError):
        text.raw = "two"


def test_untrusted_text_survives_being_stored() -> None:
    """Written as JSON and read again it is the same text, still untrusted."""
    adapter = TypeAdapter(list[Untrusted])
    texts = [Untrusted("=1+1"), Untrusted("\u202e")]
    assert adapter.validate_json(adapter.dump_json(texts)) == texts
    with pytest.raises(ValidationError):
        adapter.validate_json("[7]")


def test_a_limit_without_room_for_the_mark_is_refused() -> None:
    """A limit that can't hold ellipsis and mark is an error, not a name cut to nothing."""
    with pytest.raises(ValueError, match="at least"):
        one_line(Untrusted("x"), 5)
