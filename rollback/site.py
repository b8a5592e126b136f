"""What the organisation calls things in its notices: names, numbers and menu words, given once in the settings.

Fixed texts only, each in the three languages; whatever people or systems name in the course of a rollback is untrusted
and comes in elsewhere. A value like the estate, so that it can be frozen into a rollback with it.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Language = Literal["en", "fr", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Phrase(BaseModel):
    """The same words in each language; one string stands for all three."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    fr: str
    de: str

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:  # noqa: ANN401 - pydantic hands in whatever the settings hold
        return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value

    def in_(self, language: Language) -> str:
        """The words in `language`."""
        return {"en": self.en, "fr": self.fr, "de": self.de}[language]


def _one_visible_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        msg = "expected one line of visible characters"
        raise ValueError(msg)
    return text


def _each_on_one_line(phrase: Phrase) -> Phrase:
    for text in (phrase.en, phrase.fr, phrase.de):
        _one_visible_line(text)
    return phrase


Line = Annotated[str, AfterValidator(_one_visible_line)]
Words = Annotated[Phrase, AfterValidator(_each_on_one_line)]
Phone = Annotated[str, Field(pattern=r"^[+0-9][0-9 ()/.-]{1,30}$")]


class Site(BaseModel):
    """The words of one organisation.

    Attributes:
        org_name: Its name as users know it.
        org_short: Its name in a text message, which begins with it.
        service_name: What users call the service.
        notice_page: Title of the intranet page that proves the messages real.
        notice_page_short: The same, short enough for a text message.
        helpdesk_phone, helpdesk_hours: The help desk.
        sender_name, sender_team: Who signs.
        escalation_team, escalation_phone: Whom the help desk calls.
        security_phone: Whom the help desk calls about a lost or stolen device.
        report_channel: Where the help desk reports every hour.
        user_impact: What does not work while the service is down, in users' words.
        still_works: What works all the same.
        signin_name: What users type into Secure Hub; words, never a server name, which mail programs turn into a link.
        ios_menu: Where Apple's Settings list the management profile.
        android_menu: Where Android's Settings list the work profile.
        device_short: What a text message calls the device.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    org_name: Words
    org_short: Annotated[Line, Field(max_length=11)]
    service_name: Words
    notice_page: Words
    notice_page_short: Words
    helpdesk_phone: Phone
    helpdesk_hours: Words
    sender_name: Line
    sender_team: Words
    escalation_team: Words
    escalation_phone: Phone
    security_phone: Phone
    report_channel: Line
    user_impact: Annotated[tuple[Words, ...], Field(min_length=1)]
    still_works: Annotated[tuple[Words, ...], Field(min_length=1)]
    signin_name: Words = Phrase(
        en="your work e-mail address", fr="votre adresse e-mail de travail", de="Ihre E-Mail-Adresse der Arbeit"
    )
    ios_menu: Words = Phrase(
        en="VPN & Device Management", fr="VPN et gestion de l'appareil", de="VPN & Geräteverwaltung"
    )
    android_menu: Words = Phrase(en="Passwords & accounts", fr="Mots de passe et comptes", de="Passwörter & Konten")
    device_short: Words = Phrase(en="device", fr="appareil", de="Gerät")


def made_up() -> Site:
    """Words of an organisation that doesn't exist, for a practice estate without words of its own."""
    team = Phrase(en="Mobile services team", fr="Équipe des services mobiles", de="Team Mobile Dienste")
    return Site(
        org_name=Phrase(en="Example Ltd", fr="Exemple SA", de="Beispiel AG"),
        org_short="Example",
        service_name=Phrase(en="Mobile Access", fr="Accès mobile", de="Mobiler Zugang"),
        notice_page=Phrase(en="Mobile news", fr="Nouvelles mobiles", de="Neues zum Mobilen"),
        notice_page_short=Phrase(en="Mobile news", fr="Infos mobiles", de="Mobil-News"),
        helpdesk_phone="+41 44 555 01 23",
        helpdesk_hours=Phrase(en="weekdays 7 to 19", fr="jours ouvrables 7h-19h", de="werktags 7-19 Uhr"),
        sender_name="Robin Example",
        sender_team=team,
        escalation_team=team,
        escalation_phone="+41 44 555 01 24",
        security_phone="+41 44 555 01 25",
        report_channel="the help desk channel",
        user_impact=(
            Phrase(en="Work e-mail on phones", fr="E-mails sur mobile", de="E-Mails auf Mobilgeräten"),
            Phrase(
                en="Work apps on phones", fr="Applications de travail sur mobile", de="Arbeits-Apps auf Mobilgeräten"
            ),
        ),
        still_works=(Phrase(en="Work e-mail on PCs", fr="E-mails sur ordinateur", de="E-Mails am Computer"),),
    )
