"""What drivers and server say, taken apart: errors, messages, times across changes of daylight saving."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import (
    LoginRefused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    Unreachable,
    WrongAnswer,
)
from integrations.login import Login
from integrations.sqlserver import errors, messages
from integrations.sqlserver.address import Address, connection_string, trust
from integrations.sqlserver.messages import Processed, ServerMessage
from integrations.sqlserver.odbc import Driver, Make
from integrations.sqlserver.rows import QUARTER_HOUR, Row, backup_times, read_clock, schedule_time, to_utc

BERLIN = ZoneInfo("Europe/Berlin")
MS = "[Microsoft][ODBC Driver 18 for SQL Server]"
LOST_MS = ("08S01", f"[08S01] {MS}TCP Provider: Error code 0x2746 (10054) (SQLExecDirectW)")
LOST_FREETDS = ("HY000", "[HY000] [FreeTDS][SQL Server]Unknown error (0) (SQLExecDirectW)")
WRITE_FREETDS = ("08S01", "[08S01] [FreeTDS][SQL Server]Write to the server failed (20006) (SQLExecDirectW)")


def refusal(number: int, text: str = "No.", state: str = "42000") -> Exception:
    return RuntimeError(state, f"[{state}] {MS}[SQL Server]{text} ({number}) (SQLExecDirectW)")


@pytest.mark.parametrize(
    "lost", [LOST_MS, LOST_FREETDS, WRITE_FREETDS, ("HY000", "The driver did not supply an error!")]
)
def test_lost_connection_is_told_from_an_answer(lost: tuple[str, str]) -> None:
    """An error without a number of SQL Server's own means that nobody answers: a read ended, a change is open."""
    assert isinstance(errors.read_failed(RuntimeError(*lost), "reading"), SessionEnded)
    assert isinstance(errors.change_failed(RuntimeError(*lost), "changing"), OutcomeUnknown)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (3202, Refused),
        (3101, Refused),
        (911, NotFound),
        (3201, NotFound),
        (208, NotFound),
        (229, NotPermitted),
        (262, NotPermitted),
        (3110, NotPermitted),
        (5011, NotPermitted),
    ],
)
def test_answers_are_told_by_their_number(number: int, kind: type[Exception]) -> None:
    """SQL Server's number decides what kind of no it is, for reads and changes alike, and stands in the text."""
    for explain in (errors.read_failed, errors.change_failed):
        told = explain(refusal(number), "working")
        assert type(told) is kind
        assert str(number) in str(told)


def test_numbers_in_the_servers_text_are_not_its_number() -> None:
    """Brackets in a path or an operating system's error inside the text are not taken for the number."""
    seen = errors.parse(refusal(3201, "Cannot open 'E:\\x (1).bak'. Operating system error 3(No path.)."))

    assert seen.number == 3201
    assert seen.text == "Cannot open 'E:\\x (1).bak'. Operating system error 3(No path.)"


def test_only_the_first_of_several_records_counts() -> None:
    """Where a driver hands over several records at once, the first is the telling one."""
    first = refusal(3202).args[1]
    seen = errors.parse(RuntimeError("42000", f"{first}; [42000] {MS}[SQL Server]Terminating. (3013) (SQLExecDirectW)"))

    assert (seen.number, seen.text) == (3202, "No")


def test_timed_out_read_is_not_asked_again() -> None:
    """A read that timed out is `Unreachable`, which nobody repeats by itself."""
    timeout = RuntimeError("HYT00", f"[HYT00] {MS}Query timeout expired (0) (SQLExecDirectW)")

    assert isinstance(errors.read_failed(timeout, "reading"), Unreachable)
    assert isinstance(errors.change_failed(timeout, "changing"), OutcomeUnknown)


def test_cancelled_change_is_open() -> None:
    """A change that was cancelled in the driver (HY008) may have happened."""
    told = errors.change_failed(refusal(0, "Operation canceled", "HY008"), "backing up")

    assert isinstance(told, OutcomeUnknown)
    assert "cancelled" in str(told)


