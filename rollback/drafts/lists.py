"""The lists as spreadsheets: for a mail merge, for the help desk, for security; each in one language.

Users' lists show the end of a number only. Security's list shows it whole: who decides about a device has to find it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from rollback.devices.findings import Advice, Comparison, Reason, SecurityRow
from rollback.devices.values import SecurityAction
from rollback.drafts import names
from rollback.drafts.audience import Audience, ListedDevice, Reach, Recipient
from rollback.drafts.cells import table
from rollback.drafts.contexts import Text
from rollback.drafts.languages import day, moment
from rollback.drafts.letters import Terms
from rollback.site import Language, Phrase
from storage.words import Certainty, SecurityDecision

MERGE_HEADER = (
    "email",
    "first_name",
    "display_name",
    "language",
    "device_count",
    "devices_text",
    "steps_kinds",
    "needs_appointment",
    "reply_by",
    "reference",
)
_YES = Phrase(en="yes", fr="oui", de="ja")
_ROW = Phrase(en="Row", fr="Ligne", de="Zeile")
_NO = Phrase(en="no", fr="non", de="nein")
_NOT_KNOWN = Phrase(en="not known", fr="inconnu", de="nicht bekannt")
_DEVICE = Phrase(en="Device", fr="Appareil", de="Gerät")
_ENDING = Phrase(en="ending in", fr="numéro finissant par", de="Nummer endet auf")
_CHECK_FIRST = Phrase(en="check first", fr="à vérifier d'abord", de="zuerst prüfen")
_MUST = Phrase(en="must enrol again", fr="doit être réinscrit", de="muss neu registriert werden")
_REACH = {
    Reach.MAIL: Phrase(en="by mail", fr="par e-mail", de="per E-Mail"),
    Reach.NO_ADDRESS: Phrase(
        en="call: no mail address", fr="appeler : pas d'adresse e-mail", de="anrufen: keine E-Mail-Adresse"
    ),
    Reach.NO_OTHER_MAILBOX: Phrase(
        en="call: reads mail on this device only",
        fr="appeler : lit ses e-mails sur cet appareil seulement",
        de="anrufen: liest E-Mails nur auf diesem Gerät",
    ),
}
_SHARED = Phrase(en="shared device: by site", fr="appareil partagé : par site", de="gemeinsames Gerät: nach Standort")
_WITHOUT_USER = Phrase(en="nobody known", fr="personne de connu", de="niemand bekannt")
_HELD = Phrase(
    en="pass to security, tell nobody",
    fr="transmettre à la sécurité, n'informer personne",
    de="an die Sicherheit, niemanden informieren",
)
_DECISIONS: dict[SecurityDecision, Phrase] = {
    SecurityDecision.STOP: Phrase(en="stopped", fr="arrêté", de="gestoppt"),
    SecurityDecision.REPEAT: Phrase(en="repeated", fr="répété", de="wiederholt"),
    SecurityDecision.LEAVE: Phrase(en="left", fr="laissé", de="belassen"),
}
_BASIS = {
    True: Phrase(en="compared", fr="comparé", de="verglichen"),
    False: Phrase(en="estimate", fr="estimation", de="Schätzung"),
}
"""What a list rests on: whether it was compared exactly."""
_HELPDESK_HEADER: dict[Language, tuple[str, ...]] = {
    "en": (
        "name",
        "login",
        "how to reach",
        "phone",
        "device",
        "kind",
        "number",
        "certainty",
        "reasons",
        "appointment",
        "site",
        "basis",
    ),
    "fr": (
        "nom",
        "identifiant",
        "contact",
        "téléphone",
        "appareil",
        "type",
        "numéro",
        "certitude",
        "raisons",
        "rendez-vous",
        "site",
        "base",
    ),
    "de": (
        "Name",
        "Login",
        "Kontakt",
        "Telefon",
        "Gerät",
        "Art",
        "Nummer",
        "Gewissheit",
        "Gründe",
        "Termin",
        "Standort",
        "Grundlage",
    ),
}
_REASONS: dict[Reason, Phrase] = {
    Reason.ABSENT: Phrase(
        en="not known to the server any more", fr="plus connu du serveur", de="dem Server nicht mehr bekannt"
    ),
    Reason.ENROLLED_AGAIN: Phrase(
        en="enrolled since the backup", fr="inscrit depuis la sauvegarde", de="seit der Sicherung registriert"
    ),
    Reason.CERTIFICATE_SINCE: Phrase(
        en="certificate since the backup", fr="certificat depuis la sauvegarde", de="Zertifikat seit der Sicherung"
    ),
    Reason.CERTIFICATE_UNKNOWN: Phrase(
        en="certificate not known to the server",
        fr="certificat inconnu du serveur",
        de="Zertifikat dem Server unbekannt",
    ),
    Reason.USER_CHANGED: Phrase(en="had another user", fr="avait une autre personne", de="gehörte jemand anderem"),
    Reason.MANAGED_SINCE: Phrase(
        en="managed since the backup", fr="géré depuis la sauvegarde", de="seit der Sicherung verwaltet"
    ),
    Reason.NO_IDENTITY: Phrase(en="can't be matched", fr="ne peut pas être retrouvé", de="nicht zuzuordnen"),
    Reason.IDENTITY_CONTRADICTS: Phrase(
        en="numbers contradict", fr="numéros contradictoires", de="Nummern widersprechen sich"
    ),
    Reason.DETAILS_NOT_READ: Phrase(en="details not read", fr="détails non lus", de="Details nicht gelesen"),
    Reason.OLDER_RECORD: Phrase(en="older record", fr="ancien enregistrement", de="älterer Eintrag"),
    Reason.SAME: Phrase(en="unchanged", fr="inchangé", de="unverändert"),
    Reason.CAME_BACK: Phrase(
        en="removed since, back again", fr="supprimé depuis, revenu", de="seither entfernt, wieder da"
    ),
    Reason.ACTION_DONE: Phrase(en="done since", fr="exécuté depuis", de="seither ausgeführt"),
    Reason.ACTION_CANCELLED: Phrase(en="cancelled since", fr="annulé depuis", de="seither abgebrochen"),
    Reason.ACTION_FAILED: Phrase(en="failed since", fr="échoué depuis", de="seither fehlgeschlagen"),
    Reason.ACTION_PENDING: Phrase(
        en="asked since, not done", fr="demandé depuis, pas exécuté", de="seither verlangt, nicht ausgeführt"
    ),
    Reason.REVOKED_SINCE: Phrase(en="revoked since", fr="révoqué depuis", de="seither gesperrt"),
    Reason.AUTHORISED_SINCE: Phrase(
        en="authorised again since", fr="réautorisé depuis", de="seither wieder zugelassen"
    ),
    Reason.UNMANAGED_SINCE: Phrase(
        en="left the management since", fr="sorti de la gestion depuis", de="seither nicht mehr verwaltet"
    ),
}
_ACTIONS: dict[SecurityAction, Phrase] = {
    SecurityAction.WIPE: Phrase(en="wipe", fr="effacement complet", de="vollständig löschen"),
    SecurityAction.SELECTIVE_WIPE: Phrase(en="selective wipe", fr="effacement sélectif", de="selektiv löschen"),
    SecurityAction.LOCK: Phrase(en="lock", fr="verrouillage", de="sperren"),
    SecurityAction.APP_WIPE: Phrase(en="wipe of the apps", fr="effacement des applications", de="Apps löschen"),
    SecurityAction.APP_LOCK: Phrase(en="lock of the apps", fr="verrouillage des applications", de="Apps sperren"),
    SecurityAction.REVOKE: Phrase(en="revoke", fr="révocation", de="Zulassung entziehen"),
    SecurityAction.OTHER: Phrase(en="another action", fr="une autre action", de="eine andere Aktion"),
}
_ADVICE: dict[Advice, Phrase] = {
    Advice.STOP_OR_LEAVE: Phrase(
        en="stop it, or leave it to fire", fr="l'arrêter, ou le laisser partir", de="stoppen oder ausführen lassen"
    ),
    Advice.REPEAT_OR_LEAVE: Phrase(
        en="repeat it, or leave it", fr="le répéter, ou le laisser", de="wiederholen oder lassen"
    ),
    Advice.LOOK: Phrase(en="look in the console", fr="regarder dans la console", de="in der Konsole nachsehen"),
}
_SECURITY_HEADER: dict[Language, tuple[str, ...]] = {
    "en": (
        "row",
        "login",
        "device",
        "number",
        "console",
        "what",
        "action",
        "when",
        "pending now",
        "decide",
        "basis",
        "decision",
        "by",
    ),
    "fr": (
        "ligne",
        "identifiant",
        "appareil",
        "numéro",
        "console",
        "quoi",
        "action",
        "quand",
        "en attente",
        "à décider",
        "base",
        "décision",
        "par",
    ),
    "de": (
        "Zeile",
        "Login",
        "Gerät",
        "Nummer",
        "Konsole",
        "was",
        "Aktion",
        "wann",
        "jetzt offen",
        "zu entscheiden",
        "Grundlage",
        "Entscheid",
        "von",
    ),
}
_INVITATIONS_HEADER: dict[Language, tuple[str, ...]] = {
    "en": ("login", "created", "mode", "state", "basis"),
    "fr": ("identifiant", "créée", "mode", "état", "base"),
    "de": ("Login", "erstellt", "Art", "Zustand", "Grundlage"),
}


def merge_csv(people: Sequence[Recipient], terms: Terms, language: Language) -> bytes:
    """The list for a mail merge: one row a person, with the columns of `MERGE_HEADER`."""
    reply_by, reference = day(terms.reply_by, language), terms.common.reference
    return table(
        MERGE_HEADER,
        (
            (
                person.mail,
                person.first_name,
                person.name,
                person.language,
                str(len(person.devices)),
                devices_text(person.devices, language),
                "; ".join(person.kinds),
                _yes_or_no(person.needs_appointment, language),
                reply_by,
                reference,
            )
            for person in people
        ),
        language,
    )


def helpdesk_csv(audience: Audience, language: Language) -> bytes:
    """Every lost device with its person, how to reach them, kind, certainty and reasons: one row a device."""
    rows: list[tuple[str, ...]] = []
    for person in audience.recipients:
        reach = _REACH[person.reach].in_(language)
        phone = f"Tel. {person.phone}" if person.phone else ""
        rows.extend((person.name, person.login, reach, phone, *_device(d, language)) for d in person.devices)
    for devices, how in ((audience.shared, _SHARED), (audience.without_user, _WITHOUT_USER), (audience.held, _HELD)):
        rows.extend(("", d.user, how.in_(language), "", *_device(d, language)) for d in devices)
    basis = _BASIS[audience.exact].in_(language)
    return table(_HELPDESK_HEADER[language], ((*row, basis) for row in rows), language)


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one row of security's list.

    Attributes:
        decision: What was decided.
        decided_by, decided_at: By whom and when.
        done_by, done_at: Who has done it in the console, and when; empty where nothing had to be done.
    """

    decision: SecurityDecision
    decided_by: str
    decided_at: datetime
    done_by: str = ""
    done_at: datetime | None = None


