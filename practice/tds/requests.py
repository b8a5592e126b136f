"""What a client sends, taken apart: prelogin, login, procedure calls (MS-TDS 2.2.6)."""

import struct
from dataclasses import dataclass
from datetime import datetime, timedelta

_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - a server-local time has no zone
_YEAR_ONE = datetime(1, 1, 1)  # noqa: DTZ001 - a server-local time has no zone
_UNKNOWN_LENGTH = 0xFFFFFFFFFFFFFFFE
_NULL_LENGTH = 0xFFFFFFFFFFFFFFFF
_PROCEDURES = {
    1: "sp_cursor",
    2: "sp_cursoropen",
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    15: "sp_unprepare",
}
_SEPARATORS = frozenset({0x80, 0xFE, 0xFF})

Parameter = str | int | float | bool | bytes | datetime | None


class NotUnderstood(Exception):
    """The request holds something that the practice server doesn't know; the connection is ended."""


@dataclass(frozen=True, repr=False)
class LoginRequest:
    """LOGIN7: who, from where, with which program; never shown, because it holds the password."""

    user: str
    password: str
    host: str
    program: str
    database: str
    packet_size: int
    extended: bool


@dataclass(frozen=True)
class Call:
    """One procedure call: its bare name in lower case, and its parameters with their names."""

    name: str
    parameters: tuple[tuple[str, Parameter], ...]

    @property
    def values(self) -> tuple[Parameter, ...]:
        """The parameters' values in order."""
        return tuple(value for _, value in self.parameters)


def prelogin(data: bytes) -> dict[int, bytes]:
    """The options of a PRELOGIN packet by number; 1 is encryption."""
    options: dict[int, bytes] = {}
    at = 0
    while data[at] != 0xFF:
        offset, length = struct.unpack_from(">HH", data, at + 1)
        options[data[at]] = data[offset : offset + length]
        at += 5
    return options


def login(data: bytes) -> LoginRequest:
    """A LOGIN7 packet; its texts lie behind offset and length pairs from byte 36 on."""

    def part(at: int) -> bytes:
        offset, length = struct.unpack_from("<HH", data, at)
        return data[offset : offset + 2 * length]

    hidden = part(44)
    shown = bytes(((b ^ 0xA5) >> 4) | (((b ^ 0xA5) << 4) & 0xFF) for b in hidden)
    return LoginRequest(
        user=part(40).decode("utf-16-le"),
        password=shown.decode("utf-16-le"),
        host=part(36).decode("utf-16-le"),
        program=part(48).decode("utf-16-le"),
        database=part(68).decode("utf-16-le"),
        packet_size=struct.unpack_from("<I", data, 8)[0],
        extended=bool(data[27] & 0x10),
    )


def after_headers(data: bytes) -> bytes:
    """A batch, call or transaction request without its ALL_HEADERS."""
    return data[struct.unpack_from("<I", data)[0] :]


def calls(data: bytes) -> list[Call]:
    """The procedure calls of one RPC packet; drivers send several together."""
    reader = _Reader(after_headers(data))
    found: list[Call] = []
    while not reader.at_end():
        found.append(_call(reader))
    return found


def _call(reader: "_Reader") -> Call:
    length = reader.u16()
    if length == 0xFFFF:
        number = reader.u16()
        name = _PROCEDURES.get(number, f"procedure {number}")
    else:
        name = reader.take(length * 2).decode("utf-16-le")
    reader.u16()
    parameters: list[tuple[str, Parameter]] = []
    while not reader.at_end():
        if reader.peek() in _SEPARATORS:
            reader.u8()
            break
        parameter = reader.take(reader.u8() * 2).decode("utf-16-le")
        reader.u8()
        parameters.append((parameter, reader.value()))
    return Call(name.rsplit(".", 1)[-1].strip("[]").lower(), tuple(parameters))


class _Reader:
    """Reads little-endian numbers and typed values off a packet."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def at_end(self) -> bool:
        return self._at >= len(self._data)

    def peek(self) -> int:
        return self._data[self._at]

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise NotUnderstood("a packet ends early")
        self._at += count
        return piece

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def value(self) -> Parameter:
        kind = self.u8()
        if kind in {0xE7, 0xEF, 0xA7, 0xAF}:
            return self._text(wide=kind in {0xE7, 0xEF})
        if kind in {0x63, 0x23}:  # ntext and text, which FreeTDS sends for long texts
            self.take(9)
            length = self.u32()
            return None if length == 0xFFFFFFFF else _decoded(self.take(length), wide=kind == 0x63)
        if kind in {0x30, 0x34, 0x38, 0x7F}:
            return int.from_bytes(self.take({0x30: 1, 0x34: 2, 0x38: 4, 0x7F: 8}[kind]), "little", signed=True)
        if kind == 0x32:
            return bool(self.u8())
        return self._nullable(kind)

    def _text(self, *, wide: bool) -> Parameter:
        limit = self.u16()
        self.take(5)
        if limit != 0xFFFF:
            length = self.u16()
            return None if length == 0xFFFF else _decoded(self.take(length), wide=wide)
        total = int.from_bytes(self.take(8), "little")
        if total == _NULL_LENGTH:
            return None
        raw = b""
        while chunk := self.u32():
            raw += self.take(chunk)
        if total not in {len(raw), _UNKNOWN_LENGTH}:
            raise NotUnderstood("a long text has another length than announced")
        return _decoded(raw, wide=wide)

    def _nullable(self, kind: int) -> Parameter:
        if kind in {0xA5, 0xAD}:
            self.u16()
            length = self.u16()
            return None if length == 0xFFFF else self.take(length)
        if kind == 0x2A:
            scale = self.u8()
            raw = self.take(self.u8())
            return _datetime2(raw, scale) if raw else None
        if kind in {0x6A, 0x6C}:
            self.take(2)
            scale = self.u8()
            raw = self.take(self.u8())
            return (1 if raw[0] else -1) * int.from_bytes(raw[1:], "little") / 10**scale if raw else None
        if kind not in {0x24, 0x26, 0x68, 0x6D, 0x6F}:
            raise NotUnderstood(f"a parameter of type 0x{kind:02x}")
        self.u8()
        raw = self.take(self.u8())
        return _fixed(kind, raw) if raw else None


def _decoded(raw: bytes, *, wide: bool) -> str:
    return raw.decode("utf-16-le" if wide else "cp1252")


def _fixed(kind: int, raw: bytes) -> Parameter:
    if kind == 0x26:
        return int.from_bytes(raw, "little", signed=True)
    if kind == 0x68:
        return raw != b"\x00"
    if kind == 0x6D:
        return float(struct.unpack("<d" if len(raw) == 8 else "<f", raw)[0])
    if kind == 0x6F and len(raw) == 8:
        days, ticks = struct.unpack("<iI", raw)
        return _EPOCH + timedelta(days=days, seconds=ticks / 300)
    return raw


def _datetime2(raw: bytes, scale: int) -> datetime:
    ticks, days = int.from_bytes(raw[:-3], "little"), int.from_bytes(raw[-3:], "little")
    return _YEAR_ONE + timedelta(days=days, seconds=ticks / 10**scale)
