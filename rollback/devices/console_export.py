"""Reads the device list that an administrator exported in the console: rows of devices without their details.

Citrix: *Manage > Devices > Export* writes all attributes of all devices that the filter shows, as CSV; no document
gives its headings, so columns are found by the words that console and API use. The file comes from outside: whatever
is not as it must be ends the reading with one sentence, and nothing of it is kept.
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from rollback.devices.identity import canonical, canonical_imei
from rollback.devices.kinds import android_mode
from rollback.devices.values import Device, Owner
from rollback.untrusted import Untrusted, one_line

MOST_COLUMNS: Final = 2_000
_DELIMITERS: Final = (",", ";", "\t")
_REWRITTEN: Final = re.compile(r"\d[.,]\d+[eE]\+?\d+")
_PERSON: Final = re.compile(r'^(\S+)(?:\s+"(.*)")?$', re.DOTALL)
_NOBODY: Final = "device enrollment program"
_TRUTHS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

# Our field: the headings under which it is looked for, without blanks and signs, in small letters.
_HEADINGS: Final[Mapping[str, frozenset[str]]] = {
    "id": frozenset({"id", "deviceid"}),
    "serial": frozenset({"serial", "serialnumber", "seriennummer", "numérodesérie"}),
    "imei": frozenset({"imei", "meid", "imeimeid", "imeiormeid"}),
    "strong_id": frozenset({"strongid"}),
    "user": frozenset({"username", "user", "lastusername", "lastuser", "benutzername", "nomdutilisateur"}),
    "mail": frozenset({"email", "useremail", "mail", "emailaddress"}),
    "model": frozenset({"devicemodel", "model", "gerätemodell", "modèledappareil"}),
    "platform": frozenset({"deviceplatform", "platform", "geräteplattform", "plateformedappareil"}),
    "os_version": frozenset({"operatingsystemversion", "osversion", "betriebssystemversion"}),
    "mode": frozenset({"mode", "modus"}),
    "supervised": frozenset({"supervised"}),
    "dep": frozenset({"depregistered"}),
    "managed": frozenset({"managed"}),
    "shared": frozenset({"sharedstatus"}),
}
_IDENTITIES: Final = ("serial", "imei", "strong_id")


class ExportUnusable(ValueError):
    """The file can't be used as a device list. The message says why in one sentence; nothing of it was kept."""


@dataclass(frozen=True)
class Limits:
    """Above which a file is no device list.

    Attributes:
        size: Bytes; 100,000 devices with every attribute of the console are a third of the default.
        rows: Devices.
    """

    size: int = 1 << 30
    rows: int = 500_000


@dataclass(frozen=True)
class Export:
    """A device list from a file.

    Attributes:
        devices: One for each row, without details.
        sha256: Hash over the file's bytes, in hex.
    """

    devices: tuple[Device, ...]
    sha256: str


def read_export(file: BinaryIO, *, android_property: str = "", limits: Limits = Limits()) -> Export:
    """Read an export of the console from `file`, from its beginning to its end, row by row.

    Args:
        file: The bytes; read once.
        android_property: Heading of the property that tells Android's mode, as the estate names it; empty: none.
        limits: How large it may be.

    Raises:
        ExportUnusable: It isn't such a list, or somebody has changed it on the way.
    """
    hashed = _Hashed(file, limits.size)
    reader = _Rows(hashed, android_property, limits.rows)
    try:
        devices = tuple(reader.devices())
    except UnicodeError:
        raise ExportUnusable(
            "The file is not text in UTF-8 or UTF-16: take the file as the console gave it, saved by no other program."
        ) from None
    except csv.Error as error:
        raise ExportUnusable(f"Line {reader.line} is no CSV: {_said(str(error))}.") from None
    if not devices:
        raise ExportUnusable("The file has headings and no device: export again without a filter.")
    return Export(devices, hashed.hexdigest())


