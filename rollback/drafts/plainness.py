"""Is a message to stakeholders plain? Short sentences, words that everybody knows, and nothing but counts in it.

Reading ease is Flesch's, for English: 60 to 70 is plain, below 50 is hard. Syllables are counted by groups of vowels,
which is as exact as a limit with room around it needs.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

LONGEST_SENTENCE = 28
"""Words."""
LEAST_EASE = 50.0
SHORT = 12
"""Texts with fewer words are not judged by their ease: one long word would decide."""

JARGON = {
    "api": "leave it out",
    "apns": "say: push messages",
    "checkdb": "say: the data was checked",
    "cluster": "say: the servers",
    "digest": "leave it out",
    "enrol": "say: set up",
    "enrolled": "say: set up",
    "enrolment": "say: set-up",
    "failover": "say what users notice",
    "gslb": "leave it out",
    "hash": "leave it out",
    "hazelcast": "leave it out",
    "ldap": "say: sign-in",
    "mam": "say: apps",
    "mdm": "say: device management",
    "netscaler": "say: the access",
    "node": "say: server",
    "nodes": "say: servers",
    "offload": "leave it out",
    "pki": "say: certificates",
    "port": "say: connection",
    "reconcile": "say: find out",
    "rollback": "say: the work",
    "snapshot": "say: saved state",
    "snapshots": "say: saved states",
    "sql": "say: database",
    "ssl": "leave it out",
    "vcenter": "leave it out",
    "veeam": "say: backup",
    "vserver": "say: the access",
    "vservers": "say: the access",
    "vsphere": "leave it out",
}
"""Words of the trade, and what to say instead."""

_SENTENCE = re.compile(r"[^.!?:;]+[.!?:;]*")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_VOWELS = re.compile(r"[aeiouy]+")
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+", re.IGNORECASE
)
_MENTION = re.compile(r"<[@#!][^>]*>|(?<!\w)@\w+")
_NUMBER = re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9-]{8,}\b|\b\d{9,}\b")


class Rule(StrEnum):
    """What a finding is about."""

    SENTENCE = "sentence"
    EASE = "ease"
    JARGON = "jargon"
    NAME = "name"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is not plain.

    Attributes:
        rule: What it is about.
        message: What was found, and what to do about it.
    """

    rule: Rule
    message: str


def findings(text: str, names: Collection[str] = ()) -> tuple[Finding, ...]:
    """Everything that is not plain in a text; sorted.

    Args:
        text: In English, as people read it.
        names: What must not stand in it: names of people, servers and systems.
    """
    return tuple(sorted({*_sentences(text), *_ease(text), *_jargon(text), *_names(text, names), *_addresses(text)}))


def reading_ease(text: str) -> float:
    """Flesch's reading ease of an English text; 100 for a text without words."""
    sentences = [words for words in map(_WORD.findall, _SENTENCE.findall(text)) if words]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 100.0
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * sum(map(syllables, words)) / len(words)


def syllables(word: str) -> int:
    """How many syllables an English word has, near enough: groups of vowels, without a silent e at its end."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    silent = plain.endswith(("e", "es", "ed")) and not plain.endswith(("le", "les", "ted", "ded", "ses", "ces", "ges"))
    return max(1, len(_VOWELS.findall(plain)) - (1 if silent and not plain.endswith(("ee", "ees")) else 0))


def _sentences(text: str) -> Iterator[Finding]:
    for sentence in _SENTENCE.findall(text):
        words = _WORD.findall(sentence)
        if len(words) > LONGEST_SENTENCE:
            begins = " ".join(words[:6])
            yield Finding(
                Rule.SENTENCE, f"the sentence that begins with '{begins}' has {len(words)} words: make two of it"
            )


def _ease(text: str) -> Iterator[Finding]:
    ease = reading_ease(text)
    if len(_WORD.findall(text)) >= SHORT and ease < LEAST_EASE:
        yield Finding(Rule.EASE, f"it is hard to read ({ease:.0f}, at least {LEAST_EASE:.0f}): use shorter words")


def _jargon(text: str) -> Iterator[Finding]:
    for word in _WORD.findall(text):
        instead = JARGON.get(word.lower())
        if instead is not None:
            yield Finding(Rule.JARGON, f"'{word}' is a word of the trade; {instead}")


def _names(text: str, names: Collection[str]) -> Iterator[Finding]:
    for name in names:
        if len(name) > 1 and re.search(rf"(?i)(?<!\w){re.escape(name)}(?!\w)", text):
            yield Finding(Rule.NAME, f"'{name}' is a name: stakeholders get counts only")


def _addresses(text: str) -> Iterator[Finding]:
    for pattern in (_ADDRESS, _MENTION, _NUMBER):
        for found in pattern.finditer(text):
            yield Finding(Rule.ADDRESS, f"'{found.group()}' names somebody or something: stakeholders get counts only")
