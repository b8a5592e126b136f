"""Answers that no healthy SQL Server gives, and some that healthy ones do: nothing of them is taken for success."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from sqlserver_bench import FULL, MARK, PASSWORD, SAFE, USER, Bench, HeldTime

from integrations.errors import OutcomeUnknown, Refused, SessionEnded, WrongAnswer
from integrations.sqlserver import find_driver, trust
from practice.tds import TdsServer, tokens
from practice.tds.conversation import Conversation
from practice.tds.replies import Reply
from practice.tds.scene import Scene
from practice.tds.tokens import Column
from practice.tds.wire import Gone
from practice.world.made import make_world

pytestmark = pytest.mark.odbc

Answer = Callable[[Reply], None]


class OddConversation(Conversation):
    """Answers statements that begin with a word in its own way."""

    answers: ClassVar[dict[str, Answer]] = {}

    def _batch(self, scene: Scene, sql: str, reply: Reply) -> None:
        for beginning, answer in self.answers.items():
            if sql.startswith(beginning):
                answer(reply)
                return
        super()._batch(scene, sql, reply)


class OddServer(TdsServer):
    """A server whose connections answer oddly."""

    talks = OddConversation


@pytest.fixture
def odd(
    odbc_driver: str,
    server_tls: Callable[..., ssl.SSLContext],
    practice_ca: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    ca_file = tmp_path / "ca.pem"
    practice_ca.cert_pem.write_to_path(ca_file)  # type: ignore[attr-defined]
    time = HeldTime()
    world = make_world(1, time)
    world.power_off("xms01", "tests")
    bench = Bench(world, time, OddServer(world, {USER: PASSWORD}, server_tls()).start(), odbc_driver, ca_file)
    for name, value in trust(find_driver(odbc_driver), bench.address(), tmp_path).items():
        monkeypatch.setenv(name, value)
    yield bench
    bench.close()
    OddConversation.answers.clear()


def back_up(odd: Bench) -> float:
    return odd.client().backup("XMS", SAFE, MARK, on_ref=lambda _: None).seconds


def test_end_without_last_message_is_no_success(odd: Bench) -> None:
    """A backup that ends without error but without message 3014 is not taken for done."""

    def silent_end(reply: Reply) -> None:
        reply.info(3211, "100 percent processed.")
        reply.done()

    OddConversation.answers["BACKUP"] = silent_end

    with pytest.raises(OutcomeUnknown, match="3014"):
        back_up(odd)


def test_last_message_is_read_in_any_language(odd: Bench) -> None:
    """The last message counts by its number; its text may be in the login's language."""

    def german(reply: Reply) -> None:
        reply.info(3211, "100 Prozent verarbeitet.")
        reply.info(3014, "BACKUP DATABASE hat erfolgreich 1026 Seiten in 0,115 Sekunden verarbeitet (69,637 MB/s).")
        reply.done()

    OddConversation.answers["BACKUP"] = german

    assert back_up(odd) == 0.115


@pytest.mark.parametrize("statement", ["RESTORE VERIFYONLY", "DBCC", "ALTER DATABASE"])
def test_connection_that_dies_between_two_results_is_no_end(odd: Bench, statement: str) -> None:
    """A connection that dies after a message is never taken for a good end, also where a driver raises nothing."""

    def dies(reply: Reply) -> None:
        reply.info(0, "so far, so good")
        reply.done(1)
        reply.flush()
        raise Gone

    OddConversation.answers[statement] = dies
    client = odd.client()

    def let_in() -> None:
        with client.acting() as connection:
            connection.multi_user("XMS", on_ref=lambda _: None)

    asked: dict[str, Callable[[], object]] = {
        "RESTORE VERIFYONLY": lambda: client.verify([FULL], 4),
        "DBCC": lambda: client.check_database("XMS", on_ref=lambda _: None),
        "ALTER DATABASE": let_in,
    }

    with pytest.raises(SessionEnded if statement == "RESTORE VERIFYONLY" else OutcomeUnknown):
        asked[statement]()