class _Hashed(io.RawIOBase):
    """Passes bytes on, counts and hashes them."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._digest, self._left, self._most = file, hashlib.sha256(), most, most

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        read = self._file.read(len(into))
        self._left -= len(read)
        if self._left < 0:
            raise ExportUnusable(f"The file is larger than {self._most} bytes: that is no list of devices.")
        self._digest.update(read)
        into[: len(read)] = read
        return len(read)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class _Rows:
    """The rows of one file as devices; owners that several devices share become one value."""

    def __init__(self, raw: _Hashed, android_property: str, most: int) -> None:
        self._bytes = io.BufferedReader(raw, buffer_size=1 << 16)
        self._android, self._most = _plain(android_property), most
        self._owners: dict[Owner, Owner] = {}
        self._texts: dict[str, Untrusted] = {}
        self._ids: set[str] = set()
        self.line = 1

    def devices(self) -> Iterator[Device]:
        text = io.TextIOWrapper(self._bytes, encoding=_encoding(self._bytes.peek(4)), newline="")
        first = text.readline(1 << 20)
        heads = next(csv.reader([first], delimiter=_delimiter(first), strict=True), [])
        places = self._places(heads)
        for cells in csv.reader(text, delimiter=_delimiter(first), strict=True):
            self.line += 1
            if not any(cells):
                continue
            if len(cells) != len(heads):
                raise ExportUnusable(
                    f"Line {self.line} has {len(cells)} cells where the headings are {len(heads)}: the file is cut or "
                    "was changed; export it again."
                )
            if self.line > self._most:
                raise ExportUnusable(f"The file has more than {self._most} rows: that is no list of devices.")
            yield self._device({field: cells[place].strip() for field, place in places.items()})

    def _places(self, heads: Sequence[str]) -> dict[str, int]:
        if len(heads) > MOST_COLUMNS:
            raise ExportUnusable(f"The file has {len(heads)} columns: that is no list of devices.")
        named = [_plain(head) for head in heads]
        wanted = dict(_HEADINGS) | ({"android": frozenset({self._android})} if self._android else {})
        places: dict[str, int] = {}
        for field, words in wanted.items():
            found = [place for place, head in enumerate(named) if head in words]
            if len(found) > 1:
                twice = " and ".join(f"`{_said(heads[place])}`" for place in found[:2])
                raise ExportUnusable(f"Two columns may be the same thing: {twice}; leave one of them out.")
            if found:
                places[field] = found[0]
        if not places.keys() & set(_IDENTITIES):
            raise ExportUnusable(
                "No column is called Serial Number or IMEI/MEID, so no device could be told from another: export all "
                "columns of the console's device list."
            )
        return places

    def _device(self, told: Mapping[str, str]) -> Device:
        for field in ("serial", "imei"):
            if _REWRITTEN.fullmatch(told.get(field, "")):
                raise ExportUnusable(
                    f"Line {self.line}: a spreadsheet has rounded a number there, so that it names no device any more; "
                    "take the file as the console gave it."
                )
        mdm, mam = _mode(told.get("mode", "").lower())
        number = told.get("id", "")
        if not number or number in self._ids:
            number = f"line {self.line}"
        self._ids.add(number)
        return Device(
            id=number[:64],
            serial=canonical(told.get("serial", "")),
            imei=canonical_imei(told.get("imei", "")),
            strong_id=canonical(told.get("strong_id", "")),
            owner=self._owner(told),
            model=self._text(told.get("model", "")),
            platform=told.get("platform", "")[:64],
            os_version=told.get("os_version", "")[:64],
            supervised=_TRUTHS.get(told.get("supervised", "").lower()),
            dep_registered=_TRUTHS.get(told.get("dep", "").lower()),
            android_mode=android_mode(told.get("android", "")) if told.get("android") else None,
            mdm_known=mdm,
            mam_known=mam,
            managed=_TRUTHS.get(told.get("managed", "").lower()),
            shared=told.get("shared", "").upper() not in ("", "INACTIVE"),
        )

    def _owner(self, told: Mapping[str, str]) -> Owner | None:
        name = told.get("user", "")
        if not name or name.lower().startswith(_NOBODY):
            return None
        found = _PERSON.match(name)
        login, shown = (found[1], found[2] or "") if found else (name, "")
        owner = Owner(Untrusted(login), Untrusted(shown), mail=Untrusted(told.get("mail", "")))
        return self._owners.setdefault(owner, owner)

    def _text(self, raw: str) -> Untrusted:
        return self._texts.setdefault(raw, Untrusted(raw))


def _mode(told: str) -> tuple[bool | None, bool | None]:
    """Whether a device is known to MDM and to MAM; a mode in other words proves neither."""
    mdm, mam = "mdm" in told, "mam" in told
    return (mdm, mam) if mdm or mam else (None, None)


def _encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig"


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def _plain(heading: str) -> str:
    return "".join(character for character in heading.casefold() if character.isalnum())


def _said(text: str) -> str:
    return one_line(Untrusted(text), 60)
