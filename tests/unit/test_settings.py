"""The settings: every key explained, every mistake listed with its place, secrets never values."""

import typing
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from bot.settings import Settings, SettingsWrong, load, secret
from rollback.site import Phrase
from storage.words import Mode, SystemName

EXAMPLE = Path(__file__).parents[2] / "bot" / "rollback-bot.example.yml"


def written() -> dict[str, Any]:
    return YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def settings_file(folder: Path, change: Any = lambda _: None) -> Path:
    """The example, with its secrets in a folder of the test, and `change` made to it."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("/etc/rollback-bot/", f"{folder}/")
    for name in ("audit.key", "slack-bot.token", "slack-app.token", "netscaler", "xenmobile", "vsphere", "sqlserver",
                 "veeam"):  # fmt: skip
        file = folder / name
        file.write_text("0123456789abcdef0123456789abcdef")
        file.chmod(0o600)
    yaml = YAML()
    data = yaml.load(text)
    change(data)
    made = folder / "settings.yml"
    with made.open("w", encoding="utf-8") as out:
        yaml.dump(data, out)
    return made


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in typing.get_args(kind):
        yield from models_in(inner)


def keys_of(model: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        here = f"{path}.{name}".lstrip(".")
        yield here
        for inner in models_in(field.annotation):
            if inner is not Phrase:
                yield from keys_of(inner, here)


def present(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}".lstrip(".")
            yield here
            yield from present(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from present(inner, path)


def test_the_example_explains_every_key() -> None:
    """A key that the settings know and the example forgets is named here."""
    found = {path.replace(f"access.{system}", "access") for path in present(written())
             for system in ("netscaler", "xenmobile", "vsphere", "sqlserver", "veeam")}  # fmt: skip
    missing = sorted(set(keys_of(Settings)) - found)
    assert missing == []


def test_the_example_can_be_used(folder: Path) -> None:
    """The example is a whole settings file: only its secrets' places differ from a real one."""
    loaded = load(settings_file(folder))
    assert [node.name for node in loaded.estates[0].estate.nodes] == ["xms01", "xms02", "xms03"]


def mistakes(path: Path) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        load(path)
    return [str(mistake) for mistake in wrong.value.mistakes]


def test_every_mistake_is_listed_at_once_with_its_place(folder: Path) -> None:
    """Three mistakes in three places are three lines, each with line and column."""

    def change(data: Any) -> None:
        data["slack"]["bot_token"] = "xoxb-123"
        data["loog"] = "info"
        data["estates"][0]["estate"]["modes"]["veeam"] = "sometimes"

    found = mistakes(settings_file(folder, change))
    assert len(found) == 3
    assert all(line.split(":")[0].isdigit() for line in found)


def test_a_node_with_the_address_of_a_system_stops_the_start(folder: Path) -> None:
    """Settings that give a node vCenter's address, or a machine that is kept, are refused, and say which."""

    def change(data: Any) -> None:
        place = data["estates"][0]["estate"]
        place["nodes"][0]["address"] = place["vsphere"]["host"]
        place["nodes"][1]["inventory_path"] = place["kept_machines"][0]["inventory_path"]

    found = mistakes(settings_file(folder, change))
    assert all("a node is never" in line for line in found)
    assert any("xms01 has the address of vsphere" in line for line in found)
    assert any("xms02 is the machine of vCenter" in line for line in found)


def test_the_bot_s_own_machine_is_no_node(folder: Path) -> None:
    """Where the firmware tells its UUID the bot's machine is kept too, and a node that is it stops the start."""
    firmware = folder / "product_uuid"
    firmware.write_text("4c4c4544-0051-3010-8052-b4c04f4d3732", encoding="ascii")
    kept = load(settings_file(folder), firmware).estates[0].estate.kept_machines
    assert [one.name for one in kept] == ["vCenter", "this bot"]

    def change(data: Any) -> None:
        data["estates"][0]["estate"]["nodes"][2]["instance_uuid"] = "4C4C4544-0051-3010-8052-B4C04F4D3732"

    with pytest.raises(SettingsWrong, match="xms03 is the machine of this bot"):
        load(settings_file(folder, change), firmware)


def test_real_systems_get_their_time_to_show_a_change(folder: Path) -> None:
    """A real estate can't shorten how long a late result is waited for; a practice estate can."""

    def shorten(data: Any) -> None:
        data["estates"][0]["estate"]["timings"]["shown_within"] = "PT5S"

    (found,) = mistakes(settings_file(folder, shorten))
    assert "made twice" in found

    def shorten_in_practice(data: Any) -> None:
        shorten(data)
        data["estates"][0]["estate"]["practice"] = True

    timings = load(settings_file(folder, shorten_in_practice)).estates[0].estate.timings
    assert timings.shown_within == timedelta(seconds=5)


