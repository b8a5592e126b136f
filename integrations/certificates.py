"""What a TLS server's certificate tells: the fingerprint of its key (an identity) and its dates.

The key's fingerprint is SHA-256 over the SubjectPublicKeyInfo, as in RFC 7469: it survives a renewal that keeps the
key.
"""

import hashlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

_SEQUENCE = 0x30
_VERSION = 0xA0


@dataclass(frozen=True)
class PeerCertificate:
    """The certificate that a server showed and our context accepted.

    Attributes:
        key: ``sha256:`` and the hex fingerprint of its public key.
        not_before: From when it is valid, aware UTC; None when the context does not check certificates.
        not_after: Until when it is valid, aware UTC; None when the context does not check certificates.
    """

    key: str
    not_before: datetime | None
    not_after: datetime | None


def peer_certificate(stream: object) -> PeerCertificate | None:
    """The certificate of the connection behind httpx's ``network_stream`` extension; None on plain HTTP."""
    ask = getattr(stream, "get_extra_info", None)
    connection = ask("socket") if ask else None
    if not isinstance(connection, ssl.SSLSocket):
        return None
    der, shown = connection.getpeercert(binary_form=True), connection.getpeercert() or {}
    if not der:
        return None
    return PeerCertificate(key_fingerprint(der), _date(shown.get("notBefore")), _date(shown.get("notAfter")))


def key_fingerprint(der: bytes) -> str:
    """SHA-256 over the public key (SubjectPublicKeyInfo) of a certificate in DER, as ``sha256:hex``.

    Raises:
        ValueError: The bytes are no X.509 certificate.
    """
    certificate = _inside(der, 0, _SEQUENCE)
    signed = _inside(der, certificate[0], _SEQUENCE)
    at, end = signed
    if at < end and der[at] == _VERSION:
        at = _element(der, at)[1]
    for _ in ("serial number", "signature", "issuer", "validity", "subject"):
        at = _element(der, at)[1]
    _inside(der, at, _SEQUENCE)
    return "sha256:" + hashlib.sha256(der[at : _element(der, at)[1]]).hexdigest()


def _inside(der: bytes, at: int, tag: int) -> tuple[int, int]:
    if at >= len(der) or der[at] != tag:
        raise ValueError("not an X.509 certificate")
    return _element(der, at)


def _element(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER element at `at` begins and ends."""
    if at + 2 > len(der):
        raise ValueError("not an X.509 certificate: cut short")
    length, start = der[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(der[start : start + count]), start + count
    if start + length > len(der):
        raise ValueError("not an X.509 certificate: cut short")
    return start, start + length


def _date(text: object) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), tz=UTC) if isinstance(text, str) else None
