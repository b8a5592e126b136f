"""Notices on their way to their readers: who may do what, what an approval is bound to, what lies on disk."""

import stat
from dataclasses import replace
from datetime import timedelta

import pytest
from devices_made import CUTOFF, capture, device, owner
from notices_told import NAMES, Told, begun, check, compared, lost, told, two_people
from sqlalchemy import select, text

from helpers_situation import estate
from rollback.actions.notices import Standing, not_approved, not_sent, release_notices
from rollback.book import Book
from rollback.devices.comparison import compare, estimate_before_restore
from rollback.drafts.notices import Content
from rollback.operations import drafts
from rollback.operations.notices import files_of, lists_are_behind, newest
from rollback.operations.refusal import Refusal
from rollback.systems import Systems
from rollback.worker.given import given_of
from storage.audit import verify
from storage.database import Unit
from storage.models import AuditEntry, Outgoing
from storage.words import CheckState, DraftState, Notice, Severity

EARLIER = "UPDATE \"check\" SET at = '2030-01-07 08:00:00' WHERE name = 'compared'"
RUNNING = "UPDATE stage SET state = 'running' WHERE name = 'release-notices'"
__all__ = ["begun", "told"]  # fixtures


def test_drafted_at_the_start(told: Told) -> None:
    """What is due before the downtime is drafted at the start, in three languages, on disk for its reviewers."""
    told.serve()
    with told.house.database.read() as session:
        found = newest(session, 1)
    assert set(found) == {Notice.HELP_DESK_BRIEF, Notice.INTERRUPTION, Notice.RE_ENROL}
    assert {row.state for row in found.values()} == {DraftState.DRAFT}
    for notice in found:
        content = Content.from_json(found[notice].texts)
        assert content.problems == ()
        assert {one.language for one in content.texts} == {"en", "fr", "de"}
        assert f"RB-1-draft-{notice}-1-fr.txt" in told.files()
    assert told.serve() == 0


def test_approved_by_a_second_person(told: Told) -> None:
    """A notice is reviewed by communications and approved by somebody else, who holds the role that its table names."""
    told.serve()
    name, mark = Notice.HELP_DESK_BRIEF, told.mark(Notice.HELP_DESK_BRIEF)
    with pytest.raises(Refusal, match="roles don't let you review"):
        told.press(drafts.review, "ic", name, mark)
    with pytest.raises(Refusal, match="is draft: there is nothing to approve"):
        told.press(drafts.approve, "ic", name, mark)
    told.press(drafts.review, "cl", name, mark)
    with pytest.raises(Refusal, match="roles don't let you approve"):
        told.press(drafts.approve, "cl", name, mark)
    with pytest.raises(Refusal, match="is approved by IC"):
        told.press(drafts.approve, "so", name, mark)
    assert told.press(drafts.approve, "ic", name, mark).startswith("`help-desk-brief` version 1 is approved")
    assert (told.row(name).reviewer, told.row(name).approver) == ("cl", "ic")


def test_nobody_approves_what_they_reviewed(told: Told) -> None:
    """Whoever holds both roles and has reviewed a notice is no second person."""
    both = told.house.people["cl"].model_copy(update={"roles": told.house.people["ic"].roles})
    told.serve()
    told.press(drafts.review, "cl", Notice.HELP_DESK_BRIEF, told.mark(Notice.HELP_DESK_BRIEF))
    told.house.people["cl"] = both
    with pytest.raises(Refusal, match="You wrote or reviewed"):
        told.press(drafts.approve, "cl", Notice.HELP_DESK_BRIEF, told.mark(Notice.HELP_DESK_BRIEF))
    assert told.row(Notice.HELP_DESK_BRIEF).state == DraftState.REVIEWED


@pytest.mark.parametrize("mark", ["", "abc", "00000000"])
def test_bound_to_the_hash(told: Told, mark: str) -> None:
    """A review and an approval name the hash that was read; without it, or with another, nothing happens."""
    told.serve()
    with pytest.raises(Refusal, match="Name what you have read"):
        told.press(drafts.review, "cl", Notice.RE_ENROL, mark)
    told.press(drafts.review, "cl", Notice.RE_ENROL, told.mark(Notice.RE_ENROL))
    with pytest.raises(Refusal, match="Name what you have read"):
        told.press(drafts.approve, "so", Notice.RE_ENROL, mark)
    assert told.row(Notice.RE_ENROL).state == DraftState.REVIEWED


