"""Drafts that a mail program opens for sending: one .eml a message, or a zip of one a person, by language.

`X-Unsent: 1` makes Outlook open it as a draft. There is no sender, date or message id: whoever sends it gives those.
Text and HTML say the same; the same message always gives the same bytes.
"""

import hashlib
import html
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import BinaryIO

from rollback.drafts.wording import Rendered

_NUMBERED = re.compile(r"\d+\. ")


def draft(text: Rendered, to: str = "") -> bytes:
    """`text` as a draft.

    Args:
        text: What to say.
        to: One address that `names.mail_address` has let through; empty for a message to a list.
    """
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    if to:
        message["To"] = to
    message["Subject"] = text.subject
    message.set_content(text.body, cte="quoted-printable")
    message.add_alternative(as_html(text), subtype="html", cte="quoted-printable")
    # Set last: a language that is set before the content is dropped without a word.
    message["Content-Language"] = text.language
    message.set_boundary(f"=_{hashlib.sha256((to + text.sha256).encode()).hexdigest()[:32]}")
    return message.as_bytes()


def drafts_zip(out: BinaryIO, letters: Iterable[tuple[Rendered, str]], at: datetime) -> int:
    """Write a zip with a draft for each letter, in a folder for each language; names of files hold no names of people.

    Args:
        out: Where to write.
        letters: Each with its address.
        at: The time that the files carry, in the site's zone.

    Returns:
        How many drafts there are.
    """
    counts: dict[str, int] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for text, to in letters:
            number = counts[text.language] = counts.get(text.language, 0) + 1
            info = zipfile.ZipInfo(f"{text.language}/{number:05d}.eml", at.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            archive.writestr(info, draft(text, to))
    return sum(counts.values())


def as_html(text: Rendered) -> str:
    """`text` as a plain page in its language: paragraphs, lists, nothing else, every character escaped."""
    parts = [_part(block.split("\n")) for block in text.body.strip().split("\n\n")]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{text.language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(text.subject)}</title></head>\n<body>\n{body}\n</body></html>\n"
    )


def _part(lines: list[str]) -> str:
    """One block of lines: what stands before a list, and the list."""
    plain: list[str] = []
    out: list[str] = []
    items: list[str] = []
    kind = ""
    for line in lines:
        of = "ul" if line.startswith("- ") else "ol" if _NUMBERED.match(line) else ""
        if of != kind:
            out.append(_closed(kind, plain, items))
            plain, items, kind = [], [], of
        (items if of else plain).append(html.escape(line.partition(" ")[2] if of else line))
    out.append(_closed(kind, plain, items))
    return "\n".join(part for part in out if part)


def _closed(kind: str, plain: list[str], items: list[str]) -> str:
    if kind:
        return f"<{kind}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{kind}>"
    return f"<p>{'<br>'.join(plain)}</p>" if plain else ""
