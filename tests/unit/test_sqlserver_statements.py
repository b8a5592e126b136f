"""Every statement that can be sent stays one statement, whatever names, texts and paths it is given."""

import inspect
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sqlserver import statements
from integrations.sqlserver.quoting import MAX_NAME, MAX_PATH, Unquotable, identifier, path, sysname, text
from integrations.sqlserver.statements import Statement, VersionQuery
from practice.tds import commands, lexer
from practice.tds.lexer import Kind

HOSTILE = st.sampled_from("[]'\";-/*@#() \n=?`%\\").filter(lambda c: c != "\n")
NAMES = st.text(st.one_of(HOSTILE, st.characters(exclude_categories=["Cc", "Cs"])), min_size=1, max_size=60)

WITH_NAMES: dict[str, Callable[[str, str], Statement]] = {
    "identity": lambda a, _: statements.identity(a),
    "database": lambda a, _: statements.database(a),
    "sessions": lambda a, _: statements.sessions(a),
    "backups": lambda a, b: statements.backups(a, b, 5),
    "backups_named": lambda a, b: statements.backups_named(a, b, 5),
    "restores": lambda a, _: statements.restores(a, 5),
    "headers": lambda a, b: statements.headers([a, b]),
    "file_list": lambda a, b: statements.file_list([a, b], 2),
    "verify": lambda a, b: statements.verify([a, b], 2, checksum=True),
    "file_exists": lambda a, _: statements.file_exists(a),
    "file_exists_before_2017": lambda a, _: statements.file_exists_before_2017(a),
    "data_files": lambda a, _: statements.data_files(a),
    "suspect_pages": lambda a, _: statements.suspect_pages(a),
    "orphaned_users": lambda a, _: statements.orphaned_users(a),
    "xms_version": lambda a, b: statements.xms_version(a, VersionQuery(b, a, b, a)),
    "rights": lambda a, _: statements.rights(a),
    "backup": lambda a, b: statements.backup(a, b, a, compression=True),
    "restore": lambda a, b: statements.restore(a, [b, a], 3, checksum=True, moves={a: b}),
    "single_user": lambda a, _: statements.single_user(a),
    "multi_user": lambda a, _: statements.multi_user(a),
    "check_database": lambda a, _: statements.check_database(a),
}
WITHOUT_NAMES: dict[str, Callable[[], Statement]] = {
    name: getattr(statements, name)
    for name in (
        *("clock", "instance", "started", "services", "databases", "drives", "drives_before_2017"),
        *("running", "ref", "agent_jobs"),
    )
}


def kinds(sql: str) -> list[tuple[Kind, str]]:
    """The shape of a statement: its tokens, with names and texts left blank."""
    return [
        (token.kind, "" if token.kind in {Kind.NAME, Kind.TEXT} else token.value.upper()) for token in lexer.tokens(sql)
    ]


def test_every_statement_is_tried_here() -> None:
    """No statement can be added without being tried with hostile names."""
    public = {
        name
        for name, what in inspect.getmembers(statements, inspect.isfunction)
        if not name.startswith("_") and what.__module__ == statements.__name__
    }

    assert public == WITH_NAMES.keys() | WITHOUT_NAMES.keys()


@pytest.mark.parametrize("name", WITHOUT_NAMES)
def test_statement_without_names_is_one_statement(name: str) -> None:
    """A fixed statement is one statement."""
    assert len(lexer.statements(lexer.tokens(WITHOUT_NAMES[name]().text))) == 1


@pytest.mark.parametrize("name", WITH_NAMES)
@given(one=NAMES, other=NAMES)
def test_hostile_names_keep_the_shape(name: str, one: str, other: str) -> None:
    """Whatever the names are, the statement has the shape that it has with plain ones."""
    plain = WITH_NAMES[name]("a", "b")
    hostile = WITH_NAMES[name](one, other)

    assert kinds(hostile.text) == kinds(plain.text)
    assert hostile.text.count("?") >= len(hostile.params) == len(plain.params)


@given(one=NAMES, other=NAMES)
def test_backup_reaches_its_reader_as_it_was_meant(one: str, other: str) -> None:
    """A reader that knows nothing of our quoting finds database, file and set name unchanged."""
    read = commands.parse(lexer.tokens(statements.backup(one, other, one + other, compression=False).text))

    assert isinstance(read, commands.Backup)
    assert (read.database, read.files, read.options["NAME"]) == (one, (other,), one + other)
    assert set(read.options) == {"COPY_ONLY", "CHECKSUM", "NAME", "STATS"}


@given(one=NAMES, other=NAMES, position=st.integers(1, 99))
def test_restore_reaches_its_reader_as_it_was_meant(one: str, other: str, position: int) -> None:
    """A reader that knows nothing of our quoting finds database, files, position and moves unchanged."""
    made = statements.restore(one, [other, one], position, checksum=False, moves={one: other})
    read = commands.parse(lexer.tokens(made.text))

    assert isinstance(read, commands.Restore)
    assert (read.database, read.files, read.position) == (one, (other, one), position)
    assert read.moves == {one: other}
    assert "CHECKSUM" not in read.options


@given(name=NAMES)
def test_access_reaches_its_reader_as_it_was_meant(name: str) -> None:
    """SINGLE_USER throws out at once, MULTI_USER doesn't need to, and both name the database."""
    single = commands.parse(lexer.tokens(statements.single_user(name).text))
    multi = commands.parse(lexer.tokens(statements.multi_user(name).text))

    assert single == commands.Access(name, "SINGLE_USER", rollback=True)
    assert multi == commands.Access(name, "MULTI_USER", rollback=False)


def test_backup_never_overwrites() -> None:
    """BACKUP has neither INIT nor FORMAT, and no compression unless it is asked for."""
    words = {token.value.upper() for token in lexer.tokens(statements.backup("XMS", "x", "y", compression=False).text)}

    assert not words & {"INIT", "FORMAT", "SKIP", "COMPRESSION"}


@pytest.mark.parametrize("bad", ["", "a\x00b", "a\nb", "a\x7f", "\ud800", "x" * (MAX_NAME + 1)])
def test_impossible_names_are_refused(bad: str) -> None:
    """A name that is empty, too long or holds a control character can't stand in a statement."""
    with pytest.raises(Unquotable):
        identifier(bad)
    with pytest.raises(Unquotable):
        sysname(bad)


def test_lengths_are_counted_as_sql_server_counts() -> None:
    """Names may have 128 and paths 259 characters of UTF-16; letters outside its first plane count twice."""
    identifier("x" * MAX_NAME)
    path("x" * MAX_PATH)
    with pytest.raises(Unquotable):
        identifier("\N{OWL}" * (MAX_NAME // 2 + 1))
    with pytest.raises(Unquotable):
        path("x" * (MAX_PATH + 1))


@given(value=st.text(string.printable.replace("\n", ""), max_size=50))
def test_texts_are_refused_or_come_back_whole(value: str) -> None:
    """A text is either refused or read back exactly."""
    try:
        (token,) = lexer.tokens(text(value))
    except Unquotable:
        assert not value or any(ord(c) < 32 for c in value)
    else:
        assert (token.kind, token.value) == (Kind.TEXT, value)
