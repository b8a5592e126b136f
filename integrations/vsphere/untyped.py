"""The few things that pyVmomi's untyped objects are asked for, under names of our own."""

import re
from typing import Any, TypeAlias
from urllib.parse import unquote

VimObject: TypeAlias = Any  # a value, reference or type of pyVmomi, which carries no types

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def moref(value: object) -> str:
    """The text of a reference, e.g. ``vm-101``; empty for anything that is none."""
    text: str = getattr(value, "_moId", "")
    return text


def plain_name(name: str) -> str:
    """A name as people write it.

    vCenter keeps a slash in a name as ``%2f``, and one that was typed into its own client even as ``%252f``.
    """
    while (plainer := unquote(name)) != name:
        name = plainer
    return name


def xml_text(text: str) -> str:
    """Text fit for a request: characters that XML 1.0 can't carry, escaped or not, become U+FFFD."""
    return _NO_XML.sub("\ufffd", text)
