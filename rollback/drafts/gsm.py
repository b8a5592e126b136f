"""How long a text message is: in the alphabet of GSM, or in the one that cuts its length to less than half.

3GPP TS 23.038: 160 characters in one part, 153 in each of several; with any other character 70, and 67 in several.
"""

from dataclasses import dataclass

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True, slots=True)
class Sms:
    """The length of a text message.

    Attributes:
        length: In the units that the network counts.
        parts: Messages that are sent and paid for.
        strange: Characters that GSM's alphabet lacks, each once, sorted.
    """

    length: int
    parts: int
    strange: tuple[str, ...]


def measure(text: str) -> Sms:
    """How `text` is sent."""
    strange = tuple(sorted({c for c in text if c not in _ALPHABET and c not in _TWICE}))
    if strange:
        length = len(text.encode("utf-16-le")) // 2
        alone, chained = 70, 67
    else:
        length = sum(2 if c in _TWICE else 1 for c in text)
        alone, chained = 160, 153
    return Sms(length, 1 if length <= alone else -(-length // chained), strange)
