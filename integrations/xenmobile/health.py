"""Whether a port is open, and what the health page says: asked without a login, as devices and load balancers do.

The fault that this rollback undoes was port 80 alone going down and up: each port is asked for itself, and each asking
opens a connection of its own.
"""

import socket
import ssl
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from integrations.errors import Unreachable, WrongAnswer
from integrations.http import MAX_PAGE_BYTES, Call, Reply, Wire
from integrations.xenmobile.envelope import SYSTEM

PATH = "/zdm/cxf/public/getserverinfo"
AGENT = "CitrixReceiver/com.zenprise rollback-bot"
"""Some releases answer 302 to strangers; Secure Hub's own words are let through (facts of public monitors)."""

USUAL_WAIT = timedelta(seconds=5)


class PortState(StrEnum):
    """What a TCP port does."""

    OPEN = "open"  # a connection stands
    REFUSED = "refused"  # the host is there and says no: nothing listens
    SILENT = "silent"  # no answer in time: filtered, host off, or overloaded
    NO_ROUTE = "no_route"  # the network or the name knows no way


@dataclass(frozen=True, slots=True)
class Health:
    """One look at the health page.

    Attributes:
        port: What the TCP port did.
        ok: Whether the answer was HTTP 200 with a status of OK.
        enrolment: Whether the page says that enrolment is enabled; None where it does not say.
        clock: The server's clock by its ``Date`` header, aware UTC, to the second; None if it sent none.
        certificate_ends: Until when the certificate that it showed is valid; None on plain HTTP.
        why: Why it is not `ok`, one clause; empty when it is.
    """

    port: PortState
    ok: bool = False
    enrolment: bool | None = None
    clock: datetime | None = None
    certificate_ends: datetime | None = None
    why: str = ""


def port_state(address: str, port: int, wait: timedelta = USUAL_WAIT) -> PortState:
    """Try one TCP connection, and close it at once."""
    try:
        socket.create_connection((address, port), timeout=wait.total_seconds()).close()
    except ConnectionRefusedError:
        return PortState.REFUSED
    except TimeoutError:
        return PortState.SILENT
    except OSError:
        return PortState.NO_ROUTE
    return PortState.OPEN


def read_health(
    address: str,
    port: int,
    *,
    tls: ssl.SSLContext | None,
    tls_name: str = "",
    wait: timedelta = USUAL_WAIT,
) -> Health:
    """Ask for the health page once; whatever happens is in the answer, nothing is raised.

    Args:
        address: Host or IP address of a node or a VIP.
        port: Its TCP port.
        tls: The context to trust it by; None: plain HTTP (port 80 behind SSL offload).
        tls_name: The name that the certificate must carry, and that is sent as ``Host``.
        wait: How long a connection, and then an answer, may take.
    """
    state = port_state(address, port, wait)
    if state is not PortState.OPEN:
        return Health(state, why=f"the port is {state.value.replace('_', ' ')}")
    host = f"[{address}]" if ":" in address else address
    base = f"{'https' if tls else 'http'}://{host}:{port}"
    trusted = tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # plain HTTP needs none, and none is quick to make
    with Wire(SYSTEM, base, tls=trusted, tls_name=tls_name, connect_timeout=wait, reply_timeout=wait) as wire:
        try:
            reply = wire.send(Call("GET", PATH, headers={"User-Agent": AGENT}, cap=MAX_PAGE_BYTES))
        except (Unreachable, WrongAnswer) as error:
            return Health(state, why=error.what)
    return _judged(state, reply)


def _judged(state: PortState, reply: Reply) -> Health:
    ends = reply.certificate.not_after if reply.certificate else None
    ok, enrolment, why = False, None, f"the health page answers HTTP {reply.status}"
    if reply.status == 200:
        ok, enrolment, why = page(reply.body)
    return Health(state, ok, enrolment, reply.date(), ends, why)


def page(body: bytes) -> tuple[bool, bool | None, str]:
    """Whether the page says OK, whether it says that enrolment is enabled, and why it is not OK.

    Receive strings by release: ``"status":"OK"`` (9.x), ``OK`` (10.1), ``<status>OK</status>`` (10.3 on).
    """
    try:
        told = body.decode()
    except UnicodeDecodeError:
        return False, None, "the health page is no text"
    if "<!DOCTYPE" in told or "<!ENTITY" in told:
        return False, None, "the health page declares a document type, which is not read"
    if not told.lstrip().startswith("<"):
        ok = told.strip() == "OK" or '"status":"OK"' in told.replace(" ", "")
        return ok, None, "" if ok else "the health page does not say OK"
    try:
        root = ET.fromstring(told)  # noqa: S314 - capped in size, and what could declare entities was refused above
    except ET.ParseError:
        return False, None, "the health page is no XML"
    ok = _said(root, "status") == "OK"
    enabled = {"true": True, "false": False}.get(_said(root, "enrollmentEnabled").lower())
    return ok, enabled, "" if ok else "the health page does not say OK"


def _said(root: ET.Element, name: str) -> str:
    """The text of the first element of that name, whatever its namespace; empty if there is none."""
    found = next((e for e in root.iter() if e.tag.rpartition("}")[2] == name), None)
    return (found.text or "").strip() if found is not None else ""
