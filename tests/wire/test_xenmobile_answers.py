"""Odd answers that no practice node gives: each ends in a clear error, and no password goes where it must not."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web

from integrations.errors import IntegrationError, LoginRefused, NotPermitted, Refused, WrongAnswer
from integrations.login import Login
from integrations.xenmobile import XenMobile
from practice.http import HttpServer

Contexts = Callable[..., ssl.SSLContext]
LOGIN = "/xenmobile/api/v1/authentication/login"
FILTER = "/xenmobile/api/v1/device/filter"
PASSWORD = "correct-horse"
Answer = tuple[int, object]


@dataclass
class Node:
    """A hand-made node: what it answers by path, and what it was asked."""

    answers: Mapping[str, Answer]
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, (await request.read()).decode(), dict(request.headers)))
        status, body = self.answers.get(request.path, (200, {"auth_token": "a:b"}))
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Location": "https://192.0.2.66/login"} if status in {301, 302, 307} else {}
        return web.Response(status=status, text=text, content_type="application/json", headers=headers)

    def asked_for(self, path: str) -> list[str]:
        return [body for asked, body, _ in self.asked if asked == path]


MakeNode = Callable[[Mapping[str, Answer]], AbstractContextManager[tuple[Node, XenMobile]]]


@pytest.fixture
def node_of(server_tls: Contexts, client_tls: ssl.SSLContext) -> MakeNode:
    @contextmanager
    def make(answers: Mapping[str, Answer]) -> Iterator[tuple[Node, XenMobile]]:
        node = Node(answers)

        def app() -> web.Application:
            made = web.Application()
            made.router.add_route("*", "/{rest:.*}", node.handle)
            return made

        with (
            HttpServer(app, server_tls()) as server,
            XenMobile(
                server.url, lambda: Login("svc", PASSWORD), tls=client_tls, reply_timeout=timedelta(seconds=5)
            ) as client,
        ):
            yield node, client

    return make


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((401, {"status": 1001, "message": "no"}), LoginRefused),
        ((403, "<html>forbidden</html>"), LoginRefused),
        ((500, {"status": 1001, "message": "no"}), LoginRefused),
        ((200, {"status": "1001", "message": "no"}), LoginRefused),
        ((200, {"status": 0}), WrongAnswer),
        ((200, "<html>starting</html>"), WrongAnswer),
        ((503, "<html>starting</html>"), WrongAnswer),
        ((302, ""), WrongAnswer),
    ],
)
def test_a_login_without_a_token_is_refused_or_not_understood(
    node_of: MakeNode, answer: Answer, error: type[IntegrationError]
) -> None:
    """A "no" is remembered and not repeated; a node that is still starting is asked again by whoever asks again."""
    with node_of({LOGIN: answer}) as (node, client):
        for _ in range(2):
            with pytest.raises(error) as caught:
                client.log_in()
        assert len(node.asked_for(LOGIN)) == (1 if error is LoginRefused else 2)
    assert PASSWORD not in str(caught.value)


def test_the_password_is_sent_to_the_login_alone(node_of: MakeNode) -> None:
    """No later request carries the password, and each carries the token."""
    with node_of({FILTER: (200, page(1))}) as (node, client):
        client.count_devices()
    for path, body, headers in node.asked:
        assert (PASSWORD in body) is (path == LOGIN)
        assert (headers.get("auth_token") == "a:b") is (path != LOGIN)


def test_the_filter_is_sent_as_the_documents_show_it(node_of: MakeNode) -> None:
    """XMS: start and limit are texts, the order is by ID, and no counters are asked for."""
    with node_of({FILTER: (200, page(1))}) as (node, client):
        list(client.devices(page_size=100))
        (sent,) = node.asked_for(FILTER)
    assert json.loads(sent) == {
        "start": "0",
        "limit": "100",
        "sortOrder": "ASC",
        "sortColumn": "ID",
        "enableCount": "false",
    }


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((200, {"status": 0, "filteredDevicesDataList": []}), WrongAnswer, "how many"),
        ((200, {"status": 0, "matchedRecords": 3}), WrongAnswer, "filteredDevicesDataList"),
        ((200, {"status": "soon", "filteredDevicesDataList": []}), WrongAnswer, "no number"),
        ((200, "[]"), WrongAnswer, "no JSON object"),
        ((200, ""), WrongAnswer, "no JSON object"),
        ((302, ""), WrongAnswer, "redirect"),
        ((403, {"status": 1, "message": "x"}), NotPermitted, "forbids"),
        ((400, {"status": 7, "message": "Bad\nfilter"}), Refused, "Bad filter"),
        ((502, "<html>proxy</html>"), Refused, "no JSON"),
        ((200, {"status": 0, "matchedRecords": 1, "filteredDevicesDataList": [{"id": "GUID"}]}), WrongAnswer, "cloud"),
    ],
)
def test_an_odd_answer_to_the_list_is_an_error_with_a_reason(
    node_of: MakeNode, answer: Answer, error: type[IntegrationError], says: str
) -> None:
    """Nothing is concluded from half an answer, another system's answer or no answer."""
    with node_of({FILTER: answer}) as (_, client), pytest.raises(error, match=says) as caught:
        client.count_devices()
    assert not caught.value.may_have_happened
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [0, "0"])
def test_a_status_of_0_may_be_a_text_or_missing(node_of: MakeNode, status: object) -> None:
    """The documents show all three."""
    for told in ({"status": status}, {}):
        with node_of({FILTER: (200, {**page(4), **told})}) as (_, client):
            assert client.count_devices() == 4


