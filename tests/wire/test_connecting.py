"""The clients of an estate as the settings make them: trust by a thumbprint, the site's own version query."""

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.connecting import Connector
from bot.settings import load
from integrations.errors import Unreachable
from integrations.sqlserver import SqlServer
from integrations.vsphere import VSphere
from practice.estate import PracticeEstate
from practice.world.made import make_world
from rollback.systems import Systems
from scene import write_settings
from storage.clock import SystemClock


@pytest.fixture(scope="module")
def estate() -> Iterator[PracticeEstate]:
    with PracticeEstate(make_world(1, devices=60)) as made:
        yield made


@pytest.fixture
def settings(estate: PracticeEstate, tmp_path: Path) -> Path:
    return write_settings(tmp_path, estate)


def connected(settings: Path, **vsphere: str) -> Systems:
    """The clients after `access.vsphere` and the version's table were changed."""
    yaml = YAML()
    data: Any = yaml.load(settings.read_text(encoding="utf-8"))
    data["estates"][0]["access"]["vsphere"].update(vsphere)
    data["estates"][0]["estate"]["sqlserver"]["version"] = {"table": "our_own", "newest_by": "id"}
    with settings.open("w", encoding="utf-8") as out:
        yaml.dump(data, out)
    loaded = load(settings)
    return Connector(loaded, SystemClock(), None)(loaded.estates[0].estate)


def thumbprint(estate: PracticeEstate) -> str:
    pem = estate.trust.certificate.cert_chain_pems[0].bytes().decode()
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_a_thumbprint_takes_the_place_of_an_authority(estate: PracticeEstate, settings: Path) -> None:
    """A vCenter is spoken to when its certificate has that thumbprint, whoever signed it."""
    with connected(settings, authority="", thumbprint=thumbprint(estate)) as systems:
        assert systems.get(VSphere).identity()


def test_another_certificate_than_the_pinned_one_ends_it_before_a_word(estate: PracticeEstate, settings: Path) -> None:
    """A wrong thumbprint is told as such, and no login was sent."""
    before = estate.vcenter.house.sessions.attempts
    with (
        connected(settings, authority="", thumbprint="AB" * 32) as systems,
        pytest.raises(Unreachable, match="its thumbprint is not the one in the settings"),
    ):
        systems.get(VSphere).identity()
    assert estate.vcenter.house.sessions.attempts == before


def test_the_site_says_where_its_database_tells_the_version(settings: Path) -> None:
    """The client of SQL Server asks where the settings say."""
    with connected(settings) as systems:
        query = systems.get(SqlServer).version_query
    assert (query.schema, query.table, query.column, query.newest_by) == ("dbo", "our_own", "version", "id")
