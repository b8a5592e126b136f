"""Who and what is in the practice workspace at the start: made-up persons, channels and user groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from practice.workspace.wire import Json

TEAM: Final = "T0PRACTICE"
OTHER_TEAM: Final = "T0ELSEWHERE"
APP: Final = "A0ROLLBACK"
BOT: Final = "B0ROLLBACK"
BOT_USER: Final = "U0ROLLBACK"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account.

    Attributes:
        id: Slack's user id.
        key: A short word for tests and for the page, such as `commander`.
        name: The full name that colleagues see.
        role: What the person is in a rollback, as the runbook abbreviates it: IC, XA, VA, DBA, SO, CL, SEC or nothing.
        team: The Slack team that the account belongs to.
        guest: A guest of the workspace (`is_restricted`).
        deactivated: The account is switched off (`deleted`).
        bot: Not a person at all.
        zone: IANA name of the time zone.
        offset: Seconds east of UTC of that zone in winter, as Slack reports it beside the name.
    """

    id: str
    key: str
    name: str
    role: str = ""
    team: str = TEAM
    guest: bool = False
    deactivated: bool = False
    bot: bool = False
    zone: str = "Europe/Zurich"
    offset: int = 3600

    @property
    def handle(self) -> str:
        """The name that Slack puts into payloads."""
        return self.name.lower().replace(" ", ".")

    def user(self, home: str) -> Json:
        """Return the object that users.info answers with in the workspace `home`."""
        profile = {
            "real_name": self.name,
            "real_name_normalized": self.name,
            "display_name": self.handle,
            "display_name_normalized": self.handle,
            "title": "",
            "status_text": "",
            "status_emoji": "",
            "team": self.team,
        }
        short = {"id": self.id, "team_id": self.team, "name": self.handle, "deleted": self.deactivated}
        if self.deactivated:
            return {**short, "profile": profile, "is_bot": self.bot, "is_app_user": False, "updated": 0}
        return {
            **short,
            "color": "3c989f",
            "real_name": self.name,
            "tz": self.zone,
            "tz_label": self.zone,
            "tz_offset": self.offset,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.guest,
            "is_ultra_restricted": False,
            "is_bot": self.bot,
            "is_app_user": False,
            "updated": 0,
            **({"is_stranger": True} if self.team != home else {}),
        }


@dataclass(slots=True)
class Channel:
    """A conversation.

    Attributes:
        id: Slack's id, which begins with `C`, or `D` for a direct message.
        name: Its name without `#`; empty for a direct message.
        members: Ids of those who are in it, in the order in which they came.
        private: Only members see it.
        direct: For a direct message with the bot: the other person's id.
        shared: Shared with another company (`is_ext_shared`).
        pending_shared: An invitation to another company is open (`is_pending_ext_shared`).
        archived: Nothing can be posted any more.
    """

    id: str
    name: str
    members: list[str]
    private: bool = False
    direct: str | None = None
    shared: bool = False
    pending_shared: bool = False
    archived: bool = False

    def conversation(self, home: str) -> Json:
        """Return the object that conversations.info answers with in the workspace `home`."""
        common = {
            "id": self.id,
            "created": 0,
            "is_im": self.direct is not None,
            "is_mpim": False,
            "is_archived": self.archived,
            "is_org_shared": False,
            "context_team_id": home,
        }
        if self.direct is not None:
            return {**common, "user": self.direct, "is_user_deleted": False}
        return {
            **common,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.private,
            "is_group": self.private,
            "is_private": self.private,
            "is_general": False,
            "is_member": BOT_USER in self.members,
            "is_shared": self.shared,
            "is_ext_shared": self.shared,
            "is_pending_ext_shared": self.pending_shared,
            "pending_shared": [OTHER_TEAM] if self.pending_shared else [],
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }


COMMANDER: Final = Person("U0COMMANDER", "commander", "Ines Castellan", "IC")
ADMIN: Final = Person("U0ADMIN", "admin", "Tomas Wrenfield", "XA")
DEPUTY: Final = Person("U0DEPUTY", "deputy", "Priya Hollowood", "XA")
VIRTUALISATION: Final = Person("U0VIRTUAL", "virtualisation", "Vidar Stonebrook", "VA")
DATABASE: Final = Person("U0DATABASE", "database", "Dana Quillfeather", "DBA")
OWNER: Final = Person("U0OWNER", "owner", "Sofia Marchbanks", "SO")
COMMUNICATIONS: Final = Person("U0COMMS", "communications", "Clara Mumfordsen", "CL")
SECURITY: Final = Person("U0SECURITY", "security", "Said Elginbrod", "SEC")
GUEST: Final = Person("U0GUEST", "guest", "Gus Templeman", guest=True)
STRANGER: Final = Person("U0STRANGER", "stranger", "Stella Farrowgate", team=OTHER_TEAM)
DEPARTED: Final = Person("U0DEPARTED", "departed", "Dirk Gonebury", deactivated=True)
THE_BOT: Final = Person(BOT_USER, "bot", "Rollback Bot", bot=True)

STAFF: Final = (COMMANDER, ADMIN, DEPUTY, VIRTUALISATION, DATABASE, OWNER, COMMUNICATIONS, SECURITY)
PERSONS: Final = (*STAFF, GUEST, STRANGER, DEPARTED)

INCIDENT: Final = "C0INCIDENT"
STAKEHOLDERS: Final = "C0STAKE"
PARTNERS: Final = "C0PARTNERS"


def starting_channels() -> list[Channel]:
    """Return the channels of a fresh workspace: incident (private), stakeholders, one shared with another company."""
    staff = [person.id for person in STAFF]
    return [
        Channel(INCIDENT, "xenmobile-rollback", [BOT_USER, *staff, GUEST.id], private=True),
        Channel(STAKEHOLDERS, "service-status", [BOT_USER, *staff, GUEST.id]),
        Channel(PARTNERS, "partner-desk", [BOT_USER, COMMANDER.id, COMMUNICATIONS.id, STRANGER.id], shared=True),
    ]


def starting_groups() -> Mapping[str, list[str]]:
    """Return the user groups of a fresh workspace: one for each role, by id, such as `S0DBA`."""
    roles = dict.fromkeys(person.role for person in STAFF)
    return {f"S0{role}": [person.id for person in STAFF if person.role == role] for role in roles}