@pytest.mark.parametrize("number", [18456, 18452, 18470, 18486, 18487, 18488])
def test_refused_logins_never_show_the_account(number: int) -> None:
    """A refused login is told without the server's words, which hold the account's name."""
    told = errors.login_failed(refusal(number, "Login failed for user 'somebody'.", "28000"), "sql01:1433")

    assert isinstance(told, LoginRefused)
    assert "somebody" not in str(told)
    assert "sql01:1433" in str(told)


def test_texts_are_capped_and_one_line() -> None:
    """However much the server says, the message stays one line of reasonable length."""
    seen = errors.parse(refusal(50000, "a\r\nb " * 500))

    assert len(seen.text) <= 300
    assert "\n" not in seen.text


def test_messages_lose_the_drivers_prefixes() -> None:
    """A message is its number and its text, whoever drives."""
    read = messages.read(
        [
            ("[01000] (3211)", f"{MS}[SQL Server]10 percent processed."),
            ("[01000] (3014)", "[FreeTDS][SQL Server][x] done"),
            ("[01000] (0)", "[FreeTDS][SQL Server]hello"),
        ]
    )

    assert read[0] == ServerMessage(3211, "10 percent processed.")
    assert read[0].percent() == 10
    assert [message.number for message in read] == [3211, 3014, 0]
    assert read[2].percent() is None


@pytest.mark.parametrize(
    ("text", "processed"),
    [
        ("RESTORE DATABASE successfully processed 1026 pages in 0.115 seconds (69.6 MB/sec).", Processed(1026, 0.115)),
        ("BACKUP DATABASE hat erfolgreich 1026 Seiten in 0,115 Sekunden verarbeitet.", Processed(1026, 0.115)),
        ("done", Processed(0, 0.0)),
    ],
)
def test_last_message_is_read_by_its_numbers(text: str, processed: Processed) -> None:
    """Pages and seconds of the last message are read in any language, and are zero where they can't be read."""
    assert messages.processed([ServerMessage(3211, "5 percent processed."), ServerMessage(3014, text)]) == processed


@given(
    ended=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - hypothesis wants them bare
    lasted=st.timedeltas(timedelta(0), timedelta(hours=6)),
)
def test_backup_times_hold_across_daylight_saving(ended: datetime, lasted: timedelta) -> None:
    """Whatever the clocks do, the end is exact, and the start is never after it nor more than an hour off."""
    finish = ended.replace(tzinfo=UTC)
    start = finish - lasted
    offset = finish.astimezone(BERLIN).utcoffset() or timedelta(0)

    began, told, known = backup_times(
        start.astimezone(BERLIN).replace(tzinfo=None),
        finish.astimezone(BERLIN).replace(tzinfo=None),
        round(offset / QUARTER_HOUR),
        timedelta(hours=-5),
    )

    assert told == finish
    assert known
    assert began <= told
    assert abs(began - start) <= timedelta(hours=1)


def test_backup_through_the_hour_that_comes_twice_starts_before_it_ends() -> None:
    """A start that would lie after its own end belongs to the hour before the clocks were put back."""
    start = datetime(2029, 10, 28, 0, 50, tzinfo=UTC)
    finish = datetime(2029, 10, 28, 1, 10, tzinfo=UTC)

    told = backup_times(
        start.astimezone(BERLIN).replace(tzinfo=None),
        finish.astimezone(BERLIN).replace(tzinfo=None),
        4,
        timedelta(0),
    )

    assert told == (start, finish, True)


def test_clock_reads_offsets_of_both_signs() -> None:
    """The clock's text is read with seven digits and offsets east and west."""
    east = read_clock("2030-01-07 10:00:00.1234567 +05:45")
    west = read_clock("2030-01-07 10:00:00.1234567 -03:30")

    assert east.now == datetime(2030, 1, 7, 4, 15, 0, 123456, tzinfo=UTC)
    assert west.offset == -timedelta(hours=3, minutes=30)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - hypothesis wants them bare
