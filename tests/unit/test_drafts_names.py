"""Other people's words in a letter."""

import re

import pytest
from devices_made import owner
from drafts_made import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from rollback.drafts.names import KIND_LABELS, first_name, full_name, in_text, label, mail_address, phone, words
from rollback.site import Phrase
from rollback.untrusted import Untrusted
from storage.words import DeviceKind

anything = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=120)


@pytest.mark.parametrize(
    ("display", "given_name", "greeting"),
    [
        ("Ada Example", "", "Ada"),
        ("Example, Ada", "", "Ada"),
        ("Dr. Ada Example", "", "Ada"),
        ("Frau Ada Example", "", "Ada"),
        ("Jean-Luc d'Exemple", "", "Jean-Luc"),
        ("Example, A.", "", ""),
        ("Zoë Exämple", "", "Zoë"),
        ("Ada Example", "Augusta Ada", "Augusta Ada"),
        ("Ada Example", "www.evil.example", "Ada"),
        ("ada@example.com", "", ""),
        ("X", "", ""),
        ("Device Enrollment...", "", "Device"),
        ("", "", ""),
    ],
)
def test_people_are_greeted_by_what_looks_like_a_name(display: str, given_name: str, greeting: str) -> None:
    """The given name, or the first name of the display name; without one the greeting has no name."""
    assert first_name(owner(name=display, given_name=given_name)) == greeting


@given(anything)
def test_a_greeting_is_letters_only(text: str) -> None:
    """Whatever the directory holds, a greeting has no mark that makes a link, markup, a formula or a line."""
    greeting = first_name(owner(name=text, given_name=text))
    assert len(greeting) <= 30
    assert not set(greeting) & set('<>&=+@.:/\\;,"#%{}[]()!?\n\r\t0123456789')


@given(anything)
def test_a_label_makes_no_link_and_no_markup(text: str) -> None:
    """A model in a letter can't become a link, markup or a formula, and is short."""
    shown = label(Untrusted(text), DeviceKind.IOS)
    if isinstance(shown, Phrase):
        assert shown == KIND_LABELS[DeviceKind.IOS]
        return
    assert len(shown) <= 40
    assert not set(shown) & set("<>&@:\\;{}\n\r")
    assert not re.search(r"[^\W\d]\.|\.[^\W\d]", shown)
    assert shown[0] not in "=+-@'"


def test_a_model_stays_readable() -> None:
    """Usual models come through as they are; a model without a usable character gives way to the kind's name."""
    for model in ("iPhone 7 Plus", "SM-G950F", "Galaxy Tab A 10.1", "iPad (5th gen)", "Pixel 2 XL"):
        assert label(Untrusted(model), DeviceKind.IOS) == model
    assert label(Untrusted("\u200b<>"), DeviceKind.MAC) == KIND_LABELS[DeviceKind.MAC]
    assert label(Untrusted("get it at evil.example.com"), DeviceKind.MAC) == "get it at evil example com"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_is_tame_in_lists_and_texts(text: str) -> None:
    """In a list no cell starts a formula or holds markup; in a text there is one line and no angle bracket."""
    for shown in (words(Untrusted(text)), full_name(owner(name=text))):
        assert not set(shown) & set("<>;{}=\n\r\t")
        assert not shown or shown[0] not in "=+-@'"
    assert not set(in_text(Untrusted(text))) & set("<>\n\r")


def test_a_login_stays_what_it_is() -> None:
    """Logins come through whole: the help desk looks for them."""
    assert words(Untrusted("ada.example@example.com")) == "ada.example@example.com"
    assert words(Untrusted("EXAMPLE\\ada")) == "EXAMPLE\\ada"


def test_a_telephone_number_is_digits_and_their_marks() -> None:
    """A number as people write it is taken, anything else is none."""
    assert phone(Untrusted(" +41 44 000 00 00 ")) == "+41 44 000 00 00"
    assert phone(Untrusted("044/000.00.00")) == "044/000.00.00"
    assert phone(Untrusted("+41 (0)44 000-00-00")) == "+41 (0)44 000-00-00"
    for text in (*HOSTILE, "+", "-41440000000", "=41440000000", "call me", "1", "0" * 16, "\u0661\u0662\u0663\u0664"):
        assert phone(Untrusted(text)) == ""


@pytest.mark.parametrize("address", ["ada@example.com", "ada.o'example+work@mail.example.co.uk", "a_b-c@x1.example"])
def test_an_ordinary_address_can_be_written_to(address: str) -> None:
    """ASCII addresses of the usual form are taken, without outer blanks."""
    assert mail_address(Untrusted(f" {address} ")) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@localhost",
        "ada@example.com, bob@example.com",
        "ada@example.com;bob@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\r\nBcc: all@example.com",
        "ada@exam\u202eple.com",
        "ädä@example.com",
        "=cmd@example.com",
        "+1@example.com",
        "-x@example.com",
        ".ada@example.com",
        "ada..b@example.com",
        '"ada b"@example.com',
        "ada@-example.com",
        "ada@192.0.2.1",
        "a" * 250 + "@example.com",
        "(comment)ada@example.com",
    ],
)
def test_what_is_not_plainly_one_address_is_none(address: str) -> None:
    """Lists, display names, comments, other scripts and what could end a header or start a formula are refused."""
    assert mail_address(Untrusted(address)) == ""


@given(anything)
def test_an_accepted_address_can_not_break_a_header_or_cell(text: str) -> None:
    """Whatever is accepted as an address is ASCII without blanks and starts no formula."""
    address = mail_address(Untrusted(text))
    assert address.isascii()
    assert not set(address) & set(' \r\n\t,;<>()"')
    assert not address or address[0] not in "=+-@"
