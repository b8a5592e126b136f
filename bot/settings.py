"""The settings: one YAML file, secrets by reference, checked at the start, every mistake listed at once."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field

from bot.own_machine import PRODUCT_UUID, with_own_machine
from integrations.login import Login
from rollback.documents.places import Mistake, Place
from rollback.documents.reading import Document, Unreadable, nearest, read_document
from rollback.estate import Estate, Frozen
from rollback.kept import clashes
from rollback.roles import Person, Roster, RosterError
from storage.audit import AuditKey
from storage.words import Mode, SystemName

SLACK = "https://slack.com/api/"
LEAST_KEY = 32  # bytes of the audit key


class SettingsWrong(Exception):
    """The settings can't be used; nothing was started.

    Attributes:
        mistakes: Every mistake, one line each with its place.
    """

    def __init__(self, name: str, mistakes: list[Mistake]) -> None:
        """List them in the order of the file."""
        self.mistakes = tuple(sorted(mistakes))
        lines = "\n".join(f"  {name}:{mistake}" for mistake in self.mistakes)
        super().__init__(f"The settings can't be used and nothing was started; correct them and try again:\n{lines}")


def _reference(text: str) -> str:
    if text.startswith(("file:", "env:")):
        return text
    raise ValueError("a secret is never a value here: expected `file:PATH` or `env:NAME`")


def _proxy(text: str) -> str:
    parts = urlsplit(text)
    if not text or (parts.scheme in {"http", "https"} and parts.hostname and not parts.username):
        return text
    raise ValueError("expected `http://HOST:PORT`, without a login, or nothing")


Secret = Annotated[
    str, AfterValidator(_reference), Field(description="a reference to a secret: `file:PATH` or `env:NAME`")
]


class Setting(Frozen):
    """Part of the settings; values never appear in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SlackSettings(Setting):
    """The Slack app.

    Attributes:
        bot_token: Reference to the bot token, ``xoxb-…``.
        app_token: Reference to the app-level token, ``xapp-…``.
        team: Id of the one workspace whose people may press, ``T…``.
        stakeholders: Id of the stakeholders' channel, or empty.
        api_url: Another address than Slack's needs a practice estate, on loopback.
        proxy: The HTTP proxy on the way to Slack; empty: none. Variables of the environment are not used.
    """

    bot_token: Secret
    app_token: Secret
    team: Annotated[str, Field(min_length=2, description="the id of your workspace, `T…`")]
    stakeholders: str = ""
    api_url: str = SLACK
    proxy: Annotated[str, AfterValidator(_proxy)] = ""


class AuditSettings(Setting):
    """The audit chain's key.

    Attributes:
        id: Names the key in each entry.
        key: Reference to at least 32 bytes.
    """

    id: str = "k1"
    key: Secret


class Access(Setting):
    """How one system is logged in to.

    Attributes:
        user: The account's name.
        password: Reference to its password, read at each login.
        authority: File of the certificate authority that the system is trusted by; empty: the machine's own.
        thumbprint: vSphere alone: SHA-256 of its certificate, trusted in place of any authority.
    """

    user: str = ""
    password: Secret | None = None
    authority: str = ""
    thumbprint: str = ""


class EstateSettings(Setting):
    """One estate, with what isn't frozen into a rollback.

    Attributes:
        estate: Names, addresses, timings, modes.
        access: How each system is logged in to.
        upgrade_started_at: When the upgrade began; may be given in the start dialog instead.
        last_change_before: The last change of version or patch before it.
        templates: Folder of the site's own templates of notices (`en/NAME`, `fr/NAME`, `de/NAME`), in place of ours.
        accepted: Codes of warnings of a check that are known and accepted; what fails can't be accepted.
    """

    estate: Estate
    access: dict[SystemName, Access] = Field(default_factory=dict)
    upgrade_started_at: datetime | None = None
    last_change_before: datetime | None = None
    templates: Path | None = None
    accepted: tuple[str, ...] = ()


