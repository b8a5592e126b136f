"""From YAML to a runbook: YAML 1.2, places, every mistake at once, and what was expected in its place."""

import json
import re

import jsonschema
import pytest

from rollback.runbook import Reading, RunbookUnreadable, builtin, json_schema, read
from rollback.runbook.spec import Runbook

SMALL = """\
runbook: small
version: 1
title: A small one
milestones: {door_closes: shut, door_opens: open, live: open}
gates:
  - gate: only
    title: Ask
    approvers: [IC or XA]
stages:
  - stage: shut
    title: Shut it
    action: vservers-disable
    kind: change
    gate: only
    phase: close
    needs: [start]
    minutes: {typical: 5}
    attests: XA
    by_hand: By hand.
    evidence: What was seen.
    undo: Open it.
  - stage: open
    title: Open it
    action: vservers-enable
    kind: change
    gate: only
    phase: open
    needs: [shut]
    minutes: {typical: 5}
    attests: XA
    by_hand: By hand.
    evidence: What was seen.
    undo: Shut it.
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(RunbookUnreadable) as caught:
        read(text, "small.yml")
    return [str(mistake) for mistake in caught.value.mistakes]


def with_line(number: int, line: str) -> str:
    lines = SMALL.splitlines()
    lines[number - 1] = line
    return "\n".join(lines) + "\n"


def test_a_runbook_is_read_with_its_places() -> None:
    """Each key and each item of a runbook keeps its line and column."""
    reading = read(SMALL, "small.yml")
    assert [stage.stage for stage in reading.runbook.stages] == ["shut", "open"]
    assert str(reading.at("stages", 1, "needs", 0)) == "28:13"
    assert str(reading.at("stages", 0, "action")) == "12:5"


def test_the_nearest_place_stands_for_a_part_that_the_file_lacks() -> None:
    """A part that was left out is placed at what surrounds it."""
    reading = read(SMALL, "small.yml")
    assert reading.at("stages", 1, "checks", 0) == reading.at("stages", 1)


def test_a_key_that_stands_twice_is_refused() -> None:
    """A duplicate key is a mistake at its second place, which names the first."""
    assert mistakes(SMALL.replace("    kind: change\n", "    kind: change\n    kind: read\n", 1)) == [
        "14:5: `kind` stands twice in one mapping, first in line 13; expected it once"
    ]


def test_every_mistake_is_listed_at_once() -> None:
    """All mistakes are listed together in the order of the file, those of the YAML and those of the meaning."""
    text = SMALL.replace("version: 1", "version: none").replace("kind: change", "kind: chnage", 1)
    text = text.replace("    attests: XA\n", "    attests: XY\n    attests: XA\n", 1).replace(
        "needs: [shut]", "needs: []"
    )
    found = mistakes(text)
    assert [re.match(r"\d+", line).group() for line in found] == ["2", "13", "18", "19", "29"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        (2, "version: 0", "2:1: `0` can't be used as `version`; expected a whole number from 1"),
        (13, "    kind: chnage",
         "13:5: `chnage` can't be used as `kind`; expected one of read, change, attestation, decision"),
        (17, "    minutes: {typical: soon}",
         "17:15: `soon` can't be used as `typical`; expected a number of minutes, 0 or more"),
        (17, "    minutes: {}", "17:5: `typical` is missing; expected a number of minutes, 0 or more"),
        (17, "    minutes: {typical: 5, typicla: 5}", "17:27: `typicla` is not known here; did you mean `typical`?"),
        (17, "    minutes: {typical: 5, colour: 5}",
         "17:27: `colour` is not known here; expected one of typical, least, most, a_node"),
        (18, "    attests: XA or XY",
         "18:5: `XA or XY` can't be used as `attests`; expected roles joined by `or`: IC, XA, DBA, VA, SO, CL, SEC"),
        (16, "    needs: [shut@later]",
         "16:13: `later` is no index of a node; expected a number, n, k or i (as in `2..k` or `i-1`), or `first`"),
        (16, "    needs: [Start]",
         "16:13: `Start` is no need; expected `stage`, `stage@nodes` or `stage:check`"),
        (16, "    needs: [{need: start, when: n >}]",
         "16:27: `n >` is no comparison; expected for example `n > k` or `opening == first-node`"),
        (10, "  - stage: shut@NODE",
         "10:5: `shut@NODE`: expected `@NODE` in the name exactly when there is a `for:` range"),
        (8, "    approvers: []",
         "8:5: this can't be used as `approvers`; expected a list of at least 1"),
    ],
)  # fmt: skip
def test_a_mistake_says_where_and_what_was_expected(line: int, text: str, expected: str) -> None:
    """A mistake has its line and column, shows what stands there and says what was expected."""
    assert [mistake for mistake in mistakes(with_line(line, text)) if not mistake.startswith(expected)] == []


def test_people_without_roles_are_a_mistake() -> None:
    """A check that people answer names the roles of those people, and one of the bot's names none."""
    check = "    checks: [{check: seen, text: Seen., by: person}]\n    attests: XA\n"
    assert "names nobody" in mistakes(SMALL.replace("    attests: XA\n", check, 1))[0]
    check = "    checks: [{check: seen, text: Seen., by: bot, who: XA}]\n    attests: XA\n"
    assert "is the bot's" in mistakes(SMALL.replace("    attests: XA\n", check, 1))[0]


