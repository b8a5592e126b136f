"""What makes two records the same device: serial number, IMEI or MEID, and XMS' strong id, in one canonical form each.

XMS: the numeric `id` of a device is no identity. After a restore the database gives out again the ids that it had given
to devices which it no longer knows.
"""

import hashlib
import re

CANONICAL = re.compile(r"(?:[A-Z0-9~][A-Z0-9~._/:+ -]{0,63})?")
_PLACEHOLDERS = frozenset(
    {
        "DEFAULT STRING",
        "N/A",
        "NA",
        "NONE",
        "NOT AVAILABLE",
        "NULL",
        "SYSTEM SERIAL NUMBER",
        "TO BE FILLED BY O.E.M.",
        "UNDEFINED",
        "UNKNOWN",
    }
)
_SEPARATORS = re.compile(r"[\s/-]+")
_IMEI = re.compile(r"(\d{14})\d{0,2}")


def canonical(raw: str) -> str:
    """A serial number or strong id as it is compared: upper case, one space at most; empty where there is none.

    Vendors fill the field with words such as ``unknown`` or a row of zeros: those are no identity. A value with other
    characters than ``[A-Z0-9~._/:+ -]``, or longer than 64, becomes ``~`` and a hash, so that the form is safe to show.
    """
    value = " ".join(raw.split()).upper()
    if value in _PLACEHOLDERS or len(set(value)) <= 1:
        return ""
    if CANONICAL.fullmatch(value):
        return value
    return "~" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:24].upper()


def canonical_imei(raw: str) -> str:
    """An IMEI or MEID as it is compared: without separators, check digit and version; empty where there is none.

    3GPP TS 23.003: an IMEI has 14 digits and a check digit that is not always sent, an IMEISV 14 and a version of two.
    """
    value = canonical(_SEPARATORS.sub("", canonical(raw)))
    digits = _IMEI.fullmatch(value)
    if digits is None:
        return value
    return canonical(digits.group(1))


def tail(identity: str) -> str:
    """The last four characters of a canonical identity: enough for its owner, too little to copy. Empty for a hash."""
    return "" if identity.startswith("~") else identity[-4:]
