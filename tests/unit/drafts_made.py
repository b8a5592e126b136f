"""A made-up organisation and its words for the tests of drafts, and strings that try to break a letter."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from rollback.drafts.contexts import Common
from rollback.drafts.letters import Terms
from rollback.site import Site

ZONE = ZoneInfo("Europe/Zurich")
AT = datetime(2017, 11, 29, 21, 45, tzinfo=UTC)
SITE = Site.model_validate(
    {
        "org_name": "Example Ltd",
        "org_short": "Example",
        "service_name": "Mobile Access",
        "notice_page": {"en": "Mobile news", "fr": "Nouvelles mobiles", "de": "Neues zum Mobilen"},
        "notice_page_short": {"en": "Mobile news", "fr": "Infos mobiles", "de": "Mobil-News"},
        "helpdesk_phone": "+41 44 555 01 23",
        "helpdesk_hours": {"en": "weekdays 7 to 19", "fr": "jours ouvrables 7h-19h", "de": "werktags 7-19 Uhr"},
        "sender_name": "Robin Example",
        "sender_team": {"en": "Mobile team", "fr": "Équipe mobile", "de": "Mobil-Team"},
        "escalation_team": {"en": "Mobile team", "fr": "Équipe mobile", "de": "Mobil-Team"},
        "escalation_phone": "+41 44 555 01 24",
        "security_phone": "+41 44 555 01 25",
        "report_channel": "the help desk channel",
        "user_impact": [{"en": "Work e-mail on phones", "fr": "E-mails sur mobile", "de": "E-Mails auf Mobilgeräten"}],
        "still_works": [{"en": "Work e-mail on PCs", "fr": "E-mails sur ordinateur", "de": "E-Mails am Computer"}],
    }
)
COMMON = Common(SITE, "RB-7", "K4TZ9")
TERMS = Terms(COMMON, date(2017, 11, 29), date(2017, 12, 6))
HOSTILE = (
    "<script>alert(1)</script>",
    "<!channel>",
    "<https://evil.example.com|click>",
    "https://evil.example.com/login",
    "www.evil.example.com",
    "evil.example.com",
    "Ada\r\nBcc: all@example.com",
    "Ada\nSubject: urgent",
    "\u202egnp.exe",
    "A\u200bda",
    "{{ 7 * 7 }}",
    "{% include 'en/_steps.md' %}",
    "=HYPERLINK(1)",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\uff1d1+1",
    "'=1+1",
    '"; DROP TABLE',
    "a;b;c",
    "a,b,c",
    "</li></ul><img src=x>",
    "&lt;b&gt;",
    "x" * 500,
    "Z\u0351\u036b\u0343\u036a\u0302algo",
    "\x00",
    "",
)
