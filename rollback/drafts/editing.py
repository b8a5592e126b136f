"""A notice's texts changed by a person: which may be, taken apart for a form's fields, put together again."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rollback.drafts.contexts import ReenrolReminder, ReenrolRequest
from rollback.drafts.lint import Problem, lint_text
from rollback.drafts.notices import Content
from rollback.drafts.wording import Rendered

PERSONAL: Final = frozenset({ReenrolRequest.template, ReenrolReminder.template})
"""Texts that are made for each person from the list; what is approved of them is a specimen."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text that fits into one field.

    Attributes:
        text: The piece.
        joint: What stands between it and the next one; empty behind the last.
    """

    text: str
    joint: str = ""


def editable(content: Content, language: str) -> tuple[Rendered, ...]:
    """The texts in one language that a person may change: not those that are made for each person from a template."""
    return tuple(text for text in content.texts if text.language == language and text.template not in PERSONAL)


def parts(body: str, most: int) -> tuple[Part, ...]:
    """`body` in pieces of at most `most` characters: cut between paragraphs, else between lines, else anywhere."""
    found: list[Part] = []
    rest = body.strip()
    while len(rest) > most:
        place, joint = _cut(rest, most)
        found.append(Part(rest[:place], joint))
        rest = rest[place + len(joint) :]
    return (*found, Part(rest))


def _cut(text: str, most: int) -> tuple[int, str]:
    """Where to cut and what falls out there; never beside a blank, which a form would take off."""
    for joint in ("\n\n", "\n", " "):
        for place in range(min(most, len(text) - len(joint) - 1), 0, -1):
            beside = text[place - 1] + text[place + len(joint)]
            if text.startswith(joint, place) and not any(map(str.isspace, beside)):
                return place, joint
    return most, ""


def joined(pieces: Sequence[str], joints: Sequence[str]) -> str:
    """The body of which `pieces` were filled in; `joints` stood between them. A piece left empty takes its joint along.

    Accents become single characters, lines lose blanks at their end, and one new line ends it.
    """
    body = ""
    for piece, joint in zip(pieces, joints, strict=True):
        body += piece + joint if piece else ""
    lines = unicodedata.normalize("NFC", body).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip() + "\n"


def changed(content: Content, language: str, texts: Mapping[str, tuple[str, str]]) -> Content:
    """`content` with other subjects and bodies in one language, by the name of their template.

    Nothing else changes: other languages, templates and days stay as they are.
    """
    ours = {text.template for text in editable(content, language)}
    made = tuple(
        replace(text, subject=texts[text.template][0], body=texts[text.template][1])
        if text.language == language and text.template in ours & texts.keys()
        else text
        for text in content.texts
    )
    return replace(content, texts=made, problems=tuple(map(str, problems(made))))


def problems(texts: Sequence[Rendered]) -> tuple[Problem, ...]:
    """What the lint says of `texts`."""
    return tuple(problem for text in texts for problem in lint_text(text))