def test_a_group_of_changes_is_a_number_or_one_of_each_node() -> None:
    """`after` is a number, or says which group of how many for each node."""
    check = "    checks: [{check: seen, text: Seen., by: bot, after: two}]\n    attests: XA\n"
    assert "expected a number, or for example `2 of 3`" in mistakes(SMALL.replace("    attests: XA\n", check, 1))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: expected a mapping"),
        ("- a\n- b\n", "1:1: expected a mapping"),
        ("a: [1\nb: }", "2:2: no YAML"),
        ("a: 1\n---\nb: 2\n", "2:1: no YAML"),
        ("a: 'x\n", "no YAML"),
        ("a: !!python/object:os.system x\n", "has the tag"),
    ],
)
def test_what_is_no_yaml_says_so(text: str, expected: str) -> None:
    """A file that is no YAML, or no mapping, is refused with its place."""
    assert any(expected in mistake for mistake in mistakes(text))


def test_the_yaml_is_version_1_2() -> None:
    """`on`, `off`, `yes` and `no` are words, and 010 is ten."""
    text = SMALL.replace("title: A small one", "title: no").replace("version: 1", "version: 010")
    runbook = read(text, "small.yml").runbook
    assert (runbook.title, runbook.version) == ("no", 10)


def test_the_error_names_the_file_and_says_that_nothing_was_started() -> None:
    """The error tells what happened, that nothing was started, and each place in the file."""
    with pytest.raises(RunbookUnreadable, match=r"nothing was started(.|\n)*small\.yml:2:1") as caught:
        read(with_line(2, "version: 0"), "small.yml")
    assert caught.value.name == "small.yml"


@pytest.fixture(scope="module")
def xenmobile() -> Reading:
    return builtin("xenmobile")


def test_a_runbook_keeps_its_digest_through_bytes(xenmobile: Reading) -> None:
    """A runbook that was frozen is read back equal, and a changed word changes its digest."""
    runbook = xenmobile.runbook
    again = Runbook.model_validate_json(runbook.to_bytes())
    assert again == runbook
    assert again.digest() == runbook.digest()
    assert runbook.model_copy(update={"title": "another"}).digest() != runbook.digest()


def test_the_schema_accepts_what_is_accepted_and_refuses_what_is_refused() -> None:
    """The JSON schema agrees with the reader on a good runbook and on a bad one, short forms included."""
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    small = {
        "runbook": "small",
        "version": 1,
        "title": "A small one",
        "milestones": {"door_closes": "shut", "door_opens": "shut", "live": "shut"},
        "gates": [{"gate": "only", "title": "Ask", "approvers": ["IC or XA"]}],
        "stages": [
            {
                "stage": "shut", "title": "Shut it", "action": "shut", "kind": "change", "gate": "only",
                "phase": "close", "needs": ["start", {"need": "shut", "when": "n > 1"}], "minutes": {"typical": 5},
                "hard": {"short": "In one text.", "long": {"text": "With more.", "at_start": True}},
                "by_hand": "x", "evidence": "x", "undo": "x",
            }
        ],
    }  # fmt: skip
    assert not list(validator.iter_errors(small))
    assert Runbook.model_validate(small).stages[0].hard["short"].text == "In one text."
    bad = json.loads(json.dumps(small))
    bad["stages"][0]["kind"] = "chnage"
    bad["stages"][0]["colour"] = "red"
    assert len(list(validator.iter_errors(bad))) == 2
