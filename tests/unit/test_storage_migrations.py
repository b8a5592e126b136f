"""The schema: what the migrations make is what the models say, and no release works on another one's database."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlalchemy.schema import CreateIndex, CreateTable

from storage import audit
from storage.migrations import SchemaUnknown, migrate, prepare
from storage.models import Table

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "state" / "bot.sqlite"
    prepare(made, NOW)
    return made


def columns(file: Path) -> dict[str, list[tuple[str, str, bool]]]:
    engine = create_engine(f"sqlite:///{file}")
    try:
        looked = inspect(engine)
        return {
            table: sorted((c["name"], str(c["type"]), bool(c["nullable"])) for c in looked.get_columns(table))
            for table in looked.get_table_names()
            if table != "alembic_version"
        }
    finally:
        engine.dispose()


def test_the_migrations_make_what_the_models_say(file: Path) -> None:
    """Alembic, asked what is left to migrate, finds nothing."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_columns_constraints_and_indexes_are_those_of_the_models(file: Path, tmp_path: Path) -> None:
    """Tables made from the models and tables made by the migrations have the same columns, keys, checks, indexes."""
    other = tmp_path / "models.sqlite"
    engine = create_engine(f"sqlite:///{other}")
    Table.metadata.create_all(engine)
    engine.dispose()
    assert columns(file) == columns(other)
    assert constraints(file) == constraints(other)


def constraints(file: Path) -> dict[str, object]:
    engine = create_engine(f"sqlite:///{file}")
    try:
        looked = inspect(engine)
        return {
            table: {
                "unique": sorted(
                    (str(c["name"]), tuple(c["column_names"])) for c in looked.get_unique_constraints(table)
                ),
                "check": sorted((str(c["name"]), c["sqltext"]) for c in looked.get_check_constraints(table)),
                "foreign": sorted(
                    (tuple(c["constrained_columns"]), c["referred_table"]) for c in looked.get_foreign_keys(table)
                ),
                "key": looked.get_pk_constraint(table)["constrained_columns"],
                "index": sorted(str((i["name"], i["column_names"], i["unique"])) for i in looked.get_indexes(table)),
            }
            for table in looked.get_table_names()
            if table != "alembic_version"
        }
    finally:
        engine.dispose()


def test_one_rollback_an_estate_is_open_at_a_time(file: Path) -> None:
    """The unique index behind "one open rollback an estate" covers running and paused ones, and no ended one."""
    with sqlite3.connect(file) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name='ix_rollback_open_estate'").fetchone()
    db.close()
    assert "UNIQUE" in sql
    assert sql.endswith("WHERE state IN ('running', 'paused')")


def test_the_models_can_be_written_for_postgresql_too() -> None:
    """Every table and index has a PostgreSQL form, so that the columns for two bots need no other schema."""
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only this test speaks that dialect

    for table in Table.metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=postgresql.dialect()))


def test_the_file_is_the_bots_own(file: Path) -> None:
    """A new database is 0600 in a folder that is 0700."""
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert oct(file.parent.stat().st_mode & 0o777) == "0o700"


def test_the_audit_guards_are_there_after_migrating(file: Path) -> None:
    """A migrated database has the audit table's guards word for word."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        audit.check_triggers(connection)
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars().all()
    engine.dispose()
    assert set(names) == set(audit.TRIGGERS)


def test_preparing_again_changes_nothing(file: Path) -> None:
    """A database that is up to date is left as it is, its installation's name included."""
    before = file.read_bytes()
    prepare(file, NOW)
    migrate(file, NOW)
    with sqlite3.connect(file) as db:
        names = db.execute("SELECT id FROM installation").fetchall()
    db.close()
    assert len(names) == 1
    assert file.read_bytes() == before


@pytest.mark.parametrize("revision", ["0000", "9999", None])
def test_another_releases_schema_is_refused(file: Path, revision: str | None) -> None:
    """A schema that this release doesn't know stops the start, names both and changes nothing."""
    with sqlite3.connect(file) as db:
        if revision is None:
            db.execute("DELETE FROM alembic_version")
        else:
            db.execute("UPDATE alembic_version SET version_num=?", (revision,))
    db.close()
    before = file.read_bytes()
    with pytest.raises(SchemaUnknown, match=f"has schema {revision or 'none'}, this release needs 0001"):
        prepare(file, NOW)
    assert file.read_bytes() == before
