"""The Web API as bytes: forms, broken JSON, uploads, downloads and Socket Mode addresses."""

import json
from collections.abc import Iterator

import httpx
import pytest
from workspace_bench import Clock

from practice.workspace import Workspace
from practice.workspace.people import INCIDENT


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace(now=Clock()) as workspace:
        yield workspace


@pytest.fixture
def http(workspace: Workspace) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    with httpx.Client(base_url=workspace.base_url, headers=headers, trust_env=False) as http:
        yield http


DIVIDER = [{"type": "divider", "block_id": "line"}]


def test_workspace_reads_arguments_however_they_are_sent(http: httpx.Client, workspace: Workspace) -> None:
    """JSON, a form with JSON inside, and the address all carry arguments."""
    as_json = http.post("chat.postMessage", json={"channel": INCIDENT, "text": "a", "blocks": DIVIDER}).json()
    form = {"channel": INCIDENT, "text": "b", "blocks": json.dumps(DIVIDER)}
    as_form = http.post("chat.postMessage", data=form).json()
    in_address = http.get("chat.postMessage", params=form).json()
    assert [one["message"]["blocks"] for one in (as_json, as_form, in_address)] == [DIVIDER] * 3
    assert len(workspace.messages(INCIDENT)) == 3


def test_workspace_takes_the_token_as_an_argument_and_forgets_it(workspace: Workspace) -> None:
    """A token beside the arguments counts, and is written down nowhere."""
    url = f"{workspace.base_url}auth.test"
    assert httpx.post(url, data={"token": workspace.bot_token}, trust_env=False).json()["ok"]
    assert workspace.bot_token not in json.dumps(workspace.calls())


@pytest.mark.parametrize(
    ("method", "body", "kind", "code"),
    [
        ("chat.postMessage", "{", "application/json", "invalid_json"),
        ("chat.postMessage", "[]", "application/json", "json_not_object"),
        ("chat.postMessage", "blocks=nonsense", "application/x-www-form-urlencoded", "invalid_blocks_format"),
        ("views.open", "view=nonsense", "application/x-www-form-urlencoded", "invalid_arguments"),
        (
            "conversations.history",
            json.dumps({"channel": INCIDENT, "limit": "x"}),
            "application/json",
            "invalid_arguments",
        ),
        (
            "conversations.history",
            json.dumps({"channel": INCIDENT, "cursor": "x"}),
            "application/json",
            "invalid_cursor",
        ),
        ("conversations.info", json.dumps({"channel": [1]}), "application/json", "invalid_arguments"),
        ("rollback.everything", "{}", "application/json", "unknown_method"),
    ],
)
def test_workspace_refuses_what_it_cannot_read(
    http: httpx.Client, workspace: Workspace, method: str, body: str, kind: str, code: str
) -> None:
    """Arguments that can't be read are refused with Slack's code, and the refusal is recorded."""
    answer = http.post(method, content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["ok"], answer.json()["error"]) == (200, False, code)
    assert [(call["method"], call["error"]) for call in workspace.calls()] == [(method, code)]


def test_workspace_takes_a_file_as_a_body_or_as_a_form(http: httpx.Client, workspace: Workspace) -> None:
    """The bytes of a file may come bare or as the part of a form; what is too short or unknown is refused."""
    for send in ({"content": b"abc"}, {"files": {"file": ("x", b"abc")}}):
        step = http.post("files.getUploadURLExternal", data={"filename": "x.csv", "length": "3"}).json()
        assert http.post(step["upload_url"], content=b"ab").status_code == 400
        assert http.post(step["upload_url"], **send).text == "OK - 3"
        done = http.post("files.completeUploadExternal", json={"files": [{"id": step["file_id"]}]}).json()
        assert http.get(done["files"][0]["url_private"]).content == b"abc"
        assert httpx.get(done["files"][0]["url_private"], trust_env=False).status_code == 403
    assert http.post(f"{workspace.base_url}../upload/F9", content=b"x").status_code == 404
    assert http.post("files.getUploadURLExternal", data={"filename": "x", "length": "0"}).json()["ok"] is False


def test_workspace_gives_each_socket_address_once(http: httpx.Client, workspace: Workspace) -> None:
    """A Socket Mode address that was made up is refused."""
    app = {"Authorization": f"Bearer {workspace.app_token}"}
    url = http.post("apps.connections.open", headers=app).json()["url"]
    assert url.startswith("ws://127.0.0.1:")
    made_up = url.replace("ws://", "http://").replace("ticket=", "ticket=x")
    assert httpx.get(made_up, trust_env=False).status_code == 403
