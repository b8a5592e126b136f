"""The certificate that a SQL Server shows: its TLS handshake travels inside prelogin packets (MS-TDS 2.2.6.5).

The ODBC drivers check a certificate and tell nobody its dates; this looks at them before any login, and sends none.
"""

import socket
import ssl
import struct
from datetime import timedelta

from integrations.certificates import PeerCertificate, told_by, unchecked
from integrations.errors import Unreachable
from integrations.sqlserver.address import Address
from integrations.sqlserver.errors import SYSTEM

_PRELOGIN = 0x12
_LAST = 1
_HEADER = 8
# Two options (version, encryption) with offset and length, the end mark, then their values: encryption is wanted.
_HELLO = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF) + bytes(6) + b"\x01"
_ROUNDS = 12  # of a handshake, which takes two or three
_MOST = 128 * 1024  # bytes of one message of a handshake


def shown_certificate(address: Address, wait: timedelta = timedelta(seconds=5)) -> PeerCertificate:
    """The certificate that the instance shows, whatever it is worth.

    Args:
        address: Where the instance is.
        wait: How long it may stay silent.

    Raises:
        Unreachable: Nobody listens there, or nobody answers in time as a SQL Server does.
        WrongAnswer: What was shown can't be read.
    """
    try:
        with socket.create_connection((address.host, address.port), timeout=wait.total_seconds()) as wire:
            der = _handshake(wire, address.certificate_name or address.host)
    except (OSError, struct.error) as error:
        raise Unreachable(SYSTEM, f"{address} shows no certificate ({type(error).__name__})") from None
    return told_by(SYSTEM, der)


def _handshake(wire: socket.socket, name: str) -> bytes | None:
    _send(wire, _HELLO)
    _receive(wire)
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    secured = unchecked().wrap_bio(coming, going, server_hostname=name)
    for _ in range(_ROUNDS):
        try:
            secured.do_handshake()
        except ssl.SSLWantReadError:
            _send(wire, going.read())
            coming.write(_receive(wire))
        else:
            return secured.getpeercert(binary_form=True)
    raise ConnectionError("the handshake does not end")


def _send(wire: socket.socket, data: bytes) -> None:
    wire.sendall(struct.pack(">BBHHBB", _PRELOGIN, _LAST, _HEADER + len(data), 0, 0, 0) + data)


def _receive(wire: socket.socket) -> bytes:
    """One whole message, however many packets it comes in."""
    data, last = b"", False
    while not last:
        _, status, length = struct.unpack(">BBH", _exactly(wire, _HEADER)[:4])
        data += _exactly(wire, length - _HEADER)
        last = bool(status & _LAST)
        if len(data) > _MOST:
            raise ConnectionError("more is sent than a handshake holds")
    return data


def _exactly(wire: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        more = wire.recv(count - len(found))
        if not more:
            raise ConnectionError("the connection was closed")
        found += more
    return found
