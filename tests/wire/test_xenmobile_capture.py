"""Reading all devices of a node, rows and details, while the world stands still or moves."""

from itertools import islice

import pytest
from xenmobile_bench import XenMobileBench

from integrations.errors import LoginRefused, NotFound, Unreachable
from integrations.xenmobile import DeviceDetail, ListNotWhole, MissingDetail
from practice.world.devices import ANDROID_MODE, AT_BACKUP, Truth, Verdict

FILTER = "xenmobile:device/filter"


@pytest.mark.parametrize("size", [2, 7, 299, 300, 301, 5000])
def test_every_row_is_read_once_whatever_the_page_size(xms: XenMobileBench, size: int) -> None:
    """Overlapping pages give each device once, and the count agrees with `matchedRecords`."""
    listing = xms.client().devices(page_size=size)
    assert [row.id for row in listing] == list(xms.world.content.devices)
    assert listing.complete
    assert (listing.rows, listing.matched) == (300, 300)


def test_rows_are_what_the_world_holds(xms: XenMobileBench) -> None:
    """Identities, owner and the marks of the kind come through the wire unchanged."""
    rows = {row.id: row for row in xms.client(properties=[ANDROID_MODE]).devices()}
    for number, device in xms.world.content.devices.items():
        row = rows[number]
        assert (row.serial, row.imei, row.platform) == (device.serial, device.imei, device.model.platform)
        if device.enrolled:
            assert row.login == (device.owner.login if device.owner else "")
            assert row.mdm_known is not device.model.app_only
        assert row.dep_registered is device.model.dep
        assert row.property("SUPERVISED") == device.model.marks.get("SUPERVISED")
        assert row.property(ANDROID_MODE) == device.model.marks.get(ANDROID_MODE)


def test_details_are_what_the_world_holds(xms: XenMobileBench) -> None:
    """Enrolment, certificates with their back-dated start, actions and owner come through unchanged."""
    devices = xms.world.content.devices
    found = list(xms.client().device_details(devices, at_once=3))
    assert len(found) == len(devices)
    for detail, device in zip(found, devices.values(), strict=True):
        assert isinstance(detail, DeviceDetail)
        assert detail.id == device.number
        assert detail.strong_id == device.strong_id
        assert detail.first_connection == device.enrolled
        issued = [c.issued.timestamp() - 24 * 3600 for c in device.certificates]
        assert [c.starts.timestamp() for c in detail.certificates if c.starts] == pytest.approx(issued, abs=0.001)
        assert [a.type for a in detail.actions if a.pending] == [a.type for a in device.actions if not a.done]
        assert detail.revoked is device.revoked
        if device.owner and detail.user:
            assert (detail.user.mail, detail.user.phone) == (device.owner.mail, device.owner.mobile)
            assert detail.user.language == (device.owner.language if device.owner.language_listed else "")


def test_what_is_nobody_s_business_never_becomes_a_value(xms: XenMobileBench) -> None:
    """Push tokens, PIN codes and software, which the answer holds, are in no detail."""
    number = next(iter(xms.world.content.devices))
    detail = xms.client().device(number)
    kept = repr([getattr(detail, name) for name in detail.__slots__])
    for canary in ("40EB3812", "zpmdmbeta", f"{number:04d}'", "Passcode"):
        assert canary not in kept


@pytest.mark.parametrize("fault", ["appear", "vanish"])
def test_a_device_that_appears_or_vanishes_meanwhile_is_noticed(xms: XenMobileBench, fault: str) -> None:
    """The rows that were there are read all the same, but the list does not count as whole."""
    before = list(xms.world.content.devices)
    xms.world.faults.arm(fault, FILTER)
    listing = xms.client().devices(page_size=60)
    read = [row.id for row in listing]
    assert set(before) <= set(read)
    assert listing.moved
    with pytest.raises(ListNotWhole, match="moved") as caught:
        listing.require_complete()
    assert not caught.value.may_have_happened
    assert "Read the list again" in str(caught.value)


def test_pages_that_overlap_more_than_asked_give_each_row_once(xms: XenMobileBench) -> None:
    """A server that begins its pages too early is read whole, each row once."""
    xms.world.faults.arm("overlap", FILTER, times=-1, value=9)
    listing = xms.client().devices(page_size=40)
    read = [row.id for row in listing]
    assert read == list(xms.world.content.devices)
    assert listing.complete


def test_rows_that_a_page_leaves_out_are_missed(xms: XenMobileBench) -> None:
    """A server that begins a page too late gives no whole list."""
    xms.world.faults.arm("skip", FILTER, value=5)
    listing = xms.client().devices(page_size=50)
    read = [row.id for row in listing]
    assert len(read) < 300
    assert not listing.complete


