"""What stands in the way of opening the door, and of closing it again on the way back: told when so, else not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nodes_bench import codes
from preparing_bench import PreparingBench

from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.vsphere import VSphere
from rollback import health
from rollback.actions.action import Finding, Given, Preview
from rollback.actions.catalogue import catalogue
from storage.words import Severity

OPENING = "enable-vservers"


def found(preview: Preview, code: str) -> list[Finding]:
    return [finding for finding in preview.findings if finding.code == code]


def opening(bench: PreparingBench, *off: type, **told: Any) -> Preview:
    return bench.preview("vservers-enable", bench.given(OPENING, **told), *off)


@pytest.fixture
def restored(preparing: PreparingBench) -> PreparingBench:
    """Everything is back on 10.6, two nodes are on behind the closed door, and the third was restored and is off."""
    preparing.close_the_door()
    preparing.all_off()
    preparing.database_of("10.6")
    preparing.restored("xms01", "xms02", "xms03")
    preparing.started("xms01", "xms02")
    preparing.results |= {
        "compare-devices": {"undecided": 0},
        "start-first-node": {"on": ["xms01"]},
        "join-nodes": {"on": ["xms02"]},
    }
    preparing.states |= dict.fromkeys(("start-first-node", "join-nodes", "disable-vservers"), "succeeded")
    return preparing


# A node of the other version


def not_restored(bench: PreparingBench, name: str) -> None:
    """The node's disk still holds the upgrade."""
    bench.world.nodes[name].version = "10.7"
    del bench.states[f"restore-node@{name}"]


@pytest.mark.parametrize("off", [(), (VSphere,)], ids=["by vSphere", "by its ports"])
def test_a_node_of_the_other_version_that_is_on_stops_the_opening(
    restored: PreparingBench, off: tuple[type, ...]
) -> None:
    """The door stays shut while a node that wasn't restored runs beside the others; off, it stops nothing."""
    not_restored(restored, "xms03")
    restored.database_of("10.7")  # so that it serves
    assert not found(opening(restored, *off), "wrong-version-on")
    restored.started("xms03")
    preview = opening(restored, *off)
    (finding,) = found(preview, "wrong-version-on")
    assert finding.severity is Severity.HARD
    assert finding in preview.blockers(claiming=False)
    assert "xms03" in finding.text


def test_before_the_nodes_have_joined_it_is_shown_and_enforced_at_the_start(restored: PreparingBench) -> None:
    """A vote ahead isn't hindered by a node that an earlier stage is to switch off; the claim is."""
    not_restored(restored, "xms03")
    restored.started("xms03")
    restored.states["join-nodes"] = "waiting"
    preview = opening(restored)
    (finding,) = found(preview, "wrong-version-on")
    assert finding not in preview.blockers(claiming=False)
    assert finding in preview.blockers(claiming=True)


def test_on_the_way_back_the_restored_version_is_the_wrong_one(restored: PreparingBench) -> None:
    """Opening again for 10.7 is stopped by a node of 10.6 that is on; lists and lapsed licences don't matter there."""
    restored.results.pop("compare-devices")
    told = bench_back(restored)
    assert {f.code for f in restored.preview("vservers-enable", told).blockers(claiming=True)} == {"wrong-version-on"}
    restored.all_off()
    assert codes(restored.preview("vservers-enable", told)) <= {"foreign-unsaved"}


def bench_back(bench: PreparingBench) -> Given:
    return bench.given("back-enable-vservers", params={"version": "from"})


# What has run out


def spoil_settings(bench: PreparingBench, **changed: Any) -> None:
    """What the server holds, from now on."""
    with bench.world.lock:
        content = bench.world.content
        content.configuration = replace(content.configuration, **changed)


def ended_yesterday(bench: PreparingBench, *, active: bool = True) -> None:
    with bench.world.lock:
        certificates = bench.world.content.configuration.certificates
    ended = bench.world.now() - timedelta(days=1)
    spoil_settings(bench, certificates=tuple(
        replace(one, ends=ended, active=active) if one.type == "apns" else one for one in certificates
    ))  # fmt: skip


