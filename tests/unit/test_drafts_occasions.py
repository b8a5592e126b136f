"""When a notice is due, and what it says then."""

from dataclasses import replace
from datetime import timedelta

import pytest
from drafts_made import AT, COMMON, TERMS, ZONE

from rollback.drafts.lint import lint_text
from rollback.drafts.notices import NOTICE_KINDS, Content, Listed
from rollback.drafts.occasions import Known, contexts, edition
from rollback.drafts.wording import load
from storage.words import Notice, Role

HOUR = timedelta(hours=1)
LISTED = Listed(
    digest="ab" * 32,
    people=198,
    by_mail=190,
    otherwise=8,
    devices=213,
    shared=2,
    without_user=1,
    held=3,
    exact=True,
    backup_started=(AT - 15 * 24 * HOUR).isoformat(),
    backup_finished=(AT - 15 * 24 * HOUR + HOUR / 3).isoformat(),
    place="/files/RB-7/RB-7-helpdesk.csv",
)
START = Known(COMMON, TERMS, "10.7", "10.6", AT, AT + HOUR, None, None, AT + HOUR / 2)
CLOSED = replace(START, now=AT + 2 * HOUR, closed_at=AT + HOUR)
COUNTED = replace(CLOSED, listed=LISTED)
OPENED = replace(COUNTED, now=AT + 4 * HOUR, opened_at=AT + 3 * HOUR)


def due(known: Known) -> set[Notice]:
    return {notice for notice in Notice if edition(notice, known)}


def said(notice: Notice, known: Known) -> str:
    wording = load(ZONE)
    return "\n".join(wording.render(context, "en").body for context in contexts(notice, known))


def test_each_notice_is_due_when_its_facts_are_known() -> None:
    """Before the downtime three are due, with the counts the page, with the open door the rest; the list never here."""
    first = {Notice.HELP_DESK_BRIEF, Notice.INTERRUPTION, Notice.RE_ENROL}
    assert due(START) == due(CLOSED) == first
    assert due(COUNTED) == first | {Notice.INTRANET_PAGE}
    assert due(OPENED) == set(Notice) - {Notice.RECIPIENTS, Notice.REMINDER}
    assert due(replace(OPENED, listed=None)) == first


def test_an_occasion_is_a_version() -> None:
    """What has only become older is the same version; another list or the open door is another one."""
    assert edition(Notice.HELP_DESK_BRIEF, START) == edition(Notice.HELP_DESK_BRIEF, replace(CLOSED, now=AT + 9 * HOUR))
    other = replace(COUNTED, listed=replace(LISTED, digest="cd" * 32))
    assert len({edition(Notice.HELP_DESK_BRIEF, known) for known in (START, COUNTED, other)}) == 3
    assert edition(Notice.RE_ENROL, START) == edition(Notice.RE_ENROL, OPENED)
    assert edition(Notice.INTRANET_PAGE, COUNTED) != edition(Notice.INTRANET_PAGE, OPENED)


@pytest.mark.parametrize("known", [START, COUNTED, OPENED])
def test_every_text_passes_the_lint(known: Known) -> None:
    """Whatever is due gives texts in all languages without a problem, one for each of its templates."""
    wording = load(ZONE)
    for notice in sorted(due(known)):
        made = contexts(notice, known)
        assert tuple(context.template for context in made) == NOTICE_KINDS[notice].templates
        texts = [text for context in made for text in wording.bundle(context).texts]
        assert [str(problem) for text in texts for problem in lint_text(text)] == []


def test_counts_and_places_are_told() -> None:
    """The brief says how many and where the list lies; everybody is told how many, and nobody where."""
    brief, page = said(Notice.HELP_DESK_BRIEF, COUNTED), said(Notice.RESTORED, OPENED)
    assert "198 people with 213 devices" in brief
    assert LISTED.place in brief
    assert "198 people have to set up a device again" in page
    assert LISTED.place not in page
    assert "down for 2 hours" in said(Notice.MANAGEMENT_SUMMARY, OPENED)


def test_what_is_not_known_is_not_written() -> None:
    """A notice that isn't due can't be made out of guesses."""
    for notice, known in (
        (Notice.RESTORED, COUNTED),
        (Notice.MANAGEMENT_SUMMARY, START),
        (Notice.INTRANET_PAGE, START),
    ):
        with pytest.raises(ValueError, match="not due"):
            contexts(notice, known)


def test_a_version_is_read_as_it_was_written() -> None:
    """What one version holds comes back from its row with the same hash; one changed word is another hash."""
    wording = load(ZONE)
    texts = tuple(t for c in contexts(Notice.RE_ENROL, START) for t in wording.bundle(c).texts)
    content = Content("start", texts, {"reenroll_request.md": "12"}, event_date="2017-11-29", reply_by="2017-12-06")
    assert Content.from_json(content.to_json()) == content
    assert Content.from_json(Content("list", listed=LISTED).to_json()).listed == LISTED
    changed = replace(content, texts=(replace(texts[0], body=texts[0].body + "."), *texts[1:]))
    later = replace(content, reply_by="2017-12-07")
    assert len({content.text_hash, changed.text_hash, later.text_hash}) == 3


def test_every_notice_has_an_approver_who_does_not_write() -> None:
    """Communications writes and reviews; commander or service owner approve."""
    assert set(NOTICE_KINDS) == set(Notice)
    for kind in NOTICE_KINDS.values():
        assert set(kind.approvers) <= {Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER}
        assert kind.approvers