def test_a_text_changed_behind_the_bot(told: Told) -> None:
    """A stored text that doesn't fit its hash is neither approved nor handed out, and blocks the stage."""
    told.serve()
    told.press(drafts.review, "cl", Notice.HELP_DESK_BRIEF, told.mark(Notice.HELP_DESK_BRIEF))

    def forge(unit: Unit, _book: Book) -> None:
        unit.session.execute(text("UPDATE draft SET texts = replace(texts, 'mailbox is safe', 'mailbox is lost')"))

    told.house.do(forge)
    with pytest.raises(Refusal, match="doesn't fit its hash"):
        told.press(drafts.approve, "ic", Notice.HELP_DESK_BRIEF, told.mark(Notice.HELP_DESK_BRIEF))
    assert told.standing(Notice.HELP_DESK_BRIEF) == Standing.CHANGED


def test_handed_out_as_approved(told: Told) -> None:
    """What is approved is written without another press, letter by letter, for the bot's user alone."""
    told.serve()
    told.approve(Notice.INTERRUPTION, "ic")
    told.serve()
    assert told.row(Notice.INTERRUPTION).state == DraftState.HANDED_OUT
    content = Content.from_json(told.row(Notice.INTERRUPTION).texts)
    (french,) = [one for one in content.texts if one.language == "fr" and one.subject]
    file = told.files()["RB-1-service-interruption-fr.txt"]
    assert file.read_text(encoding="utf-8") == f"{french.subject}\n\n{french.body}"
    assert "RB-1-sms-interruption-de.txt" in told.files()
    assert {stat.S_IMODE(path.stat().st_mode) for path in told.files().values()} == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_written_anew_when_asked(told: Told) -> None:
    """A handed-out notice whose files were lost is written anew on request, and only an approved one."""
    told.serve()
    with pytest.raises(Refusal, match="only what is approved"):
        told.press(drafts.hand_out, "cl", Notice.INTERRUPTION)
    told.approve(Notice.INTERRUPTION, "ic")
    told.serve()
    told.files()["RB-1-service-interruption-fr.txt"].unlink()
    told.press(drafts.hand_out, "cl", Notice.INTERRUPTION)
    told.serve()
    assert "RB-1-service-interruption-fr.txt" in told.files()
    assert told.row(Notice.INTERRUPTION).state == DraftState.HANDED_OUT


def test_the_help_desk_is_told_first(told: Told) -> None:
    """No notice to users is marked sent before the help desk's brief is."""
    told.serve()
    for notice in (Notice.INTERRUPTION, Notice.HELP_DESK_BRIEF):
        told.approve(notice, "ic")
    told.serve()
    with pytest.raises(Refusal, match="help desk is told first"):
        told.sent(Notice.INTERRUPTION)
    told.sent(Notice.HELP_DESK_BRIEF)
    told.sent(Notice.INTERRUPTION, count=9000)
    assert (told.row(Notice.INTERRUPTION).sent_count, told.row(Notice.INTERRUPTION).sent_by) == (9000, "cl")


@pytest.mark.parametrize("wrong", [{"count": 0}, {"channel": " "}, {"at": timedelta(days=1)}, {"at": timedelta(-9)}])
def test_implausible_sending(told: Told, wrong: dict[str, object]) -> None:
    """Sending names a channel, at least one person, and a time between the start of the rollback and now."""
    told.serve()
    told.approve(Notice.HELP_DESK_BRIEF, "ic")
    told.serve()
    if isinstance(wrong.get("at"), timedelta):
        wrong = {"at": told.house.clock.now() + wrong["at"]}  # type: ignore[operator]
    with pytest.raises(Refusal, match=r"[Nn]othing was changed"):
        told.sent(Notice.HELP_DESK_BRIEF, **wrong)
    assert told.row(Notice.HELP_DESK_BRIEF).state == DraftState.HANDED_OUT


def test_lists_after_the_comparison(told: Told) -> None:
    """Once the devices are compared, the lists lie on disk with their rows, and nothing but counts is told."""
    compared(told, two_people())
    files = told.files()
    assert {"RB-1-helpdesk.csv", "RB-1-security.csv", "RB-1-invitations.csv"} <= set(files)
    listed = files["RB-1-helpdesk.csv"].read_text(encoding="utf-8-sig")
    assert all(name in listed for name in NAMES)
    content = Content.from_json(told.row(Notice.RECIPIENTS).texts)
    assert content.listed is not None
    assert (content.listed.people, content.listed.devices, content.listed.kinds) == (2, 2, {"ios": 2})
    with told.house.database.read() as session:
        said = " ".join(str(row.facts) for row in session.scalars(select(Outgoing)))
        noted = " ".join(str(row.content) for row in session.scalars(select(AuditEntry)))
    assert "RB-1-helpdesk.csv" in said
    for place in (said, noted, str(content.listed)):
        assert not [name for name in (*NAMES, "user1@example.com", "SERIAL00001") if name in place]


