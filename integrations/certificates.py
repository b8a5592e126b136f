"""What a TLS server's certificate tells: the fingerprint of its key (an identity) and its dates.

The key's fingerprint is SHA-256 over the SubjectPublicKeyInfo, as in RFC 7469: it survives a renewal that keeps the
key. `shown_by` reads a certificate that may be expired or signed by anybody: only to tell of it, never to trust it.
"""

import hashlib
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from integrations.errors import Unreachable, WrongAnswer

_SEQUENCE = 0x30
_VERSION = 0xA0
_UTC_TIME, _LONG_TIME = 0x17, 0x18
_SPLIT_OF_CENTURIES = 50  # RFC 5280: a two-digit year from 50 on is of the last century


@dataclass(frozen=True)
class PeerCertificate:
    """The certificate that a server showed.

    Attributes:
        key: ``sha256:`` and the hex fingerprint of its public key.
        not_before, not_after: From when until when it is valid, aware UTC.
    """

    key: str
    not_before: datetime
    not_after: datetime


def peer_certificate(stream: object) -> PeerCertificate | None:
    """The certificate of the connection behind httpx's ``network_stream`` extension; None on plain HTTP."""
    ask = getattr(stream, "get_extra_info", None)
    connection = ask("socket") if ask else None
    if not isinstance(connection, ssl.SSLSocket):
        return None
    der = connection.getpeercert(binary_form=True)
    return _read(der) if der else None


@lru_cache(maxsize=64)
def _read(der: bytes) -> PeerCertificate:
    """Read once, not with each of ten thousand answers that come over the same connection."""
    return PeerCertificate(key_fingerprint(der), *validity(der))


def shown_by(
    system: str, host: str, port: int, *, name: str = "", wait: timedelta = timedelta(seconds=5)
) -> PeerCertificate:
    """The certificate that a TLS server shows, whatever it is worth; after the handshake nothing is sent.

    Args:
        system: The system's name, for errors.
        host: Host name or address.
        port: TCP port.
        name: The name to ask for (SNI), when it isn't `host`.
        wait: How long the other side may stay silent.

    Raises:
        Unreachable: Nobody listens there, or nobody speaks TLS in time.
        WrongAnswer: What was shown can't be read.
    """
    try:
        with (
            socket.create_connection((host, port), timeout=wait.total_seconds()) as plain,
            unchecked().wrap_socket(plain, server_hostname=name or host) as secured,
        ):
            der = secured.getpeercert(binary_form=True)
    except OSError as error:
        raise Unreachable(system, f"{host}:{port} shows no certificate ({type(error).__name__})") from None
    return told_by(system, der)


def unchecked() -> ssl.SSLContext:
    """A context that shakes hands with anybody: to look at a certificate, never to send anything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def told_by(system: str, der: bytes | None) -> PeerCertificate:
    """What a certificate in DER tells.

    Raises:
        WrongAnswer: It is none.
    """
    try:
        begins, ends = validity(der or b"")
        return PeerCertificate(key_fingerprint(der or b""), begins, ends)
    except ValueError:
        raise WrongAnswer(system, "the certificate that it shows can't be read") from None


def validity(der: bytes) -> tuple[datetime, datetime]:
    """From when until when a certificate in DER is valid, aware UTC.

    Raises:
        ValueError: The bytes are no X.509 certificate.
    """
    at = _fields(der)
    for _ in ("serial number", "signature", "issuer"):
        at = _element(der, at)[1]
    inside = _inside(der, at, _SEQUENCE)[0]
    return _time(der, inside), _time(der, _element(der, inside)[1])


def _time(der: bytes, at: int) -> datetime:
    start, end = _element(der, at)
    text = der[start:end].decode("ascii", "replace")
    if der[at] == _UTC_TIME:
        century = "19" if text[:2] >= str(_SPLIT_OF_CENTURIES) else "20"
        text = century + text
    elif der[at] != _LONG_TIME:
        raise ValueError("not an X.509 certificate: no time where one must stand")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("not an X.509 certificate: no time where one must stand") from None


def key_fingerprint(der: bytes) -> str:
    """SHA-256 over the public key (SubjectPublicKeyInfo) of a certificate in DER, as ``sha256:hex``.

    Raises:
        ValueError: The bytes are no X.509 certificate.
    """
    at = _fields(der)
    for _ in ("serial number", "signature", "issuer", "validity", "subject"):
        at = _element(der, at)[1]
    _inside(der, at, _SEQUENCE)
    return "sha256:" + hashlib.sha256(der[at : _element(der, at)[1]]).hexdigest()


def _fields(der: bytes) -> int:
    """Where the serial number of a certificate begins."""
    certificate = _inside(der, 0, _SEQUENCE)
    at, end = _inside(der, certificate[0], _SEQUENCE)
    return _element(der, at)[1] if at < end and der[at] == _VERSION else at


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
