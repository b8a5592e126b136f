"""Editing a notice in its dialog: a new version, no approval left, Slack's limits kept."""

from typing import Any

import pytest
from notices_told import Told, begun, compared, told, two_people
from sqlalchemy import select

from commands.blocks import draft_dialog
from commands.blocks.entered import entered
from commands.drafts_edit import submit_edit
from helpers_blocks import slack_takes_view
from rollback.actions.notices import Standing
from rollback.drafts.editing import editable
from rollback.drafts.notices import Content
from rollback.operations import drafts, editing
from rollback.operations.notices import newest
from rollback.operations.refusal import Refusal
from rollback.roles import Person
from storage.models import Dialog, Outgoing
from storage.words import DraftState, Notice, Role

__all__ = ["begun", "told"]  # fixtures
NAME = Notice.INTERRUPTION


def opened(told: Told, notice: Notice = NAME, language: str = "en") -> tuple[Dialog, dict[str, Any]]:
    """The stored dialog, and the view as Slack gets it."""
    row = told.row(notice)
    texts = editable(Content.from_json(row.texts), language)
    offered = {
        "name": notice.value,
        "language": language,
        "templates": [text.template for text in texts],
        "joints": draft_dialog.layout(texts),
    }
    now = told.house.clock.now()
    dialog = Dialog(id="D1", person="cl", verb="x", rollback_id=1, digest=row.text_hash, offered=offered, opened_at=now)
    return dialog, draft_dialog.edit(told.house.picture(), notice, language, texts, "D1")


def typed(view: dict[str, Any], changes: dict[str, str]) -> dict[str, str]:
    """What comes back when somebody changes some fields and leaves the others."""
    values = {
        block["block_id"]: {
            block["block_id"]: {"value": changes.get(block["block_id"], block["element"].get("initial_value"))}
        }
        for block in view["blocks"]
        if block["type"] == "input"
    }
    return entered({"state": {"values": values}})


def keep(told: Told, changes: dict[str, str], who: str = "cl", **where: Any) -> str:
    dialog, view = opened(told, **where)
    return told.house.do(  # type: ignore[no-any-return]
        lambda unit, _book: submit_edit(unit, told.house.presser(who), dialog, typed(view, changes))
    )


def test_an_edit_is_a_version_that_voids_the_approval(told: Told) -> None:
    """What was edited is a new version by its writer, on disk for its reviewers, and nothing of it is approved."""
    told.approve(NAME, "ic")
    assert told.standing(NAME) == Standing.APPROVED
    answer = keep(told, {"subject:0": "The service is down today"})
    row = told.row(NAME)
    assert (row.version, row.state, row.author, row.approver) == (2, DraftState.DRAFT, "cl", "")
    assert row.text_hash[:8] in answer
    assert told.standing(NAME) == Standing.CHANGED
    texts = Content.from_json(row.texts).texts
    assert [one.subject for one in texts if one.language == "en" and one.subject] == ["The service is down today"]
    told.serve()
    assert told.row(NAME).version == 2
    file = told.files()[f"RB-1-draft-{NAME}-2-en.txt"].read_text(encoding="utf-8")
    assert file.startswith("The service is down today\n\n")
    assert told.serve() == 0
    told.approve(NAME, "ic")
    told.serve()
    sent = told.files()["RB-1-service-interruption-en.txt"].read_text(encoding="utf-8")
    assert sent.startswith("The service is down today\n\n")


def test_untouched_is_no_version(told: Told) -> None:
    """Sending the dialog off as it came keeps no new version."""
    for notice in (Notice.INTERRUPTION, Notice.HELP_DESK_BRIEF):
        for language in ("en", "fr", "de"):
            with pytest.raises(Refusal, match="Nothing of"):
                keep(told, {}, notice=notice, language=language)


