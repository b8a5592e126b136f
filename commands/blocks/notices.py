"""News of notices and of files on disk: who is asked next, where files lie; counts and hashes, never their content."""

from collections.abc import Mapping
from typing import Any

from commands.blocks.message import code, prose, words
from commands.blocks.parts import persons
from rollback.drafts.notices import NOTICE_KINDS
from rollback.operations.notices import BOT
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.words import Notice, Role

Facts = Mapping[str, Any]


def drafted(s: Situation, facts: Facts) -> list[str]:
    """A notice was drafted: communications reviews it."""
    name = str(facts["notice"])
    kind = NOTICE_KINDS[Notice(name)]
    version = f" (version {facts['version']})" if facts["version"] != 1 else ""
    by_hand = str(facts.get("by", BOT)) != BOT
    first = f"notice `{words(name)}`{version} is {'edited' if by_hand else 'drafted'}: {words(kind.title)}."
    lost = ["*The version before was edited by hand*: what was changed there has to be put in again."]
    return [
        first,
        *(lost if facts.get("lost_edit") else []),
        f"{_told(s, Role.COMMUNICATIONS)} reviews it: `/rollback drafts {words(name)} show`.",
    ]


def reviewed(s: Situation, facts: Facts) -> list[str]:
    """A notice was reviewed: somebody else approves it."""
    name = str(facts["notice"])
    press = f"`/rollback drafts {words(name)} approve {words(str(facts['mark']))}`"
    return [
        f"notice `{words(name)}` is reviewed and waits for its approval.",
        f"{_told(s, *NOTICE_KINDS[Notice(name)].approvers)} approves it: {press}.",
    ]


def files_written(_s: Situation, facts: Facts) -> list[str]:
    """Files were written: place, hash and count of each."""
    lines = [
        f"• {code(Untrusted(str(file['place'])))}: {file['count']} · sha256 {code(Untrusted(str(file['sha256'])))}"
        for file in facts["files"]
    ]
    return [f"{words(str(facts['what']))} on the bot's disk, readable by its user alone:", *lines]


def files_stuck(s: Situation, facts: Facts) -> list[str]:
    """Files can't be written."""
    return [
        f"*Files can't be written*: {prose(Untrusted(str(facts['why'])), 600)}",
        f"It is tried again by itself; nobody was told anything. {_told(s, Role.COMMUNICATIONS)}",
    ]


def export_read(_s: Situation, facts: Facts) -> list[str]:
    """An export of the console was read."""
    name, sha256 = code(Untrusted(str(facts["name"]))), code(Untrusted(str(facts["sha256"])))
    which = words(str(facts["which"]))
    return [
        f"device list {which} the restore read from {name}: {int(facts['count'])} devices, sha256 {sha256}.",
        "Lists that are made of an export are an *estimate*: it tells no enrolment, no certificate and no action.",
    ]


def export_refused(_s: Situation, facts: Facts) -> list[str]:
    """An export of the console can't be used."""
    return [
        f"{code(Untrusted(str(facts['name'])))} was not read: {prose(Untrusted(str(facts['why'])), 400)}",
        "Nothing was changed. Put the file into the folder and ask again.",
    ]


def returns_closed(s: Situation, facts: Facts) -> list[str]:
    """Nobody waits for more devices."""
    back, of, why = int(facts["back"]), int(facts["of"]), prose(Untrusted(str(facts["why"])), 300)
    who = "the bot" if facts["by"] == BOT else persons([one for one in s.people if one.id == facts["by"]])
    return [
        f"counting of re-enrolled devices ended by {who}: *{back} of {of} are back*. {why}",
        f"{of - back} never returned; their list is written for the help desk and for whoever keeps the devices.",
    ]


def _told(s: Situation, *roles: Role) -> str:
    found = [one for one in s.people if set(roles) & set(one.roles)]
    return persons(found, tell=True) or " or ".join(roles)
