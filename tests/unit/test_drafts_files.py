"""Lists, letters and notices as files."""

import csv
import email
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import BinaryIO

import pytest
from devices_made import CUTOFF, FINISHED, HOUR, LONG_BEFORE, capture, details, device, invitation, owner
from drafts_made import AT, HOSTILE, TERMS, ZONE
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.comparison import compare
from rollback.devices.findings import Comparison
from rollback.devices.values import DeviceAction, SecurityAction
from rollback.drafts.audience import Audience, audience
from rollback.drafts.cells import cell, table
from rollback.drafts.errors import FolderError
from rollback.drafts.files import Written, write_bytes, write_private
from rollback.drafts.handout import hand_out_letters, hand_out_lists, hand_out_notice
from rollback.drafts.lists import MERGE_HEADER, helpdesk_csv, invitations_csv, merge_csv, security_csv
from rollback.drafts.mails import as_html, draft
from rollback.drafts.wording import Rendered, load
from rollback.site import LANGUAGES, Language
from rollback.untrusted import Untrusted

WORDING = load(ZONE)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
anything = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60)


def a_comparison(*names: str) -> Comparison:
    """People of three languages; one without an address, one with two devices, one shared, one wiped."""
    wiped = details(FINISHED, actions=(DeviceAction(SecurityAction.WIPE, FINISHED + HOUR, done=FINISHED + HOUR),))
    ada = owner("ada@example.com", "Ada Example", language="en", phone="+41 44 000 00 00")
    before = [
        device(1, owner=ada, serial="1E5"),
        device(2, owner=ada, serial="0012345678901234567", details=details(FINISHED)),
        device(3, owner=owner("zoe@example.com", "Zoé Exemple", language="fr")),
        device(4, owner=owner("jürg@example.com", "Jürg Muster", language="de", mail="juerg@example.com")),
        device(5, owner=owner("eve@example.com", "Eve Example", language="de", mail="")),
        device(6, shared=True, site=Untrusted("Ward 1")),
        device(7, details=wiped),
        *(
            device(20 + n, owner=owner(name.strip() or "nobody", name, mail=f"n{n}@example.com"), model=Untrusted(name))
            for n, name in enumerate(names)
        ),
    ]
    since = (invitation("ada@example.com", FINISHED + HOUR),)
    back = device(9, details=details(actions=(DeviceAction(SecurityAction.LOCK, LONG_BEFORE),)))
    return compare(capture(before, invitations=since), capture([back]), CUTOFF)


def an_audience(*names: str) -> Audience:
    return audience(a_comparison(*names), zone=ZONE)


