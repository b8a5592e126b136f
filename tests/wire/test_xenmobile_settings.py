"""Invitations and the server's settings, before and after the restore."""

from datetime import timedelta

import pytest
from xenmobile_bench import XenMobileBench

from integrations.xenmobile import XenMobile
from practice.world.devices import Truth


def captured(client: XenMobile) -> dict[str, object]:
    """Every setting by ``kind:name``, as the truth names its differences."""
    return {
        **{f"property:{p.name}": p for p in client.server_properties()},
        **{f"certificate:{c.name}": c for c in client.certificates()},
        **{f"delivery_group:{g.name}": g for g in client.delivery_groups()},
        **{f"licence:{one.edition}": one.expires for one in client.licences()},
        **{f"directory:{d.domain}": d for d in client.directories()},
        **{f"authority:{a.type}": a for a in client.authorities()},
    }


def test_two_captures_of_the_settings_differ_in_the_edits_alone(xms: XenMobileBench) -> None:
    """What differs before and after the restore is what administrators edited, and what 10.7 brought."""
    before = captured(xms.client())
    xms.restore()
    after = captured(xms.client())
    different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert xms.world.population is not None
    truth = Truth(xms.world.population).configuration()
    assert different == truth.edits | truth.by_version


def test_every_setting_is_read_as_it_is(xms: XenMobileBench) -> None:
    """Values, days and members come through the wire unchanged."""
    client = xms.client()
    content = xms.world.content.configuration
    assert {p.name: p.value for p in client.server_properties()} == {p.name: p.value for p in content.properties}
    listener = next(c for c in client.certificates() if c.type == "listener")
    held = next(c for c in content.certificates if c.type == "listener")
    assert (listener.serial, listener.valid_to) == (held.serial, held.ends.date())
    assert [g.name for g in client.delivery_groups()] == sorted(g.name for g in content.delivery_groups)
    (licence,) = client.licences()
    assert (licence.in_use, licence.available) == (content.licences_in_use, content.licences_available)
    assert licence.expires == content.licence_ends.date()
    assert [d.domain for d in client.directories()] == ["example.com"]
    assert [a.type for a in client.authorities() if a.issuing] == ["root_ca", "devices_ca", "server_ca"]


def test_the_account_of_the_directory_is_not_kept(xms: XenMobileBench) -> None:
    """The directory's user, which the answer holds, is no value."""
    (directory,) = xms.client().directories()
    assert "svc-xms" not in repr([getattr(directory, name) for name in directory.__slots__])


def test_invitations_are_read_newest_first_and_without_what_redeems_them(xms: XenMobileBench) -> None:
    """All invitations are there; no token and no PIN is."""
    found = xms.client().invitations()
    held = xms.world.content.invitations
    assert len(found) == len(held)
    created = [i.created for i in found if i.created]
    assert created == sorted(created, reverse=True)
    kept = repr([[getattr(i, name) for name in i.__slots__] for i in found])
    for one in held:
        assert one.token not in kept
        assert f"'{one.secret}'" not in kept


@pytest.mark.parametrize("number", [1, 501, 1000])
def test_many_invitations_are_read_page_by_page(xms: XenMobileBench, number: int) -> None:
    """However many there are, all of them are read."""
    content = xms.world.content
    content.invitations.clear()
    person = xms.world.population.people[0] if xms.world.population else None
    assert person is not None
    for _ in range(number):
        xms.world.invitation_make(person.login, "xa")
        xms.time.advance(timedelta(seconds=1))
    assert len(xms.client().invitations()) == number


def test_invitations_since_the_backup_are_gone_after_the_restore(xms: XenMobileBench) -> None:
    """Those of the truth, and no others."""
    before = {(i.login, i.created) for i in xms.client().invitations()}
    xms.restore()
    after = {(i.login, i.created) for i in xms.client().invitations()}
    assert xms.world.population is not None
    lost = {i.person.login for i in Truth(xms.world.population).invitations()}
    assert {login for login, _ in before - after} == lost
