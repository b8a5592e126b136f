"""From YAML 1.2 to a pydantic model: every mistake at once, each with line, column and what was expected."""

import difflib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rollback.documents.places import Mistake, Place
from rollback.documents.shape import Shape

M = TypeVar("M", bound=BaseModel)
FOLD = "\a"  # the parser marks the folds of `>-` texts with BEL when it keeps round trips
_TAG = "tag:yaml.org,2002:"
Path = tuple[str | int, ...]


class Unreadable(Exception):
    """A document can't be read as what it should be.

    Attributes:
        name: The file's name.
        mistakes: Every mistake, in the order of the file.
    """

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        """Keep all of them, sorted."""
        self.name = name
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(f"{name}:{mistake}" for mistake in self.mistakes))


@dataclass(frozen=True, slots=True)
class Document(Generic[M]):
    """What was read, with the places of its parts.

    Attributes:
        value: The model.
        places: Where each key and each item stands, by its path: ``("stages", 3, "needs", 0)``.
    """

    value: M
    places: Mapping[Path, Place]


def read_document(text: str, name: str, model: type[M]) -> Document[M]:
    """The document that `text` holds; `name` is the file's name for messages.

    Raises:
        Unreadable: It holds none; the error lists every mistake.
    """
    shape = Shape(model)
    tree = _Tree()
    value = tree.value(_compose(text, name), ())
    if not isinstance(value, dict):
        keys = ", ".join(f"`{key}`" for key in shape.known_keys(())[:3])
        raise Unreadable(name, [Mistake(Place(1, 1), f"expected a mapping with {keys} …")])
    mistakes = list(tree.mistakes)
    try:
        read = model.model_validate(value)
    except ValidationError as error:
        found = [_mistake(detail, value, tree.places, shape) for detail in _causes(error.errors(include_url=False))]
        raise Unreadable(name, [*mistakes, *dict.fromkeys(found)]) from None
    if mistakes:
        raise Unreadable(name, mistakes)
    return Document(read, MappingProxyType(tree.places))


def _compose(text: str, name: str) -> Node | None:
    try:
        return YAML(typ="rt", pure=True).compose(io.StringIO(text))  # type: ignore[no-any-return]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise Unreadable(name, [Mistake(place, f"no YAML: {said}")]) from None
    except YAMLError as error:
        raise Unreadable(name, [Mistake(Place(1, 1), f"no YAML: {error}")]) from None


class _Tree:
    """Plain values out of YAML nodes, noting each one's place and what can't be taken."""

    def __init__(self) -> None:
        self.places: dict[Path, Place] = {(): Place(1, 1)}
        self.mistakes: list[Mistake] = []

    def value(self, node: Node | None, path: Path) -> object:
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                self.places[*path, index] = _place(item)
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node) if isinstance(node, ScalarNode) else None

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, object]:
        taken: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in taken:
                first = self.places[*path, key]
                said = f"`{key}` stands twice in one mapping, first in line {first.line}; expected it once"
                self.mistakes.append(Mistake(_place(key_node), said))
                continue
            self.places[*path, key] = _place(key_node)
            taken[key] = self.value(value_node, (*path, key))
        return taken

    def _scalar(self, node: ScalarNode) -> object:
        text = str(node.value).replace(FOLD, "")
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in {"true", "false"}:
            return text.lower() == "true"
        if kind in {"int", "float"}:
            return self._number(text, kind, node)
        if kind not in {"str", "timestamp"}:
            said = f"`{text}` has the tag `{node.tag}`; expected a text, a number, true or false"
            self.mistakes.append(Mistake(_place(node), said))
        return text

    def _number(self, text: str, kind: str, node: ScalarNode) -> object:
        try:
            return _whole(text) if kind == "int" else float(text)
        except ValueError:
            self.mistakes.append(Mistake(_place(node), f"`{text}` is no number that YAML 1.2 knows"))
            return text


def _whole(text: str) -> int:
    # YAML 1.2: 0o17 and 0x1f have another base, and 017 is seventeen.
    return int(text, 0) if text.lower().lstrip("+-").startswith(("0o", "0x")) else int(text)


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def nearest(places: Mapping[Path, Place], path: Sequence[str | int]) -> Place:
    """The place of a path, or of the nearest thing around it that the document has."""
    for length in range(len(path), -1, -1):
        if (found := places.get(tuple(path[:length]))) is not None:
            return found
    return Place(1, 1)


def _causes(details: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    # A list whose items can't be used is also said to be too short; that would send people to the wrong place.
    for detail in details:
        path = detail["loc"]
        inner = any(len(one["loc"]) > len(path) and one["loc"][: len(path)] == path for one in details)
        if not (inner and detail["type"] == "too_short"):
            yield detail


def _mistake(detail: ErrorDetails, whole: object, places: Mapping[Path, Place], shape: Shape) -> Mistake:
    path = detail["loc"]
    known = max((length for length in range(len(path) + 1) if path[:length] in places), default=0)
    place = nearest(places, path)
    key = path[-1]
    if detail["type"] == "missing":
        return Mistake(place, f"`{key}` is missing; expected {shape.expectation(path)}")
    if detail["type"] == "extra_forbidden":
        return Mistake(place, _unknown_key(str(key), shape.known_keys(path[:-1])))
    if detail["type"] in {"value_error", "assertion_error"}:
        return Mistake(place, str(detail["ctx"]["error"]))
    value = _value_at(whole, path[:known])
    shown = f"`{value}` can't be used" if isinstance(value, str | int | float) else "this can't be used"
    return Mistake(place, f"{shown} as `{_name(path[:known])}`; expected {shape.expectation(path[:known])}")


def _value_at(whole: object, path: Sequence[str | int]) -> object:
    for step in path:
        if isinstance(whole, dict | list):
            whole = whole[step]  # type: ignore[index]
    return whole


def _unknown_key(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"expected one of {', '.join(known)}"
    return f"`{key}` is not known here; {hint}"


def _name(path: Sequence[str | int]) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "document")