def test_the_single_messages_of_a_failure_are_kept(node_of: MakeNode) -> None:
    """XMS puts the reasons of some failures into a list, device by device."""
    parts = {"description": "Unable.", "messageList": [{"id": "1", "message": "Unable to read '1'"}]}
    answer = {"status": -1, "deviceActionMessages": {"devicesActionParameters": parts}}
    with node_of({FILTER: (200, answer)}) as (_, client), pytest.raises(Refused, match="read '1'") as caught:
        client.count_devices()
    assert caught.value.code == "-1"


def test_another_device_than_the_one_asked_for_is_not_taken(node_of: MakeNode) -> None:
    """A server that mixes devices up must not put one person's data beside another's."""
    path = "/xenmobile/api/v1/device/5"
    with (
        node_of({path: (200, {"status": 0, "device": {"id": 6}})}) as (_, client),
        pytest.raises(WrongAnswer, match="6"),
    ):
        client.device(5)


def test_a_server_without_authorities_has_no_identity(node_of: MakeNode) -> None:
    """Without what proves which database it is, nothing can be approved for it."""
    path = "/xenmobile/api/v1/pki/certauthority"
    with (
        node_of({path: (200, {"status": 0, "groups": []})}) as (_, client),
        pytest.raises(WrongAnswer, match="authority"),
    ):
        client.identity()


def test_lists_without_an_end_are_ended(node_of: MakeNode) -> None:
    """A count that promises more than ever comes does not keep us reading."""
    invitations = {"enrollmentFilterResponse": {"enrollmentList": {"enrollments": [], "totalCount": 9}}}
    groups = {"dgListData": {"dgList": [], "totalMatchCount": 9}}
    answers = {
        "/xenmobile/api/v1/enrollment/filter": (200, invitations),
        "/xenmobile/api/v1/deliverygroups/filter": (200, groups),
    }
    with node_of(answers) as (node, client):
        assert client.invitations() == ()
        assert client.delivery_groups() == ()
        assert len(node.asked) == 3


def page(matched: int) -> dict[str, object]:
    rows = [{"id": number} for number in range(1, matched + 1)]
    return {"status": 0, "filteredDevicesDataList": rows, "totalCount": matched, "matchedRecords": matched}
