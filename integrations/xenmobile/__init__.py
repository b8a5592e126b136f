"""XenMobile Server: what its REST API and its health page tell. Nothing here changes anything there.

`client` is the way in; `session` keeps the token, `envelope` judges answers; `devices` and `settings` are what comes
back; `listing` and `details` read many; `health` asks ports and the health page.
"""

from integrations.xenmobile.client import XenMobile
from integrations.xenmobile.details import MissingDetail
from integrations.xenmobile.devices import (
    USUAL_PROPERTIES,
    DeviceAction,
    DeviceCertificate,
    DeviceDetail,
    DeviceRow,
    DeviceUser,
)
from integrations.xenmobile.health import Health, PortState, port_state, read_health
from integrations.xenmobile.listing import DeviceListing, ListNotWhole
from integrations.xenmobile.settings import (
    Authority,
    DeliveryGroup,
    Directory,
    Invitation,
    Licence,
    ServerCertificate,
    ServerProperty,
)

__all__ = [
    "USUAL_PROPERTIES",
    "Authority",
    "DeliveryGroup",
    "DeviceAction",
    "DeviceCertificate",
    "DeviceDetail",
    "DeviceListing",
    "DeviceRow",
    "DeviceUser",
    "Directory",
    "Health",
    "Invitation",
    "Licence",
    "ListNotWhole",
    "MissingDetail",
    "PortState",
    "ServerCertificate",
    "ServerProperty",
    "XenMobile",
    "port_state",
    "read_health",
]