def rows(content: bytes, delimiter: str) -> list[list[str]]:
    """What another program reads."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


# ---- cells


@given(anything)
def test_a_cell_is_never_a_formula_and_one_line(text: str) -> None:
    """No cell begins with a sign of a formula, and none has a line or control character in it."""
    shown = cell(text)
    assert not shown.startswith(FORMULA)
    assert shown.isprintable()


@pytest.mark.parametrize("start", FORMULA)
def test_a_cell_that_would_be_a_formula_is_guarded(start: str) -> None:
    """A cell that begins with a sign of a formula, with or without blanks before it, gets an apostrophe."""
    guarded = "'" + f"{start}1+1".strip()
    assert cell(f"{start}1+1") == cell(f"  {start}1+1") == (guarded if start.isprintable() else "1+1")


@pytest.mark.parametrize("number", ["0012345678901234567", "1E5", "358801081234567", "0917"])
def test_a_number_that_excel_would_change_gets_a_word_before_it(number: str) -> None:
    """Long numbers, leading zeros and powers of ten stay text."""
    assert cell(number) == f"No. {number}"
    assert cell("12") == "12"


@given(st.lists(st.lists(anything, min_size=3, max_size=3), max_size=5), st.sampled_from(LANGUAGES))
def test_another_reader_finds_the_same_cells(made: list[list[str]], language: Language) -> None:
    """Whatever is in the cells, a CSV reader finds as many rows and columns as were written."""
    content = table(("a", "b", "c"), made, language)
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows(content, "," if language == "en" else ";") == [
        ["a", "b", "c"],
        *([cell(t) for t in row] for row in made),
    ]
    assert content.count(b"\r\n") == len(made) + 1


# ---- lists


def test_the_merge_list_has_one_row_a_person() -> None:
    """The header is in the first row, each person has one row, and all of their devices are in one cell."""
    people = [p for p in an_audience().by_mail if p.language == "en"]
    header, *found = rows(merge_csv(people, TERMS, "en"), ",")
    assert tuple(header) == MERGE_HEADER
    ada = dict(zip(header, next(row for row in found if row[0] == "ada@example.com"), strict=True))
    assert len(found) == len(people)
    assert ada["devices_text"] == "Device: iPhone 7, ending in 4567 (check first); iPhone 7, ending in 1E5"
    assert (ada["first_name"], ada["device_count"], ada["needs_appointment"]) == ("Ada", "2", "no")
    assert (ada["reply_by"], ada["reference"]) == ("Wednesday, 6 December 2017", "RB-7")


def test_the_help_desks_list_has_every_lost_device() -> None:
    """One row a device, also for those whom nobody writes to, and it says what to do with them."""
    result = an_audience()
    header, *found = rows(helpdesk_csv(result, "en"), ",")
    reach = [row[header.index("how to reach")] for row in found]
    counts = result.counts
    assert len(found) == counts.devices + counts.shared + counts.without_user + counts.held
    assert reach.count("call: no mail address") == 1
    assert {row[header.index("phone")] for row in found} == {"", "Tel. +41 44 000 00 00"}
    assert reach.count("shared device: by site") == 1
    assert reach.count("pass to security, tell nobody") == 1
    assert all("SERIAL" not in value for row in found for value in row)
    assert {row[header.index("number")] for row in found} >= {"…1E5", "…4567", "…0003"}


def test_securitys_list_shows_whole_numbers_and_asks_row_by_row() -> None:
    """Security finds each device by its number, and has an empty cell for each decision."""
    comparison = a_comparison()
    header, *found = rows(security_csv(comparison, "en", ZONE), ",")
    assert len(found) == len(comparison.security) == 2
    by_what = {row[header.index("what")]: row for row in found}
    assert "Serial SERIAL00009; IMEI 35000000000009; Strong id STRONG00009" in by_what["removed since, back again"]
    assert by_what["removed since, back again"][header.index("pending now")] == "yes"
    assert by_what["done since"][header.index("action")] == "wipe"
    assert all(row[header.index("decision")] == "" for row in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_list_exists_in_each_language(language: Language) -> None:
    """Headers and words are those of the language, and every row is as wide as its header."""
    comparison, result = a_comparison(), an_audience()
    delimiter = "," if language == "en" else ";"
    for content in (
        helpdesk_csv(result, language),
        security_csv(comparison, language, ZONE),
        invitations_csv(comparison, language, ZONE),
        merge_csv(result.by_mail, TERMS, language),
    ):
        found = rows(content, delimiter)
        assert len(found) > 1
        assert len({len(row) for row in found}) == 1


def test_hostile_names_start_no_formula_in_any_list() -> None:
    """Names, models and logins that are formulas, markup or lines are harmless cells in every list."""
    comparison, result = a_comparison(*HOSTILE), an_audience(*HOSTILE)
    for content in (
        helpdesk_csv(result, "de"),
        security_csv(comparison, "de", ZONE),
        merge_csv(result.by_mail, TERMS, "de"),
    ):
        for row in rows(content, ";"):
            for value in row:
                assert not value.startswith(FORMULA)
                assert not set(value) & set("<>\r\n\u202e\u200b\x00")


# ---- mails


def test_a_draft_opens_as_a_draft() -> None:
    """It is marked unsent, has no sender, date or id, and says the same as text and as HTML, in its language."""
    text = WORDING.render(TERMS.specimen(), "fr")
    message = parsed(draft(text, "zoe@example.com"))
    assert message["X-Unsent"] == "1"
    assert (message["To"], message["Subject"], message["Content-Language"]) == ("zoe@example.com", text.subject, "fr")
    assert not {"from", "date", "message-id"} & {name.lower() for name in message}
    body, page = message.get_body(("plain",)), message.get_body(("html",))
    assert body is not None
    assert page is not None
    assert body.get_content().replace("\r\n", "\n") == text.body
    assert '<html lang="fr">' in page.get_content()
    assert "<a " not in page.get_content()


def test_the_same_letter_gives_the_same_bytes() -> None:
    """A draft has nothing random in it, so that its hash means something."""
    text = WORDING.render(TERMS.specimen(), "de")
    assert draft(text, "a@example.com") == draft(text, "a@example.com") != draft(text, "b@example.com")


def test_a_new_line_never_becomes_a_header() -> None:
    """A subject or address with a line in it is refused, not sent on."""
    with pytest.raises(ValueError, match="may not contain"):
        draft(Rendered("handover.md", "en", "x\r\nBcc: all@example.com", "y\n"))
    with pytest.raises(ValueError, match="may not contain"):
        draft(Rendered("handover.md", "en", "x", "y\n"), "a@example.com\nBcc: all@example.com")


def test_the_page_escapes_everything_and_keeps_lists() -> None:
    """Every character of the text is escaped, and steps stay numbered."""
    page = as_html(Rendered("handover.md", "en", "<s>", "Intro & <b>\n- one\n- two\n\nPhone\n1. first\n2. second\n"))
    assert "<title>&lt;s&gt;</title>" in page
    assert "<p>Intro &amp; &lt;b&gt;</p>\n<ul><li>one</li><li>two</li></ul>" in page
    assert "<p>Phone</p>\n<ol><li>first</li><li>second</li></ol>" in page


# ---- files on disk


def mode(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


@pytest.mark.parametrize("umask", [0, 0o377])
def test_a_file_is_for_the_bots_user_alone(tmp_path: Path, umask: int) -> None:
    """Folder 0700 and file 0600, whatever the umask is, with the hash, size and count of what was written."""
    (tmp_path / "lists").mkdir(mode=0o700)
    before = os.umask(umask)
    try:
        written = write_bytes(tmp_path / "lists", "list.csv", b"names", 3)
    finally:
        os.umask(before)
    assert (mode(written.place.parent), mode(written.place)) == (0o700, 0o600)
    assert written.place.read_bytes() == b"names"
    assert (written.size, written.count) == (5, 3)
    assert written.sha256 == hashlib.sha256(b"names").hexdigest()


def test_an_open_folder_is_closed(tmp_path: Path) -> None:
    """A folder that others could read is closed before a list is written into it."""
    folder = tmp_path / "lists"
    folder.mkdir(mode=0o755)
    write_bytes(folder, "list.csv", b"x", 1)
    assert mode(folder) == 0o700


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """When writing fails in mid-way, the older file is as it was and no half of the new one stays."""
    write_bytes(tmp_path / "lists", "list.csv", b"old", 1)

    def fail(out: BinaryIO) -> int:
        out.write(b"half")
        msg = "no space left"
        raise OSError(msg)

    with pytest.raises(OSError, match="no space"):
        write_private(tmp_path / "lists", "list.csv", fail)
    assert [path.name for path in (tmp_path / "lists").iterdir()] == ["list.csv"]
    assert (tmp_path / "lists" / "list.csv").read_bytes() == b"old"


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    """A planted link is replaced by the file; what it points to stays as it was."""
    target = tmp_path / "target"
    target.write_bytes(b"untouched")
    folder = tmp_path / "lists"
    folder.mkdir(mode=0o700)
    (folder / "list.csv").symlink_to(target)
    (folder / ".list.csv.part").symlink_to(target)
    write_bytes(folder, "list.csv", b"new", 1)
    assert target.read_bytes() == b"untouched"
    assert not (folder / "list.csv").is_symlink()
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(FolderError, match="own user"):
        write_bytes(tmp_path / "link", "list.csv", b"new", 1)


@pytest.mark.parametrize("name", ["", ".", "..", "../list.csv", "a/b", ".hidden", "a b", "ä.csv", "a\n"])
def test_a_file_name_is_one_plain_part(tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere or hides is refused."""
    with pytest.raises(FolderError):
        write_bytes(tmp_path / "lists", name, b"x", 1)
    assert not (tmp_path / "lists").exists()