def test_the_brief_is_drafted_anew_with_counts(told: Told) -> None:
    """With the counts the help desk's brief is another text, which needs an approval of its own."""
    told.serve()
    told.approve(Notice.HELP_DESK_BRIEF, "ic")
    compared(told, two_people())
    assert told.row(Notice.HELP_DESK_BRIEF).version == 2
    assert told.standing(Notice.HELP_DESK_BRIEF) == Standing.CHANGED
    assert any("2 people with 2 devices" in one.body for one in content_of(told, Notice.HELP_DESK_BRIEF).texts)


def content_of(told: Told, notice: Notice) -> Content:
    return Content.from_json(told.row(notice).texts)


def test_letters_need_text_and_list(told: Told) -> None:
    """Letters are written when both the text and the list of recipients are approved, each by its own hash."""
    compared(told, two_people())
    told.approve(Notice.RE_ENROL, "so")
    told.serve()
    assert told.row(Notice.RE_ENROL).state == DraftState.APPROVED
    assert not [name for name in told.files() if "enrol-again" in name]
    told.approve(Notice.RECIPIENTS, "so")
    told.serve()
    assert {"RB-1-enrol-again-de.csv", "RB-1-enrol-again-drafts.zip", "RB-1-sms-reenroll-de.txt"} <= set(told.files())
    assert "RB-1-reenroll-request-de.txt" not in told.files()
    assert told.row(Notice.RE_ENROL).list_hash == told.row(Notice.RECIPIENTS).list_hash
    assert told.row(Notice.RECIPIENTS).state == DraftState.HANDED_OUT


def test_a_count_below_the_list(told: Told) -> None:
    """The request to enrol again isn't marked sent to fewer people than the list has."""
    compared(told, two_people())
    for notice, who in ((Notice.HELP_DESK_BRIEF, "ic"), (Notice.RE_ENROL, "so"), (Notice.RECIPIENTS, "so")):
        told.approve(notice, who)
    told.serve()
    told.sent(Notice.HELP_DESK_BRIEF)
    with pytest.raises(Refusal, match="The list has 2 people, 1 are fewer"):
        told.sent(Notice.RE_ENROL, count=1)
    told.sent(Notice.RE_ENROL, count=2)
    assert told.standing(Notice.RE_ENROL) == Standing.MARKED_SENT


def test_another_list_after_the_approval(told: Told) -> None:
    """A list that changed after its approval needs a new one, then the letters are written for the new list."""
    compared(told, two_people())
    for notice in (Notice.RE_ENROL, Notice.RECIPIENTS):
        told.approve(notice, "so")
    told.serve()
    first = told.row(Notice.RE_ENROL).list_hash
    told.comparison = lost(device(1, owner=owner("user1@example.com", NAMES[0], language="de")))
    told.press(drafts.hand_out, "cl", Notice.RE_ENROL)
    told.serve()
    assert told.standing(Notice.RECIPIENTS) == Standing.CHANGED
    assert told.row(Notice.RE_ENROL).state == DraftState.APPROVED
    told.approve(Notice.RECIPIENTS, "so")
    told.serve()
    assert told.row(Notice.RE_ENROL).state == DraftState.HANDED_OUT
    assert told.row(Notice.RE_ENROL).list_hash not in ("", first)


def test_the_same_list_again_keeps_its_approval(told: Told) -> None:
    """A later comparison that comes to the same list leaves its approval alone."""
    compared(told, two_people())
    told.approve(Notice.RECIPIENTS, "so")
    told.house.do(lambda unit, _book: unit.session.execute(text(EARLIER)))
    told.serve()
    assert (told.row(Notice.RECIPIENTS).version, told.row(Notice.RECIPIENTS).state) == (1, DraftState.APPROVED)


def test_an_estimate_never_replaces_a_comparison(told: Told) -> None:
    """While the devices are captured anew there is only an estimate again: list and approval stay as they were."""
    compared(told, two_people())
    for notice in (Notice.RE_ENROL, Notice.RECIPIENTS):
        told.approve(notice, "so")
    told.comparison = estimate_before_restore(capture([device(1)]), CUTOFF)
    told.house.do(lambda unit, _book: unit.session.execute(text(EARLIER)))
    told.serve()
    assert (told.row(Notice.RECIPIENTS).version, told.row(Notice.RECIPIENTS).state) == (1, DraftState.APPROVED)
    assert told.row(Notice.RE_ENROL).state == DraftState.APPROVED
    told.comparison = two_people()
    told.serve()
    assert told.row(Notice.RE_ENROL).state == DraftState.HANDED_OUT


def test_nobody_has_to_enrol_again(told: Told) -> None:
    """With nobody on an exact list there is nothing to approve, nothing to send, and nothing blocks."""
    compared(told, compare(capture([device(1)]), capture([device(1)]), CUTOFF))
    assert told.standing(Notice.RE_ENROL) == told.standing(Notice.RECIPIENTS) == Standing.NOBODY


