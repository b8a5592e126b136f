"""Connecting to SQL Server: certificates, logins, silence, sessions that end, restarts; through both ODBC drivers."""

import socket
import ssl
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from sqlserver_bench import PASSWORD, USER, Bench

from integrations.errors import LoginRefused, SessionEnded, Unreachable
from integrations.login import Login
from integrations.sqlserver import Address, DriverMissing, SqlServer, find_driver, trust
from practice.tds import TdsServer

pytestmark = pytest.mark.odbc


def test_refused_login_is_never_repeated(sql: Bench) -> None:
    """After a refused login (18456) the client logs in no more, whatever is asked of it."""
    client = sql.client("wrong")

    for _ in range(3):
        with pytest.raises(LoginRefused, match="18456"):
            client.clock()
    with pytest.raises(LoginRefused):
        client.acting()

    assert sql.server.login_attempts == 1


def test_refused_login_does_not_show_the_account(sql: Bench) -> None:
    """The text of a refused login holds neither the account nor its password."""
    with pytest.raises(LoginRefused) as refused:
        sql.client("wrong-password").clock()

    assert USER not in str(refused.value)
    assert "wrong-password" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_login_is_read_afresh_each_time(sql: Bench) -> None:
    """Each new connection reads the login again, so that a changed password is taken over."""
    client = sql.client()
    client.clock()
    client.acting().close()

    assert sql.logins == 2


