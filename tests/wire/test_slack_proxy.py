"""The way to Slack: through the proxy of the settings or through none, whatever the environment says."""

import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.proxies import forget_proxies
from bot.slack_app import client
from practice.workspace import Workspace

NAMES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY")


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace() as made:
        yield made


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers for whoever is asked, and what it was asked for."""
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"ok": true, "by": "proxy"}')

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_proxy_of_the_environment_sees_a_byte(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every variable set, calls go to Slack itself, and the names that were dropped are told."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        for name in NAMES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{stranger.getsockname()[1]}")
        assert set(forget_proxies()) == set(NAMES)
        assert not set(NAMES) & set(os.environ)
        web = client(workspace.bot_token, workspace.base_url)
        assert web.auth_test()["ok"]
        assert web.proxy is None
        stranger.settimeout(0.05)
        with pytest.raises(TimeoutError):
            stranger.accept()
    assert forget_proxies() == ()


def test_a_proxy_of_the_settings_is_used(workspace: Workspace, proxy: tuple[str, list[str]]) -> None:
    """A proxy that the settings name carries every call."""
    address, asked = proxy
    web = client(workspace.bot_token, workspace.base_url, proxy=address)
    assert web.auth_test()["by"] == "proxy"
    assert asked == [f"{workspace.base_url}auth.test"]