LAPSED: dict[str, tuple[str, str, Callable[[PreparingBench], object]]] = {
    "too few": (
        "licences-short",
        "121 in use",
        lambda b: spoil_settings(b, licences_in_use=121, licences_available=120),
    ),
    "a licence has expired": (
        "licences-short",
        "has expired",
        lambda b: spoil_settings(b, licence_ends=b.world.now() - timedelta(days=1)),
    ),
    "a certificate has expired": ("certificate-expired", "apns", ended_yesterday),
}


@pytest.mark.parametrize("case", LAPSED)
def test_what_has_run_out_on_the_restored_server_is_approved_despite(restored: PreparingBench, case: str) -> None:
    """Too few licences or an expired certificate are told as the settings of the restored server have them."""
    code, says, spoil = LAPSED[case]
    restored.run("validate-configuration", restored.given("validate-configuration"))
    assert not {"licences-short", "certificate-expired"} & codes(opening(restored))
    spoil(restored)
    restored.run("validate-configuration", restored.given("validate-configuration", attempt=2))
    preview = opening(restored)
    (finding,) = found(preview, code)
    assert finding.severity is Severity.OVERRIDE
    assert says in finding.text
    assert finding.about


def test_a_certificate_that_is_not_in_use_may_end(restored: PreparingBench) -> None:
    """Only what is active counts."""
    ended_yesterday(restored, active=False)
    restored.run("validate-configuration", restored.given("validate-configuration"))
    assert "certificate-expired" not in codes(opening(restored))


def test_what_has_run_out_does_not_flutter_with_a_node(restored: PreparingBench) -> None:
    """Votes are bound to what was stored: while no node answers the blockers are the same."""
    ended_yesterday(restored)
    restored.run("validate-configuration", restored.given("validate-configuration"))
    before = opening(restored)
    restored.all_off()
    given = restored.given(OPENING)
    assert opening(restored).digest(given) == before.digest(given)
    assert found(before, "certificate-expired")


# The way back

BACK = "back-disable-vservers"


@pytest.fixture
def saved(preparing: PreparingBench) -> PreparingBench:
    """The upgraded state was saved before it was overwritten, and the door is open again on two restored nodes."""
    preparing.close_the_door()
    preparing.all_off()
    preparing.states |= {"shut-down-nodes": "succeeded"}
    preparing.run("database-back-up", preparing.given("back-up-database"))
    preparing.results["snapshot-nodes"] = {"at": preparing.world.now().isoformat()}
    preparing.database_of("10.6")
    preparing.restored("xms01", "xms02")
    preparing.started("xms01", "xms02")
    for name in preparing.world.vservers:
        preparing.world.vserver_set(name, enabled=True, by="xa")
    return preparing


def closing(bench: PreparingBench, *off: type, stage: str = BACK) -> Preview:
    params = {"version": "from"} if stage == BACK else {}
    return bench.preview("vservers-disable", bench.given(stage, "xms01", "xms02", params=params), *off)


def without_points_of(bench: PreparingBench, name: str) -> None:
    bench.world.points[:] = [one for one in bench.world.points if (one.node, one.version) != (name, "10.7")]


NO_WAY: dict[str, tuple[str, str, Callable[[PreparingBench], object]]] = {
    "not made": ("safety-backup-missing", "isn't made", lambda b: b.results.pop("back-up-database")),
    "its file is gone": (
        "safety-backup-missing",
        "can't be read",
        lambda b: setattr(b.world.backups[-1], "file_exists", False),
    ),
    "no point": ("node-without-way-back", "xms02", lambda b: without_points_of(b, "xms02")),
    "a point from after the rollback began": (
        "node-without-way-back",
        "xms01, xms02",
        lambda b: b.results.update({"snapshot-nodes": {"at": (b.world.now() - timedelta(days=2)).isoformat()}}),
    ),
}


