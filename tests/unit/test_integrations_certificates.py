"""The fingerprint of a certificate's key, against an independent reading of certificates."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from integrations.certificates import key_fingerprint, peer_certificate

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
KEYS: list[Key] = [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]


def certificate(key: Key, serial: int) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "veeam.example.com")])
    began = datetime(2030, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, began, began + timedelta(days=9))
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