def security_csv(
    comparison: Comparison, language: Language, zone: ZoneInfo, signed: Mapping[int, Signed] = MappingProxyType({})
) -> bytes:
    """What security has to decide, row by row, with room for the decision and who made it.

    Args:
        comparison: What the restore did.
        language: The language of the list.
        zone: The site's zone.
        signed: What was decided, by the number of the row.
    """
    basis = _BASIS[comparison.exact].in_(language)
    rows = (
        (*_security(number, row, language, zone), basis, *_signed(signed.get(number), language, zone))
        for number, row in enumerate(comparison.security, start=1)
    )
    return table(_SECURITY_HEADER[language], rows, language)


def invitations_csv(comparison: Comparison, language: Language, zone: ZoneInfo) -> bytes:
    """The invitations that have to be sent again; no token and no secret was ever read."""
    basis = _BASIS[comparison.exact].in_(language)
    rows = (
        (names.words(i.login), moment(i.created, language, zone), names.words(i.mode), names.words(i.status), basis)
        for i in comparison.invitations
    )
    return table(_INVITATIONS_HEADER[language], rows, language)


def devices_text(devices: Iterable[ListedDevice], language: Language) -> str:
    """All devices of a person in one cell, which begins with a fixed word."""
    return f"{_DEVICE.in_(language)}: " + "; ".join(_in_words(device, language) for device in devices)


