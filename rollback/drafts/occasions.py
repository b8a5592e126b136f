"""When each notice is due and what it tells then: pure functions of what is known of a rollback.

A notice is drafted once an occasion. Another occasion (the devices are counted, the door is open) is another version,
which people review and approve anew; the same occasion never is, so that an approval holds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from rollback.drafts.contexts import (
    Common,
    Context,
    HelpdeskBrief,
    IntranetNotice,
    ManagementSummary,
    OwnedItem,
    ReenrolReminder,
    ServiceInterruption,
    ServiceRestored,
    SmsInterruption,
    SmsReenrol,
    SmsRestored,
    TimedText,
    TimeOfDay,
)
from rollback.drafts.letters import Terms
from rollback.drafts.notices import Listed
from rollback.drafts.specimens import NAME, specimen_devices
from rollback.site import Phrase
from rollback.untrusted import Untrusted
from storage.words import Notice

REPLY_WITHIN = timedelta(days=7)
_DOWN = Phrase(
    en="not available; we are going back to an earlier version",
    fr="indisponible ; nous revenons à une version précédente",
    de="nicht verfügbar; wir gehen auf eine frühere Version zurück",
)
_WORKS = Phrase(en="working again", fr="fonctionne à nouveau", de="funktioniert wieder")
_LOST = Phrase(
    en="what was changed or set up in the service between the backup and the stop",
    fr="ce qui a été modifié ou inscrit dans le service entre la sauvegarde et l'arrêt",
    de="was im Dienst zwischen der Sicherung und dem Stopp geändert oder registriert wurde",
)
_CLOSED = Phrase(
    en="The service was closed to devices",
    fr="Le service a été fermé aux appareils",
    de="Der Dienst wurde für Geräte geschlossen",
)
_OPENED = Phrase(
    en="The service was opened again", fr="Le service a été rouvert", de="Der Dienst wurde wieder geöffnet"
)
_RISKS = Phrase(
    en="those that the report of this incident lists",
    fr="ceux que le rapport de cet incident énumère",
    de="jene, die der Bericht zu diesem Vorfall aufzählt",
)
_TIDY = Phrase(
    en="Help people to set up their devices, remove what was kept for the way back",
    fr="Aider à réinscrire les appareils, supprimer ce qui était gardé pour le retour",
    de="Beim Registrieren der Geräte helfen, entfernen, was für den Weg zurück aufbewahrt wurde",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a rollback.

    Attributes:
        common: The organisation's words, the reference, the code.
        terms: What every letter says alike.
        from_version, to_version: The versions before and after.
        now: Aware UTC, as all times.
        closes_at: When the door was closed, or is expected to be.
        closed_at, opened_at: When the door was closed and opened again; None before.
        next_update: When people hear more.
        listed: The list of recipients, once the devices are compared.
        vendor_case: The vendor's number; may be empty.
    """

    common: Common
    terms: Terms
    from_version: str
    to_version: str
    now: datetime
    closes_at: datetime
    closed_at: datetime | None
    opened_at: datetime | None
    next_update: datetime
    listed: Listed | None = None
    vendor_case: str = ""

    @property
    def backup(self) -> tuple[datetime, datetime] | None:
        """When the backup began and ended, once the devices are compared."""
        if self.listed is None:
            return None
        started, finished = self.listed.backup_started, self.listed.backup_finished
        return datetime.fromisoformat(started), datetime.fromisoformat(finished)


def edition(notice: Notice, known: Known) -> str:
    """The occasion for which a notice is due now, or nothing: list and reminder come with the devices themselves."""
    counted = f"counted {known.listed.digest}" if known.listed is not None else ""
    opened = "opened" if known.opened_at is not None and known.closed_at is not None and counted else ""
    match notice:
        case Notice.HELP_DESK_BRIEF:
            return counted or "before"
        case Notice.INTERRUPTION | Notice.RE_ENROL:
            return "start"
        case Notice.INTRANET_PAGE:
            return opened or counted
        case Notice.RESTORED | Notice.MANAGEMENT_SUMMARY:
            return opened
        case Notice.RECIPIENTS | Notice.REMINDER:
            return ""


