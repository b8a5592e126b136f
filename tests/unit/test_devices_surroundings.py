"""Where a difference of the settings comes from: the version, an edit since the backup, or nobody knows."""

from typing import Any

import pytest

from rollback.devices.surroundings import Cause, Part, differences, unread

Values = dict[str, Any]


def told(part: Part, **named: Values) -> Values:
    return {each.value: named if each is part else {} for each in Part}


def a_property(value: str, default: str) -> Values:
    return {"value": value, "default": default, "hidden": False}


CASES: list[tuple[str, Values | None, Values | None, Cause]] = [
    ("new in the version", a_property("5", "5"), None, Cause.BY_VERSION),
    ("dropped by the version", None, a_property("5", "5"), Cause.BY_VERSION),
    ("another default", a_property("180", "180"), a_property("120", "120"), Cause.BY_VERSION),
    ("edited", a_property("14", "7"), a_property("7", "7"), Cause.EDIT),
    ("added by hand", a_property("office-2", ""), None, Cause.EDIT),
    ("edited and another default", a_property("14", "10"), a_property("7", "7"), Cause.UNEXPLAINED),
    ("only on the restored one", None, a_property("14", "7"), Cause.UNEXPLAINED),
]


@pytest.mark.parametrize(("case", "before", "after", "cause"), CASES)
def test_a_property_at_its_own_default_came_with_the_version(
    case: str, before: Values | None, after: Values | None, cause: Cause
) -> None:
    """A value that somebody set is an edit; where the default moved under a set value nobody knows."""
    was = told(Part.PROPERTY, **({"p": before} if before else {}))
    now = told(Part.PROPERTY, **({"p": after} if after else {}))
    assert [(d.name, d.cause) for d in differences(was, now)] == [("p", cause)], case


@pytest.mark.parametrize(
    ("part", "cause"),
    [
        (Part.CERTIFICATE, Cause.EDIT),
        (Part.DELIVERY_GROUP, Cause.EDIT),
        (Part.LICENCE, Cause.UNEXPLAINED),
        (Part.DIRECTORY, Cause.UNEXPLAINED),
        (Part.AUTHORITY, Cause.UNEXPLAINED),
    ],
)
def test_only_what_administrators_keep_up_is_an_edit(part: Part, cause: Cause) -> None:
    """Certificates and delivery groups are edited; a licence, a directory or an authority that moved is looked at."""
    found = differences(told(part, one={"serial": "1"}), told(part, one={"serial": "2"}))
    assert [(d.part, d.cause) for d in found] == [(part, cause)]


def test_what_moves_by_itself_is_no_difference() -> None:
    """The vendor's row ids and the count of licences in use say nothing; an authority's id is its identity."""
    assert differences(told(Part.LICENCE, l={"in_use": 1, "id": 4}), told(Part.LICENCE, l={"in_use": 2, "id": 5})) == ()
    assert differences(told(Part.AUTHORITY, a={"id": "x"}), told(Part.AUTHORITY, a={"id": "y"})) != ()


def test_a_part_that_was_not_read_is_no_difference_and_is_named() -> None:
    """What the login may not read can't be compared; it says so in place of pretending that nothing is there."""
    forbidden = {**told(Part.PROPERTY), "licence": "this login may not read the licences"}
    assert differences(forbidden, told(Part.LICENCE, l={"expires": "2031-01-01"})) == ()
    assert unread(forbidden) == ("licence: this login may not read the licences",)