def _in_words(device: ListedDevice, language: Language) -> str:
    shown = device.shown
    number = f", {_ENDING.in_(language)} {shown.id_tail}" if shown.id_tail else ""
    check = f" ({_CHECK_FIRST.in_(language)})" if shown.certainty is Certainty.CHECK_FIRST else ""
    return f"{_label(shown.label, language)}{number}{check}"


def _device(device: ListedDevice, language: Language) -> tuple[str, ...]:
    shown = device.shown
    return (
        _label(shown.label, language),
        names.KIND_LABELS[device.kind].in_(language),
        f"…{shown.id_tail}" if shown.id_tail else _NOT_KNOWN.in_(language),
        (_MUST if shown.certainty is Certainty.MUST else _CHECK_FIRST).in_(language),
        "; ".join(_REASONS[reason].in_(language) for reason in device.reasons),
        _yes_or_no(device.needs_appointment, language),
        device.site,
    )


def _security(number: int, row: SecurityRow, language: Language, zone: ZoneInfo) -> tuple[str, ...]:
    device = row.device
    numbers = (("Serial", device.serial), ("IMEI", device.imei), ("Strong id", device.strong_id))
    return (
        f"{_ROW.in_(language)} {number}",
        names.words(device.owner.login) if device.owner else "",
        _label(names.label(device.model, row.kind), language),
        "; ".join(f"{name} {number}" for name, number in numbers if number),
        f"Id {device.id}" if device.id.isdecimal() else _NOT_KNOWN.in_(language),
        _REASONS[row.reason].in_(language),
        _ACTIONS[row.action].in_(language) if row.action else "",
        moment(row.at, language, zone) if row.at else _NOT_KNOWN.in_(language),
        _NOT_KNOWN.in_(language) if row.pending is None else _yes_or_no(row.pending, language),
        _ADVICE[row.advice].in_(language),
    )


def _signed(row: Signed | None, language: Language, zone: ZoneInfo) -> tuple[str, str]:
    if row is None:
        return "", ""
    people = [f"{row.decided_by} {moment(row.decided_at, language, zone)}"]
    if row.done_at is not None:
        people.append(f"{row.done_by} {moment(row.done_at, language, zone)}")
    return _DECISIONS[row.decision].in_(language), "; ".join(people)


def _label(label: Text, language: Language) -> str:
    return label.in_(language) if isinstance(label, Phrase) else str(label)


def _yes_or_no(value: bool, language: Language) -> str:  # noqa: FBT001 - it is what is shown
    return (_YES if value else _NO).in_(language)
