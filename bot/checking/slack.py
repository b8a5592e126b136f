"""The page of Slack: whether the token is good, of the right workspace, with its scopes; whether channels are there."""

from collections.abc import Mapping
from http.client import HTTPException
from typing import Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.settings import Settings
from rollback.readiness import Outlook, Page, Row

SUBJECT: Final = "slack"
NEEDED: Final = frozenset(
    {
        "commands",
        "chat:write",
        "users:read",
        "pins:write",
        "im:write",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
    }
)
"""The scopes of the manifest; docs/security.md has the reason of each."""

OPTIONAL: Final = frozenset({"files:write", "usergroups:read"})
"""Scopes of settings that are off by default."""


def fill(settings: Settings, client: WebClient, page: Page) -> None:
    """Ask Slack who we are; nothing is posted."""
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        text = f"Slack refuses the bot's token: {error.response['error']}."
        page.add(
            Row(page.subject, "reachable", Outlook.FAIL, text, "Install the app anew, and replace the token file.")
        )
        return
    except (OSError, HTTPException) as error:
        text = f"Slack does not answer ({type(error).__name__})."
        page.add(Row(page.subject, "reachable", Outlook.FAIL, text, "Look at the bot's way to the internet."))
        return
    page.passes("reachable", "Slack answers and knows the bot's token.")
    page.add(_team(settings, str(answer.get("team_id", ""))), scopes(_granted(answer.headers)))
    wanted = {"stakeholders": settings.slack.stakeholders, "check.channel": settings.check.channel}
    page.add(*(_channel(client, use, channel) for use, channel in wanted.items() if channel))


def _channel(client: WebClient, use: str, channel: str) -> Row:
    try:
        told = client.conversations_info(channel=channel).get("channel")
    except (SlackApiError, OSError, HTTPException) as error:
        why = error.response["error"] if isinstance(error, SlackApiError) else type(error).__name__
        text = f"The channel {channel} can't be looked at: {why}."
        return Row(SUBJECT, use, Outlook.FAIL, text, "Correct its id in the settings, and invite the bot into it.")
    return channel_row(use, channel, told if isinstance(told, dict) else {})


def channel_row(use: str, channel: str, told: Mapping[str, object]) -> Row:
    """A channel of the settings as Slack tells of it, as a row: can the bot post there, and who reads along?"""
    if told.get("is_archived") or not told.get("is_member"):
        why = "is archived" if told.get("is_archived") else "does not have the bot as a member"
        todo = "Invite the bot into it, or put another channel into the settings."
        return Row(SUBJECT, use, Outlook.FAIL, f"The channel {channel} {why}: nothing would be posted there.", todo)
    if told.get("is_ext_shared") or told.get("is_pending_ext_shared"):
        text = f"The channel {channel} is shared with another organisation, which reads along."
        return Row(SUBJECT, use, Outlook.WARN, text, "Take a channel that is yours alone.", "channel-shared")
    return Row(SUBJECT, use, Outlook.PASS, f"The bot can post into {channel}.")


def _team(settings: Settings, team: str) -> Row:
    if team == settings.slack.team:
        return Row(SUBJECT, "identity", Outlook.PASS, "The token is of the workspace in the settings.")
    text = f"The token is of the workspace {team}, the settings name {settings.slack.team}."
    return Row(
        SUBJECT, "identity", Outlook.FAIL, text, "Use the token of the right workspace, or correct `slack.team`."
    )


def _granted(headers: object) -> frozenset[str] | None:
    """Slack's Web API tells a token's scopes in the header ``x-oauth-scopes``; None: it didn't."""
    told = {str(key).lower(): str(value) for key, value in dict(headers).items()}  # type: ignore[call-overload]
    listed = told.get("x-oauth-scopes")
    return None if listed is None else frozenset(one.strip() for one in listed.split(",") if one.strip())


def scopes(granted: frozenset[str] | None) -> Row:
    """The token's scopes against those that are needed, as a row; None: not told."""
    if granted is None:
        return Row(SUBJECT, "rights", Outlook.WARN, "Slack does not tell the token's scopes.", "Compare the manifest.")
    missing, beyond = NEEDED - granted, granted - NEEDED - OPTIONAL
    if missing:
        text = f"The token lacks {', '.join(sorted(missing))}."
        return Row(
            SUBJECT, "rights", Outlook.FAIL, text, "Give the app the scopes of manifest.yml and install it anew."
        )
    if beyond:
        text = f"The token has more than needed: {', '.join(sorted(beyond))}."
        return Row(SUBJECT, "rights", Outlook.WARN, text, "Take the scopes away.", "more-than-needed")
    return Row(SUBJECT, "rights", Outlook.PASS, "The token has the scopes that are needed, and no other.")
