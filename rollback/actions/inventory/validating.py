"""`validate-configuration`: the settings of the restored server against those from before, with a cause each."""

from collections import Counter
from collections.abc import Iterator

from rollback.actions.action import Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.inventory.capturing import SURROUNDINGS_KIND, capture, nodes_to_read
from rollback.actions.inventory.carried import KEY, to_hand_on
from rollback.actions.parts import Reads, passed, unread, verdict
from rollback.cluster import Cluster
from rollback.devices import surroundings
from rollback.devices.compared import before_name
from rollback.devices.inventory import InventoryStore, NoCapture
from rollback.devices.surroundings import Cause, Difference
from rollback.systems import Systems
from storage.words import CheckState, Severity, SystemName

COMPARED = "compared"
RESTORED = "surroundings-after"
"""The capture that holds the restored server's settings."""


class ValidateConfiguration(Reads):
    """Reads the settings of the restored server; people sign what differs."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Our own rows are all that is changed."""
        if not systems.get(Cluster).has_api:
            return Preview(facts=(Fact("XenMobile", "off: an administrator compares the settings in the console"),))
        text = "read server properties, certificates, delivery groups, licences, LDAP and PKI of the restored server"
        nodes = nodes_to_read(given, first=True)
        change = capture(SURROUNDINGS_KIND, 1, text, capture=RESTORED, nodes=nodes)
        return Preview(changes=(change,), dies="Nothing is lost; the bot reads again.")

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """How many differences of each cause there are; the unexplained ones are for people to sign."""
        if not systems.get(Cluster).has_api:
            return verdict(given, unread(COMPARED, SystemName.XENMOBILE))
        store = systems.get(InventoryStore)
        try:
            found = differences_of(store, given.rollback_id)
        except NoCapture as missing:
            return verdict(given, Check(COMPARED, CheckState.NOT_CHECKED, str(missing)))
        warnings = tuple(finding.text for finding in _unexplained(found))
        return verdict(given, passed(COMPARED, f"{counted(found)}."), warnings=warnings)

    def result(self, systems: Systems, given: Given) -> Json:
        """The differences by cause, names only, and the hashes of both readings."""
        store = systems.get(InventoryStore)
        try:
            found = differences_of(store, given.rollback_id)
        except NoCapture:
            return {"exact": False}
        return {
            "exact": True,
            "differences": {cause.value: [f"{d.part}:{d.name}" for d in found if d.cause is cause] for cause in Cause},
            "hashes": [surroundings.digest(one) for one in _both(store, given.rollback_id)],
            KEY: to_hand_on(_unexplained(found)),
        }


def differences_of(store: InventoryStore, rollback_id: int) -> tuple[Difference, ...]:
    """What the restored server has otherwise than the one before it.

    Raises:
        NoCapture: One of the two was never read.
    """
    return surroundings.differences(*_both(store, rollback_id))


def counted(found: tuple[Difference, ...]) -> str:
    """The differences in numbers."""
    causes = Counter(one.cause for one in found)
    if not found:
        return "no difference"
    return f"{len(found)} differences: " + ", ".join(f"{causes[cause]} {cause.value}" for cause in Cause)


def _both(store: InventoryStore, rollback_id: int) -> tuple[surroundings.Values, surroundings.Values]:
    earlier = store.summary(rollback_id, before_name(store, rollback_id))
    now = store.summary(rollback_id, RESTORED)
    if earlier is None or now is None or not now.done:
        raise NoCapture("The settings of the restored server were not read, so they can't be compared by machine.")
    return earlier.extras["surroundings"], now.extras["surroundings"]


def _unexplained(found: tuple[Difference, ...]) -> Iterator[Finding]:
    left = [one for one in found if one.cause is Cause.UNEXPLAINED]
    if left:
        names = ", ".join(f"{one.part} {one.name}" for one in left[:5])
        text = f"{len(left)} differences of the configuration are unexplained: {names}{' …' if len(left) > 5 else ''}."
        about = tuple(f"{one.part} {one.name}" for one in left)
        yield Finding("differences-unexplained", Severity.OVERRIDE, text, gate="live", about=about)
