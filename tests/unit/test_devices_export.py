"""An export of the console as a device list: what is read of it, and what ends the reading with one sentence."""

import csv
import hashlib
import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_devices_truth import CUTOFF, TIMES

from practice.world.devices import ANDROID_MODE, AT_BACKUP, NOW, Population, Truth, Verdict
from practice.xenmobile.device_json import row_json
from rollback.devices.comparison import compare
from rollback.devices.console_export import ExportUnusable, Limits, read_export
from rollback.devices.values import AndroidMode, Capture, CaptureCounts, CaptureSource, Device

HEADS = ["Status", "Mode", "User name", "Device platform", "Operating system version", "Device model", "Last access"]
ALL = [*HEADS, "Serial number", "IMEI/MEID", "ID", "Supervised", "DEP registered", ANDROID_MODE]
ROW = ["", "MDM+MAM", 'ada@example.com "Ada Example"', "iOS", "11.2", "iPhone 7", "11/23/16 8:32 AM"]
ONE = [*ROW, "serial 1", "35 880108 123456 7", "17", "0", "0", ""]


def written(rows: Sequence[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def read(content: bytes) -> tuple[Device, ...]:
    return read_export(io.BytesIO(content), android_property=ANDROID_MODE).devices


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_a_row_tells(encoding: str, delimiter: str) -> None:
    """Identities, user, model and kind are read by their headings, whatever the delimiter and the encoding."""
    (one,) = read(written([ALL, ONE], delimiter, encoding))
    assert (one.id, one.serial, one.imei) == ("17", "SERIAL 1", "35880108123456")
    assert one.owner is not None
    assert (one.owner.login.raw, one.owner.display_name.raw) == ("ada@example.com", "Ada Example")
    assert (one.model.raw, one.platform, one.os_version, one.supervised) == ("iPhone 7", "iOS", "11.2", False)
    assert (one.mdm_known, one.mam_known, one.details) == (True, True, None)


def test_android_by_the_property_that_the_estate_names() -> None:
    """How Android is managed is told by the column of the property that the settings name, and by no other."""
    row = [*ONE[:-1], "device owner"]
    assert read(written([ALL, row]))[0].android_mode is AndroidMode.FULLY_MANAGED
    assert read_export(io.BytesIO(written([ALL, row]))).devices[0].android_mode is None


def test_the_hash_is_that_of_the_file() -> None:
    """The hash covers the bytes as they lie on disk, so that two people can compare it."""
    content = written([ALL, ONE])
    assert read_export(io.BytesIO(content)).sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "No column is called Serial Number"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\xff\xfe", "not text in UTF-8"),
        ("Sérial,Ünser\n1,2\n".encode("latin-1"), "not text in UTF-8"),
        (written([HEADS, ROW]), "No column is called Serial Number"),
        (written([ALL]), "headings and no device"),
        (written([ALL, ONE, ONE[:-1]]), "Line 3 has 12 cells where the headings are 13"),
        (written([ALL, [*ROW, "S1", "3.58801E+14", "1", "", "", ""]]), "Line 2: a spreadsheet has rounded a number"),
        (written([ALL, [*ROW, "1,5e12", "", "1", "", "", ""]]), "a spreadsheet has rounded"),
        (written([[*ALL, "Serial"], [*ONE, "x"]]), "Two columns may be the same thing: `Serial number` and `Serial`"),
        (b'Serial number,x\n"open,1\n', "is no CSV"),
        (b'Serial number\n"a"b\n', "is no CSV"),
        (b"Serial number\n" + b"x" * 200_000, "is no CSV"),
        (b"Serial number" + b",x" * 3_000 + b"\n1", "3001 columns"),
    ],
)
def test_what_is_no_device_list(content: bytes, sentence: str) -> None:
    """Wrong columns, encodings, cut files and numbers that a spreadsheet rewrote end in one sentence that says it."""
    with pytest.raises(ExportUnusable, match=sentence) as refused:
        read(content)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


class Endless(io.RawIOBase):
    """A file that never ends; it never is in memory as a whole either."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b"Serial number\n" if self.given == size else b"A7\n" * (size // 3)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [(Limits(rows=2_000), "more than 2000 rows"), (Limits(size=100_000), "larger than 100000 bytes")],
)
def test_a_huge_file_is_not_read_to_its_end(limits: Limits, sentence: str) -> None:
    """A file that is too large is given up on the way, long before its end."""
    endless = Endless()
    with pytest.raises(ExportUnusable, match=sentence):
        read_export(endless, limits=limits)  # type: ignore[arg-type]
    assert endless.given < 400_000


def test_hostile_names_stay_names() -> None:
    """Formulas, markup and control characters in a file become text of the device and nothing else."""
    hostile = '=HYPERLINK("http://x.example") <!channel>\u202e'
    (one,) = read(written([ALL, [*ROW[:5], hostile, "", hostile, "", "", "", "", ""]]))
    assert one.model.raw == hostile.strip()
    assert one.serial.startswith("~")


@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    """Whatever lies in the file, it is read or refused in words, and never anything else."""
    for start in (b"", b"Serial number,User name\n", b"\xff\xfe"):
        try:
            found = read(start + content)
        except ExportUnusable:
            continue
        assert found


@given(st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), min_size=1, max_size=6))
def test_any_cells(cells: list[list[str]]) -> None:
    """Any text in the cells is read; rows without any are left out, and every device has an id of its own."""
    try:
        found = read(written([["ID", "Serial number", "User name"], *cells]))
    except ExportUnusable:
        return
    assert len({device.id for device in found}) == len(found) <= len(cells)


def exported(content_name: str, seed: int) -> Capture:
    """What the console would export of the practice world, without what only the API tells."""
    content = Population(300, seed, TIMES).content(NOW if content_name == "now" else AT_BACKUP)
    rows = [[str(value or "") for value in _cells(row_json(one, content.read_at))] for one in content.devices.values()]
    devices = read(written([ALL, *rows]))
    counts = CaptureCounts(len(devices), len(devices), 0)
    return Capture(devices, complete=True, counts=counts, taken_at=TIMES.now, source=CaptureSource.CONSOLE_EXPORT)


def _cells(row: dict[str, object]) -> list[object]:
    properties = {one["name"]: one["value"] for one in row["properties"]}  # type: ignore[attr-defined]
    mode = "+".join(name for name, known in (("MDM", row["mdmKnown"]), ("MAM", row["mamKnown"])) if known)
    told = ["", mode, row["userName"], row["platform"], row["osVersion"], row["deviceModel"], row["lastAccess"]]
    told += [row["serialNumber"], row["imeiOrMeid"], row["id"], properties.get("SUPERVISED"), row["depRegistered"]]
    return [*told, properties.get(ANDROID_MODE)]


@pytest.mark.parametrize("seed", [3, 11])
def test_two_exports_make_an_estimate(seed: int) -> None:
    """Two exports find whatever is absent or came back, and say that they are an estimate."""
    result = compare(exported("now", seed), exported("backup", seed), CUTOFF)
    truth = Truth(Population(300, seed, TIMES))
    assert not result.exact
    absent = {str(one.row_now) for one in truth.answers() if one.row_now is not None and one.row_at_backup is None}
    came_back = {str(one.row_at_backup) for one in truth.devices(Verdict.CAME_BACK)}
    assert {finding.device.id for finding in result.came_back} == came_back
    assert absent <= {finding.device.id for finding in result.lost}