@pytest.mark.parametrize("case", NO_WAY)
def test_the_door_is_not_closed_for_a_way_back_that_leads_nowhere(saved: PreparingBench, case: str) -> None:
    """Without its safety backup or a point of each overwritten node the way back stops before it takes anything."""
    code, says, spoil = NO_WAY[case]
    assert closing(saved).blockers(claiming=True) == ()
    spoil(saved)
    (finding,) = closing(saved).blockers(claiming=False)
    assert (finding.code, finding.severity) == (code, Severity.HARD)
    assert says in finding.text
    assert closing(saved, stage="disable-vservers").blockers(claiming=True) == (), "only the way back needs it"


def test_a_node_that_no_restore_has_touched_needs_no_point(saved: PreparingBench) -> None:
    """It still holds the state of before."""
    without_points_of(saved, "xms03")
    assert closing(saved).blockers(claiming=True) == ()


def test_where_sql_server_is_off_the_attestation_counts(saved: PreparingBench) -> None:
    """People saved the database and said so; as long as nobody did, the way back has nothing to lead over."""
    assert closing(saved, SqlServer).blockers(claiming=True) == ()
    saved.states["back-up-database"] = "waiting"
    assert [f.code for f in closing(saved, SqlServer).blockers(claiming=True)] == ["safety-backup-missing"]
    netscaler_off = closing(saved, SqlServer, NetScaler)
    assert [f.code for f in netscaler_off.blockers(claiming=True)] == ["safety-backup-missing"]


@pytest.mark.parametrize("flaps", [True, False])
def test_the_fault_comes_back_with_the_state_of_before(preparing: PreparingBench, *, flaps: bool) -> None:
    """What the ports did while the upgrade ran is kept as evidence, and told of when the way back leads there."""
    up = [True, not flaps, True]
    for good in up:
        preparing.set_port_80("xms02", up=good)
        with preparing.systems() as systems:
            readings = catalogue().probes(systems, preparing.estate)
        preparing.database.run(lambda unit, seen=readings: health.record(unit, preparing.rollback_id, seen))
    assert not found(closing(preparing), "fault-still-there")
    preparing.run("collect-evidence", preparing.given("collect-evidence"))
    warned = found(closing(preparing), "fault-still-there")
    assert [finding.severity for finding in warned] == [Severity.WARN] * flaps
    assert ["port 80 of xms02 failed in 1 of 3 readings" in finding.text for finding in warned] == [True] * flaps
    assert not found(closing(preparing, stage="disable-vservers"), "fault-still-there")


# What goes away with the door


def as_content_switch(bench: PreparingBench, name: str, gateway: str) -> None:
    """One of the listed vServers is a cs one, with this Gateway behind it."""
    bench.world.vservers[name].kind = "cs"
    bench.world.vservers[name].gateway = gateway
    listed = tuple(
        one.model_copy(update={"kind": "cs"}) if one.name == name else one for one in bench.estate.netscaler.vservers
    )
    place = bench.estate.netscaler.model_copy(update={"vservers": listed})
    bench.estate = bench.estate.model_copy(update={"netscaler": place})


def test_a_gateway_behind_a_listed_vserver_is_told_of(preparing: PreparingBench) -> None:
    """Whoever else comes in through it is to be told before; a cs vServer without a Gateway warns of nothing."""
    as_content_switch(preparing, "vs_xms_mdm_443", "")
    before = closing(preparing, stage="disable-vservers")
    assert not found(before, "gateway-shared")
    as_content_switch(preparing, "vs_xms_mdm_443", "gw_everybody")
    after = closing(preparing, stage="disable-vservers")
    (finding,) = found(after, "gateway-shared")
    assert finding.severity is Severity.WARN
    assert "gw_everybody" in finding.text
    given = preparing.given("disable-vservers")
    assert after.digest(given) == before.digest(given)


def test_closing_the_door_never_waits_for_a_right_to_read_gateways(preparing: PreparingBench) -> None:
    """Where the account may not look, the card says so and the door can be closed all the same."""
    as_content_switch(preparing, "vs_xms_mdm_443", "gw_everybody")
    preparing.world.faults.arm("forbid", "netscaler:csvserver_vpnvserver_binding")
    preview = closing(preparing, stage="disable-vservers")
    (finding,) = found(preview, "gateway-shared")
    assert "can't be read" in finding.text
    assert preview.blockers(claiming=True) == ()
