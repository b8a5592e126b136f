"""How two captures are joined."""

from collections import Counter
from dataclasses import replace

from devices_made import HOUR, LONG_BEFORE, details, device, owner
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.pairing import Pairing, pair
from rollback.devices.values import Device
from rollback.untrusted import Untrusted

few = st.sampled_from(["", "A1", "B2", "C3", "D4", "E5"])
users = st.sampled_from([None, owner("ada@example.com"), owner("bob@example.com"), owner("BOB@example.com")])


@st.composite
def records(draw: st.DrawFn) -> list[Device]:
    """Records with colliding, missing and contradicting identities."""
    count = draw(st.integers(0, 7))
    return [
        device(
            number,
            serial=draw(few),
            imei=draw(few),
            strong_id=draw(few),
            owner=draw(users),
            details=draw(st.sampled_from([None, details(LONG_BEFORE + number * HOUR)])),
        )
        for number in range(count)
    ]


def firsts(joined: Pairing) -> list[Device]:
    """Every record of the first capture that the pairing names."""
    return [
        *(before for before, _ in joined.pairs),
        *joined.absent,
        *joined.doubtful,
        *(before for before, _ in joined.nameless),
        *(record.device for record in joined.older),
    ]


def pairs(joined: Pairing) -> Counter[tuple[str, str]]:
    return Counter((before.id, after.id) for before, after in joined.pairs)


@given(records(), records())
def test_each_record_of_the_first_capture_is_named_exactly_once(before: list[Device], after: list[Device]) -> None:
    """No record of the first capture is dropped or named twice, whatever its identities are."""
    assert Counter(d.id for d in firsts(pair(before, after))) == Counter(d.id for d in before)


@given(records(), records())
def test_each_record_of_the_second_capture_is_paired_or_named(before: list[Device], after: list[Device]) -> None:
    """A record of the second capture has a partner or is named as being only there."""
    joined = pair(before, after)
    partners = [
        *(twin for _, twin in joined.pairs),
        *(twin for _, twin in joined.nameless if twin),
        *(record.twin for record in joined.older if record.twin),
    ]
    alone = [*joined.only_after, *joined.nameless_after]
    assert {d.id for d in partners} | {d.id for d in alone} == {d.id for d in after}
    assert not {d.id for d in partners} & {d.id for d in alone}


@given(records(), records())
def test_swapping_the_captures_swaps_only_the_sides(before: list[Device], after: list[Device]) -> None:
    """The join is symmetric: what is paired one way is paired the other way."""
    there, back = pair(before, after), pair(after, before)
    assert pairs(there) == Counter((b, a) for a, b in pairs(back))


@given(records(), records(), st.randoms(use_true_random=False))
def test_the_order_of_the_records_makes_no_difference(
    before: list[Device], after: list[Device], chance: object
) -> None:
    """Shuffled captures give the same pairs and the same rest."""
    mixed = list(before), list(after)
    for side in mixed:
        chance.shuffle(side)  # type: ignore[attr-defined]
    one, other = pair(before, after), pair(*mixed)
    assert pairs(one) == pairs(other)
    assert {d.id for d in one.absent} == {d.id for d in other.absent}
    assert {d.id for d in one.only_after} == {d.id for d in other.only_after}
    assert {r.device.id for r in one.older} == {r.device.id for r in other.older}


@given(records(), records())
def test_a_pair_shares_an_identity(before: list[Device], after: list[Device]) -> None:
    """Two records are one device only by an identity that they share."""
    for one, other in pair(before, after).pairs:
        shared = [
            a
            for a, b in ((one.serial, other.serial), (one.imei, other.imei), (one.strong_id, other.strong_id))
            if a and a == b
        ]
        assert shared


def test_the_serial_number_goes_before_the_imei() -> None:
    """A device that got another SIM slot's IMEI is still the device with its serial number."""
    joined = pair([device(1, imei="35000000000001")], [device(9, serial="SERIAL00001", imei="35000000000002")])
    assert [(a.id, b.id) for a, b in joined.pairs] == [("1", "9")]


def test_ids_are_never_a_join_key() -> None:
    """An id that the restored server gave to another device joins nothing."""
    joined = pair([device(1)], [replace(device(2), id="1")])
    assert not joined.pairs
    assert [d.id for d in joined.absent] == ["1"]
    assert [d.serial for d in joined.only_after] == ["SERIAL00002"]


def test_a_device_without_serial_number_is_found_by_imei_or_strong_id() -> None:
    """Where the serial number is missing on one side, the next identity joins."""
    assert pair([device(1)], [device(1, serial="")]).pairs
    assert pair([device(1, imei="")], [device(1, serial="")]).pairs
    assert pair([device(1, serial="", imei="")], [device(1)]).pairs


