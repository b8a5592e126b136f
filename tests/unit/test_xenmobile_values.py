"""What single fields of the API become: lenient where the vendor varies, nothing where it must not be kept."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from integrations.errors import WrongAnswer
from integrations.xenmobile.devices import device_detail, device_row
from integrations.xenmobile.settings import invitation, licence, server_certificate, server_property

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("told", "login", "name"),
    [
        ('abc@example.com "Abc Example"', "abc@example.com", "Abc Example"),
        ('EXAMPLE\\abc "Abc "The" Example"', "EXAMPLE\\abc", 'Abc "The" Example'),
        ("abc@example.com", "abc@example.com", ""),
        ('local user "local user"', "local user", "local user"),
        ("", "", ""),
        (None, "", ""),
        ('Device Enrollment Program "Device Enrollment"', "", ""),
    ],
)
def test_a_user_name_is_a_login_and_a_quoted_name(told: str | None, login: str, name: str) -> None:
    """XMS writes both into one field; a device that was only announced has nobody."""
    row = device_row({"id": 1, "userName": told}, NONE)
    assert (row.login, row.display_name) == (login, name)


@pytest.mark.parametrize("number", [7, "7", 7.0])
def test_an_id_may_be_a_number_or_a_text(number: object) -> None:
    """The documents show both."""
    assert device_row({"id": number}, NONE).id == 7


@pytest.mark.parametrize("number", [None, "GUID", "", True])
def test_a_device_without_a_numeric_id_is_no_xenmobile_server_s(number: object) -> None:
    """The cloud's ids are of another kind: nothing is guessed from such an answer."""
    with pytest.raises(WrongAnswer, match="numeric id"):
        device_row({"id": number}, NONE)


def test_what_the_server_does_not_tell_stays_unknown() -> None:
    """A missing flag is neither true nor false, and a missing time is no time."""
    row, detail = device_row({"id": 1}, NONE), device_detail({"id": 1}, NONE)
    assert row.managed is None
    assert row.dep_registered is None
    assert row.inactivity_days is None
    assert detail.first_connection is None
    assert detail.user is None
    assert detail.actions == ()
    assert detail.certificates == ()


@pytest.mark.parametrize("ms", [None, 0, "0", -5, 10**18, "soon", True])
def test_what_is_no_time_is_none(ms: object) -> None:
    """Null, 0 and nonsense in a time's field are no time."""
    assert device_detail({"id": 1, "firstConnectionDate": ms}, NONE).first_connection is None


@pytest.mark.parametrize("ms", [1479918533653, "1479918533653"])
def test_a_time_is_epoch_milliseconds(ms: object) -> None:
    """XMS: `firstConnectionDate` counts milliseconds, and becomes aware UTC."""
    found = device_detail({"id": 1, "firstConnectionDate": ms}, NONE).first_connection
    assert found == datetime(2016, 11, 23, 16, 28, 53, 653000, tzinfo=UTC)


def test_an_action_is_pending_until_it_is_done_or_failed() -> None:
    """XMS: a `doneTime` of 0 or null says that it is not done."""
    told = [
        {"actionType": "WIPE", "askedTime": 1000, "doneTime": 0, "failedTime": None},
        {"actionType": "LOCK", "askedTime": 1000, "doneTime": 2000, "failedTime": 0},
        {"actionType": "CORP_WIPE", "askedTime": 1000, "doneTime": None, "failedTime": 3000},
    ]
    actions = device_detail({"id": 1, "deviceActions": told}, NONE).actions
    assert [a.pending for a in actions] == [True, False, False]


def test_flags_that_are_set_are_told_by_name() -> None:
    """Each flag that tells of a security action is kept, and no other."""
    told = {"id": 1, "wipeDeviceFlag": True, "appLock": "true", "lockDeviceFlag": False, "connected": True}
    assert device_detail(told, NONE).flags == ("appLock", "wipeDeviceFlag")


@pytest.mark.parametrize(
    ("value", "b64", "kept"),
    [("1", False, "1"), ("MQ==", True, "1"), ("not base64!", True, ""), ("//4=", True, "")],
)
def test_a_property_may_be_encoded(value: str, b64: bool, kept: str) -> None:  # noqa: FBT001 - XMS' own field
    """XMS: `b64` says that the value is encoded; what can't be decoded is not shown."""
    told = {"id": 1, "properties": [{"name": "SUPERVISED", "value": value, "b64": b64}]}
    assert device_row(told, frozenset({"SUPERVISED"})).property("SUPERVISED") == kept