class CheckSettings(Setting):
    """How readiness is checked (`rollback-bot check`, `/rollback check`, and by itself).

    Attributes:
        every: How often every estate is checked by itself; zero: never.
        channel: Id of the channel that hears when an estate turns bad, and when it is good again.
        limit: How long one check may take; whoever is silent longer has a row that fails.
    """

    every: timedelta = timedelta(0)
    channel: str = ""
    limit: timedelta = timedelta(seconds=60)


class Settings(Setting):
    """The whole file.

    Attributes:
        database: The SQLite file; made 0600 in a 0700 folder.
        files: Folder for lists, notices and reports.
        slack, audit: See their types.
        people: Everybody who takes part, with accounts and roles.
        estates: The estates; a real one and practice don't share a Slack workspace unless Slack is the real one.
        check: How readiness is checked.
        log: How much is logged.
    """

    database: Path
    files: Path
    slack: SlackSettings
    audit: AuditSettings
    people: tuple[Person, ...] = Field(min_length=1)
    estates: tuple[EstateSettings, ...] = Field(min_length=1)
    check: CheckSettings = CheckSettings()
    log: Literal["debug", "info", "warning"] = "info"

    def roster(self) -> Roster:
        """The people."""
        return Roster.of(self.people)

    def audit_key(self) -> AuditKey:
        """The key of the audit chain, read now."""
        return AuditKey(self.audit.id, secret(self.audit.key).encode())

    def estate(self, name: str) -> EstateSettings:
        """The estate of that name; KeyError if there is none."""
        for one in self.estates:
            if one.estate.name == name:
                return one
        raise KeyError(name)


def secret(reference: str) -> str:
    """The secret behind a reference, read now; the text of an error names the reference, never the value.

    Raises:
        ValueError: The file or the variable isn't there, is empty, or can be read by others.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name, "")
        if not value:
            raise ValueError(f"the environment has no {name}, or it is empty")
        return value
    file = Path(name)
    if not file.is_file():
        raise ValueError(f"there is no file {name}")
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ValueError(f"the secret file {name} can be read by others; `chmod 600` it")
    value = file.read_text(encoding="utf-8").strip()
    if not value:
        raise ValueError(f"the secret file {name} is empty")
    return value


def login(access: Access) -> Login:
    """User and password of one system, read afresh."""
    return Login(access.user, secret(access.password) if access.password is not None else "")


def load(path: Path, firmware: Path = PRODUCT_UUID) -> Settings:
    """Read and check the settings, with the bot's own machine among those that are no nodes.

    Args:
        path: The file.
        firmware: Where the machine tells its UUID.

    Raises:
        SettingsWrong: Every mistake with its place and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsWrong(path.name, [Mistake(Place(1, 1), f"the file can't be read: {error.strerror}")]) from None
    try:
        document = read_document(text, path.name, Settings)
    except Unreadable as error:
        raise SettingsWrong(path.name, list(error.mistakes)) from None
    document = replace(document, value=_with_own_machine(document.value, firmware))
    mistakes = list(_contradictions(document))
    if mistakes:
        raise SettingsWrong(path.name, mistakes)
    return document.value


def _with_own_machine(settings: Settings, firmware: Path) -> Settings:
    estates = tuple(
        one.model_copy(update={"estate": with_own_machine(one.estate, firmware)}) for one in settings.estates
    )
    return settings.model_copy(update={"estates": estates})


def _contradictions(document: Document[Settings]) -> Iterator[Mistake]:
    settings = document.value

    def at(*where: str | int) -> Place:
        return nearest(document.places, where)

    try:
        settings.roster()
    except RosterError as error:
        for mistake in error.mistakes:
            yield Mistake(at("people"), mistake)
    yield from _secrets(settings, at)
    if settings.check.every and not settings.check.channel:
        yield Mistake(at("check"), "`check.every` is set but not `check.channel`: nobody would hear of what turns bad")
    names = [one.estate.name for one in settings.estates]
    for number, one in enumerate(settings.estates):
        if names.count(one.estate.name) > 1:
            yield Mistake(at("estates", number), f"the estate `{one.estate.name}` stands twice; expected one name once")
        yield from _estate(settings, one, at("estates", number))
        yield from _trust(one, at("estates", number, "access"))


