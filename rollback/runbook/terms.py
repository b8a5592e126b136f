"""The two little languages of a runbook: `when` conditions and ranges of nodes.

A condition is comparisons joined by ``and``: ``n > k``, ``opening == first-node and i >= 3``.
A range is an index or two indices: ``2..k``, ``i-1``, ``first``, ``others``, ``all``, ``touched``. Nodes count from 1,
and 1 is the node that is started first.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

NUMBERS = ("n", "m", "k", "i", "line")
"""Variables that are numbers: nodes, nodes needed, nodes on at the opening, own index, last line crossed."""

WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"opening": ("enough-nodes", "first-node"), "order": ("prepare-first", "close-first")}
)
"""Variables that are words, with the words that they can be."""

RANGES: Mapping[str, str] = MappingProxyType({"first": "1", "others": "2..n", "all": "1..n"})
"""Names of ranges that are used often; ``touched`` (nodes that a restore has touched) has no indices of its own."""

_COMPARE: Mapping[str, Callable[[object, object], bool]] = MappingProxyType({"==": operator.eq, "!=": operator.ne})
_ORDER: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
)
_COMPARISON = re.compile(r"^\s*([a-z]+)\s*(==|!=|>=|<=|>|<)\s*([a-z0-9-]+)\s*$")
_INDEX = re.compile(r"^(?:(\d+)|([nki])(?:([+-])(\d+))?)$")


class TermError(ValueError):
    """A condition or a range says something that can't be read; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Values:
    """What the variables stand for in one plan.

    Attributes:
        n: Nodes of the estate.
        m: Nodes that carry all devices.
        k: Nodes that are on when the door opens.
        opening: On how many nodes the door opens.
        order: Whether the door closes before or after the preparations.
        i: Index of the stage's own node, 0 where a stage has none.
        line: The last line that was crossed, 0 before line 1.
        touched: Indices of the nodes that a restore has touched.
    """

    n: int
    m: int
    k: int
    opening: str
    order: str
    i: int = 0
    line: Literal[0, 1, 2] = 0
    touched: tuple[int, ...] = ()


def check_condition(text: str) -> str:
    """`text` itself, when it can be read as a condition.

    Raises:
        TermError: It can't; the message names the part and what was expected.
    """
    for part in _parts(text):
        _comparison(part)
    return text


def holds(text: str, values: Values) -> bool:
    """Whether the condition holds; an empty one always does."""
    return all(_comparison(part)(values) for part in _parts(text))


def check_range(text: str) -> str:
    """`text` itself, when it can be read as a range of nodes.

    Raises:
        TermError: It can't; the message says what was expected.
    """
    if text != "touched":
        for end in _ends(text):
            _index(end)
    return text


def indices(text: str, values: Values) -> tuple[int, ...]:
    """The indices of a range, in order; a range that ends before it begins is empty.

    Raises:
        TermError: The range leaves the estate (below 1 or above n).
    """
    if text == "touched":
        return values.touched
    ends = [_index(end)(values) for end in _ends(text)]
    found = tuple(range(ends[0], ends[-1] + 1))
    if found and not (found[0] >= 1 and found[-1] <= values.n):
        msg = f"`{text}` means node {found[0]} to {found[-1]}, and there are nodes 1 to {values.n}"
        raise TermError(msg)
    return found


def is_single(text: str) -> bool:
    """Whether a range always means exactly one node."""
    return text != "touched" and len(_ends(text)) == 1


def _parts(text: str) -> Sequence[str]:
    return re.split(r"\band\b", text) if text.strip() else ()


def _comparison(part: str) -> Callable[[Values], bool]:
    match = _COMPARISON.match(part)
    if match is None:
        msg = f"`{part.strip()}` is no comparison; expected for example `n > k` or `opening == first-node`"
        raise TermError(msg)
    name, sign, value = match.groups()
    if name in NUMBERS:
        return _number_comparison(name, sign, value)
    if name not in WORDS:
        known = ", ".join([*NUMBERS, *WORDS])
        msg = f"`{name}` is no variable; expected one of {known}"
        raise TermError(msg)
    if sign not in _COMPARE or value not in WORDS[name]:
        msg = f"`{part.strip()}` can't be asked; expected `{name} == {WORDS[name][0]}` or `{name} == {WORDS[name][1]}`"
        raise TermError(msg)
    return lambda values: _COMPARE[sign](getattr(values, name), value)


def _number_comparison(name: str, sign: str, value: str) -> Callable[[Values], bool]:
    if not value.isdecimal() and value not in NUMBERS:
        msg = f"`{name} {sign} {value}` compares a number with `{value}`; expected a number or one of n, m, k, i, line"
        raise TermError(msg)
    compare: Callable[[int, int], bool] = _ORDER.get(sign) or _COMPARE[sign]

    def ask(values: Values) -> bool:
        other = int(value) if value.isdecimal() else getattr(values, value)
        return compare(getattr(values, name), other)

    return ask


def _ends(text: str) -> list[str]:
    ends = RANGES.get(text, text).split("..")
    return ends if len(ends) <= 2 else [text]


def _index(text: str) -> Callable[[Values], int]:
    match = _INDEX.match(text)
    if match is None:
        msg = (
            f"`{text}` is no index of a node; expected a number, n, k or i (as in `2..k` or `i-1`),"
            " or `first`, `others`, `all`, `touched`"
        )
        raise TermError(msg)
    number, name, sign, step = match.groups()
    if number is not None:
        return lambda _values: int(number)
    shift = int(step or 0) * (-1 if sign == "-" else 1)
    return lambda values: getattr(values, name) + shift