def test_wrong_ca_is_not_trusted(
    sql: Bench, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of another CA ends the connection before the login is sent."""
    folder = tmp_path_factory.mktemp("foreign")
    trustme.CA().cert_pem.write_to_path(folder / "ca.pem")
    address = Address("127.0.0.1", sql.server.port, "localhost", folder / "ca.pem")
    for name, value in trust(find_driver(sql.driver), address, folder).items():
        monkeypatch.setenv(name, value)

    with SqlServer(address, lambda: Login(USER, PASSWORD), driver=sql.driver) as client, pytest.raises(Unreachable):
        client.clock()

    assert sql.server.connections() == 0


def test_without_trust_nothing_is_connected(sql: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that doesn't have the variables of `trust` refuses to connect, instead of connecting unchecked."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("FREETDSCONF", str(tmp_path / "nothing.conf"))

    with pytest.raises(Unreachable):
        sql.client().clock()


def test_wrong_name_in_the_certificate_is_not_accepted(
    sql: Bench, server_tls: Callable[..., ssl.SSLContext], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate that carries another name ends the connection before the login is sent."""
    with TdsServer(sql.world, {USER: PASSWORD}, server_tls("elsewhere.example.com")) as server:
        address = Address("127.0.0.1", server.port, "localhost", tmp_path / "ca.pem")
        for name, value in trust(find_driver(sql.driver), address, tmp_path).items():
            monkeypatch.setenv(name, value)
        with SqlServer(address, lambda: Login(USER, PASSWORD), driver=sql.driver) as client, pytest.raises(Unreachable):
            client.clock()
        assert server.connections() == 0


def test_port_that_refuses_is_told_at_once(sql: Bench) -> None:
    """A port that refuses is `Unreachable` before the login is read and before a driver waits out its timeout."""
    client = sql.client(login_timeout=timedelta(seconds=1))
    sql.server.stop()

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        client.clock()

    assert sql.logins == 0


def test_silent_server_is_left_after_the_login_timeout(sql: Bench) -> None:
    """A server that accepts and never answers is given up after the login timeout."""
    sql.world.faults.arm("silent", "sqlserver", times=-1)

    with pytest.raises(Unreachable, match="did not answer in time"):
        sql.client(login_timeout=timedelta(seconds=1)).clock()


def test_read_whose_session_ended_is_asked_once_more(sql: Bench) -> None:
    """A read on a connection that the server has closed is asked again on a new one, once."""
    client = sql.client()
    client.clock()
    sql.world.faults.arm("end_session", "sqlserver")

    assert client.identity("XMS").server == "SQL01"
    assert sql.logins == 2


def test_read_is_asked_once_more_only(sql: Bench) -> None:
    """A server that closes every connection is asked twice, not for ever."""
    client = sql.client()
    client.clock()
    asked = sql.logins
    sql.world.faults.arm("end_session", "sqlserver", times=-1)

    with pytest.raises(SessionEnded):
        client.clock()

    assert sql.logins == asked + 1


def test_restart_drops_connections_and_is_waited_out(sql: Bench) -> None:
    """During a restart nobody can connect; afterwards the same client reads again."""
    client = sql.client(login_timeout=timedelta(seconds=1))
    before = client.started()
    sql.world.sql_restart("dba")
    with pytest.raises(Unreachable):
        client.clock()
    sql.time.advance(5)
    sql.world.settle()

    assert client.started().mark != before.mark
    assert {one.state for one in client.databases()} == {"ONLINE"}


def test_starting_server_is_told_from_a_refused_login(sql: Bench) -> None:
    """A server that is starting (18401) is `Unreachable` and may be asked again; the login was not refused."""
    client = sql.client()
    sql.server.switches.starting = True
    sql.world.sql_restart("dba")
    with pytest.raises(Unreachable, match="18401"):
        client.clock()
    sql.time.advance(5)
    sql.world.settle()

    assert client.clock().offset == timedelta(hours=1)


def test_query_that_takes_too_long_is_given_up(sql: Bench) -> None:
    """A read has a time limit; the connection that it was asked on is not used again."""
    client = sql.client(query_timeout=timedelta(seconds=1))
    client.clock()
    release = threading.Event()
    holder = threading.Thread(target=_hold_lock, args=(sql, release))
    holder.start()
    try:
        with pytest.raises(Unreachable, match="no answer in time"):
            client.databases()
    finally:
        release.set()
        holder.join()

    assert client.clock().offset == timedelta(hours=1)


def _hold_lock(sql: Bench, release: threading.Event) -> None:
    with sql.world.lock:
        release.wait(20)


def test_close_logs_everything_out(sql: Bench) -> None:
    """Closing the client and its acting connection leaves no connection at the server."""
    client = sql.client()
    with client.acting() as connection:
        connection.clock()
        client.clock()
    client.close()

    assert sql.server.wait_until_empty(10)


def test_program_and_host_are_shown_to_the_server(sql: Bench) -> None:
    """A database administrator sees the bot by its program's name in the list of sessions."""
    client = sql.client()
    with client.acting() as connection:
        connection.clock()
        programs = sql.server.programs()

    assert programs == {("rollback-bot", "master")}


@pytest.mark.parametrize(
    "password", ["plain", "p}w;d{x=", "{lead", "a b", "ünï£", "\"q'", "=;=", "p}}w", "%20\\n", ";PWD=x;"]
)
def test_any_password_reaches_the_server_as_it_is(sql: Bench, password: str) -> None:
    """Passwords with the signs of connection strings reach the server unchanged."""
    sql.server._logins[USER] = password

    assert sql.client(password).clock().offset == timedelta(hours=1)


def test_password_that_a_driver_can_not_carry_is_told(sql: Bench) -> None:
    """A password that FreeTDS's connection strings can't hold is refused unsent; Microsoft's driver takes it."""
    sql.server._logins[USER] = "a};b}"

    if "msodbcsql" in sql.driver:
        assert sql.client("a};b}").clock().offset == timedelta(hours=1)
    else:
        with pytest.raises(Unreachable, match="PWD") as told:
            sql.client("a};b}").clock()
        assert "a};b}" not in str(told.value)


def test_stranger_behind_the_port_is_unreachable(sql: Bench) -> None:
    """Something else than a SQL Server behind the port is `Unreachable`, and gets no login."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        got: list[bytes] = []

        def answer() -> None:
            for _ in range(2):  # the first connection only knocks
                accepted, _address = listening.accept()
                with accepted:
                    got.append(accepted.recv(4096))
                    if got[-1]:
                        accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        stranger = threading.Thread(target=answer)
        stranger.start()
        sql.server.stop()
        sql.server.port = port
        with pytest.raises(Unreachable):
            sql.client(login_timeout=timedelta(seconds=2)).clock()
        if len(got) < 2:
            socket.create_connection(("127.0.0.1", port)).close()
        stranger.join()

    assert PASSWORD.encode("utf-16-le") not in b"".join(got)


def test_driver_that_is_not_installed_is_named() -> None:
    """A driver that isn't installed is named, with the package to install."""
    with pytest.raises(DriverMissing, match="msodbcsql18"):
        find_driver("ODBC Driver 99 for SQL Server")
