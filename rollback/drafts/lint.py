"""What is wrong with a template or a text: what breaks it, what differs between languages, what looks like fraud.

It runs on the templates as they are, the site's own included, and on texts rendered from specimens. Users' texts are
held to more: a message that asks people to set up their phone is what a fraud looks like, so ours has no link, no file,
no urgency, and says where else it can be found.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.meta import find_undeclared_variables

from rollback.drafts.contexts import KINDS, STEPS, Common, Context, ReenrolRequest
from rollback.drafts.errors import DraftError
from rollback.drafts.gsm import measure
from rollback.drafts.specimens import specimens, variants
from rollback.drafts.wording import Rendered, Wording, variable_names
from rollback.site import LANGUAGES, Language
from storage.words import Certainty, DeviceKind

LONGEST_SUBJECT = 130
_MUST_NAME = frozenset({"notice_page", "notice_code"})
_LINK = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|[\w.+-]+@[\w-]+\.\w+|(?<![\w.])(?:[a-z0-9][a-z0-9-]+\.)+[a-z]{2,}\b"
)
_URGENCY = {
    "en": r"urgent(?:ly)?|immediate(?:ly)?|at once|right away|as soon as possible|asap|final notice|last chance|"
    r"suspended|within \d+ hours",
    "fr": r"urgent\w*|urgence|immédiat\w*|tout de suite|sans délai|au plus vite|dernier rappel|suspendu\w*|"
    r"dans les \d+ heures",
    "de": r"dringend\w*|sofort\w*|umgehend\w*|unverzüglich\w*|so rasch wie möglich|gesperrt\w*|"
    r"letzte (?:mahnung|chance|warnung)|innert \d+ stunden",
}
_FILES = {
    "en": r"attach(?:ed|ment)\w*|click (?:here|on|the)|download\w* from here",
    "fr": r"pièces? jointes?|ci-joint\w*|cliquez (?:ici|sur le lien)",
    "de": r"anhang|angehängt\w*|klicken sie (?:hier|auf den link)",
}


class Rule(StrEnum):
    """What a problem is about."""

    SYNTAX = "syntax"
    MISSING = "missing"
    UNKNOWN_VARIABLE = "unknown_variable"
    LANGUAGES_DIFFER = "languages_differ"
    HEAD = "head"
    CHARACTERS = "characters"
    RENDERING = "rendering"
    STEPS = "steps"
    CHECK_FIRST = "check_first"
    PROOF = "proof"
    SUBJECT = "subject"
    LINK = "link"
    URGENCY = "urgency"
    FILE = "file"
    SMS = "sms"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something to put right.

    Attributes:
        place: The template, with the line where there is one.
        rule: What it is about.
        message: What is wrong and what was expected.
    """

    place: str
    rule: Rule
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.rule}]"


def lint(wording: Wording, common: Common) -> tuple[Problem, ...]:
    """Everything that is wrong with the templates of `wording`, rendered with the words of `common`; sorted."""
    found = set(_sources(wording))
    if not any(problem.rule in {Rule.SYNTAX, Rule.MISSING} for problem in found):
        found.update(_across_languages(wording), _rendered(wording, common))
    return tuple(sorted(found))


def lint_text(text: Rendered) -> tuple[Problem, ...]:
    """What is wrong with one finished text, for instance after somebody has edited it; sorted."""
    kind = KINDS[text.template]
    place = f"{text.language}/{text.template}"
    found = [*_characters(place, text.language, text.subject + "\n" + text.body)]
    if kind.subject and not 0 < len(text.subject) <= LONGEST_SUBJECT:
        found.append(Problem(place, Rule.SUBJECT, f"the subject has {len(text.subject)} characters, not 1 to 130"))
    if kind.sms:
        found.extend(_sms(place, text.body.strip()))
    if kind.public:
        found.extend(_like_a_fraud(place, text))
    return tuple(sorted(found))


def _sources(wording: Wording) -> Iterator[Problem]:
    for language in LANGUAGES:
        for name in (*KINDS, STEPS):
            place = f"{language}/{name}"
            source = wording.sources.get(place)
            if source is None or not source.strip():
                yield Problem(place, Rule.MISSING, "the template is missing or empty")
                continue
            try:
                tree = wording.environment.parse(source)
            except TemplateSyntaxError as error:
                yield Problem(f"{place}:{error.lineno}", Rule.SYNTAX, f"it doesn't parse: {error.message}")
                continue
            yield from _source(place, language, name, source)
            yield from _unknown_variables(place, name, tree)


def _source(place: str, language: Language, name: str, source: str) -> Iterator[Problem]:
    yield from _characters(place, language, source)
    if name == STEPS or KINDS[name].sms:
        return
    first, _, rest = source.partition("\n")
    if not (first.startswith("{#") and first.endswith("#}")):
        yield Problem(
            f"{place}:1", Rule.HEAD, "the first line isn't a comment that tells audience, channel and approval"
        )
    if KINDS[name].subject and not rest.startswith("Subject: "):
        yield Problem(f"{place}:2", Rule.HEAD, "the second line doesn't begin with 'Subject: '")