def _secrets(settings: Settings, at: Callable[..., Place]) -> Iterator[Mistake]:
    references: list[tuple[tuple[str | int, ...], str]] = [
        (("slack", "bot_token"), settings.slack.bot_token),
        (("slack", "app_token"), settings.slack.app_token),
        (("audit", "key"), settings.audit.key),
    ]
    for number, one in enumerate(settings.estates):
        for system, access in one.access.items():
            if access.password is not None:
                references.append((("estates", number, "access", system.value, "password"), access.password))
    for where, reference in references:
        try:
            value = secret(reference)
        except ValueError as error:
            yield Mistake(at(*where), f"{error}; expected a file that the bot's user alone can read")
            continue
        if where[0] == "audit" and len(value.encode()) < LEAST_KEY:
            yield Mistake(at(*where), f"the audit key has {len(value.encode())} bytes; expected {LEAST_KEY} or more")


def _estate(settings: Settings, one: EstateSettings, place: Place) -> Iterator[Mistake]:
    estate = one.estate
    for _, mistake in clashes(estate):
        yield Mistake(place, f"{estate.name}: {mistake}")
    for system in SystemName:
        used = estate.mode(system) is not Mode.OFF
        if used and not one.access.get(system, Access()).user:
            yield Mistake(place, f"{estate.name}: {system} is not off but has no `access` with a user")
        if used and not _address(estate, system):
            yield Mistake(place, f"{estate.name}: {system} is not off but has no address")
    real_slack = settings.slack.api_url == SLACK
    if not real_slack and not estate.practice:
        yield Mistake(place, f"{estate.name} is a real estate: `slack.api_url` has to be {SLACK}")
    if not real_slack and not _loopback(settings.slack.api_url):
        yield Mistake(place, "`slack.api_url` is neither Slack's nor on loopback; expected one of the two")
    if not real_slack and estate.practice:
        for system in SystemName:
            address = _address(estate, system)
            if estate.mode(system) is not Mode.OFF and address and not _loopback(address):
                yield Mistake(
                    place, f"{estate.name}: {system} is not on loopback, but practises with a pretended Slack"
                )


def _trust(one: EstateSettings, place: Place) -> Iterator[Mistake]:
    """What each certificate is checked with."""
    name = one.estate.name
    for system, access in one.access.items():
        if access.thumbprint and system is not SystemName.VSPHERE:
            yield Mistake(
                place, f"{name}: {system} can't be trusted by a thumbprint, only vsphere can; use `authority`"
            )
        elif access.thumbprint and access.authority:
            yield Mistake(place, f"{name}: {system} has both `authority` and `thumbprint`; expected one of the two")
        elif access.thumbprint and (wrong := _no_thumbprint(access.thumbprint)):
            yield Mistake(place, f"{name}: `access.{system}.thumbprint` can't be used: {wrong}")
    if one.estate.mode(SystemName.XENMOBILE) is Mode.OFF:
        if SystemName.XENMOBILE not in one.access:
            text = (
                f"{name}: xenmobile is off, but its ports are probed all the same: expected `access.xenmobile` with "
                "the `authority` of the nodes' certificate (empty: the machine's own)"
            )
            yield Mistake(place, text)
        if not one.estate.xenmobile.tls_name:
            text = f"{name}: xenmobile is off, but its ports are probed: expected `xenmobile.tls_name`"
            yield Mistake(place, text)


def _no_thumbprint(text: str) -> str:
    from integrations.vsphere import pinned_context  # noqa: PLC0415 - slow to load, and few pin

    try:
        pinned_context(text)
    except ValueError as error:
        return str(error)
    return ""


def _address(estate: Estate, system: SystemName) -> str:
    return {
        SystemName.NETSCALER: estate.netscaler.url,
        SystemName.XENMOBILE: estate.nodes[0].address if estate.xenmobile.tls_name else "",
        SystemName.VSPHERE: estate.vsphere.host,
        SystemName.SQLSERVER: estate.sqlserver.host,
        SystemName.VEEAM: estate.veeam.url,
    }[system]


def _loopback(address: str) -> bool:
    host = urlsplit(address).hostname if "//" in address else address
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False