def test_rows_that_break_off_are_no_answer(odd: Bench) -> None:
    """Rows whose end never comes are not handed on."""

    def breaks(reply: Reply) -> None:
        described = [Column("database_id", "int"), *(Column(n, "nvarchar") for n in ("name", "state_desc"))]
        described.append(Column("user_access_desc", "nvarchar"))
        reply.write(tokens.columns(described) + tokens.rows(described, [(5, "x", "ONLINE", "MULTI_USER")] * 3))
        reply.flush()
        raise Gone

    OddConversation.answers["SELECT database_id"] = breaks

    with pytest.raises(SessionEnded):
        odd.client().databases()


def test_failing_progress_does_not_hide_a_missing_end(odd: Bench) -> None:
    """Where progress fails and the end never comes, the open outcome is what is raised."""

    def silent_end(reply: Reply) -> None:
        reply.info(3211, "100 percent processed.")
        reply.done()

    def broken(_: int) -> None:
        raise OSError("the disk is full")

    OddConversation.answers["BACKUP"] = silent_end

    with pytest.raises(OutcomeUnknown, match="3014"):
        odd.client().backup("XMS", SAFE, MARK, on_ref=lambda _: None, progress=broken)


def test_kill_by_an_administrator_leaves_it_open(odd: Bench) -> None:
    """A session that is killed (596) takes its connection with it; what it did is unknown."""

    def killed(reply: Reply) -> None:
        reply.info(3211, "10 percent processed.")
        reply.error(596, "Cannot continue the execution because the session is in the kill state.", 21)
        reply.done()
        reply.flush()
        raise Gone

    OddConversation.answers["BACKUP"] = killed

    with pytest.raises(OutcomeUnknown):
        back_up(odd)


def test_error_behind_rows_is_no_answer(odd: Bench) -> None:
    """Rows that are followed by an error are not handed on."""

    def broken(reply: Reply) -> None:
        reply.rows([Column("server_clock", "nvarchar")], [("2030-01-07 10:00:00.0000000 +01:00",)], more=True)
        reply.error(823, "The operating system returned an error.", 16)
        reply.done()

    OddConversation.answers["SELECT CAST(SYSDATETIMEOFFSET()"] = broken

    with pytest.raises(Refused, match="823"):
        odd.client().clock()


def test_messages_before_rows_are_no_rows(odd: Bench) -> None:
    """Messages that come before the rows don't hide them."""

    def chatty(reply: Reply) -> None:
        reply.info(0, "hello")
        reply.done(1)
        reply.rows([Column("server_clock", "nvarchar")], [("2030-01-07 10:00:00.0000000 -05:30",)])

    OddConversation.answers["SELECT CAST(SYSDATETIMEOFFSET()"] = chatty

    assert odd.client().clock().now.isoformat() == "2030-01-07T15:30:00+00:00"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("server_clock", "2030-01-07 10:00:00", "no offset"),
        ("server_clock", "yesterday", "can't be read"),
        ("something_else", "2030-01-07 10:00:00.0 +01:00", "no column"),
    ],
)
def test_clock_that_can_not_be_read_is_a_wrong_answer(odd: Bench, column: str, value: str, said: str) -> None:
    """A clock without offset, without sense or under another name is a `WrongAnswer`."""
    OddConversation.answers["SELECT CAST(SYSDATETIMEOFFSET()"] = lambda reply: reply.rows(
        [Column(column, "nvarchar")], [(value,)]
    )

    with pytest.raises(WrongAnswer, match=said):
        odd.client().clock()


def test_flood_of_rows_is_a_wrong_answer(odd: Bench) -> None:
    """More rows than anybody could want are not read on."""
    columns = [Column(name, "nvarchar") for name in ("name", "state_desc", "user_access_desc")]
    OddConversation.answers["SELECT database_id"] = lambda reply: reply.rows(
        [Column("database_id", "int"), *columns], [(5, "x", "ONLINE", "MULTI_USER")] * 10_001
    )

    with pytest.raises(WrongAnswer, match="10000"):
        odd.client().databases()