def test_a_property_that_nobody_asked_for_is_not_kept() -> None:
    """Only properties on the list become values."""
    told = [{"name": "SUPERVISED", "value": "1"}, {"name": "LAST_IP_ADDR", "value": "192.0.2.9"}]
    row = device_row({"id": 1, "properties": told}, frozenset({"SUPERVISED"}))
    assert row.properties == (("SUPERVISED", "1"),)
    assert row.property("LAST_IP_ADDR") is None


def user_told(**properties: str) -> dict[str, Any]:
    listed = [{"name": name, "value": value} for name, value in properties.items()]
    return {"id": 1, "lastUsername": 'a@example.com "A B"', "lastUser": {"displayName": "A B", "properties": listed}}


@pytest.mark.parametrize("name", ["mail", "asuseremail", "userEmail", "EMAIL"])
def test_a_mail_address_has_several_names(name: str) -> None:
    """Directories and local users name the mail address differently."""
    user = device_detail(user_told(**{name: "a@example.com"}), NONE).user
    assert user is not None
    assert user.mail == "a@example.com"


def test_the_latest_of_several_users_is_taken_where_no_last_one_is_named() -> None:
    """For some devices only `deviceUsers` tells who used it, and when."""
    told = [
        {"userLogin": "old@example.com", "lastAuthDate": 1000, "user": {"displayName": "Old"}},
        {"userLogin": "new@example.com", "lastAuthDate": 2000, "user": {"displayName": "New"}},
    ]
    detail = device_detail({"id": 1, "deviceUsers": told}, NONE)
    assert detail.user is not None
    assert (detail.user.login, detail.user.display_name, detail.users) == ("new@example.com", "New", 2)


def test_people_and_serial_numbers_are_not_shown_by_accident() -> None:
    """The text form of a value, as it would stand in a log, holds no name, address, serial number or IMEI."""
    told = {**user_told(mail="ada@example.com"), "serialNumber": "SERIAL1", "imei": "IMEI1", "strongId": "STRONG1"}
    row = device_row({"id": 1, "userName": 'ada "Ada"', "serialNumber": "SERIAL1", "imeiOrMeid": "IMEI1"}, NONE)
    shown = f"{device_detail(told, NONE)!r} {row!r}"
    for secret in ("ada", "A B", "SERIAL1", "IMEI1", "STRONG1"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("ios.apns.password", True),
        ("wsapi.secret", True),
        ("xms.license.key", True),
        ("device.inactivity.days", False),
        ("keyboard.layout", False),
    ],
)
def test_a_property_that_holds_a_secret_has_no_value(name: str, hidden: bool) -> None:  # noqa: FBT001 - a table
    """A server property whose name speaks of a secret is listed without its value."""
    found = server_property({"name": name, "value": "hunter2", "defaultValue": "hunter1"})
    assert found.hidden is hidden
    assert (found.value == "") is hidden
    assert (found.default == "") is hidden


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ("01-DEC-2015", date(2015, 12, 1)),
        ("01-Dec-2015", date(2015, 12, 1)),
        ("31-FEB-2015", None),
        ("permanent", None),
        ("", None),
    ],
)
def test_a_licence_ends_on_a_named_day_whatever_the_machine_speaks(told: str, day: date | None) -> None:
    """XMS: `expirationDate` names the month in English; what is no date is none."""
    assert licence({"expirationDate": told}).expires == day


def test_a_certificate_keeps_names_and_days() -> None:
    """XMS: `GET /certificates`; missing parts stay unknown."""
    told = {
        "id": "4656",
        "name": "ent-root-ca",
        "type": "chain",
        "isActive": False,
        "validFrom": "2012-02-22",
        "validTo": "soon",
        "certDetails": {"serialNum": "12", "issuerName": {"commonName": "root"}, "subjectName": None},
    }
    found = server_certificate(told)
    assert (found.id, found.valid_from, found.valid_to) == (4656, date(2012, 2, 22), None)
    assert (found.serial, found.issuer, found.subject) == ("12", "root", "")


def test_an_invitation_keeps_nothing_that_redeems_it() -> None:
    """Token, secret and the device that it is bound to never become a value."""
    told = {"token": "ep-CANARY", "secret": "CANARY", "deviceBindingData": "CANARY", "userName": "a@example.com"}
    assert "CANARY" not in repr(vars_of(invitation(told)))


def vars_of(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
