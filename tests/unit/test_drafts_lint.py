"""What is wrong with a template or a text."""

import pytest
from drafts_made import COMMON, TERMS, ZONE

from rollback.drafts.contexts import KINDS, STEPS
from rollback.drafts.lint import Problem, Rule, lint, lint_text
from rollback.drafts.specimens import specimens, variants
from rollback.drafts.wording import Rendered, Wording, load
from rollback.site import LANGUAGES

WORDING = load(ZONE)


def found(name: str, old: str, new: str) -> tuple[Problem, ...]:
    """What lint says of the templates with one text changed in one of them."""
    source = WORDING.sources[name]
    assert old in source
    return lint(Wording({**WORDING.sources, name: source.replace(old, new, 1)}, ZONE), COMMON)


def rules(name: str, old: str, new: str) -> set[Rule]:
    problems = found(name, old, new)
    assert all(problem.place.startswith(name[:2]) for problem in problems if problem.rule is not Rule.LANGUAGES_DIFFER)
    return {problem.rule for problem in problems}


def test_our_own_templates_are_clean() -> None:
    """Nothing is wrong with any text of the package, in any language and any of its cases."""
    assert [str(problem) for problem in lint(WORDING, COMMON)] == []


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("en/reenroll_request.md", "{{ reply_by }}", "{{ repli_by }}", Rule.UNKNOWN_VARIABLE),
        ("fr/service_restored.md", "{{ data_loss", "{{ reference", Rule.LANGUAGES_DIFFER),
        ("de/handover.md", "{% endfor %}", "{% endfr %}", Rule.SYNTAX),
        ("de/handover.md", "{# Publikum", "Publikum", Rule.HEAD),
        ("en/status_update.md", "Subject: Update", "Update", Rule.HEAD),
        ("de/reenroll_request.md", "ausser", "außer", Rule.CHARACTERS),
        ("fr/planned_rollback.md", "arrêtons", "arre\u0302tons", Rule.CHARACTERS),
        ("en/planned_rollback.md", "Hello", "Hel\u200blo", Rule.CHARACTERS),
        ("en/planned_rollback.md", "Hello", "\tHello", Rule.CHARACTERS),
        ("en/reenroll_request.md", "Open the intranet", "Open https://intranet.example.com", Rule.LINK),
        ("en/reenroll_request.md", "Open the intranet", "Open intranet.example.com", Rule.LINK),
        ("fr/reenroll_reminder.md", "Appelez le support", "Ecrivez à aide@example.com", Rule.LINK),
        ("de/service_interruption.md", "Wir arbeiten daran.", "Siehe www.example.com", Rule.LINK),
        ("en/reenroll_request.md", "Please set", "Immediately set", Rule.URGENCY),
        ("fr/reenroll_request.md", "Merci de ne pas", "Sans délai, ne pas", Rule.URGENCY),
        ("de/reenroll_request.md", "Bitte nicht", "Dringend nicht", Rule.URGENCY),
        ("de/service_restored.md", "Guten Tag", "Guten Tag!", Rule.URGENCY),
        ("en/reenroll_request.md", "Thank you", "See the attachment", Rule.FILE),
        ("fr/service_restored.md", "Bonjour", "Voir la pièce jointe", Rule.FILE),
        ("de/service_restored.md", "Guten Tag", "Klicken Sie hier", Rule.FILE),
        ("fr/sms_interruption.txt", "en panne", "en arrêt", Rule.SMS),
        ("en/sms_restored.txt", "work again", "work again " + "x" * 40, Rule.SMS),
        ("en/sms_restored.txt", "work again", "work\nagain", Rule.SMS),
        (f"en/{STEPS}", 'kind == "mac"', 'kind == "macintosh"', Rule.STEPS),
        ("de/reenroll_request.md", 'device.certainty != "must"', "false", Rule.CHECK_FIRST),
        ("en/planned_rollback.md", "Subject: {{ service_name }}", "Subject: " + "long " * 30, Rule.SUBJECT),
    ],
)
def test_each_mistake_is_named(name: str, old: str, new: str, rule: Rule) -> None:
    """A text that breaks one rule is found by that rule, in its own language."""
    assert rule in rules(name, old, new)


def test_a_text_for_users_says_where_it_can_be_checked() -> None:
    """A user's text without the intranet page and its code is found in each language that lacks them."""
    name = "de/service_restored.md"
    source = WORDING.sources[name].replace('"{{ notice_page }}"', "x").replace("{{ notice_code }}", "x")
    problems = lint(Wording({**WORDING.sources, name: source}, ZONE), COMMON)
    assert {problem.rule for problem in problems} == {Rule.PROOF, Rule.LANGUAGES_DIFFER}


def test_a_missing_template_is_named_and_nothing_else_is_tried() -> None:
    """Without a template the rest can't be judged, so only what is missing is said."""
    sources = {name: text for name, text in WORDING.sources.items() if name != "fr/handover.md"}
    problems = lint(Wording(sources, ZONE), COMMON)
    assert [(problem.place, problem.rule) for problem in problems] == [("fr/handover.md", Rule.MISSING)]


def test_a_mistake_has_its_place() -> None:
    """A problem names the template and the line."""
    problems = found("de/handover.md", "{{ way_back }}", "{{ way_bak }}")
    (problem,) = [problem for problem in problems if problem.rule is Rule.UNKNOWN_VARIABLE]
    assert problem.place == "de/handover.md:8"
    assert "way_bak" in problem.message


def test_a_template_that_fails_only_with_some_facts_is_found() -> None:
    """The cases that come seldom are tried too: nothing counted yet, nobody affected."""
    problems = found("en/status_update.md", "not counted yet", "{{ affected_users + 1 }}")
    assert Rule.RENDERING in {problem.rule for problem in problems}


def test_texts_of_the_team_may_hold_what_users_texts_may_not() -> None:
    """The help desk's brief is not read by users: it may speak of links and of what can't wait."""
    assert not found("en/helpdesk_brief.md", "Check the caller", "See https://kb.example.com at once! Check the caller")


@pytest.mark.parametrize(
    "body",
    ["Look at the page of Dr. Example.", "Version 10.7.", "At 9.00 Uhr.", "Call 044 555.01.23", "Wi-Fi, e.g. at home."],
)
def test_ordinary_dots_are_no_links(body: str) -> None:
    """Dates, versions, numbers and abbreviations are not taken for addresses."""
    text = Rendered("service_restored.md", "en", "Works again", body)
    assert Rule.LINK not in {problem.rule for problem in lint_text(text)}


def test_an_edited_text_is_judged_like_a_template() -> None:
    """A text that somebody has edited by hand goes through the same rules."""
    text = WORDING.render(TERMS.specimen(), "en")
    assert not lint_text(text)
    edited = Rendered(text.template, "en", text.subject, text.body + "Act now! http://evil.example.com\n")
    assert {problem.rule for problem in lint_text(edited)} == {Rule.LINK, Rule.URGENCY}


def test_text_messages_fit_into_one_part() -> None:
    """Every text message of the package is one part of GSM's alphabet, with real words filled in."""
    for name, kind in KINDS.items():
        if kind.sms:
            for context in variants(specimens(COMMON)[name]):
                for language in LANGUAGES:
                    assert len(WORDING.render(context, language).body.strip()) <= 160