# ---- what is handed out


def by_name(written: Sequence[Written]) -> dict[str, Written]:
    return {file.place.name: file for file in written}


def test_letters_come_as_merge_list_text_and_drafts(tmp_path: Path) -> None:
    """For each language with readers there is a list and its text, and one zip has a draft for each person by mail."""
    result = an_audience()
    files = by_name(hand_out_letters(tmp_path / "out", result, TERMS, WORDING, at=AT))
    lists = {f"RB-7-enrol-again-{language}.{kind}" for language in LANGUAGES for kind in ("csv", "txt")}
    assert set(files) == {*lists, "RB-7-enrol-again-drafts.zip"}
    zipped = files["RB-7-enrol-again-drafts.zip"]
    with zipfile.ZipFile(zipped.place) as archive:
        names = archive.namelist()
        letters = {name: parsed(archive.read(name)) for name in names}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o600}
    assert zipped.count == len(names) == len(result.by_mail)
    assert {letter["To"] for letter in letters.values()} == {person.mail for person in result.by_mail}
    assert all(letter["Content-Language"] == name.split("/")[0] for name, letter in letters.items())
    assert sum(files[f"RB-7-enrol-again-{language}.csv"].count for language in LANGUAGES) == len(result.by_mail)
    text = files["RB-7-enrol-again-de.txt"].place.read_text(encoding="utf-8")
    assert "«first_name»" in text
    assert "«devices_text»" in text
    assert "iPhone oder iPad\n1. " in text
    assert "Windows-10" not in text
    assert all(mode(file.place) == 0o600 for file in files.values())


