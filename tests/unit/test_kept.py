"""No node is the bot's own machine or a configured system's host: by the settings alone, and as vCenter shows it."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.own_machine import with_own_machine
from rollback.estate import Estate, Kept, Node, SqlServerPlace, VeeamPlace, VSpherePlace
from rollback.kept import Shown, clashes, hosts, same_uuid, why_kept

OWN = "4c4c4544-0051-3010-8052-b4c04f4d3732"
REVERSED = "44454c4c-5100-1030-8052-b4c04f4d3732"
NODE = Node(name="xms01", address="192.0.2.11", inventory_path="DC1/vm/XMS/xms01", instance_uuid="")


def estate(*kept: Kept, node: Node = NODE, **more: Any) -> Estate:
    places = {
        "vsphere": VSpherePlace(host="vcenter.example.com"),
        "sqlserver": SqlServerPlace(host="192.0.2.20"),
        "veeam": VeeamPlace(url="https://vbr.example.com:9419"),
    }
    return Estate(name="example", nodes=(node,), modes={}, kept_machines=kept, **{**places, **more})


def shown(**also: Any) -> Shown:
    told = {"instance_uuid": "", "bios_uuid": "", "path": NODE.inventory_path, "names": (), **also}
    return Shown(**told)


def test_a_node_of_its_own_clashes_with_nothing() -> None:
    """A node with a machine of its own is a node."""
    place = estate(Kept(name="this bot", bios_uuid=OWN))
    assert list(clashes(place)) == []
    assert why_kept(place, NODE, shown(instance_uuid="5012", names=("xms01", "192.0.2.11"))) == ""


@pytest.mark.parametrize("address", ["192.0.2.20", "VCenter.example.com.", "vbr.example.com"])
def test_the_address_of_a_configured_system_is_no_node_s(address: str) -> None:
    """The settings alone show that a node is the host of vCenter, SQL Server or Veeam."""
    (clash,) = clashes(estate(node=NODE.model_copy(update={"address": address})))
    assert clash[0] == 0
    assert "a node is never a system's host" in clash[1]


@pytest.mark.parametrize(
    ("kept", "node"),
    [
        (Kept(name="vCenter", instance_uuid=OWN), {"instance_uuid": OWN.upper()}),
        (Kept(name="this bot", bios_uuid=OWN), {"instance_uuid": OWN}),
        (Kept(name="Veeam", inventory_path=NODE.inventory_path), {}),
        (Kept(name="this bot", address="192.0.2.11"), {}),
    ],
)
def test_a_machine_that_is_kept_is_no_node(kept: Kept, node: dict[str, str]) -> None:
    """A machine that the settings name as kept is found by each of its four names."""
    (clash,) = clashes(estate(kept, node=NODE.model_copy(update=node)))
    assert kept.name in clash[1]


@pytest.mark.parametrize(
    ("kept", "seen"),
    [
        (Kept(name="this bot", bios_uuid=OWN), {"bios_uuid": OWN}),
        (Kept(name="this bot", bios_uuid=REVERSED), {"bios_uuid": OWN}),
        (Kept(name="vCenter", instance_uuid=OWN), {"instance_uuid": OWN}),
        (Kept(name="Veeam", address="10.0.0.9"), {"names": ("vbr", "10.0.0.9")}),
    ],
)
def test_the_machine_that_vcenter_shows_is_compared(kept: Kept, seen: dict[str, Any]) -> None:
    """Whatever the settings say of the node, what vCenter shows of its machine decides."""
    assert kept.name in why_kept(estate(kept), NODE, shown(**seen))


def test_a_guest_that_is_a_system_s_host_is_kept() -> None:
    """A machine whose guest has the address of a configured system is not touched."""
    assert "sqlserver answers at 192.0.2.20" in why_kept(estate(), NODE, shown(names=("sql01", "192.0.2.20")))


def test_loopback_is_nobody_s_host() -> None:
    """On a practice estate everything answers on loopback, and that says nothing about machines."""
    place = estate(
        node=NODE.model_copy(update={"address": "127.0.0.1"}), vsphere=VSpherePlace(host="127.0.0.1"),
        sqlserver=SqlServerPlace(host="localhost"), veeam=VeeamPlace(url="https://127.0.0.1:9419"),
    )  # fmt: skip
    assert hosts(place) == {}
    assert list(clashes(place)) == []


@given(st.uuids(), st.uuids())
def test_two_uuids_are_the_same_machine_s_in_either_order_of_bytes(one: UUID, other: UUID) -> None:
    """A UUID equals itself, in capitals, and with the first three groups reversed; another is another's."""
    assert same_uuid(str(one), str(one).upper())
    assert same_uuid(str(one), str(UUID(bytes_le=one.bytes)))
    assert same_uuid(str(one), str(other)) is (other in (one, UUID(bytes_le=one.bytes)))


@pytest.mark.parametrize("text", ["", "Not Specified", "0"])
def test_what_is_no_uuid_is_nobody_s(text: str) -> None:
    """Firmware that tells no UUID makes no machine the bot's."""
    assert not same_uuid(text, text)


def test_the_bot_s_own_machine_is_kept_where_it_can_be_read(tmp_path: Path) -> None:
    """The UUID that the firmware tells is added; without it nothing is."""
    file = tmp_path / "product_uuid"
    assert with_own_machine(estate(), file).kept_machines == ()
    file.write_text(f"{OWN}\n", encoding="ascii")
    assert with_own_machine(estate(), file).kept_machines == (Kept(name="this bot", bios_uuid=OWN),)
