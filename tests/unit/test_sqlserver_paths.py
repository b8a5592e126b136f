"""Windows paths: inside a folder means inside it for Windows too, and a path that hides its place lies nowhere."""

import ntpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sqlserver.paths import drive_of, lies_under, normal, same_file

ROOT = "E:\\Backup"
PARTS = st.lists(st.sampled_from(["a", "B.bak", "..", ".", "", "x y", "é"]), max_size=6)


@pytest.mark.parametrize(
    "path",
    ["E:\\Backup\\x.bak", "e:/backup/sub/x.bak", "E:\\BACKUP\\.\\x.bak", "E:\\Backup\\\\x.bak"],
)
def test_paths_inside_are_inside(path: str) -> None:
    """Case, slashes and empty parts don't matter."""
    assert lies_under(path, [ROOT])


@pytest.mark.parametrize(
    "path",
    [
        "E:\\Backup",
        "E:\\Backup2\\x.bak",
        "E:\\Backup\\..\\x.bak",
        "E:\\Backup\\...\\x.bak",
        "E:\\Backup\\x.bak:stream",
        "E:\\Backup\\x.bak ",
        "E:\\Backup\\x.bak.",
        "E:Backup\\x.bak",
        "\\Backup\\x.bak",
        "Backup\\x.bak",
        "\\\\?\\E:\\Backup\\x.bak",
        "\\\\.\\E:\\Backup\\x.bak",
        "\\??\\E:\\Backup\\x.bak",
        "\\\\nas\\Backup\\x.bak",
        "\\\\\\share\\x.bak",
        "{6c1f0d0e-0000-4000-8000-000000000001}3",
        "",
        "E:\\Backup\\\x00",
    ],
)
def test_paths_elsewhere_are_outside(path: str) -> None:
    """What only looks like being inside, or can't be understood, is outside."""
    assert not lies_under(path, [ROOT])


def test_shares_are_compared_with_their_host() -> None:
    """A share counts only with its host, without regard to case; another host's share of that name is foreign."""
    assert lies_under("\\\\NAS\\backup\\x.bak", ["\\\\nas\\Backup"])
    assert not lies_under("\\\\evil\\backup\\x.bak", ["\\\\nas\\Backup"])
    assert not lies_under("\\\\nas.evil.example\\backup\\x.bak", ["\\\\nas\\Backup"])


def test_without_folders_nothing_is_inside() -> None:
    """The default, no folder at all, lets no path through; a drive as a folder lets its own through."""
    assert not lies_under("E:\\Backup\\x.bak", [])
    assert lies_under("E:\\x.bak", ["E:\\"])
    assert not lies_under("D:\\x.bak", ["E:\\"])


@given(parts=PARTS)
def test_inside_agrees_with_windows(parts: list[str]) -> None:
    """Whatever is called inside is inside after Windows has resolved the path."""
    path = "\\".join([ROOT, *parts])
    if lies_under(path, [ROOT]):
        assert ntpath.normcase(ntpath.normpath(path)).startswith(ntpath.normcase(ROOT) + "\\")


def test_same_file_needs_an_exact_name_beyond_ascii() -> None:
    """Letters beyond ASCII are the same only if they are equal; a doubt means another file."""
    assert same_file("e:/backup/X.bak", "E:\\Backup\\x.BAK")
    assert not same_file("E:\\É.bak", "E:\\é.bak")
    assert not same_file("E:\\straße.bak", "E:\\strasse.bak")
    assert same_file("{guid}1", "{guid}1")


def test_drive_is_read_in_upper_case() -> None:
    """A path's drive comes in upper case; a share and nonsense have none."""
    assert [drive_of(p) for p in ("e:\\x", "\\\\nas\\s\\x", "x")] == ["E:", "", ""]


def test_normal_names_what_is_wrong() -> None:
    """A path that is refused says why."""
    with pytest.raises(ValueError, match="absolute"):
        normal("x.bak")
    with pytest.raises(ValueError, match="hides"):
        normal("E:\\a\\..\\b")
