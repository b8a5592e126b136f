"""This installation of the bot, and the people who are named in it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Table


class Installation(Table, table=True):
    """Who this database belongs to: one row, made once."""

    id: str = Field(primary_key=True)
    created_at: datetime = Field(sa_type=Instant)


class PersonRow(Table, table=True):
    """A named person, as the settings had them last."""

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    name: str


class Account(Table, table=True):
    """A Slack account of a person, and since when Slack calls it gone; one account belongs to one person."""

    __table_args__ = (UniqueConstraint("team", "user"),)
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="person.id")
    team: str
    user: str
    gone_at: datetime | None = Field(default=None, sa_type=Instant)
