"""From a template and facts to text."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from drafts_made import AT, COMMON, HOSTILE, SITE, TERMS, ZONE
from pydantic import ValidationError

from rollback.drafts.contexts import (
    KINDS,
    STEPS,
    Common,
    Context,
    Handover,
    LetterDevice,
    ReenrolRequest,
    ServiceInterruption,
    StatusUpdate,
)
from rollback.drafts.errors import TemplateError, UnsafeTextError
from rollback.drafts.specimens import specimens, variants
from rollback.drafts.wording import LARGEST_TEMPLATE, Wording, load, variable_names, variables
from rollback.site import LANGUAGES, Language, Phrase, Site
from rollback.untrusted import Untrusted
from storage.words import Certainty, DeviceKind

WORDING = load(ZONE)
SPECIMENS = specimens(COMMON)


def changed(name: str, source: str) -> Wording:
    return Wording({**WORDING.sources, name: source}, ZONE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", sorted(KINDS))
def test_every_text_can_be_rendered_in_every_language(template: str, language: Language) -> None:
    """Each template gives a text, with a subject where it has one, without anything left to fill in."""
    for context in variants(SPECIMENS[template]):
        text = WORDING.render(context, language)
        assert bool(text.subject) == KINDS[template].subject
        assert text.body.endswith("\n")
        assert not {"{{", "}}", "{%", "{#", "None", "[]"} & {w for w in text.body.split() if w}
        assert "\n\n\n" not in text.body
        assert not any(line != line.rstrip() for line in text.body.split("\n"))


def test_the_same_facts_give_the_same_text_and_hash() -> None:
    """Rendering is repeatable; another fact gives another hash."""
    context = SPECIMENS["service_interruption.md"]
    assert isinstance(context, ServiceInterruption)
    first = WORDING.render(context, "de")
    assert first == WORDING.render(context, "de")
    assert first.sha256 == WORDING.render(context, "de").sha256
    later = replace(context, next_update_at=AT.replace(hour=23))
    assert first.sha256 != WORDING.render(later, "de").sha256
    assert first.sha256 != WORDING.render(context, "fr").sha256


def test_an_approval_is_bound_to_texts_and_templates() -> None:
    """The hash of a bundle changes with a fact, with its template and with the steps, in whichever language."""
    request = TERMS.specimen()
    base = WORDING.bundle(request)
    assert [text.language for text in base.texts] == list(LANGUAGES)
    other_date = WORDING.bundle(replace(request, reply_by=request.event_date))
    hidden = changed("fr/reenroll_request.md", WORDING.sources["fr/reenroll_request.md"] + "{# changed #}")
    steps = changed(f"de/{STEPS}", WORDING.sources[f"de/{STEPS}"] + " ")
    hashes = {base.sha256, other_date.sha256, hidden.bundle(request).sha256, steps.bundle(request).sha256}
    assert len(hashes) == 4


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_can_not_break_a_text(hostile: str) -> None:
    """Names of people and words that they typed stay on one line, without markup, and are not run as a template."""
    handover = SPECIMENS["handover.md"]
    assert isinstance(handover, Handover)
    bad = Untrusted(hostile)
    evil = replace(handover, outgoing=bad, incoming=bad, state=bad, known=(bad,), on_bridge=(bad,))
    plain = WORDING.render(handover, "en")
    text = WORDING.render(evil, "en")
    assert len(text.body.splitlines()) == len(plain.body.splitlines()) - 1  # one name fewer on the bridge
    assert not set(text.subject + text.body) & set("<>\r\u202e\u200b\x00")
    assert "49" not in text.subject


def test_templates_never_see_untrusted_text() -> None:
    """Everything a template gets is plain text, number, truth or a list of them, however deep it lies."""
    status = SPECIMENS["status_update.md"]
    assert isinstance(status, StatusUpdate)

    def kinds_of(value: Any) -> set[type]:
        if isinstance(value, list):
            return {t for item in value for t in kinds_of(item)}
        if isinstance(value, dict):
            return {t for item in value.values() for t in kinds_of(item)}
        return {type(value)}

    for context in SPECIMENS.values():
        assert kinds_of(variables(context, "en", ZONE)) <= {str, int, bool, type(None)}


def test_the_variables_of_a_text_are_its_fields_and_the_sites() -> None:
    """What a template may use is exactly what it is given."""
    for name, context in SPECIMENS.items():
        assert variable_names(name) == set(variables(context, "en", ZONE))
        assert {f.name for f in fields(context)} - {"common"} <= variable_names(name)


@pytest.mark.parametrize(
    "source",
    [
        "Subject: x\n{{ not_there }}",
        "Subject: x\n{{ devices[0].not_there }}",
        "Subject: x\n{% if %}",
        "Subject: x\n{{ ''.__class__.__mro__ }}",
        "Subject: x\n{{ devices.append(1) }}",
        "Subject: x\n{% include 'en/elsewhere.md' %}",
        "Subject: x\n{{ 1 / 0 }}",
        "No subject",
    ],
)
def test_a_broken_template_makes_no_draft(source: str) -> None:
    """A missing variable, a syntax error, a way out of the sandbox or a missing subject is an error, not a text."""
    with pytest.raises(TemplateError, match="en/reenroll_request"):
        changed("en/reenroll_request.md", source).render(TERMS.specimen(), "en")


def test_a_missing_template_is_named() -> None:
    """A template that isn't there is an error that names it."""
    with pytest.raises(TemplateError, match="de/reenroll_request"):
        Wording({}, ZONE).render(TERMS.specimen(), "de")


