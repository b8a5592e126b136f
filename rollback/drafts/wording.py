"""Turns a template and what it needs to know into text, the same bytes for the same facts, with a hash to approve.

Templates are data that a site may override; they run in Jinja's sandbox, and a variable that isn't there is an error.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, StrictUndefined
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rollback.drafts.contexts import KINDS, STEPS, Context, TimeOfDay
from rollback.drafts.errors import TemplateError, UnsafeTextError
from rollback.drafts.languages import day, duration, hour, moment
from rollback.drafts.names import in_text
from rollback.site import LANGUAGES, Language, Phrase, Site
from rollback.untrusted import Untrusted

LARGEST_TEMPLATE = 64 * 1024
_SUBJECT = "Subject: "


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text in one language.

    Attributes:
        template: Name of its template.
        language: Its language.
        subject: Its subject, or empty.
        body: Its text, ending with one new line.
    """

    template: str
    language: Language
    subject: str
    body: str

    @property
    def sha256(self) -> str:
        """The hash of subject and text, in hex."""
        return _sha256([self.template, self.language, self.subject, self.body])


@dataclass(frozen=True, slots=True)
class Bundle:
    """One text in all languages, reviewed and approved as one.

    Attributes:
        template: Name of its template.
        texts: One for each language.
        sha256: What an approval is bound to: the texts, and the templates that they and personal letters come from.
    """

    template: str
    texts: tuple[Rendered, ...]
    sha256: str


@dataclass(frozen=True)
class Wording:
    """The templates of one site.

    Attributes:
        sources: Text of each template by ``language/name``.
        zone: The site's time zone, in which times are told.
    """

    sources: Mapping[str, str]
    zone: ZoneInfo

    @cached_property
    def environment(self) -> ImmutableSandboxedEnvironment:
        """Jinja's sandbox with these templates."""
        return ImmutableSandboxedEnvironment(
            loader=DictLoader(dict(self.sources)),
            undefined=StrictUndefined,
            autoescape=False,  # plain text: whoever makes HTML of it escapes the whole
        )

    def render(self, context: Context, language: Language) -> Rendered:
        """The text of `context` in `language`.

        Raises:
            TemplateError: The template is missing, broken, or asks for something that isn't there.
            UnsafeTextError: A fixed text isn't one visible line.
        """
        name = f"{language}/{context.template}"
        try:
            text = self.environment.get_template(name).render(variables(context, language, self.zone))
        except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            msg = f"The template {name} can't be rendered ({error}). No draft was made; correct it and try again."
            raise TemplateError(msg) from error
        return _rendered(context.template, language, text)

    def bundle(self, context: Context) -> Bundle:
        """The text of `context` in all languages, with the hash that an approval is bound to."""
        texts = tuple(self.render(context, language) for language in LANGUAGES)
        bound = [*(text.sha256 for text in texts), self.source_digest(context.template)]
        return Bundle(context.template, texts, _sha256(bound))

    def source_digest(self, template: str) -> str:
        """The hash of `template` and of the steps that it may include, in all languages, in hex."""
        names = [f"{language}/{name}" for language in LANGUAGES for name in (template, STEPS)]
        return _sha256([self.sources.get(name, "") for name in names])


def load(zone: ZoneInfo, overrides: Path | None = None) -> Wording:
    """The package's templates, with those of the folder `overrides` in the place of ours.

    Raises:
        TemplateError: The folder isn't there, or holds a file that no notice uses, isn't UTF-8, or is too large.
    """
    names = [f"{language}/{name}" for language in LANGUAGES for name in (*KINDS, STEPS)]
    ours = resources.files("rollback.drafts") / "templates"
    sources = {name: ours.joinpath(name).read_text(encoding="utf-8") for name in names}
    if overrides is not None:
        sources.update(_read_overrides(overrides, set(names)))
    return Wording(sources, zone)


def variables(context: Context, language: Language, zone: ZoneInfo) -> dict[str, object]:
    """What a template sees: plain values, with every name and time already in words.

    Raises:
        UnsafeTextError: A fixed text isn't one visible line.
    """
    common, site = context.common, context.common.site
    given: dict[str, object] = {name: getattr(site, name) for name in type(site).model_fields}
    given |= {"reference": common.reference, "notice_code": common.notice_code}
    given |= {field.name: getattr(context, field.name) for field in fields(context) if field.name != "common"}
    shown = {name: _in_words(value, language, zone) for name, value in given.items()}
    return shown | {"lang": language}


def variable_names(template: str) -> frozenset[str]:
    """The variables that `template` may use."""
    own = {field.name for field in fields(KINDS[template].context)} - {"common"}
    return frozenset({"lang", "reference", "notice_code", *Site.model_fields, *own})


def _in_words(value: object, language: Language, zone: ZoneInfo) -> object:
    if isinstance(value, tuple):
        return [_in_words(item, language, zone) for item in value]
    for kind, show in _SHOWN:
        if isinstance(value, kind):
            return show(value, language, zone)
    if is_dataclass(value):
        return {field.name: _in_words(getattr(value, field.name), language, zone) for field in fields(value)}
    msg = f"A template can't show a value of type {type(value).__name__}."
    raise UnsafeTextError(msg)


def _one_line(text: str) -> str:
    if text and not text.isprintable():
        msg = "A fixed text has several lines or control characters; put it on one visible line in the settings."
        raise UnsafeTextError(msg)
    return text


# The first type that fits counts: a datetime is a date too, an enum of words is a string too.
_SHOWN: tuple[tuple[type | tuple[type, ...], Callable[[Any, Language, ZoneInfo], object]], ...] = (
    (Untrusted, lambda value, *_: in_text(value)),
    (Phrase, lambda value, language, _: _one_line(value.in_(language))),
    (TimeOfDay, lambda value, language, zone: hour(value.at, language, zone)),
    (datetime, moment),
    (date, lambda value, language, _: day(value, language)),
    (timedelta, lambda value, language, _: duration(value, language)),
    (Enum, lambda value, *_: value.value),
    (str, lambda value, *_: _one_line(value)),
    ((int, bool, type(None)), lambda value, *_: value),
)


def _rendered(template: str, language: Language, text: str) -> Rendered:
    """Split off the subject; no blank at a line's end, no two blank lines in a row."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    subject = ""
    if KINDS[template].subject:
        if not lines[0].startswith(_SUBJECT):
            msg = f"The template {language}/{template} doesn't begin with a line 'Subject: …'. No draft was made."
            raise TemplateError(msg)
        subject = lines.pop(0).removeprefix(_SUBJECT).strip()
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Rendered(template, language, subject, f"{body}\n")


def _read_overrides(folder: Path, names: set[str]) -> dict[str, str]:
    if not folder.is_dir():
        msg = f"The folder of templates {folder} isn't there. Create it, or take it out of the settings."
        raise TemplateError(msg)
    found: dict[str, str] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        name = path.relative_to(folder).as_posix()
        if name not in names:
            msg = f"No notice uses the template {name} in {folder}: the names are those of the package's templates."
            raise TemplateError(msg)
        if path.stat().st_size > LARGEST_TEMPLATE:
            msg = f"The template {name} in {folder} is larger than {LARGEST_TEMPLATE} bytes."
            raise TemplateError(msg)
        try:
            found[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            msg = f"The template {name} in {folder} isn't UTF-8. Save it as UTF-8."
            raise TemplateError(msg) from error
    return found


def _sha256(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()
