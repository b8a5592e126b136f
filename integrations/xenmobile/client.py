"""The XenMobile client: reads devices, invitations and settings through the REST API of one node. It changes nothing.

A node is spoken to at its own address under the name in its certificate, so that it answers while the door is closed.
Blocking; safe for threads.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Self

from integrations.errors import WrongAnswer
from integrations.fields import Row, inner, number, rows
from integrations.http import Call, Wire
from integrations.login import Login, LoginGuard
from integrations.xenmobile.details import MissingDetail, read_details
from integrations.xenmobile.devices import USUAL_PROPERTIES, DeviceDetail, DeviceRow, device_detail, device_row
from integrations.xenmobile.envelope import SYSTEM
from integrations.xenmobile.listing import DeviceListing, Page
from integrations.xenmobile.session import Session, path
from integrations.xenmobile.settings import (
    Authority,
    DeliveryGroup,
    Directory,
    Invitation,
    Licence,
    ServerCertificate,
    ServerProperty,
    authorities,
    delivery_group,
    directory,
    invitation,
    licence,
    server_certificate,
    server_property,
)

PAGE = 500
"""Rows a page; Citrix's documents speak of up to 1,000."""


class XenMobile:
    """One node's API."""

    def __init__(
        self,
        url: str,
        login: Callable[[], Login] | LoginGuard,
        *,
        tls_name: str = "",
        tls: ssl.SSLContext | None = None,
        properties: Iterable[str] = (),
        connect_timeout: timedelta = timedelta(seconds=5),
        reply_timeout: timedelta = timedelta(seconds=60),
    ) -> None:
        """Prepare a client; nothing is sent before the first call.

        Args:
            url: ``https://address:4443`` of the node.
            login: Gives user and password afresh at each login; a guard is shared with other clients of the system.
            tls_name: The name in the nodes' certificate (the enrolment FQDN).
            tls: The context to trust the node by; None: the machine's own CAs.
            properties: Names of device properties to keep beside `USUAL_PROPERTIES`, such as the one that tells
                Android's modes.
            connect_timeout: How long a connection may take.
            reply_timeout: How long an answer may take; large pages of a sick node take long.

        Raises:
            ValueError: `url` is no address.
        """
        self._wire = Wire(
            SYSTEM, url, tls=tls, tls_name=tls_name, connect_timeout=connect_timeout, reply_timeout=reply_timeout
        )
        self._guard = LoginGuard.of(login)
        self._session = Session(self._wire, self._guard)
        self._allowed = USUAL_PROPERTIES | frozenset(properties)

    def close(self) -> None:
        """Log out and close the connections."""
        self._session.close()
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_again(self) -> None:
        """Let a refused login be tried once more, because a person asked for it."""
        self._guard.check_again()

    def log_in(self) -> None:
        """Prove that the login works: the API of the node answers and lets us in.

        Raises:
            LoginRefused, Unreachable, WrongAnswer: It does not.
        """
        self._session.open()

    # Reads. Each raises IntegrationError as the tree says.

    def identity(self) -> str:
        """What proves that it is this service's database, for digests: the ids of its own root authorities.

        The API tells neither version nor node. A restore of the same database keeps these ids.

        Raises:
            WrongAnswer: The server tells of no authority.
        """
        roots = sorted(one.id for one in self.authorities() if one.type == "root_ca" and one.id)
        if not roots:
            raise WrongAnswer(SYSTEM, "the server tells of no certificate authority of its own")
        return f"xenmobile root authority {', '.join(roots)}"

    def clock(self) -> datetime | None:
        """The node's clock, aware UTC, to the second (HTTP ``Date``); None if it doesn't tell. Needs no login."""
        return self._wire.send(Call("GET", path("authentication", "login"))).date()

    def count_devices(self) -> int:
        """How many devices there are (`matchedRecords`)."""
        return self._page(0, 1).matched

    def devices(self, page_size: int = PAGE) -> DeviceListing:
        """The device list, ascending by id; see `DeviceListing` for whether it is whole.

        Raises:
            ValueError: A page is smaller than 2 rows.
        """
        return DeviceListing(self._page, page_size)

    def device(self, number_: int) -> DeviceDetail:
        """The details of one device by its row's id.

        Raises:
            NotFound: There is none (any more).
            WrongAnswer: The server answered with another one.
        """
        answer = self._session.read("the details of a device", "device", "device", str(number_))
        found = device_detail(inner(answer, "device"), self._allowed)
        if found.id != number_:
            raise WrongAnswer(SYSTEM, f"the server answered with device {found.id} instead of {number_}")
        return found

    def device_details(self, ids: Iterable[int], at_once: int = 2) -> Iterator[DeviceDetail | MissingDetail]:
        """The details of many devices, as they are read; see `read_details`."""
        return read_details(self.device, ids, at_once)

    def invitations(self) -> tuple[Invitation, ...]:
        """All invitations, newest first, without token and secret."""
        found: dict[Invitation, None] = {}
        read = 0
        while True:
            asked = {
                "start": str(read),
                "limit": str(PAGE),
                "sortOrder": "DESC",
                "sortColumn": "CREATE_TIME",
                "enableCount": "false",
            }
            key = "enrollmentFilterResponse"
            answer = self._session.read("the invitations", key, "enrollment", "filter", asked=asked)
            listed = inner(inner(answer, key), "enrollmentList")
            page = [invitation(row) for row in rows(listed, "enrollments")]
            found.update(dict.fromkeys(page))
            read += len(page)
            if not page or read >= (number(listed, "totalCount") or 0):
                return tuple(found)

    def server_properties(self) -> tuple[ServerProperty, ...]:
        """The server properties, by name."""
        answer = self._session.read("the server properties", "allEwProperties", "serverproperties")
        return tuple(sorted((server_property(r) for r in rows(answer, "allEwProperties")), key=lambda p: p.name))

    def certificates(self) -> tuple[ServerCertificate, ...]:
        """The server's certificates, by name."""
        answer = self._session.read("the certificates", "certificate", "certificates")
        return tuple(sorted((server_certificate(r) for r in rows(answer, "certificate")), key=lambda c: c.name))

    def delivery_groups(self) -> tuple[DeliveryGroup, ...]:
        """The delivery groups, by name."""
        found: list[DeliveryGroup] = []
        while True:
            asked = {"start": len(found), "limit": PAGE, "sortOrder": "ASC", "deliveryGroupSortColumn": "name"}
            answer = self._session.read("the delivery groups", "dgListData", "deliverygroups", "filter", asked=asked)
            listed = inner(answer, "dgListData")
            page = [delivery_group(row) for row in rows(listed, "dgList")]
            found += page
            if not page or len(found) >= (number(listed, "totalMatchCount") or 0):
                return tuple(sorted(found, key=lambda g: g.name))

    def licences(self) -> tuple[Licence, ...]:
        """The licences."""
        answer = self._session.read("the licences", "cpLicenseServer", "licenses")
        return tuple(licence(row) for row in rows(inner(answer, "cpLicenseServer"), "licenseList"))

    def directories(self) -> tuple[Directory, ...]:
        """The directories (LDAP), by domain."""
        answer = self._session.read("the directories", "adList", "ldap")
        return tuple(sorted((directory(row) for row in rows(answer, "adList")), key=lambda d: d.domain))

    def authorities(self) -> tuple[Authority, ...]:
        """XenMobile's own certificate authorities."""
        answer = self._session.read("the certificate authorities", "groups", "pki", "certauthority")
        return tuple(one for group in rows(answer, "groups") for one in authorities(group))

    def _page(self, start: int, limit: int) -> Page:
        asked = {
            "start": str(start),
            "limit": str(limit),
            "sortOrder": "ASC",
            "sortColumn": "ID",
            "enableCount": "false",
        }
        key = "filteredDevicesDataList"
        answer = self._session.read("the device list", key, "device", "filter", asked=asked)
        return Page(self._rows(answer, key), _matched(answer))

    def _rows(self, answer: Row, key: str) -> tuple[DeviceRow, ...]:
        return tuple(device_row(row, self._allowed) for row in rows(answer, key))


def _matched(answer: Row) -> int:
    found = number(answer, "matchedRecords")
    if found is None:
        raise WrongAnswer(SYSTEM, "the device list does not say how many devices there are")
    return found
