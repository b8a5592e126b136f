"""The tokens of a TDS 7.4 answer as bytes: messages, columns, rows, ends (MS-TDS 2.2.7)."""

import struct
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

COLLATION = bytes.fromhex("0904d00034")  # SQL_Latin1_General_CP1_CI_AS
DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
MORE, FAILED, COUNTED, ATTENTION = 0x01, 0x02, 0x10, 0x20
SELECT, BACKUP = 0xC1, 0xD8
_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - a server-local time has no zone
_NULL_TEXT = b"\xff\xff"
_NULL_LONG_TEXT = b"\xff" * 8
_REALS = {"real": (4, "<f"), "float": (8, "<d")}
_INTEGERS = {"tinyint": 1, "smallint": 2, "int": 4, "bigint": 8}
_MOST_CHARACTERS = 4000

Value = str | int | float | datetime | None


@dataclass(frozen=True)
class Column:
    """One column of a result: its name and its type's name, e.g. ``nvarchar``."""

    name: str
    type: str


def described(text: str) -> tuple[Column, ...]:
    """Columns written as ``name type, name type``."""
    return tuple(Column(*one.split()) for one in text.split(","))


def utf16(text: str) -> bytes:
    """UCS-2 as TDS wants it."""
    return text.encode("utf-16-le", "surrogatepass")


def short_text(text: str) -> bytes:
    """B_VARCHAR: a length byte in characters, then the text."""
    return bytes([len(utf16(text)) // 2]) + utf16(text)


def long_text(text: str) -> bytes:
    """US_VARCHAR: two length bytes in characters, then the text."""
    return struct.pack("<H", len(utf16(text)) // 2) + utf16(text)


def _message(token: int, number: int, severity: int, text: str, server: str) -> bytes:
    body = struct.pack("<iBB", number, 1, severity) + long_text(text) + short_text(server) + short_text("")
    body += struct.pack("<i", 1)
    return bytes([token]) + struct.pack("<H", len(body)) + body


def info(number: int, text: str, server: str) -> bytes:
    """A message that is no error."""
    return _message(0xAB, number, 0, text, server)


def error(number: int, text: str, server: str, severity: int = 16) -> bytes:
    """An error; severity 16 lets the connection live, 20 and above end it."""
    return _message(0xAA, number, severity, text, server)


def done(token: int = DONE, status: int = 0, command: int = 0, count: int = 0) -> bytes:
    """The end of a statement or procedure; status MORE says that something follows."""
    return bytes([token]) + struct.pack("<HHQ", status, command, count)


def change(kind: int, new: str, old: str = "") -> bytes:
    """ENVCHANGE with texts: 1 database, 2 language, 4 packet size."""
    body = bytes([kind]) + short_text(new) + short_text(old)
    return b"\xe3" + struct.pack("<H", len(body)) + body


def change_bytes(kind: int, new: bytes, old: bytes) -> bytes:
    """ENVCHANGE with bytes: 7 collation, 8 to 10 transactions."""
    body = bytes([kind, len(new)]) + new + bytes([len(old)]) + old
    return b"\xe3" + struct.pack("<H", len(body)) + body


def login_ack(version: tuple[int, ...]) -> bytes:
    """LOGINACK for TDS 7.4."""
    body = b"\x01" + struct.pack(">I", 0x74000004) + short_text("Microsoft SQL Server")
    body += struct.pack(">BBH", version[0], version[1], version[2])
    return b"\xad" + struct.pack("<H", len(body)) + body


def return_status(value: int = 0) -> bytes:
    """What a procedure returns."""
    return b"\x79" + struct.pack("<i", value)


def return_integer(name: str, value: int) -> bytes:
    """An output parameter: the handle of a prepared statement."""
    head = b"\xac" + struct.pack("<H", 0) + short_text(name) + b"\x01" + struct.pack("<IH", 0, 0)
    return head + b"\x26\x04\x04" + struct.pack("<i", value)


def columns(shown: Sequence[Column]) -> bytes:
    """COLMETADATA: user type, flags (nullable, updatability unknown), type, name."""
    body = b"".join(struct.pack("<IH", 0, 9) + _type_info(c.type) + short_text(c.name) for c in shown)
    return b"\x81" + struct.pack("<H", len(shown)) + body


def rows(shown: Sequence[Column], values: Iterable[Sequence[Value]]) -> bytes:
    """ROW tokens."""
    return b"".join(b"\xd1" + b"".join(_value(c.type, v) for c, v in zip(shown, row, strict=True)) for row in values)


def _type_info(kind: str) -> bytes:
    if kind in _INTEGERS:
        return bytes([0x26, _INTEGERS[kind]])
    fixed = {
        "bit": b"\x68\x01",
        "real": b"\x6d\x04",
        "float": b"\x6d\x08",
        "datetime": b"\x6f\x08",
        "guid": b"\x24\x10",
        "numeric": b"\x6c\x0d\x19\x00",  # numeric(25,0): 13 bytes, precision 25, scale 0
    }
    if kind in fixed:
        return fixed[kind]
    size = 2 * _MOST_CHARACTERS if kind == "nvarchar" else 0xFFFF
    return b"\xe7" + struct.pack("<H", size) + COLLATION


def _value(kind: str, value: Value) -> bytes:
    if kind in {"nvarchar", "nvarcharmax"}:
        return _text_value(kind, value)
    return b"\x00" if value is None else _fixed(kind, value)


def _text_value(kind: str, value: Value) -> bytes:
    if value is None:
        return _NULL_TEXT if kind == "nvarchar" else _NULL_LONG_TEXT
    raw = utf16(str(value))
    if kind == "nvarchar":
        return struct.pack("<H", len(raw)) + raw
    chunk = struct.pack("<I", len(raw)) + raw if raw else b""
    return struct.pack("<Q", len(raw)) + chunk + struct.pack("<I", 0)


def _fixed(kind: str, value: str | float | datetime) -> bytes:
    if isinstance(value, datetime):
        passed = value - _EPOCH
        ticks = round((passed.seconds + passed.microseconds / 1_000_000) * 300)
        return b"\x08" + struct.pack("<iI", passed.days, ticks)
    if kind == "guid":
        return b"\x10" + uuid.UUID(str(value)).bytes_le
    if kind == "numeric":
        return b"\x0d\x01" + int(value).to_bytes(12, "little")
    if kind == "bit":
        return b"\x01" + bytes([int(value) != 0])
    if kind in _REALS:
        size, form = _REALS[kind]
        return bytes([size]) + struct.pack(form, float(value))
    size = _INTEGERS[kind]
    return bytes([size]) + int(value).to_bytes(size, "little", signed=size > 1)
