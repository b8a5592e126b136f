"""What an answer of the REST API means: HTTP status, JSON or not, and a status of its own inside.

Citrix, "Public API for REST Services": success is a `status` of 0, which some samples show as the text "0"; a failure
may stand in HTTP 200 as a `status` of -1; login and logout carry no `status`; 403 comes with a body that is no JSON.
"""

from integrations.errors import NotFound, Refused, WrongAnswer
from integrations.fields import Row, inner, number, rows, said, text
from integrations.http import Reply

SYSTEM = "xenmobile"
DONE = 0


def payload(reply: Reply, what: str, key: str) -> Row:
    """The answer's object, when it is a success that holds `key`.

    Args:
        reply: The answer; not one of HTTP 401 or 403, which say that the session has ended.
        what: What was asked for, for errors: "the device list".
        key: The field without which the answer is worth nothing.

    Raises:
        NotFound: HTTP 404.
        Refused: The server said no, by its HTTP status or by the status inside.
        WrongAnswer: The answer is no JSON object, or lacks `key`.
    """
    answer = reply.mapping()
    if reply.status == 404:
        raise NotFound(SYSTEM, f"the server has nothing at {what}")
    if not reply.ok:
        raise _refused(reply, answer, what)
    if not answer:
        raise WrongAnswer(SYSTEM, f"the answer to {what} is no JSON object")
    status = number(answer, "status")
    if status is None and text(answer, "status"):
        raise WrongAnswer(SYSTEM, f"the answer to {what} has a status that is no number")
    if status not in {None, DONE}:
        raise Refused(SYSTEM, f"the server did not give {what}: {words(answer)}", code=str(status))
    if key not in answer:
        raise WrongAnswer(SYSTEM, f"the answer to {what} has no {key}")
    return answer


def words(answer: Row) -> str:
    """The server's own words in a failure: its message, or those that it has for single devices."""
    if text(answer, "message"):
        return said(text(answer, "message"))
    told = inner(inner(answer, "deviceActionMessages"), "devicesActionParameters")
    single = "; ".join(text(row, "message") for row in rows(told, "messageList"))
    return said(f"{text(told, 'description')} {single}")


def _refused(reply: Reply, answer: Row, what: str) -> Refused:
    """HTTP 400 and 500 carry `status` and `message` as JSON; other statuses may carry anything."""
    code = text(answer, "status") or f"HTTP {reply.status}"
    why = words(answer) if answer else "the answer is no JSON"
    return Refused(SYSTEM, f"the server did not give {what} (HTTP {reply.status}): {why}", code=code)
