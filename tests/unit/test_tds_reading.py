"""How the practice SQL Server reads statements: a lexer, a few commands, and SELECT with real conditions."""

import pytest

from practice.tds.commands import Access, Backup, Check, Restore, parse
from practice.tds.lexer import Kind, SyntaxRefused, statements, tokens
from practice.tds.refusal import Refusal
from practice.tds.scene import Scene
from practice.tds.select import Result, select
from practice.tds.switches import Switches
from practice.tds.visitors import Visitors
from practice.world import HandTime
from practice.world.made import make_world


@pytest.fixture
def scene() -> Scene:
    visitors = Visitors()
    return Scene(make_world(3, HandTime()), Switches(), visitors, visitors.enter("u", "h", "p", "master"))


def ask(scene: Scene, sql: str, **parameters: str | int) -> Result:
    return select(scene, tokens(sql), {f"@{name}": value for name, value in parameters.items()})


def test_lexer_unquotes_names_and_texts() -> None:
    """Doubled brackets and quotes are one; comments are nothing; words keep their spelling."""
    found = tokens("SELECT [a]]b], N'it''s', \"q\"\"\", @@SPID -- x\n/* y */ , 'z'")

    assert [(t.kind, t.value) for t in found if t.kind is not Kind.SIGN] == [
        (Kind.WORD, "SELECT"),
        (Kind.NAME, "a]b"),
        (Kind.TEXT, "it's"),
        (Kind.NAME, 'q"'),
        (Kind.WORD, "@@SPID"),
        (Kind.TEXT, "z"),
    ]


@pytest.mark.parametrize("sql", ["SELECT 'x", "SELECT [x", "SELECT \x01"])
def test_lexer_refuses_what_never_ends(sql: str) -> None:
    """A text or name without its end, and a character that fits nowhere, are refused."""
    with pytest.raises(SyntaxRefused):
        tokens(sql)


def test_batch_is_cut_at_its_semicolons_only() -> None:
    """A semicolon inside a text or a name doesn't cut a batch."""
    assert len(statements(tokens("SELECT ';' ; SELECT [;];;"))) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "BACKUP DATABASE [X] TO DISK = N'a' WITH INIT",
        "BACKUP DATABASE [X] TO DISK = N'a' WITH COPY_ONLY DROP TABLE x",
        "BACKUP LOG [X] TO DISK = N'a'",
        "RESTORE DATABASE [X] FROM DISK = N'a' WITH NORECOVERY",
        "RESTORE DATABASE [X] FROM DISK = N'a' WITH FILE = 1,",
        "RESTORE LABELONLY FROM DISK = N'a'",
        "ALTER DATABASE [X] SET OFFLINE",
        "ALTER DATABASE [X] SET SINGLE_USER WITH NO_WAIT",
        ["ALTER DATABASE [X] SET MULTI_USER", " x"][0] + " x",
        "DBCC CHECKDB (N'X') WITH REPAIR_ALLOW_DATA_LOSS",
        "DBCC SHRINKDATABASE (N'X')",
    ],
)
def test_commands_that_the_bot_never_sends_are_refused(sql: str) -> None:
    """An option that nobody needs, or anything left over, is refused as a whole."""
    with pytest.raises(SyntaxRefused):
        parse(tokens(sql))


def test_commands_are_told_apart() -> None:
    """Each of the four commands is recognised, and a SELECT is none of them."""
    assert isinstance(parse(tokens("BACKUP DATABASE x TO DISK='a', DISK='b'")), Backup)
    assert isinstance(parse(tokens("RESTORE HEADERONLY FROM DISK = 'a'")), Restore)
    assert parse(tokens("ALTER DATABASE [X] SET MULTI_USER")) == Access("X", "MULTI_USER", rollback=False)
    assert parse(tokens("DBCC CHECKDB (N'X') WITH PHYSICAL_ONLY, NO_INFOMSGS, ALL_ERRORMSGS")) == Check("X")
    assert parse(tokens("SELECT 1")) is None


def test_conditions_are_evaluated(scene: Scene) -> None:
    """WHERE, TOP, ORDER BY, joins and parameters do what they say."""
    rows = ask(
        scene,
        "SELECT TOP (2) b.backup_set_id FROM msdb.dbo.backupset b JOIN msdb.dbo.backupmediafamily f"
        " ON f.media_set_id = b.media_set_id WHERE b.database_name = @P1 AND b.is_snapshot = 0"
        " ORDER BY b.backup_set_id DESC",
        P1="xms",
    ).rows

    assert rows == ((5,), (4,))


def test_types_are_those_of_the_views(scene: Scene) -> None:
    """Columns of a view keep the type that SQL Server documents, computed ones get a fitting one."""
    result = ask(
        scene, "SELECT backup_set_uuid, backup_size, is_damaged, time_zone, 1.5 AS x, N'y' AS y FROM msdb.dbo.backupset"
    )

    assert [column.type for column in result.columns] == ["guid", "numeric", "bit", "smallint", "float", "nvarchar"]


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT 1 FROM msdb.dbo.nothing", 208),
        ("SELECT no_such FROM sys.databases", 207),
        ("SELECT no_such(1)", 195),
        ("SELECT 1 FROM Elsewhere.dbo.schema_version", 208),
        ("SELECT TOP (x) 1", 102),
        ("SELECT 1 FROM sys.databases WHERE", 102),
    ],
)
def test_mistakes_get_sql_servers_numbers(scene: Scene, sql: str, number: int) -> None:
    """A wrong object, column, function or syntax is refused with the number that SQL Server gives."""
    with pytest.raises(Refusal) as refused:
        ask(scene, sql)

    assert refused.value.number == number


def test_old_servers_do_not_know_newer_views(scene: Scene) -> None:
    """Before 2017 the newer file views don't exist."""
    scene.switches.version = (13, 0, 5026, 0)

    for sql in (
        "SELECT file_exists FROM sys.dm_os_file_exists(N'x')",
        "SELECT 1 FROM sys.dm_os_enumerate_fixed_drives",
    ):
        with pytest.raises(Refusal, match="Invalid object name"):
            ask(scene, sql)


def test_session_ids_are_taken_again(scene: Scene) -> None:
    """The lowest free session id is given out again, which is why a ref holds the connection's id too."""
    first = scene.visitors.enter("u", "h", "p", "master")
    scene.visitors.leave(first)
    second = scene.visitors.enter("u", "h", "p", "master")

    assert first.spid == second.spid
    assert first.connection != second.connection
