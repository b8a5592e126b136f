"""`compare-devices`: what the restore did to every device, as soon as the first node answers behind the door.

People's lists are right once the suspects are read, and the check `compared` passes then; security's list is whole only
when the details of all devices are read, which goes on beside the next stages.
"""

from collections.abc import Iterator

from rollback.actions.action import Change, Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.inventory.capturing import AFTER_KIND, REST_KIND, capture, nodes_to_read, told
from rollback.actions.inventory.carried import KEY, to_hand_on
from rollback.actions.inventory.listing import READ, not_read
from rollback.actions.inventory.since import cutoff, is_way_back, to_json
from rollback.actions.parts import Reads, failed, passed, unread, verdict
from rollback.cluster import Cluster
from rollback.devices.compared import before_name, comparison_of, cutoff_of, expected_total, is_done
from rollback.devices.comparison import IncompleteCaptureError
from rollback.devices.findings import Comparison
from rollback.devices.inventory import AFTER, WAY_BACK_AFTER, InventoryStore, NoCapture
from rollback.devices.values import CaptureSource
from rollback.systems import Systems
from storage.words import CheckState, Severity, SystemName

COMPARED = "compared"
UNLIKELY = 0.05
"""How far the restored total may be from what the day of the backup lets expect, as a part of it."""


class CompareDevices(Reads):
    """Captures the restored devices and puts every device into exactly one class."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Two groups: what people's lists need, then the rest for security's list."""
        if not systems.get(Cluster).has_api:
            text = "off: an administrator exports the device list in the console of the restored server"
            return Preview(facts=(Fact("XenMobile", text), Fact("the export is read by", READ.format("after"))))
        store = systems.get(InventoryStore)
        try:
            before = before_name(store, given.rollback_id, way_back=is_way_back(given))
        except NoCapture:
            return Preview(facts=(Fact("before the restore", "nothing was captured: only exports can be compared"),))
        known = store.summary(given.rollback_id, before)
        return Preview(
            changes=_captures(systems, given, before),
            facts=(Fact("before the restore", "none" if known is None else told(known), flutters=True),),
            dies="What was read so far is kept; the bot reads on.",
        )

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        """After the suspects were read the lists of people are right."""
        return verdict(given, _compared(systems, given)) if group == 1 else Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """The comparison over all that was read."""
        check = _compared(systems, given)
        found = _comparison(systems, given)
        warnings = [finding.text for finding in _unlikely(systems, given)]
        if found is not None and found.exact and found.unread:
            warnings.append(f"details of {found.unread} devices were not read: look at them in the console")
        return verdict(given, check, warnings=tuple(warnings))

    def result(self, systems: Systems, given: Given) -> Json:
        """Counts and hash, and how many rows security has left: none, or the stage would not end."""
        found = _comparison(systems, given)
        left = 0 if is_way_back(given) else systems.get(InventoryStore).undecided(given.rollback_id)
        if found is None:
            return {"exact": False, "undecided": left, "hash": ""}
        counts = found.counts
        return {
            "devices": counts.devices,
            "must": counts.must,
            "check_first": counts.check_first,
            "came_back": counts.came_back,
            "decide": counts.security,
            "invitations": counts.invitations,
            "unknown_kind": counts.unknown_kind,
            "unread": counts.unread,
            "undecided": left,
            "exact": found.exact,
            "hash": found.digest,
            KEY: to_hand_on(_unlikely(systems, given)),
        }


def _captures(systems: Systems, given: Given, before: str) -> tuple[Change, ...]:
    name, since = _name(given), to_json(cutoff(systems, given))
    nodes = nodes_to_read(given, first=True)
    rows = "read all devices of the restored server, the details of new, changed and flagged ones"
    rest = "read the details of all others, for what is pending again on the restored server"
    return (
        capture(AFTER_KIND, 1, rows, capture=name, across=before, cutoff=since, nodes=nodes),
        capture(REST_KIND, 2, rest, capture=name, across=before, cutoff=since, nodes=nodes, rest=True),
    )


def _name(given: Given) -> str:
    return WAY_BACK_AFTER if is_way_back(given) else AFTER


def _comparison(systems: Systems, given: Given) -> Comparison | None:
    """The comparison of both captures; None where one of them was made by people."""
    store = systems.get(InventoryStore)
    if not is_done(store.summary(given.rollback_id, _name(given))):
        return None
    try:
        return comparison_of(store, given.rollback_id, way_back=is_way_back(given))
    except NoCapture:
        return None


def _compared(systems: Systems, given: Given) -> Check:
    try:
        found = _comparison(systems, given)
    except IncompleteCaptureError as incomplete:
        return failed(COMPARED, str(incomplete))
    if found is None:
        no_api = not systems.get(Cluster).has_api
        return unread(COMPARED, SystemName.XENMOBILE) if no_api else not_read(COMPARED)
    counts = found.counts
    if not found.exact:
        text = (
            f"An estimate from exports of the console: of {counts.devices} devices {counts.must} are gone, "
            f"{counts.came_back} came back; no enrolment, certificate or action is told."
        )
        return Check(COMPARED, CheckState.NOT_CHECKED, text)
    left = f"; details of {found.unread} are still being read for security's list" if found.unread else ""
    return passed(
        COMPARED,
        f"{counts.devices} devices compared: {counts.must} must enrol again, {counts.check_first} check first, "
        f"{counts.came_back} came back, {counts.security} for security, {counts.invitations} invitations{left}.",
    )


def _unlikely(systems: Systems, given: Given) -> Iterator[Finding]:
    store, name = systems.get(InventoryStore), _name(given)
    after = store.summary(given.rollback_id, name)
    if after is None or not after.done:
        return
    since = cutoff_of(after)
    if since is None:
        return
    before = store.capture(given.rollback_id, before_name(store, given.rollback_id, way_back=is_way_back(given)))
    if before.source is CaptureSource.CONSOLE_EXPORT:
        return  # it tells no dates, so that nothing is to be expected of the day of the backup
    expected = expected_total(before, since)
    if abs(after.rows - expected) > UNLIKELY * max(expected, 1):
        text = f"The restored server has {after.rows} devices, where the day of the backup lets expect {expected}."
        yield Finding("total-unlikely", Severity.OVERRIDE, text, gate="open")
