"""Packets over one socket, in clear or under TLS (MS-TDS 2.2.3).

TLS is spoken through memory, because its handshake travels inside prelogin packets before it carries the rest itself.
One thread reads and another writes, so each touch of the TLS state is short and under a lock.
"""

import socket
import ssl
import struct
import threading
from contextlib import suppress
from enum import IntEnum

HEADER = 8
FIRST_PACKET_SIZE = 4096
_LAST = 1
_READ = 65536


class Packet(IntEnum):
    """Types of packets."""

    BATCH = 1
    CALL = 3
    REPLY = 4
    ATTENTION = 6
    TRANSACTION = 14
    LOGIN = 16
    PRELOGIN = 18


class Gone(Exception):
    """The other side closed the connection, or we did."""


class Wire:
    """One connection's packets."""

    def __init__(self, sock: socket.socket) -> None:
        """Take over an accepted socket."""
        self._sock = sock
        self._plain = bytearray()
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._lock = threading.Lock()
        self.packet_size = FIRST_PACKET_SIZE

    def read(self) -> tuple[int, bytes]:
        """The next whole message: its type and its data.

        Raises:
            Gone: The connection is closed.
        """
        data = b""
        while True:
            kind, status, length = struct.unpack(">BBH", self._exactly(HEADER)[:4])
            data += self._exactly(length - HEADER)
            if status & _LAST:
                return kind, data

    def _exactly(self, count: int) -> bytes:
        while len(self._plain) < count:
            if not self._decrypted():
                self._receive()
        piece = bytes(self._plain[:count])
        del self._plain[:count]
        return piece

    def _decrypted(self) -> bool:
        with self._lock:
            if self._tls is None:
                return False
            try:
                piece = self._tls.read(_READ)
            except ssl.SSLWantReadError:
                return False
            except ssl.SSLError:
                raise Gone from None
        if not piece:
            raise Gone
        self._plain += piece
        return True

    def _receive(self) -> None:
        try:
            piece = self._sock.recv(_READ)
        except OSError:
            raise Gone from None
        if not piece:
            raise Gone
        with self._lock:
            if self._tls is None:
                self._plain += piece
            else:
                self._incoming.write(piece)

    def send(self, data: bytes, kind: Packet = Packet.REPLY, *, last: bool = True) -> None:
        """Send a message, or a piece of one if it isn't the last.

        Raises:
            Gone: The connection is closed.
        """
        size = self.packet_size - HEADER
        pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
        out = b""
        for number, piece in enumerate(pieces, start=1):
            status = _LAST if last and number == len(pieces) else 0
            out += struct.pack(">BBHHBB", kind, status, len(piece) + HEADER, 0, number & 0xFF, 0) + piece
        self._transmit(out)

    def _transmit(self, out: bytes) -> None:
        with self._lock:
            if self._tls is not None:
                try:
                    self._tls.write(out)
                except ssl.SSLError:
                    raise Gone from None
                out = self._outgoing.read()
        try:
            self._sock.sendall(out)
        except OSError:
            raise Gone from None

    def secure(self, context: ssl.SSLContext) -> None:
        """Shake hands inside prelogin packets; from then on everything is under TLS.

        Raises:
            Gone: The client broke off, for instance because it doesn't trust the certificate.
        """
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                finished = True
            except ssl.SSLWantReadError:
                finished = False
            except ssl.SSLError:
                raise Gone from None
            if out := self._outgoing.read():
                self.send(out, Packet.PRELOGIN)
            if finished:
                break
            self._incoming.write(self.read()[1])
        self._tls = tls

    def secure_at_once(self, context: ssl.SSLContext) -> None:
        """Shake hands before anything else (TDS 8, which drivers call *strict*).

        Raises:
            Gone: The client broke off.
        """
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush_handshake()
                self._incoming.write(self._raw())
                continue
            except ssl.SSLError:
                raise Gone from None
            self._flush_handshake()
            self._tls = tls
            return

    def _flush_handshake(self) -> None:
        if out := self._outgoing.read():
            self._transmit(out)

    def _raw(self) -> bytes:
        if not self._plain:
            self._receive()
        piece = bytes(self._plain)
        self._plain.clear()
        return piece

    def begins_with_tls(self) -> bool:
        """Whether the client opens with a TLS handshake instead of a prelogin packet."""
        while not self._plain:
            self._receive()
        return self._plain[0] == 0x16

    def unsecure(self) -> None:
        """Go back to clear text: only the login was to be encrypted."""
        with self._lock:
            self._tls = None

    def drop(self) -> None:
        """Break the connection off from any thread; who reads finds it gone."""
        with suppress(OSError):  # it may be gone already
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back."""
        self.drop()
        self._sock.close()