def test_identities_of_two_devices_join_nothing_and_say_so() -> None:
    """An IMEI that the restored server has under another serial number makes the device doubtful, not absent."""
    joined = pair([device(1)], [device(2, imei=device(1).imei)])
    assert [d.id for d in joined.doubtful] == ["1"]
    assert [d.id for d in joined.only_after] == ["2"]
    assert not joined.pairs


def test_a_number_that_many_devices_share_is_not_used() -> None:
    """A serial number that a maker gave to all of its tablets is ignored, and the IMEI joins them."""
    same = "0123456789ABCDEF"
    before = [device(n, serial=same) for n in range(1, 4)]
    joined = pair(before, [replace(d, id=f"9{d.id}") for d in before])
    assert sorted((a.id, b.id) for a, b in joined.pairs) == [("1", "91"), ("2", "92"), ("3", "93")]


def test_two_devices_of_one_user_with_one_number_stay_two() -> None:
    """Where IMEIs tell two devices of one user apart, their common serial number makes no older record of one."""
    mine = owner()
    before = [device(n, serial="0123456789ABCDEF", owner=mine) for n in (1, 2)]
    joined = pair(before, [replace(before[0], id="9")])
    assert [(a.id, b.id) for a, b in joined.pairs] == [("1", "9")]
    assert [d.id for d in joined.absent] == ["2"]


def test_tablets_with_one_number_and_no_other_are_joined_user_by_user() -> None:
    """Where only the user tells devices apart, each user keeps their own, and a new user's is absent."""
    same = {"serial": "0123456789ABCDEF", "imei": "", "strong_id": ""}
    before = [device(n, **same) for n in range(1, 4)]
    joined = pair(before, [replace(d, id=f"9{d.id}") for d in before[:2]])
    assert sorted((a.id, b.id) for a, b in joined.pairs) == [("1", "91"), ("2", "92")]
    assert [d.id for d in joined.absent] == ["3"]


def test_the_newest_record_of_a_device_stands_for_it() -> None:
    """Of two records of one device and user the one in contact last is compared, the other is an older record."""
    mine = owner()
    old = device(1, owner=mine)
    new = replace(old, id="2", details=details(LONG_BEFORE + HOUR))
    joined = pair([old, new], [replace(old, id="7")])
    assert [(a.id, b.id) for a, b in joined.pairs] == [("2", "7")]
    assert [(r.device.id, r.twin.id if r.twin else None) for r in joined.older] == [("1", "7")]


def test_a_handed_on_device_is_the_loss_of_its_new_user() -> None:
    """A record of a new user is absent although the restored server has the device under its former user."""
    former, new = owner("ada@example.com"), owner("bob@example.com")
    before = [device(1, owner=former), replace(device(1), id="2", owner=new)]
    joined = pair(before, [device(1, owner=former)])
    assert [(a.id, b.id) for a, b in joined.pairs] == [("1", "1")]
    assert [d.id for d in joined.absent] == ["2"]


def test_a_device_without_any_identity_is_named_with_its_look_alike() -> None:
    """Nameless records get a look-alike by user and model, and what is left over on the other side is named."""
    bare = {"serial": "", "imei": "", "strong_id": ""}
    mine, other = device(1, **bare), device(2, **bare)
    joined = pair([mine], [replace(mine, id="8"), replace(other, id="9")])
    assert [(a.id, b.id if b else None) for a, b in joined.nameless] == [("1", "8")]
    assert [d.id for d in joined.nameless_after] == ["9"]


def test_a_strong_id_that_only_one_side_tells_proves_no_absence() -> None:
    """While the restored server has nameless records, a device known by strong id alone is not called absent."""
    before = device(1, serial="", imei="")
    after = device(5, serial="", imei="", strong_id="", owner=before.owner, details=None)
    joined = pair([before], [after])
    assert not joined.absent
    assert [(a.id, b.id if b else None) for a, b in joined.nameless] == [("1", "5")]


def test_a_hostile_login_joins_like_any_other() -> None:
    """Logins are compared without regard to case and never shown here."""
    one = device(1, owner=owner("<!channel>@EXAMPLE.com"), imei="", strong_id="")
    two = replace(one, id="2", model=Untrusted("other"))
    joined = pair([one, two], [replace(one, id="3", owner=owner("<!channel>@example.com"))])
    assert len(joined.pairs) == 1
    assert len(joined.older) == 1