def test_handing_out_again_gives_the_same_files(tmp_path: Path) -> None:
    """The same people and terms give the same bytes, so that a changed hash means changed content."""
    first = hand_out_letters(tmp_path / "one", an_audience(), TERMS, WORDING, at=AT)
    second = hand_out_letters(tmp_path / "two", an_audience(), TERMS, WORDING, at=AT)
    assert [file.sha256 for file in first] == [file.sha256 for file in second]


def test_no_letter_goes_to_whom_security_holds_back(tmp_path: Path) -> None:
    """Neither a held nor a shared device has a letter."""
    result = an_audience()
    files = by_name(hand_out_letters(tmp_path / "out", result, TERMS, WORDING, at=AT))
    with zipfile.ZipFile(files["RB-7-enrol-again-drafts.zip"].place) as archive:
        to = {parsed(archive.read(name))["To"] for name in archive.namelist()}
    assert not to & {"user6@example.com", "user7@example.com"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text_in_a_letter(tmp_path: Path, name: str) -> None:
    """A hostile display name or model becomes neither header, markup nor link in the letter to its owner."""
    files = by_name(hand_out_letters(tmp_path / "out", an_audience(name), TERMS, WORDING, at=AT))
    with zipfile.ZipFile(files["RB-7-enrol-again-drafts.zip"].place) as archive:
        letters = [parsed(archive.read(entry)) for entry in archive.namelist()]
    letter = next(letter for letter in letters if letter["To"] == "n0@example.com")
    assert set(letter.keys()) == {"X-Unsent", "To", "Subject", "MIME-Version", "Content-Type", "Content-Language"}
    body, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert body is not None
    assert page is not None
    assert not set(body.get_content()) & set("<>\u202e\u200b\x00")
    assert "evil.example" not in body.get_content()
    assert "<script" not in page.get_content()
    assert "<img" not in page.get_content()


def test_lists_and_notices_are_written(tmp_path: Path) -> None:
    """Help desk's, security's and invitations' lists, and a notice as text and draft in each language."""
    comparison = a_comparison()
    lists = hand_out_lists(tmp_path / "out", comparison, an_audience(), WORDING, reference="RB-7", language="de")
    assert {file.place.name: file.count for file in lists} == {
        "RB-7-helpdesk.csv": 7,
        "RB-7-security.csv": 2,
        "RB-7-invitations.csv": 1,
    }
    notice = hand_out_notice(tmp_path / "out", WORDING.bundle(TERMS.specimen()), reference="RB-7")
    assert {file.place.name for file in notice} == {
        f"RB-7-reenroll-request-{language}.{kind}" for language in LANGUAGES for kind in ("txt", "eml")
    }


def test_a_strange_reference_makes_no_path(tmp_path: Path) -> None:
    """A reference with a path in it stays in the folder."""
    written = hand_out_notice(tmp_path / "out", WORDING.bundle(TERMS.specimen()), reference="../../RB/7")
    assert {file.place.parent for file in written} == {tmp_path / "out"}
