"""What all tables share: names of constraints, aware times, columns of JSON."""

from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import JSON, DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Column, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json: TypeAlias = Any  # what json.dumps takes; typed again where it is read


class Instant(TypeDecorator[datetime]):
    """An aware UTC time: naive ones are refused on the way in, and come back aware on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Table(SQLModel):
    """Base of all tables: constraints are named, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


def json_column(*, nullable: bool = False) -> Column[Any]:
    """A column of JSON."""
    return Column(JSON, nullable=nullable)
