"""What a certificate tells, against an independent reading: its key's fingerprint, its dates; and looking at a port."""

import hashlib
import socket
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.certificates import key_fingerprint, peer_certificate, shown_by, told_by, validity
from integrations.errors import Unreachable, WrongAnswer
from integrations.sqlserver import Address, shown_certificate

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KEYS: list[Key] = [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]


BEGAN = datetime(2030, 1, 1, tzinfo=UTC)


def certificate(key: Key, serial: int, began: datetime = BEGAN, lasts: timedelta = timedelta(days=9)) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "veeam.example.com")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, began, began + lasts)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("key", KEYS, ids=["ec", "rsa"])
def test_a_renewal_that_keeps_the_key_keeps_the_fingerprint(key: Key) -> None:
    """The fingerprint is SHA-256 over the public key, whatever else the certificate says."""
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    expected = "sha256:" + hashlib.sha256(spki).hexdigest()
    assert {key_fingerprint(certificate(key, serial)) for serial in (1, 2**150)} == {expected}


@given(st.binary(max_size=200), st.integers(0, 400))
def test_what_is_no_certificate_is_refused(junk: bytes, cut: int) -> None:
    """Junk, and a certificate cut short, are a ValueError and nothing else."""
    whole = trustme_der()
    for der in (junk, whole[: min(cut, len(whole) - 1)]):
        with pytest.raises(ValueError, match=r"not an X\.509 certificate"):
            key_fingerprint(der)
        with pytest.raises(WrongAnswer, match="can't be read"):
            told_by("veeam", der)


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware there
    st.integers(1, 40_000),
)
def test_the_dates_are_those_of_the_certificate(began: datetime, days: int) -> None:
    """Both ways of writing a time are read: with two digits of the year until 2049, with four from then on."""
    began, lasts = began.replace(microsecond=0), timedelta(days=days)
    assert validity(certificate(KEYS[0], 1, began, lasts)) == (began, began + lasts)


def test_a_port_that_refuses_or_says_nothing_shows_no_certificate() -> None:
    """Looking at a certificate ends in time and says so, over plain TLS and inside SQL Server's own packets."""
    brief = timedelta(seconds=0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with pytest.raises(Unreachable, match="shows no certificate"):
            shown_by("veeam", "127.0.0.1", port, wait=brief)
        with pytest.raises(Unreachable, match="shows no certificate"):
            shown_certificate(Address("127.0.0.1", port), brief)
    with pytest.raises(Unreachable, match="shows no certificate"):
        shown_by("veeam", "127.0.0.1", port, wait=brief)


def test_a_connection_without_tls_has_no_certificate() -> None:
    """Plain HTTP, or no connection at all, shows no certificate."""
    assert peer_certificate(None) is None
    assert peer_certificate(object()) is None


_DER: list[bytes] = []


def trustme_der() -> bytes:
    if not _DER:
        pem = trustme.CA().issue_cert("127.0.0.1").cert_chain_pems[0].bytes()
        _DER.append(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))
    return _DER[0]