def test_schedules_are_read_from_integers(local: datetime) -> None:
    """The Agent's two integers give the same time as the date they were made from; zero means never."""
    whole = local.replace(microsecond=0)
    date, time = int(f"{whole:%Y%m%d}"), int(f"{whole:%H%M%S}")

    assert schedule_time(date, time, timedelta(hours=2)) == to_utc(whole, timedelta(hours=2))
    assert schedule_time(0, time, timedelta(0)) is None


def test_schedule_without_sense_is_a_wrong_answer() -> None:
    """Integers that are no date are a `WrongAnswer`."""
    with pytest.raises(WrongAnswer):
        schedule_time(20301399, 0, timedelta(0))


def test_row_is_read_by_name_and_type() -> None:
    """Columns are found without regard to case; NULL has a plain meaning; another type is a `WrongAnswer`."""
    row = Row(["Name", "Size", "Guid", "When"], ["x ", None, "ABCD", 5])

    assert (row.text("name"), row.number("SIZE"), row.guid("guid")) == ("x", 0, "abcd")
    assert not row.has("size")
    for asked in (lambda: row.local("when"), lambda: row.number("name"), lambda: row.text("when")):
        with pytest.raises(WrongAnswer):
            asked()


def test_connection_strings_never_go_unchecked() -> None:
    """Microsoft's driver is told to encrypt and to check; FreeTDS gets a section of its own configuration file."""
    address = Address("sql01.example.com", 1433, "sql.example.com")
    login = Login("u", "p}w")
    microsoft = connection_string(Driver("ODBC Driver 18 for SQL Server", Make.MICROSOFT), address, login)
    freetds = connection_string(Driver("FreeTDS", Make.FREETDS), address, login)

    assert "Encrypt={yes};TrustServerCertificate={no};" in microsoft
    assert "PWD={p}}w};" in microsoft
    assert "HostnameInCertificate={sql.example.com};" in microsoft
    assert "PWD={p}w};" in freetds
    assert "SERVERNAME={rollback-bot-sql01.example.com-1433};" in freetds


@pytest.mark.parametrize("host", ["", "a b", "x\ny", "[x]", "a;b", "{x}", "-x", "é"])
def test_host_that_could_be_something_else_is_refused(host: str) -> None:
    """A host is written into files and connection strings, so it must be nothing but a host."""
    with pytest.raises(ValueError, match="host name"):
        Address(host)


def test_trust_keeps_what_was_written_before(tmp_path: Path) -> None:
    """Several servers share one folder: each keeps its section and its CA, and writing twice changes nothing."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n")
    one = Address("one.example.com", 1433, "", tmp_path / "one.pem")
    two = Address("two.example.com", 1433, "", tmp_path / "two.pem")
    freetds, microsoft = Driver("FreeTDS", Make.FREETDS), Driver("x", Make.MICROSOFT)
    for address in (one, two, one):
        conf = Path(trust(freetds, address, tmp_path)["FREETDSCONF"]).read_text()
        bundle = Path(trust(microsoft, address, tmp_path)["SSL_CERT_FILE"]).read_text()

    assert conf.count("[rollback-bot-one.example.com-1433]") == conf.count(f"ca file = {tmp_path / 'one.pem'}") == 1
    assert conf.count("[rollback-bot-two.example.com-1433]") == conf.count("check certificate hostname = yes") - 1 == 1
    assert bundle.count("\none\n") == bundle.count("\ntwo\n") == 1
    assert trust(microsoft, Address("three.example.com"), tmp_path) == {}


def test_machine_without_odbc_only_misses_sql_server() -> None:
    """Without pyodbc everything can be imported, and the first use names the package to install."""
    script = (
        "import sys; sys.modules['pyodbc'] = None\n"
        "from integrations.sqlserver import Address, DriverMissing, SqlServer\n"
        "client = SqlServer(Address('127.0.0.1'), None)\n"
        "try:\n    client.clock()\n"
        "except DriverMissing as missing:\n    print(missing)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603 - our own interpreter

    assert "unixodbc" in said.stdout
