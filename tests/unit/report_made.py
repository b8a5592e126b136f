"""A report made by hand: two stages, a gate asked twice, a hold; every text in it is `text`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rollback.report import Report

START = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def made_report(text: str = "some words", **head: Any) -> Report:
    """A report in which every text of people and systems is `text`; `head` replaces fields of its head."""
    return Report.model_validate(
        {
            "format": 1,
            "made_at": at(200),
            "head": _head(text) | head,
            "spent": {"working": _m(60), "held_up": _m(50), "between": _m(10)},
            "targets": [
                {"what": "door closed for", "target": _m(137), "actual": _m(90), "by_hand": _m(120)},
                {"what": "until the door is open", "target": _m(167), "actual": _m(100), "by_hand": _m(120)},
                {"what": "until declared healthy", "target": _m(277), "actual": None, "by_hand": _m(420)},
                {"what": "in all", "target": _m(337), "actual": _m(120), "by_hand": _m(435)},
            ],
            "comparison": _comparison(text),
            "deviations": [{"kind": "held", "about": text, "text": text, "at": at(30)}],
            "not_executed": [{"stage": text, "change": text, "why": text}],
            "holds": [{"start": at(30), "end": at(44), "by": text, "why": text}],
            "stages": [_stage(text, 1), _stage(text, 2)],
            "rounds": [_round(text, 1), _round(text, 2)],
            "refused": [{"at": at(3), "account": text, "answer": text}],
            "debts": [{"text": text, "owner": text, "due_at": None, "settled_at": None}],
            "notices": [_notice(text)],
            "files": [{"place": text, "count": 7, "sha256": "ab" * 32, "at": at(60)}],
            "timeline": [{"seq": 3, "at": at(1), "event": "rollback:started", "text": text, "person": text}],
            "record": {"entries": 9, "head_seq": 12, "head_mac": "cd" * 32, "plan": "1", "estate": "2", "people": "3"},
        }
    )


def _m(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def _head(text: str) -> dict[str, Any]:
    return {
        "label": "RB-7", "mode": "REAL", "state": "completed", "runbook": text, "estate": text, "from_version": text,
        "to_version": text, "reason": text, "numbers": [{"name": text, "value": text}],
        "counts": [{"name": "must", "value": 208, "means": text}], "started_at": START, "started_by": text,
        "lead": text, "ended_at": at(120), "zone": "Europe/Zurich", "done": 2, "stages": 2, "door_closed_at": at(10),
        "door_opened_at": at(100), "door_closed": _m(90), "live_at": at(110), "acute_until": at(120),
    }  # fmt: skip


def _comparison(text: str) -> dict[str, Any]:
    steps = [("disable-vservers", 0), ("enable-vservers", 120), ("go-live", 420)]
    return {
        "title": text, "total": _m(435), "door_closed": _m(120), "added": [text],
        "closes": _m(0), "opens": _m(120), "live": _m(420),
        "steps": [
            {"did": text, "stage": stage, "then": _m(then), "then_took": _m(5), "began": _m(4), "took": _m(9)}
            for stage, then in steps
        ],
    }  # fmt: skip


def _stage(text: str, position: int) -> dict[str, Any]:
    done = {"attempt": 1, "by": "bot", "at": at(50), "seen": text}
    return {
        "position": position, "name": text, "title": text, "phase": text, "kind": "change", "line": position - 1,
        "state": "succeeded", "attempts": position, "started_at": at(20), "ended_at": at(50), "took": _m(30),
        "target": _m(15), "by_hand": True, "why": text, "flags": [text],
        "stretches": [
            {"start": at(a), "end": at(b), "doing": doing, "attempt": 1}
            for a, b, doing in ((5, 6, "looking"), (6, 20, "votes"), (20, 45, "work"), (45, 50, "answers"))
        ],
        "changes": [
            {
                "text": text, "system": "vsphere", "attempt": 1, "group": 1, "by": "person", "person": text,
                "state": "done", "begun_at": at(20), "ended_at": at(45), "seen": text, "evidence": text,
            }
        ],
        "checks": [{"name": text, "state": "passed"} | done],
        "answers": [
            {
                "check": text, "attempt": 1, "person": text, "passed": True, "at": at(50),
                "evidence": [{"name": text, "value": text}],
            }
        ],
    }  # fmt: skip


def _round(text: str, number: int) -> dict[str, Any]:
    return {
        "gate": text, "title": text, "round": number, "purpose": "change",
        "state": "superseded" if number == 1 else "approved", "asked_at": at(6), "asked_by": text,
        "closed_at": at(20), "needed": 2, "digest": "ef" * 32, "why": text,
        "shown": [{"stage": text, "number": "1.1", "text": text, "by": "bot"}], "warned": [text], "lost": [text],
        "despite": [text], "not_counting": [text],
        "votes": [
            {
                "person": text, "choice": choice, "place": ["IC"], "at": at(19), "counts": choice == "approve",
                "why_not": text, "reason": text,
            }
            for choice in ("approve", "deny")
        ],
    }  # fmt: skip


def _notice(text: str) -> dict[str, Any]:
    return {
        "name": text, "version": 1, "state": "marked_sent", "written_by": text, "reviewed_by": text,
        "approved_by": text, "sent_by": text, "sent_at": at(80), "sent_channel": text, "sent_count": 12,
    }  # fmt: skip
