"""Slack's limits: every size in the tables holds at its edge, whatever else is in the message."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.workspace import limits
from practice.workspace.checking import check_blocks, check_view, view_bytes, weigh
from practice.workspace.elements import ELEMENTS, OBJECTS
from practice.workspace.rules import Choice, Flag, Free, Part, Parts, Rule, Shape, Surface, Text, Whole, Words

Make = Callable[[Any], Any]


@dataclass(frozen=True)
class Spot:
    """A place in a block that has a size: how to make the block around a value, and where the value then is."""

    block: str
    make: Make
    pointer: str
    rule: Words | Parts

    def __repr__(self) -> str:
        return f"{self.block}{self.pointer}"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def example(rule: Rule) -> Any:
    """Return the smallest value that keeps a rule."""
    match rule:
        case Words():
            value: Any = {r"\d{4}-\d{2}-\d{2}": "2026-02-03", r"\d{2}:\d{2}": "10:15"}.get(rule.pattern or "", "w")
        case Text():
            value = plain("w")
        case Whole():
            value = rule.least or 1
        case Choice():
            value = min(rule.values)
        case Part() if rule.shape:
            value = filled(OBJECTS[rule.shape])
        case Part():
            value = {"type": min(rule.kinds), **filled(shape_of(min(rule.kinds)))}
        case Parts():
            value = [example(rule.each)] * max(1, rule.least)
        case Flag() | Free():
            value = True
    return value


def shape_of(kind: str) -> Shape:
    return {**ELEMENTS, **limits.BLOCKS}[kind]


def filled(shape: Shape) -> dict[str, Any]:
    """Return the smallest object of a shape."""
    value = {name: example(rule) for name, rule in shape.fields.items() if rule.required}
    if shape.any_of and not value.keys() & set(shape.any_of):
        value[shape.any_of[0]] = example(shape.fields[shape.any_of[0]])
    return value


def sized(rule: Rule) -> Iterator[tuple[Make, str, Words | Parts]]:
    """Yield each place within a value that has a size."""
    match rule:
        case Words(most=int()):
            yield (lambda value: value), "", rule
        case Text():
            yield plain, "/text", Words(most=rule.most, least=rule.least)
        case Part() if rule.shape:
            yield from within(OBJECTS[rule.shape], {})
        case Part():
            for kind in sorted(rule.kinds):
                yield from within(shape_of(kind), {"type": kind})
        case Parts():
            yield (lambda value: value), "", rule
            for make, pointer, inner in sized(rule.each):
                yield (lambda value, make=make: [make(value)]), f"/0{pointer}", inner
        case _:
            return


def within(shape: Shape, common: dict[str, Any]) -> Iterator[tuple[Make, str, Words | Parts]]:
    """Yield each place within an object that has a size."""
    for name, rule in shape.fields.items():
        for make, pointer, inner in sized(rule):
            base = {**filled(shape), **common}
            yield (lambda value, b=base, n=name, m=make: {**b, n: m(value)}), f"/{name}{pointer}", inner


SPOTS = [
    Spot(kind, make, pointer, rule)
    for kind, shape in limits.BLOCKS.items()
    for make, pointer, rule in within(shape, {"type": kind})
]


def surface_of(block: str) -> Surface:
    return min(limits.BLOCKS[block].surfaces)


def said_at(spot: Spot, value: Any) -> list[str]:
    problems = check_blocks([spot.make(value)], surface_of(spot.block))
    return [problem.says for problem in problems if problem.pointer == f"/blocks/0{spot.pointer}"]


def value_of_size(rule: Words | Parts, size: int) -> Any:
    return "w" * size if isinstance(rule, Words) else [example(rule.each)] * size


@pytest.mark.parametrize("kind", sorted(limits.BLOCKS))
def test_workspace_accepts_the_smallest_block_of_each_kind(kind: str) -> None:
    """A block with only what is required is accepted on its surface."""
    block = {"type": kind, **filled(limits.BLOCKS[kind])}
    assert check_blocks([block], surface_of(kind)) == ()


@pytest.mark.parametrize("spot", SPOTS, ids=repr)
def test_workspace_refuses_one_more_than_the_most(spot: Spot) -> None:
    """Each size in the tables is accepted at its edge and refused one beyond, at the very place."""
    most = spot.rule.most
    assert most is not None
    assert said_at(spot, value_of_size(spot.rule, most)) == []
    beyond = said_at(spot, value_of_size(spot.rule, most + 1))
    expected = (
        f"must be less than {most + 1} characters"
        if isinstance(spot.rule, Words)
        else f"no more than {most} items allowed"
    )
    assert expected in beyond


def test_workspace_tables_say_what_slack_documents() -> None:
    """The sizes that a bot meets most are those of Slack's reference."""
    documented = {
        "section/text/text": 3000,
        "section/fields": 10,
        "section/fields/0/text": 2000,
        "header/text/text": 150,
        "context/elements": 10,
        "actions/elements": 25,
        "actions/elements/0/text/text": 75,
        "actions/elements/0/value": 2000,
        "actions/elements/0/action_id": 255,
        "actions/elements/0/confirm/title/text": 100,
        "actions/elements/0/confirm/text/text": 300,
        "actions/elements/0/confirm/confirm/text": 30,
        "actions/elements/0/confirm/deny/text": 30,
        "input/label/text": 2000,
        "input/hint/text": 2000,
        "input/element/options/0/text/text": 75,
        "input/element/options/0/value": 150,
        "input/element/options/0/description/text": 75,
        "input/element/placeholder/text": 150,
    }
    of_tables: dict[str, set[int | None]] = {}
    for spot in SPOTS:
        of_tables.setdefault(repr(spot), set()).add(spot.rule.most)
    assert {name: of_tables[name] for name in documented} == {name: {most} for name, most in documented.items()}
    assert of_tables["input/element/options"] == {100, 10}
    assert of_tables["actions/elements/0/options"] == {100, 10, 5}
    assert limits.BLOCKS_PER_SURFACE == {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "blocks", "elements", "options", "initial_option", "block_id", "element"])
            | st.text(max_size=3),
            inner | st.sampled_from([*limits.BLOCKS, *ELEMENTS, "modal", "home"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_workspace_checks_any_json_without_falling_over(value: Any) -> None:
    """Whatever JSON a bot sends is either accepted or refused with pointers into it."""
    for problem in (*check_blocks(value, Surface.MESSAGE), *check_view(value)):
        assert problem.pointer.startswith(("/blocks", "/view"))
    assert isinstance(check_blocks([value], Surface.MODAL), tuple)


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=8))
def test_workspace_refuses_exactly_the_block_ids_used_before(ids: list[str]) -> None:
    """A `block_id` used twice in a message is refused each time but the first."""
    problems = check_blocks([{"type": "divider", "block_id": one} for one in ids], Surface.MESSAGE)
    assert len(problems) == len(ids) - len(set(ids))


