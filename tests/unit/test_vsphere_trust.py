"""What counts as a thumbprint."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.vsphere.trust import PinnedContext, pinned_context

HEX = "0123456789abcdef" * 4


@given(st.text(alphabet="0123456789abcdefABCDEF", min_size=64, max_size=64))
def test_colons_and_case_do_not_matter(digits: str) -> None:
    """A SHA-256 thumbprint is taken as browsers and openssl show it."""
    colons = ":".join(digits[at : at + 2] for at in range(0, 64, 2))
    for shown in (digits, colons, f" {colons.upper()}\n"):
        context = pinned_context(shown)
        assert isinstance(context, PinnedContext)
        assert context.thumbprint == digits.lower()


@pytest.mark.parametrize("text", ["", "00" * 20, "0" * 63, "0" * 65, "g" * 64, HEX[:-1] + "ä"])
def test_anything_else_is_refused(text: str) -> None:
    """A SHA-1 thumbprint, a wrong length or foreign characters are no pin."""
    with pytest.raises(ValueError, match="SHA-256"):
        pinned_context(text)


def test_a_pinned_context_refuses_to_shake_hands_out_of_sight() -> None:
    """Where the certificate could not be compared, the context can't be used."""
    with pytest.raises(NotImplementedError):
        pinned_context(HEX).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
