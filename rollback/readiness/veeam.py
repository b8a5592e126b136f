"""Veeam's page: its server, what the login may, and whether a restore runs."""

from datetime import timedelta
from urllib.parse import urlsplit

from integrations.certificates import shown_by
from integrations.veeam import Veeam
from rollback.readiness import judging
from rollback.readiness.place import Page, Round
from rollback.readiness.rows import Outlook, Row
from storage.words import SystemName

PORT = 9419  # Veeam: the REST service's own, until 13.1
A_DAY = timedelta(hours=24)


def fill(taken: Round, page: Page) -> None:
    """Ask Veeam for everything that a rollback needs of it, but for the restore points: see `pairs`."""
    place, address = taken.place, urlsplit(taken.place.estate.veeam.url)
    where = (address.hostname or "", address.port or PORT)
    page.certificate(place, lambda: shown_by(SystemName.VEEAM, *where))
    with place.connect(place.estate) as systems:
        veeam = systems.get(Veeam)
        good = page.reads("reachable", lambda: _reachable(page, veeam))
        taken.reached[SystemName.VEEAM].tell(good=good)
        if not good:
            return
        page.identity(veeam.identity)
        page.clock(place, "Veeam", lambda: veeam.server_time().at)
        page.reads("rights", lambda: _rights(page, veeam))
        page.reads("restores", lambda: _restores(page, veeam))


def _reachable(page: Page, veeam: Veeam) -> None:
    veeam.server_time()
    page.passes("reachable", "It answers and lets us in.")
    page.passes("version", f"Its API is spoken to as {veeam.version()}.")


def _rights(page: Page, veeam: Veeam) -> None:
    """That it may restore can't be proven without restoring; that it is an administrator can."""
    missing = [] if veeam.backup_objects() else ["Veeam shows no machine to the login"]
    beyond = ["The login is an administrator; a Restore Operator is enough"] if veeam.administers() else []
    proven = "It sees backed-up machines and is no administrator; that it may restore shows only when it does."
    page.add(*judging.rights(page.subject, missing, beyond, proven))


def _restores(page: Page, veeam: Veeam) -> None:
    running = veeam.running_restores(veeam.server_time().at - A_DAY)
    if not running:
        page.passes("restores", "No restore runs.")
        return
    told = ", ".join(one.name or one.session_id for one in running)
    todo = "Find out whose they are; a node's restore waits for others on the same machine."
    page.add(Row(page.subject, "restores", Outlook.WARN, f"Restores run now: {told}.", todo, "restore-running"))
