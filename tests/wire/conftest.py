"""What every wire test stands on: a certificate authority of our own and contexts made with it."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from inventory_bench import InventoryBench
from nodes_bench import NAME
from preparing_bench import PreparingBench
from sqlserver_bench import PASSWORD, USER, Bench, HeldTime, driver_named
from vsphere_bench import Practice as VCenterBench
from xenmobile_bench import PASSWORD as API_PASSWORD
from xenmobile_bench import TLS_NAME, XenMobileBench
from xenmobile_bench import USER as API_USER

from integrations.sqlserver import find_driver, trust
from integrations.vsphere import VSphere
from practice.tds import TdsServer
from practice.world import HandTime
from practice.world.made import make_world
from practice.xenmobile import XenMobileServers


@pytest.fixture(scope="session")
def practice_ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def server_tls(practice_ca: trustme.CA) -> Callable[..., ssl.SSLContext]:
    """Makes a server's context whose certificate carries the names given (default: loopback's)."""

    def make(*names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        practice_ca.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        return context

    return make


@pytest.fixture(scope="session")
def client_tls(practice_ca: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts the practice CA alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    practice_ca.configure_trust(context)
    return context


@pytest.fixture(params=["freetds", "microsoft"])
def odbc_driver(request: pytest.FixtureRequest) -> str:
    """Each ODBC driver in turn; where one is missing its tests are left out and say so."""
    return driver_named(request.param)


@pytest.fixture
def sql(
    odbc_driver: str,
    practice_ca: trustme.CA,
    server_tls: Callable[..., ssl.SSLContext],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    """A practice SQL Server over a fresh world, reachable through one ODBC driver."""
    ca_file = tmp_path / "ca.pem"
    practice_ca.cert_pem.write_to_path(ca_file)
    time = HeldTime()
    world = make_world(3, time)
    server = TdsServer(world, {USER: PASSWORD}, server_tls()).start()
    bench = Bench(world, time, server, odbc_driver, ca_file)
    for name, value in trust(find_driver(odbc_driver), bench.address(), tmp_path).items():
        monkeypatch.setenv(name, value)
    yield bench
    bench.close()


@pytest.fixture
def xms(server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext) -> Iterator[XenMobileBench]:
    """Two practice nodes with 300 devices, under the name in their certificate."""
    time = HandTime()
    world = make_world(2, time, devices=300, seed=5)
    servers = XenMobileServers(world, {API_USER: API_PASSWORD}, server_tls(TLS_NAME)).start()
    bench = XenMobileBench(world, time, servers, client_tls)
    yield bench
    bench.close()


@pytest.fixture
def vcenter(server_tls: Callable[..., ssl.SSLContext]) -> Iterator[VCenterBench]:
    """A practice vCenter over a fresh world, in a time that moves while somebody waits."""
    made = VCenterBench(server_tls())
    yield made
    made.close()


@pytest.fixture
def vsphere(vcenter: VCenterBench, client_tls: ssl.SSLContext) -> Iterator[VSphere]:
    """A client of the practice vCenter."""
    with vcenter.client(client_tls) as client:
        yield client


@pytest.fixture
def make_inventory(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext, tmp_path: Path
) -> Iterator[Callable[..., InventoryBench]]:
    """Makes practice nodes with devices, and our own database beside them."""
    made: list[InventoryBench] = []

    def make(seed: int = 5, devices: int = 300, nodes: int = 2) -> InventoryBench:
        time = HandTime()
        world = make_world(nodes, time, devices=devices, seed=seed)
        servers = XenMobileServers(world, {API_USER: API_PASSWORD}, server_tls(TLS_NAME)).start()
        made.append(InventoryBench.made(XenMobileBench(world, time, servers, client_tls), tmp_path))
        return made[-1]

    yield make
    for bench in made:
        bench.close()
        bench.xms.close()


@pytest.fixture
def preparing(
    practice_ca: trustme.CA,
    server_tls: Callable[..., ssl.SSLContext],
    client_tls: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[PreparingBench]:
    """The whole practice estate of three nodes with every client, and our own database beside it."""
    ca_file = tmp_path / "ca.pem"
    practice_ca.cert_pem.write_to_path(ca_file)
    made = PreparingBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, ca_file, tmp_path)
    for name, value in trust(find_driver(driver_named("freetds")), made.sql_address, tmp_path).items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()
