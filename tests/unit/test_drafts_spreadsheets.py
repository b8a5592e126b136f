"""Lists in somebody else's program: LibreOffice opens each of them as a person would, and nothing in it comes alive."""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from drafts_made import HOSTILE, TERMS, ZONE
from test_drafts_files import a_comparison, an_audience

from rollback.drafts.lists import helpdesk_csv, invitations_csv, merge_csv, security_csv
from rollback.site import Language

OFFICE = shutil.which("soffice") or ""
NAMES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
CODES: dict[Language, int] = {"en": 44, "fr": 59, "de": 59}
MADE: dict[str, Callable[[Language], bytes]] = {
    "merge": lambda language: merge_csv(an_audience(*HOSTILE).by_mail, TERMS, language),
    "helpdesk": lambda language: helpdesk_csv(an_audience(*HOSTILE), language),
    "security": lambda language: security_csv(a_comparison(*HOSTILE), language, ZONE),
    "invitations": lambda language: invitations_csv(a_comparison(*HOSTILE), language, ZONE),
}
pytestmark = pytest.mark.skipif(not OFFICE, reason="soffice is not installed: `apt install libreoffice-calc-nogui`")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ET.Element]:
    """Every list in English and German, opened as UTF-8 with all detection of numbers and dates on."""
    folder = tmp_path_factory.mktemp("lists")
    found: dict[str, ET.Element] = {}
    for language in ("en", "de"):
        files = [folder / f"{name}-{language}.csv" for name in MADE]
        for file, make in zip(files, MADE.values(), strict=True):
            file.write_bytes(make(language))  # type: ignore[arg-type]
        how = f"--infilter=CSV:{CODES[language]},34,76,1,,0,false,true,false"  # type: ignore[index]
        where = ["--outdir", str(folder), f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
        command = [OFFICE, "--headless", "--norestore", how, "--convert-to", "fods", *where, *map(str, files)]
        subprocess.run(command, check=True, capture_output=True, timeout=120, env={**os.environ, "HOME": str(folder)})  # noqa: S603 - the command is ours
        found |= {file.stem: ET.parse(file.with_suffix(".fods")).getroot() for file in files}  # noqa: S314 - LibreOffice wrote it
    return found


def cells(document: ET.Element) -> list[list[str]]:
    """The text of each cell as it is shown; cells that repeat are repeated."""
    rows: list[list[str]] = []
    for row in document.iterfind(".//table:table-row", NAMES):
        shown: list[str] = []
        for cell in row.iterfind("table:table-cell", NAMES):
            text = "\n".join("".join(part.itertext()) for part in cell.iterfind("text:p", NAMES))
            shown += [text] * min(int(cell.get(f"{{{NAMES['table']}}}number-columns-repeated", "1")), 50)
        rows.append(shown)
    return [row for row in rows if any(row)]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", MADE)
def test_what_we_wrote_is_what_is_read(opened: dict[str, ET.Element], name: str, language: Language) -> None:
    """Each cell shows what we put there, in its column, with all accents; hostile names are text."""
    delimiter = "," if language == "en" else ";"
    content = io.StringIO(MADE[name](language).decode("utf-8-sig"), newline="")
    ours = [[" ".join(cell.split()) for cell in row] for row in csv.reader(content, delimiter=delimiter)]
    theirs = [[" ".join(cell.split()) for cell in row] for row in cells(opened[f"{name}-{language}"])]
    width = len(ours[0])
    assert [row + [""] * (width - len(row)) for row in (r[:width] for r in theirs)] == ours


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", MADE)
def test_nothing_comes_alive(opened: dict[str, ET.Element], name: str, language: Language) -> None:
    """No cell is a formula or a link, and none but a small count was made a number, a date or a truth."""
    document = opened[f"{name}-{language}"]
    formula, kind = f"{{{NAMES['table']}}}formula", f"{{{NAMES['office']}}}value-type"
    value = f"{{{NAMES['office']}}}value"
    alive = [cell for cell in document.iterfind(".//table:table-cell", NAMES) if cell.get(formula)]
    assert alive == []
    assert document.find(".//text:a", NAMES) is None
    typed = [cell for cell in document.iterfind(".//table:table-cell", NAMES) if cell.get(kind) not in (None, "string")]
    assert {cell.get(kind) for cell in typed} <= {"float"}
    assert all(float(cell.get(value, "999")) < 100 for cell in typed)