def test_fixed_texts_are_one_visible_line() -> None:
    """A fixed text with a new line would forge a subject or a line, so it is refused."""
    with pytest.raises(UnsafeTextError):
        WORDING.render(replace(TERMS.specimen(), common=Common(SITE, "RB-7\nBcc: x", "K4TZ9")), "en")
    with pytest.raises(ValidationError, match="one line"):
        Site.model_validate({**SITE.model_dump(), "sender_name": "Robin\nExample"})
    with pytest.raises(ValidationError, match="one line"):
        Site.model_validate({**SITE.model_dump(), "org_name": {"en": "x", "fr": "\u202e", "de": "x"}})


def test_the_letter_tells_what_to_check_first_and_what_is_sure() -> None:
    """Only a device that is to be checked first carries that sentence, and the opening follows."""
    must = LetterDevice("iPhone 7", "0917", None, Certainty.MUST)
    check = LetterDevice("iPad", "0918", None, Certainty.CHECK_FIRST)

    def body(*devices: LetterDevice, sure: bool) -> str:
        letter = ReenrolRequest(COMMON, TERMS.event_date, TERMS.reply_by, "Ada", devices, (DeviceKind.IOS,), sure)
        return WORDING.render(letter, "en").body

    assert "check first" not in body(must, sure=True)
    assert "no longer knows" in body(must, sure=True)
    both = body(must, check, sure=True)
    assert both.count("check first") == 1
    assert "may no longer know" in body(check, sure=False)


def test_a_device_without_a_number_or_date_is_told_without() -> None:
    """What isn't known leaves no gap in the sentence."""
    bare = LetterDevice(Phrase(en="Mac", fr="Mac", de="Mac"), "", None, Certainty.MUST)
    letter = replace(TERMS.specimen(), devices=(bare,), first_name="")
    text = WORDING.render(letter, "en")
    assert "\n- Mac\n" in text.body
    assert text.body.startswith("Hello,\n")


def test_each_kind_gets_its_steps_and_unknown_calls_the_help_desk() -> None:
    """A letter has the steps of its kinds only; a kind that isn't known gets no step to carry out."""
    letter = TERMS.specimen()
    unknown = WORDING.render(replace(letter, kinds=(DeviceKind.UNKNOWN,)), "en").body
    assert "Call the help desk. Do nothing on the device yourself" in unknown
    assert "Remove Management" not in unknown
    assert "Remove Management" in WORDING.render(replace(letter, kinds=(DeviceKind.IOS,)), "en").body


def test_a_sites_own_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    """A file in the site's folder is used instead of the package's, for its language only."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "sms_restored.txt").write_text("{{ org_short }}: works again. {{ notice_code }}\n")
    wording = load(ZONE, tmp_path)
    context = SPECIMENS["sms_restored.txt"]
    assert wording.render(context, "en").body == "Example: works again. K4TZ9\n"
    assert wording.render(context, "de") == WORDING.render(context, "de")
    assert wording.bundle(context).sha256 != WORDING.bundle(context).sha256


def test_a_sites_folder_is_read_strictly(tmp_path: Path) -> None:
    """A missing folder, an unknown name, another encoding or a huge file is an error that says so."""
    with pytest.raises(TemplateError, match="isn't there"):
        load(ZONE, tmp_path / "none")
    (tmp_path / "en").mkdir()
    wrong = tmp_path / "en" / "sms_restord.txt"
    wrong.write_text("x")
    with pytest.raises(TemplateError, match="No notice uses"):
        load(ZONE, tmp_path)
    wrong.unlink()
    right = tmp_path / "en" / "sms_restored.txt"
    right.write_bytes("é".encode("latin-1"))
    with pytest.raises(TemplateError, match="UTF-8"):
        load(ZONE, tmp_path)
    right.write_text("x" * (LARGEST_TEMPLATE + 1))
    with pytest.raises(TemplateError, match="larger"):
        load(ZONE, tmp_path)


def test_all_fourteen_texts_are_there() -> None:
    """Thirteen texts and the steps, in three languages, are part of the package."""
    assert len(KINDS) + 1 == 14
    assert set(WORDING.sources) == {f"{language}/{name}" for language in LANGUAGES for name in (*KINDS, STEPS)}


def test_contexts_are_frozen() -> None:
    """What a text was made from can't be changed afterwards."""
    context: Context = SPECIMENS["status_update.md"]
    with pytest.raises(AttributeError):
        context.common = COMMON  # type: ignore[misc]
