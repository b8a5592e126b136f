"""What makes two records the same device."""

import pytest
from devices_made import FINISHED, STARTED, device
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.identity import CANONICAL, canonical, canonical_imei, tail
from rollback.devices.values import Cutoff, Device


@pytest.mark.parametrize(
    "raw", ["", "  ", "0", "000000000000", "unknown", "N/A", "null", "To Be Filled By O.E.M.", "XXXXXXXX", "-"]
)
def test_a_placeholder_is_no_identity(raw: str) -> None:
    """Words and rows of one character that makers put in place of a number count as no number."""
    assert canonical(raw) == ""
    assert canonical_imei(raw) == ""


def test_writing_does_not_change_an_identity() -> None:
    """Case, outer blanks and the separators of an IMEI make no difference."""
    assert canonical(" dnpt1abcg5mn ") == canonical("DNPT1ABCG5MN") == "DNPT1ABCG5MN"
    assert canonical_imei("35 880108 123456 7") == canonical_imei("35-880108-123456-7") == "35880108123456"


def test_an_imei_is_the_same_with_and_without_its_check_digit_or_version() -> None:
    """IMEI with and without check digit, and IMEISV, are one identity; a MEID stays whole."""
    assert canonical_imei("358801081234567") == canonical_imei("35880108123456") == canonical_imei("3588010812345601")
    assert canonical_imei("a0000049abcdef") == "A0000049ABCDEF"


@given(st.text(max_size=100))
def test_every_canonical_form_is_safe_to_show_and_stays_the_same(raw: str) -> None:
    """A canonical identity holds no markup or control character, and canonicalising it again changes nothing."""
    for form in (canonical(raw), canonical_imei(raw)):
        assert CANONICAL.fullmatch(form)
        assert canonical(form) == form
        assert not set(form) & set('<>&"\n\u202e')


def test_two_strange_serial_numbers_stay_two() -> None:
    """Serial numbers with other characters are hashed, not cut, so that they don't become one."""
    assert canonical("<b>1</b>") != canonical("<b>2</b>")
    assert canonical("\u202eABC") != canonical("ABC")


def test_only_the_last_four_characters_are_shown() -> None:
    """The tail of an identity is its last four characters, and nothing for a hash."""
    assert tail("DNPT1ABCG5MN") == "G5MN"
    assert tail(canonical("<b>1</b>")) == ""
    assert tail("") == ""


def test_a_device_with_an_identity_in_another_form_is_refused() -> None:
    """An identity that was not canonicalised would never match its twin, so no device can hold it."""
    with pytest.raises(ValueError, match="serial"):
        device(serial="dnpt1abcg5mn")
    with pytest.raises(ValueError, match="imei"):
        Device("1", imei="<b>")


def test_a_cutoff_needs_zones_and_an_order() -> None:
    """The times of the backup have a zone and the right order, else the vendor's clock was misread."""
    with pytest.raises(ValueError, match="zone"):
        Cutoff(STARTED.replace(tzinfo=None), FINISHED)
    with pytest.raises(ValueError, match="before"):
        Cutoff(FINISHED, STARTED)