def _unknown_variables(place: str, name: str, tree: nodes.Template) -> Iterator[Problem]:
    allowed = _allowed(name)
    for variable in sorted(find_undeclared_variables(tree) - allowed):
        line = next((n.lineno for n in tree.find_all(nodes.Name) if n.name == variable), 0)
        yield Problem(f"{place}:{line}", Rule.UNKNOWN_VARIABLE, f"there is no variable '{variable}' in this text")


def _allowed(name: str) -> frozenset[str]:
    if name == STEPS:
        return frozenset.intersection(*(variable_names(t) for t in ("reenroll_request.md", "helpdesk_brief.md")))
    return variable_names(name)


def _across_languages(wording: Wording) -> Iterator[Problem]:
    """Each text tells the same in each language, and a user's text says where else it can be found."""
    for name in (*KINDS, STEPS):
        used = {language: _used(wording, f"{language}/{name}") for language in LANGUAGES}
        everywhere = frozenset.union(*used.values())
        for language, names in used.items():
            for missing in sorted(everywhere - names):
                message = f"'{missing}' is used in another language and not here"
                yield Problem(f"{language}/{name}", Rule.LANGUAGES_DIFFER, message)
            proof = {"notice_code"} if name in KINDS and KINDS[name].sms else _MUST_NAME
            if name in KINDS and KINDS[name].public and not proof <= names:
                message = "it doesn't name the intranet page and its code, by which people can check it"
                yield Problem(f"{language}/{name}", Rule.PROOF, message)


def _used(wording: Wording, place: str) -> frozenset[str]:
    """Variables and fields of list items that a template uses."""
    tree = wording.environment.parse(wording.sources[place])
    fields = {f".{node.attr}" for node in tree.find_all(nodes.Getattr)}
    return frozenset(find_undeclared_variables(tree) | fields)


def _rendered(wording: Wording, common: Common) -> Iterator[Problem]:
    for context in specimens(common).values():
        for language in LANGUAGES:
            try:
                for variant in variants(context):
                    yield from lint_text(wording.render(variant, language))
                if isinstance(context, ReenrolRequest):
                    yield from _letter(wording, context, language)
            except DraftError as error:
                yield Problem(f"{language}/{context.template}", Rule.RENDERING, str(error))


def _letter(wording: Wording, context: ReenrolRequest, language: Language) -> Iterator[Problem]:
    """The letter has steps of its own for each kind that is proven, and tells what "check first" means."""

    def body(changed: Context) -> str:
        return wording.render(changed, language).body

    steps = {kind: body(replace(context, kinds=(kind,))) for kind in DeviceKind}
    for kind, text in steps.items():
        if any(text == steps[other] for other in DeviceKind if other is not kind):
            message = f"the kind '{kind}' has no steps of its own"
            yield Problem(f"{language}/{STEPS}", Rule.STEPS, message)
    one = replace(context.devices[0], certainty=Certainty.MUST)
    must, check = (body(replace(context, devices=(replace(one, certainty=c),))) for c in Certainty)
    if must == check:
        message = "a device that is to be checked first is told nothing else than one that must be set up"
        yield Problem(f"{language}/{context.template}", Rule.CHECK_FIRST, message)


def _characters(place: str, language: Language, text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), start=1):
        where = f"{place}:{number}"
        if line != unicodedata.normalize("NFC", line):
            yield Problem(where, Rule.CHARACTERS, "an accent stands as a character of its own (not NFC)")
        if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"} for c in line):
            yield Problem(where, Rule.CHARACTERS, "it has a tab, control or invisible character")
        if language == "de" and "ß" in line:
            yield Problem(where, Rule.CHARACTERS, "'ß' isn't written in Switzerland; write 'ss'")


def _sms(place: str, text: str) -> Iterator[Problem]:
    measured = measure(text)
    if "\n" in text:
        yield Problem(place, Rule.SMS, "a text message is one line")
    if measured.strange:
        message = f"{' '.join(measured.strange)} makes a part 70 characters long instead of 160"
        yield Problem(place, Rule.SMS, message)
    if measured.parts > 1:
        yield Problem(
            place, Rule.SMS, f"it has {measured.length} characters and would be sent in {measured.parts} parts"
        )


def _like_a_fraud(place: str, text: Rendered) -> Iterator[Problem]:
    whole = f"{text.subject}\n{text.body}"
    for match in _LINK.finditer(whole):
        yield Problem(place, Rule.LINK, f"'{match.group()}' becomes a link; our messages have none")
    for match in re.finditer(rf"(?i)\b(?:{_URGENCY[text.language]})\b", whole):
        yield Problem(place, Rule.URGENCY, f"'{match.group()}' presses people, as a fraud does")
    if "!" in whole:
        yield Problem(place, Rule.URGENCY, "it has an exclamation mark")
    for match in re.finditer(rf"(?i)\b(?:{_FILES[text.language]})\b", whole):
        yield Problem(place, Rule.FILE, f"'{match.group()}' speaks of a file or of clicking; our messages have neither")