def button(action_id: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go")}


def test_workspace_refuses_an_action_id_twice_in_one_block() -> None:
    """An `action_id` may come again in another block, but not within one."""
    twice = [{"type": "actions", "elements": [button("go"), button("go")]}]
    apart = [{"type": "actions", "elements": [button("go")]}] * 2
    assert [p.pointer for p in check_blocks(twice, Surface.MESSAGE)] == ["/blocks/0/elements/1/action_id"]
    assert check_blocks(apart, Surface.MESSAGE) == ()


@pytest.mark.parametrize(
    ("kind", "surface"),
    [("alert", Surface.MESSAGE), ("alert", Surface.HOME), ("table", Surface.MODAL), ("plan", Surface.HOME)],
)
def test_workspace_refuses_a_block_on_a_foreign_surface(kind: str, surface: Surface) -> None:
    """A block is accepted only where Slack draws it."""
    block = {"type": kind, **filled(limits.BLOCKS[kind])}
    assert [str(p) for p in check_blocks([block], surface)] == [
        f"unsupported type: {kind} [json-pointer:/blocks/0/type]"
    ]


@pytest.mark.parametrize("kind", ["video", "carousel", "approval_card", "", None, 7])
def test_workspace_refuses_a_block_that_it_does_not_know(kind: object) -> None:
    """An unknown block type is refused by name."""
    problems = check_blocks([{"type": kind}], Surface.MESSAGE)
    assert [p.says for p in problems] == [f"unsupported type: {kind}"]


def test_workspace_refuses_fields_that_slack_does_not_know() -> None:
    """A misspelt field is refused by name."""
    problems = check_blocks([{"type": "header", "text": plain("x"), "txet": 1}], Surface.MESSAGE)
    assert [p.says for p in problems] == ["invalid additional property: txet"]


def test_workspace_refuses_mrkdwn_where_only_plain_text_may_stand() -> None:
    """A header is plain text."""
    block = {"type": "header", "text": {"type": "mrkdwn", "text": "*x*"}}
    assert [p.pointer for p in check_blocks([block], Surface.MESSAGE)] == ["/blocks/0/text/type"]


def test_workspace_refuses_an_initial_option_that_is_not_offered() -> None:
    """What is chosen from the start must be one of the options."""
    option = {"text": plain("One"), "value": "1"}
    menu = {"type": "static_select", "options": [option], "initial_option": {**option, "value": "2"}}
    problems = check_blocks([{"type": "actions", "elements": [menu]}], Surface.MESSAGE)
    assert [p.says for p in problems] == ["initial option must be one of the options provided"]


@pytest.mark.parametrize("surface", list(Surface))
def test_workspace_counts_blocks_by_surface(surface: Surface) -> None:
    """A message takes fifty blocks, a dialog and a home tab a hundred."""
    most = limits.BLOCKS_PER_SURFACE[surface]
    assert check_blocks([{"type": "divider"}] * most, surface) == ()
    assert [p.says for p in check_blocks([{"type": "divider"}] * (most + 1), surface)] == [
        f"no more than {most} items allowed"
    ]


def modal(**fields: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Start"), "blocks": [{"type": "divider"}], **fields}


@pytest.mark.parametrize(
    ("field", "most", "make"),
    [
        ("title", 24, plain),
        ("submit", 24, plain),
        ("close", 24, plain),
        ("private_metadata", 3000, str),
        ("callback_id", 255, str),
    ],
)
def test_workspace_limits_what_a_dialog_carries(field: str, most: int, make: Make) -> None:
    """Titles, buttons and metadata of a dialog are accepted at their edge and refused one beyond."""
    assert check_view(modal(**{field: make("w" * most)})) == ()
    assert [p.says for p in check_view(modal(**{field: make("w" * (most + 1))}))] == [
        f"must be less than {most + 1} characters"
    ]


def test_workspace_wants_a_submit_button_where_there_is_an_input() -> None:
    """A dialog with an input needs `submit`."""
    entry = {"type": "input", "label": plain("Why"), "element": {"type": "plain_text_input"}}
    assert [p.says for p in check_view(modal(blocks=[entry]))] == ["missing required field: submit"]
    assert check_view(modal(blocks=[entry], submit=plain("Go"))) == ()


@given(st.lists(st.text(alphabet="ab<>&é", min_size=1, max_size=40), min_size=1, max_size=6))
def test_workspace_weighs_every_character_of_a_message(texts: list[str]) -> None:
    """A message weighs the characters of its texts, escaped where they are plain, and a surcharge for each block."""
    sections = [{"type": "section", "text": {"type": "mrkdwn", "text": text}} for text in texts]
    headers = [{"type": "header", "text": plain(text)} for text in texts]
    escaped = sum(len(t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) for t in texts)
    assert weigh(sections) == sum(map(len, texts)) + len(texts) * limits.BLOCK_SURCHARGE
    assert weigh(headers) == escaped + len(texts) * limits.HEADER_SURCHARGE


@given(st.text(max_size=30))
def test_workspace_measures_a_view_in_bytes(text: str) -> None:
    """The size of a view is that of its JSON in UTF-8."""
    view = modal(private_metadata=text)
    assert view_bytes(view) == len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
