"""What XenMobile itself holds that ends some day: certificates of listener, APNs and authorities; licences. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from integrations.xenmobile.settings import Licence, ServerCertificate
from rollback.readiness import judging
from rollback.readiness.rows import Outlook, Row


def certificates(subject: str, held: Iterable[ServerCertificate], now: datetime) -> Iterator[Row]:
    """Those in use, by their last day; one that has ended locks devices out, the APNs certificate all Apple ones."""
    bad = [row for row in (_one(subject, one, now) for one in held if one.active is not False) if row is not None]
    yield from bad
    if not bad:
        yield Row(subject, "certificates", Outlook.PASS, "No certificate in use ends within 30 days.")


def _one(subject: str, one: ServerCertificate, now: datetime) -> Row | None:
    ends = _end_of(one.valid_to)
    if ends is None:
        return None
    judged = judging.dates(subject, "certificates", None, ends, now)
    called = f"{one.type} {one.name}".strip()
    return None if judged.outlook is Outlook.PASS else Row(
        subject, "certificates", judged.outlook, f"{called}: {judged.text}", judged.todo, judged.code
    )  # fmt: skip


def licences(subject: str, held: Iterable[Licence], now: datetime) -> Iterator[Row]:
    """Whether there are enough, and until when."""
    found = list(held)
    for one in found:
        ends = _end_of(one.expires)
        if ends is not None and ends <= now:
            text = f"The licence {one.edition} has expired on {one.expires}."
            yield Row(subject, "licences", Outlook.FAIL, text, "Have it renewed before devices come back.")
        elif one.in_use is not None and one.available is not None and one.in_use > one.available:
            text = f"Of the licence {one.edition} {one.in_use} are in use, and there are {one.available}."
            yield Row(subject, "licences", Outlook.WARN, text, "Get more, or expect that some can't enrol again.")
        else:
            yield Row(subject, "licences", Outlook.PASS, f"The licence {one.edition or 'that is installed'} suffices.")
    if not found:
        yield Row(subject, "licences", Outlook.PASS, "The server tells of no licence.")


def _end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), UTC) + timedelta(days=1)
