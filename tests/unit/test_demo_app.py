"""What the practice page is told of the app is what the app is: its verbs, and the shortcuts of its manifest."""

import json
from pathlib import Path

from ruamel.yaml import YAML

from bot.demo.setting_up import write_app
from bot.verbs import VERBS
from practice.page import App, Shortcut

MANIFEST = Path(__file__).parents[2] / "manifest.yml"


def told(folder: Path) -> App:
    return App.of(json.loads(write_app(folder).read_text(encoding="utf-8")))


def test_the_page_completes_every_verb_and_no_other(tmp_path: Path) -> None:
    """Each verb of the command can be completed, and `help`, which every page needs; nothing else is offered."""
    offered = {one.usage.split()[0] for one in told(tmp_path).typed}
    assert {one.command for one in told(tmp_path).typed} == {"/rollback"}
    assert sorted(offered | {"help", "status", "board"}) == sorted({*VERBS, "help", "status", "board"})


def test_the_page_has_the_shortcuts_of_the_manifest(tmp_path: Path) -> None:
    """The menu of a message offers what the app registers with Slack, under the same name."""
    manifest = YAML(typ="safe").load(MANIFEST.read_text(encoding="utf-8"))
    registered = [Shortcut(one["callback_id"], one["name"]) for one in manifest["features"]["shortcuts"]]
    assert list(told(tmp_path).shortcuts) == registered