def test_without_captures_people_write(told: Told) -> None:
    """Where the bot has no captures to compare, what needs a list is people's to write, and the rest goes its way."""
    compared(told, None)
    assert told.standing(Notice.RECIPIENTS) == told.standing(Notice.RESTORED) == Standing.BY_HAND
    told.approve(Notice.RE_ENROL, "so")
    told.serve()
    assert "RB-1-reenroll-request-fr.txt" in told.files()
    assert told.row(Notice.RE_ENROL).state == DraftState.HANDED_OUT


def test_the_stage_is_blocked_until_approved(told: Told) -> None:
    """`release-notices` is blocked, hard, by each text that isn't approved, and is looked at as soon as it is."""
    compared(told, two_people())
    assert {f.severity for f in _findings(told) if f.code == "text-not-approved"} == {Severity.HARD}
    assert "list-changed" in {f.code for f in _findings(told)}
    told.approve(Notice.HELP_DESK_BRIEF, "ic")
    for notice in (Notice.RE_ENROL, Notice.RECIPIENTS):
        told.approve(notice, "so")
    assert _findings(told) == ()
    assert [f.gate for f in not_sent(_given(told), "open")] == ["open"]


def _given(told: Told):  # noqa: ANN202 - the contract's own type
    with told.house.database.read() as session:
        book = Book.open(session, 1)
        return given_of(session, book, book.stage("release-notices"), told.house.clock.now(), claiming=False)


def _findings(told: Told):  # noqa: ANN202 - the contract's own type
    return release_notices().preview(Systems({}), _given(told)).findings


def test_without_words_nothing_is_drafted(told: Told) -> None:
    """A real estate without words for notices has none, and the stage says so in one sentence."""
    given = replace(_given(told), estate=estate(), notices={})
    (finding,) = not_approved(given, (Notice.RE_ENROL, Notice.HELP_DESK_BRIEF))
    assert finding.severity is Severity.HARD
    assert "no words for notices" in finding.text


def test_sent_answers_the_stage_too(told: Told) -> None:
    """Marking a notice sent answers the stage's own check where it is open, so that nobody says a thing twice."""
    compared(told, two_people())
    told.approve(Notice.HELP_DESK_BRIEF, "ic")
    told.serve()
    check(told, "release-notices", "help-desk-sent", CheckState.OPEN)
    told.house.do(lambda unit, _book: unit.session.execute(text(RUNNING)))
    assert "help-desk-sent is passed" in told.sent(Notice.HELP_DESK_BRIEF)


def test_a_folder_that_is_refused(told: Told) -> None:
    """Where files can't be written, it is said once and tried again, and no notice moves."""
    told.serve()
    told.approve(Notice.INTERRUPTION, "ic")
    folder = told.office.folder / "RB-1"
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    told.serve()
    told.serve()
    assert told.row(Notice.INTERRUPTION).state == DraftState.APPROVED
    with told.house.database.read() as session:
        said = [row.facts["why"] for row in session.scalars(select(Outgoing)) if row.subject == "files-stuck"]
    assert len(said) == 1
    assert "is not a folder of the bot's own user" in said[0]
    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    told.serve()
    assert told.row(Notice.INTERRUPTION).state == DraftState.HANDED_OUT


def test_the_chain_tells_the_whole_way(told: Told) -> None:
    """Every move of a notice and every file stands in the audit chain, which verifies."""
    told.serve()
    told.approve(Notice.INTERRUPTION, "ic")
    told.serve()
    with told.house.database.read() as session:
        entries = [row.event for row in session.scalars(select(AuditEntry))]
        assert verify(session, {"k1": told.house.database.key}) == len(entries)
        written = files_of(session, 1)
    assert entries.count("draft:moved") == 3 + 3
    assert entries.count("file:written") == len(written) == len(told.files())


def test_security_waits_for_the_list_of_the_last_comparison(told: Told) -> None:
    """Whether the security list is decided can be asked only when the list on disk is that of the last comparison."""

    def behind() -> bool:
        return bool(told.house.do(lambda unit, book: lists_are_behind(unit.session, book)))

    assert not behind()
    check(told, "compare-devices", "compared", CheckState.PASSED)
    assert behind()
    told.comparison = two_people()
    told.serve()
    assert not behind()


def test_a_comparison_that_no_machine_can_make_is_left_to_people_at_once(told: Told) -> None:
    """With XenMobile Server off nobody waits for the stage's end: the list is people's as soon as that is known."""
    check(told, "compare-devices", "compared", CheckState.NOT_CHECKED)
    told.serve()
    assert told.standing(Notice.RECIPIENTS) == Standing.BY_HAND