def test_slacks_limits_are_kept(told: Told) -> None:
    """No field begins with more than Slack takes, and a long brief is spread over several."""
    compared(told, two_people())
    for notice in (Notice.INTERRUPTION, Notice.HELP_DESK_BRIEF, Notice.INTRANET_PAGE):
        for language in ("en", "fr", "de"):
            _, view = opened(told, notice, language)
            elements = [block["element"] for block in view["blocks"] if block["type"] == "input"]
            assert elements
            assert all(len(one.get("initial_value", "")) <= one["max_length"] <= 3000 for one in elements)
            slack_takes_view(view)
    _, brief = opened(told, Notice.HELP_DESK_BRIEF, "fr")
    fields = [block["block_id"] for block in brief["blocks"] if block["type"] == "input"]
    assert fields[:3] == ["subject:0", "body:0:0", "body:0:1"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body:0:0": "See https://example.com for more."}, "becomes a link"),
        ({"subject:0": "Urgent: act now!"}, "presses people"),
        ({"body:1:0": "x" * 161}, "would be sent in 2 parts"),
    ],
)
def test_the_lint_speaks_in_the_dialog(told: Told, changes: dict[str, str], sentence: str) -> None:
    """What the lint finds is told where it was typed, and no version is kept."""
    with pytest.raises(Refusal, match=sentence):
        keep(told, changes)
    assert told.row(NAME).version == 1


def test_only_communications_edit(told: Told) -> None:
    """Whoever approves doesn't write."""
    for who in ("ic", "so", "xa"):
        with pytest.raises(Refusal, match="roles don't let you edit"):
            keep(told, {"subject:0": "Another subject"}, who)


def test_two_edits_of_one_version(told: Told) -> None:
    """Whoever comes second is told so, and overwrites nothing."""
    first, view = opened(told)
    keep(told, {"subject:0": "One subject"})
    with pytest.raises(Refusal, match="has changed while you edited"):
        told.house.do(
            lambda unit, _book: submit_edit(
                unit, told.house.presser("cl"), first, typed(view, {"subject:0": "Another subject"})
            )
        )


def test_letters_and_lists_are_not_edited_here(told: Told) -> None:
    """The list of recipients has no text; of the request to enrol again only the text message is edited."""
    compared(told, two_people())
    with pytest.raises(Refusal, match="has no text that is edited here"):
        told.house.do(
            lambda _unit, book: editing.must_be_editable(
                book, told.house.presser("cl"), told.row(Notice.RECIPIENTS), "en"
            )
        )
    _, view = opened(told, Notice.RE_ENROL)
    assert [block["block_id"] for block in view["blocks"] if block["type"] == "input"] == ["body:0:0"]


def test_the_writer_reviews_only_where_nobody_else_can(told: Told) -> None:
    """Where a second person of communications is named, that one reviews; the approver is another in any case."""
    keep(told, {"subject:0": "The service is down today"})
    mark = told.mark(NAME)
    told.press(drafts.review, "cl", NAME, mark)
    with pytest.raises(Refusal, match="roles don't let you approve"):
        told.press(drafts.approve, "cl", NAME, mark)
    told.press(drafts.approve, "ic", NAME, mark)


def test_a_second_writer_reviews(told: Told) -> None:
    """With two people of communications the writer can't review."""
    second = Person(
        id="cl2", name="Person cl2", accounts=(told.house.people["dba"].accounts[0],), roles=(Role.COMMUNICATIONS,)
    )
    keep(told, {"subject:0": "The service is down today"})

    def with_second(unit: Any, book: Any) -> None:
        roster = book.roster.model_copy(update={"people": (*book.roster.people[:3], second, *book.roster.people[4:])})
        drafts.review(unit, _Book(book, roster), told.house.presser("cl"), NAME, told.mark(NAME))

    with pytest.raises(Refusal, match="You wrote"):
        told.house.do(with_second)


class _Book:
    """A rollback with other people."""

    def __init__(self, book: Any, roster: Any) -> None:
        self._book, self.roster = book, roster

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)


def test_the_bot_says_when_an_edit_is_replaced(told: Told) -> None:
    """A new occasion makes a new version from the templates; that the edit before it is gone is said."""
    keep(told, {"body:0:0": "Please wait for the next message."}, notice=Notice.HELP_DESK_BRIEF)
    compared(told, two_people())
    with told.house.database.read() as session:
        assert newest(session, 1)[Notice.HELP_DESK_BRIEF].author == "bot"
        told_of = [row.facts for row in session.scalars(select(Outgoing)) if row.subject == "notice-drafted"]
    briefs = [(one["version"], one["by"], one["lost_edit"]) for one in told_of if one["notice"] == "help-desk-brief"]
    assert briefs == [(1, "bot", False), (2, "cl", False), (3, "bot", True)]