def test_a_value_in_place_of_a_secret_is_refused_and_never_shown(folder: Path) -> None:
    """A token in the file is a mistake, and the message doesn't repeat it."""
    found = mistakes(settings_file(folder, lambda data: data["slack"].update(bot_token="xoxb-very-secret")))
    assert "expected `file:PATH` or `env:NAME`" in found[0]
    assert "very-secret" not in found[0]


def test_a_secret_file_that_others_can_read_stops_the_start(folder: Path) -> None:
    """A secret that group or world can read is named, and nothing starts."""
    path = settings_file(folder)
    (folder / "vsphere").chmod(0o640)
    found = mistakes(path)
    assert len(found) == 1
    assert "vsphere" in found[0]
    assert "chmod 600" in found[0]


def test_one_account_of_two_people_is_refused_naming_both(folder: Path) -> None:
    """An account given to two people names both by id, never by name."""
    found = mistakes(
        settings_file(folder, lambda data: data["people"][1].update(accounts=[{"team": "T0EXAMPLE", "user": "U0ALEX"}]))
    )
    assert any("ic" in line and "xa" in line for line in found)
    assert not any("Alex" in line or "Kim" in line for line in found)


def test_a_real_estate_needs_the_real_slack(folder: Path) -> None:
    """A real estate with Slack on loopback would let anybody press; it doesn't start."""
    found = mistakes(settings_file(folder, lambda data: data["slack"].update(api_url="http://127.0.0.1:7700/api/")))
    assert any("real estate" in line for line in found)


def test_a_practice_estate_with_a_pretended_slack_stays_on_loopback(folder: Path) -> None:
    """With a pretended Slack, every system of the practice estate must be on loopback; each that isn't is named."""

    def change(data: Any) -> None:
        data["slack"]["api_url"] = "http://127.0.0.1:7700/api/"
        data["estates"][0]["estate"]["practice"] = True

    found = mistakes(settings_file(folder, change))
    assert sum("not on loopback" in line for line in found) == 5


def test_vsphere_may_be_trusted_by_a_thumbprint_in_place_of_an_authority(folder: Path) -> None:
    """SHA-256 of vCenter's certificate takes the place of its authority, with or without colons."""

    def pin(data: Any) -> None:
        data["estates"][0]["access"]["vsphere"].update(authority="", thumbprint=":".join(["AB"] * 32))

    assert load(settings_file(folder, pin)).estates[0].access[SystemName.VSPHERE].thumbprint.startswith("AB:AB")


@pytest.mark.parametrize(
    ("system", "change", "sentence"),
    [
        ("vsphere", {"thumbprint": "AB" * 32}, "both `authority` and `thumbprint`"),
        ("vsphere", {"authority": "", "thumbprint": "AB" * 20}, "64 hex digits"),
        ("veeam", {"authority": "", "thumbprint": "AB" * 32}, "only vsphere can"),
    ],
)
def test_a_thumbprint_that_can_not_be_used_is_a_mistake(
    folder: Path, system: str, change: dict[str, str], sentence: str
) -> None:
    """Two kinds of trust, a SHA-1 thumbprint, another system: each is one sentence."""
    found = mistakes(settings_file(folder, lambda data: data["estates"][0]["access"][system].update(change)))
    assert len(found) == 1
    assert sentence in found[0]


def test_xenmobile_that_is_off_still_needs_its_trust(folder: Path) -> None:
    """Its ports are probed though it is off, so the settings say by which authority and under which name."""

    def off(data: Any) -> None:
        data["estates"][0]["estate"]["modes"]["xenmobile"] = "off"
        data["estates"][0]["estate"]["xenmobile"]["tls_name"] = ""
        del data["estates"][0]["access"]["xenmobile"]

    authority, name = sorted(mistakes(settings_file(folder, off)), reverse=True)
    assert "`access.xenmobile` with the `authority`" in authority + name
    assert "`xenmobile.tls_name`" in authority + name

    def off_with_trust(data: Any) -> None:
        data["estates"][0]["estate"]["modes"]["xenmobile"] = "off"
        data["estates"][0]["access"]["xenmobile"] = {"authority": ""}

    assert load(settings_file(folder, off_with_trust)).estates[0].estate.mode(SystemName.XENMOBILE) is Mode.OFF


def test_checks_by_itself_need_somebody_who_hears(folder: Path) -> None:
    """A schedule without a channel would turn bad in silence."""
    (found,) = mistakes(settings_file(folder, lambda data: data["check"].update(channel="")))
    assert "nobody would hear" in found


def test_a_short_audit_key_is_refused(folder: Path) -> None:
    """A key that could be guessed is no key."""
    path = settings_file(folder)
    (folder / "audit.key").write_text("short")
    assert any("32 or more" in line for line in mistakes(path))


def test_a_rotated_secret_is_used_at_its_next_reading(folder: Path) -> None:
    """A secret is read where it is used, so a new file needs no restart."""
    file = folder / "token"
    file.write_text("one")
    file.chmod(0o600)
    assert secret(f"file:{file}") == "one"
    file.write_text("two")
    assert secret(f"file:{file}") == "two"