def contexts(notice: Notice, known: Known) -> tuple[Context, ...]:
    """What each text of a notice needs to know; none for what is made of lists of devices.

    Raises:
        ValueError: The notice is not due yet.
    """
    return _CONTEXTS[notice](known)


def _interruption(known: Known) -> tuple[Context, ...]:
    return (
        ServiceInterruption(known.common, started_at=known.closes_at, next_update_at=known.next_update),
        SmsInterruption(known.common, next_update_short=TimeOfDay(known.next_update)),
    )


def _re_enrol(known: Known) -> tuple[Context, ...]:
    reminder = ReenrolReminder(known.common, known.terms.event_date, NAME, specimen_devices())
    return known.terms.specimen(), reminder, SmsReenrol(known.common)


def _brief(known: Known) -> HelpdeskBrief:
    listed, backup = known.listed, known.backup
    return HelpdeskBrief(
        known.common,
        version_bad=known.from_version,
        version_good=known.to_version,
        started_at=known.closed_at,
        ended_at=known.opened_at,
        restore_point=backup[1] if backup else None,
        affected_users=listed.people if listed else None,
        affected_devices=listed.devices if listed else None,
        counts_final=listed is not None and listed.exact,
        cutoff_from=backup[0] if backup else None,
        cutoff_to=known.closed_at if backup else None,
        list_location=listed.place if listed else None,
        next_update_at=known.next_update,
    )


def _page(known: Known) -> IntranetNotice:
    since, until = _cutoff(known)
    return IntranetNotice(
        known.common,
        published_at=known.now,
        state=_WORKS if known.opened_at else _DOWN,
        cutoff_from=since,
        cutoff_to=until,
    )


def _restored(known: Known) -> ServiceRestored:
    closed, opened, listed = _whole(known)
    since, until = _cutoff(known)
    return ServiceRestored(
        known.common,
        started_at=closed,
        ended_at=opened,
        affected_users=listed.people,
        affected_devices=listed.devices,
        cutoff_from=since,
        cutoff_to=until,
        data_loss=_LOST,
    )


def _summary(known: Known) -> ManagementSummary:
    closed, opened, listed = _whole(known)
    site = known.common.site
    return ManagementSummary(
        known.common,
        event_date=known.terms.event_date,
        duration=opened - closed,
        version_bad=known.from_version,
        version_good=known.to_version,
        affected_users=listed.people,
        affected_devices=listed.devices,
        reenrolled_devices=0,
        business_impact=site.user_impact,
        data_loss=_LOST,
        timeline=(TimedText(closed, _CLOSED), TimedText(opened, _OPENED)),
        decisions=(),
        risks=(_RISKS,),
        next_steps=(OwnedItem(_TIDY, site.sender_team),),
        vendor_case=Untrusted(known.vendor_case) if known.vendor_case else None,
        review_date=None,
    )


def _cutoff(known: Known) -> tuple[datetime, datetime]:
    if known.backup is None:
        raise ValueError("the devices are not compared yet: this notice is not due")
    return known.backup[0], known.closed_at or known.closes_at


def _whole(known: Known) -> tuple[datetime, datetime, Listed]:
    if known.closed_at is None or known.opened_at is None or known.listed is None:
        raise ValueError("the door is not open again yet: this notice is not due")
    return known.closed_at, known.opened_at, known.listed


_CONTEXTS: Mapping[Notice, Callable[[Known], tuple[Context, ...]]] = MappingProxyType(
    {
        Notice.HELP_DESK_BRIEF: lambda known: (_brief(known),),
        Notice.INTERRUPTION: _interruption,
        Notice.RE_ENROL: _re_enrol,
        Notice.RECIPIENTS: lambda _: (),
        Notice.INTRANET_PAGE: lambda known: (_page(known),),
        Notice.RESTORED: lambda known: (_restored(known), SmsRestored(known.common)),
        Notice.MANAGEMENT_SUMMARY: lambda known: (_summary(known),),
        Notice.REMINDER: lambda _: (),
    }
)