def test_a_server_that_caps_its_pages_is_read_whole(xms: XenMobileBench) -> None:
    """Some releases give fewer rows than asked for, without a word."""
    xms.world.faults.arm("cap", FILTER, times=-1, value=99)
    listing = xms.client().devices(page_size=1000)
    assert len(list(listing)) == 300
    assert listing.complete


def test_a_page_that_fails_ends_the_list_and_it_is_not_whole(xms: XenMobileBench) -> None:
    """What was read until then is known to be a part."""
    listing = xms.client().devices(page_size=50)
    rows = iter(listing)
    read = list(islice(rows, 60))
    xms.world.power_off("xms01", "va")
    with pytest.raises(Unreachable):
        read.extend(rows)
    assert not listing.complete
    with pytest.raises(ListNotWhole, match="not read to its end"):
        listing.require_complete()


def test_a_device_that_is_gone_is_not_found(xms: XenMobileBench) -> None:
    """Asked for alone it is an error; among many it is a named gap."""
    ids = list(islice(xms.world.content.devices, 5))
    xms.world.device_remove(ids[2], "xa")
    client = xms.client()
    with pytest.raises(NotFound):
        client.device(ids[2])
    found = list(client.device_details(ids))
    assert [d.id for d in found] == ids
    assert [isinstance(d, MissingDetail) for d in found] == [False, False, True, False, False]


def test_single_failures_are_gaps_with_a_reason(xms: XenMobileBench) -> None:
    """A lost reply and a refusal cost one device each, and their reasons are kept."""
    ids = list(islice(xms.world.content.devices, 12))
    client = xms.client()
    xms.world.faults.arm("lose_reply", "xenmobile:device")
    first = list(client.device_details(ids[:6], at_once=1))
    xms.world.faults.arm("negative", "xenmobile:device")
    second = list(client.device_details(ids[6:], at_once=1))
    gaps = [d for d in (*first, *second) if isinstance(d, MissingDetail)]
    assert [type(g.why).__name__ for g in gaps] == ["Unreachable", "Refused"]


def test_many_threads_share_one_new_login(xms: XenMobileBench) -> None:
    """When a session ends under several readers, one of them logs in for all, and every detail is read."""
    client = xms.client()
    client.log_in()
    xms.servers.sessions["xms01"].end_all()
    found = list(client.device_details(xms.world.content.devices, at_once=6))
    assert not [d for d in found if isinstance(d, MissingDetail)]
    assert xms.attempts() == 2


def test_a_password_changed_in_mid_capture_ends_it_after_one_refusal(xms: XenMobileBench) -> None:
    """Thousands of devices must not lead to thousands of refused logins."""
    client = xms.client()
    client.log_in()
    xms.servers.sessions["xms01"].end_all()
    xms.world.faults.arm("refuse_login", "xenmobile", times=-1)
    with pytest.raises(LoginRefused):
        list(client.device_details(xms.world.content.devices, at_once=4))
    assert xms.attempts() == 2


def test_a_capture_is_taken_up_where_it_broke_off(xms: XenMobileBench) -> None:
    """After the node died, another one is read for the ids that are left."""
    ids = list(xms.world.content.devices)
    known: dict[int, object] = {}
    for detail in islice(xms.client().device_details(ids), 120):
        known[detail.id] = detail
    xms.world.power_off("xms01", "va")
    with pytest.raises(Unreachable):
        list(xms.client().device_details(i for i in ids if i not in known))
    for detail in xms.client("xms02").device_details(i for i in ids if i not in known):
        known[detail.id] = detail
    assert list(known) == ids


def test_the_restored_server_shows_the_backup_s_devices(xms: XenMobileBench) -> None:
    """Lost devices are gone, removed ones are back, and ids belong to other devices than before."""
    before = {row.id: (row.serial, row.imei) for row in xms.client().devices()}
    xms.restore()
    after = {row.id: (row.serial, row.imei) for row in xms.client().devices()}
    assert xms.world.content.name == AT_BACKUP
    assert xms.world.population is not None
    truth = Truth(xms.world.population)
    lost = {(a.serial, a.imei) for a in truth.devices(Verdict.MUST) if a.row_at_backup is None and a.imei}
    back = {(a.serial, a.imei) for a in truth.devices(Verdict.CAME_BACK)}
    assert lost <= set(before.values())
    assert not lost & set(after.values())
    assert back <= set(after.values())
    assert [i for i in before if i in after and after[i] != before[i]]
