"""The page on the wire: its files, its stream of news, wishes, and what another page may not ask for."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from practice.control import Control
from practice.page import App, Page, Typed, Wish
from practice.page.assets import files
from practice.page.hearing import Hearing, PageGone
from practice.workspace import Workspace
from practice.workspace.people import ADMIN, COMMANDER, INCIDENT
from practice.world import Durations, HandTime, World
from practice.world.made import make_world

TYPED = Typed("/rollback", "start", "begins")


@pytest.fixture
def world() -> World:
    return make_world(2, HandTime(), devices=10)


@pytest.fixture
def workspace(world: World) -> Iterator[Workspace]:
    with Workspace(furnish=Page(Control(world), App((TYPED,)))) as workspace:
        yield workspace


@pytest.fixture
def http(workspace: Workspace) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=workspace.control_url, trust_env=False, timeout=10) as client:
        yield client


class Events:
    """What a page hears: the events of one stream, one after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self, name: str) -> Any:
        """Return the body of the next event of that name."""
        found = ""
        for line in self._lines:
            if line.startswith("event: "):
                found = line.removeprefix("event: ")
            elif line.startswith("data: ") and found == name:
                return json.loads(line.removeprefix("data: "))
        raise AssertionError(f"the stream ended without {name}")


def stream(http: httpx.Client, person: str, since: int = 0) -> Any:
    return http.stream("GET", "/practice/stream", params={"person": person, "since": since})


def test_every_file_of_the_page_is_served_and_kept_to_this_origin(http: httpx.Client) -> None:
    """Each file comes with its type, and with a policy that lets nothing else run, load or frame it."""
    assert len(files()) > 30
    for name in ["", *(f"page/{name}" for name in files())]:
        answer = http.get(f"/{name}")
        assert answer.status_code == 200, name
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_of_the_page_names_another_host() -> None:
    """Nothing is fetched from outside: no address of another machine stands in any file."""
    for name, file in files().items():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, name


def test_no_module_sets_text_as_html() -> None:
    """What systems and people write becomes text nodes: no module has a way to have it read as HTML."""
    for name, file in files().items():
        text = file.read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser", "srcdoc"):
            assert way not in text, (name, way)


@pytest.mark.parametrize("path", ["/page/", "/page/../news.py", "/page/%2e%2e/news.py", "/page/js", "/page/js/none.js"])
def test_nothing_beside_the_page_is_served(http: httpx.Client, path: str) -> None:
    """No path leads out of the page's folder, and a file that isn't there is not found."""
    assert http.get(path).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/page/js/main.js"),
        ("GET", "/practice/about"),
        ("GET", f"/practice/stream?person={COMMANDER.id}"),
        ("GET", "/practice/wishes"),
        ("GET", "/practice/world/world"),
        ("POST", "/practice/wish/kill-bot"),
        ("POST", "/practice/world/do"),
        ("POST", "/practice/world/fault"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example.com"},
        {"Origin": "https://elsewhere.example.com"},
        {"Origin": "http://127.0.0.1.example.com"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ],
)
def test_another_page_is_refused(http: httpx.Client, method: str, path: str, headers: dict[str, str]) -> None:
    """A foreign Host or Origin gets nothing of the page, of its news or of its switches."""
    answer = http.request(method, path, headers=headers, **({"json": {}} if method == "POST" else {}))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1.example.com", "http://localhost.example.com", "http://127.0.0.1:1"]
)
def test_the_worlds_own_port_refuses_a_name_that_only_begins_like_this_machine(world: World, origin: str) -> None:
    """An origin must be this server itself, not a name that begins with its address."""
    control = Control(world)
    control.start()
    try:
        answer = httpx.get(f"{control.url}/world", headers={"Origin": origin}, trust_env=False)
        assert answer.status_code == 403
        assert httpx.get(f"{control.url}/world", headers={"Origin": control.url}, trust_env=False).status_code == 200
    finally:
        control.stop()


def test_the_page_is_told_what_can_be_typed(http: httpx.Client) -> None:
    """The composer's completion is what the app told of itself."""
    assert http.get("/practice/about").json() == {
        "typed": [{"command": "/rollback", "usage": "start", "does": "begins"}],
        "shortcuts": [],
        "world": True,
    }


def test_news_come_by_themselves_and_only_once(http: httpx.Client, workspace: Workspace) -> None:
    """A message that is written while the page is open is told; after a broken connection only what came since."""
    with stream(http, COMMANDER.id) as response:
        events = Events(response)
        assert response.headers["Content-Type"] == "text/event-stream"
        workspace.write(ADMIN.id, INCIDENT, "one")
        first = events.next("news")
        assert [message["text"] for message in first["messages"]] == ["one"]
    workspace.write(ADMIN.id, INCIDENT, "two")
    again = {"Last-Event-ID": str(first["version"])}
    with http.stream("GET", "/practice/stream", params={"person": COMMANDER.id, "since": 0}, headers=again) as response:
        assert [message["text"] for message in Events(response).next("news")["messages"]] == ["two"]


def test_the_world_is_told_with_what_its_ledger_gains(http: httpx.Client, world: World) -> None:
    """The page sees the world as it is, and each change of it once."""
    with stream(http, COMMANDER.id) as response:
        events = Events(response)
        first = events.next("world")
        assert (first["picture"]["nodes"]["xms01"]["on"], first["ledger"]) == (True, [])
        world.power_off("xms01", by="somebody")
        then = events.next("world")
        assert then["picture"]["nodes"]["xms01"]["on"] is False
        assert [(one["verb"], one["target"], one["by"]) for one in then["ledger"]] == [
            ("power_off", "xms01", "somebody")
        ]


def test_a_switch_is_told_to_every_page(http: httpx.Client, workspace: Workspace) -> None:
    """That Slack is away is seen on the page while Slack is away."""
    with stream(http, COMMANDER.id) as response:
        events = Events(response)
        assert events.next("slack")["away"] is False
        workspace.switch("go_away")
        assert events.next("slack")["away"] is True


@pytest.mark.parametrize(
    ("query", "status"), [({"person": "U0NOBODY"}, 404), ({"person": COMMANDER.id, "since": "x"}, 400)]
)
def test_a_stream_for_nobody_is_refused(http: httpx.Client, query: dict[str, str], status: int) -> None:
    """Without a person, or with a number that is none, there is no stream."""
    assert http.get("/practice/stream", params=query).status_code == status


def test_an_open_page_does_not_hold_up_the_end(workspace: Workspace) -> None:
    """The workspace stops although a page is open: the stream ends with it."""
    opened, ended = threading.Event(), threading.Event()

    def read() -> None:
        with httpx.stream(
            "GET", f"{workspace.control_url}/practice/stream", params={"person": COMMANDER.id}, trust_env=False
        ) as response:
            for _ in response.iter_lines():
                opened.set()
        ended.set()

    reader = threading.Thread(target=read)
    reader.start()
    assert opened.wait(10)
    workspace.stop()
    assert ended.wait(10)
    reader.join()


def test_a_wish_is_heard_once_by_whoever_fulfils_it(http: httpx.Client, workspace: Workspace) -> None:
    """What is wished for in the page reaches the program that started the bot, once and in order."""
    with Hearing(workspace.control_url) as hearing:
        assert hearing.wishes(0) == []
        for wish in (Wish.KILL_BOT, Wish.PLAY):
            assert http.post(f"/practice/wish/{wish}", json={}).status_code == 200
        assert hearing.wishes(10) == [Wish.KILL_BOT, Wish.PLAY]
        assert hearing.wishes(0, playing=True) == []
    with stream(http, COMMANDER.id) as response:
        told = Events(response).next("slack")
        assert (told["heard"], told["playing"]) == (True, True)


def test_a_wish_that_nobody_can_fulfil_is_refused(http: httpx.Client, workspace: Workspace) -> None:
    """Without anybody who started the bot, and for things nobody knows, the page is told that nothing will happen."""
    answer = http.post("/practice/wish/kill-bot", json={})
    assert (answer.status_code, "nobody fulfils" in answer.json()["cannot"]) == (409, True)
    with Hearing(workspace.control_url) as hearing:
        hearing.wishes(0)
        assert "there is no wish" in http.post("/practice/wish/dance", json={}).json()["cannot"]
        assert http.post("/practice/wish/kill-bot", content="x").status_code == 415
        assert hearing.wishes(0) == []


def test_whoever_hears_learns_that_the_page_is_gone(workspace: Workspace) -> None:
    """When the workspace has ended, the one who waits for wishes is told so."""
    with Hearing(workspace.control_url) as hearing:
        workspace.stop()
        with pytest.raises(PageGone):
            hearing.wishes(0)


def test_the_world_can_be_slowed_down_and_hurried(http: httpx.Client, world: World) -> None:
    """One pace for everything that lasts; what is no pace is refused and changes nothing."""
    assert http.post("/practice/world/do", json={"verb": "pace", "factor": 3}).status_code == 200
    usual = Durations()
    assert (world.durations.restore, world.durations.boot) == pytest.approx((3 * usual.restore, 3 * usual.boot))
    assert http.get("/practice/world/world").json()["pace"] == 3
    assert http.post("/practice/world/do", json={"verb": "pace", "factor": 1000}).status_code == 409
    http.post("/practice/world/do", json={"verb": "lasts", "what": "boot", "seconds": 9})
    assert http.get("/practice/world/world").json()["pace"] is None


def test_a_job_runs_for_a_while(http: httpx.Client, world: World) -> None:
    """A scheduled job can be started, runs so long, ends by itself, and both stand in the ledger."""
    name = next(job.name for job in world.jobs if job.system == "veeam")
    begin = {"verb": "job-starts", "name": name, "seconds": 20}
    assert http.post("/practice/world/do", json=begin).status_code == 200
    assert "runs already" in http.post("/practice/world/do", json=begin).json()["error"]
    assert [job.running for job in world.jobs if job.name == name] == [True]
    assert isinstance(world.time, HandTime)
    world.time.advance(21)
    world.settle()
    assert [job.running for job in world.jobs if job.name == name] == [False]
    assert [entry.verb for entry in world.ledger.entries(target=name)] == ["job_start", "job_end"]
    assert http.post("/practice/world/do", json={**begin, "name": "none"}).status_code == 409
