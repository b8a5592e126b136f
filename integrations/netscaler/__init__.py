"""The NetScaler through NITRO.

`client` holds the calls, `session` the login and what NITRO's codes mean, `values` what is read.
"""

from integrations.netscaler.client import NetScaler
from integrations.netscaler.values import (
    Configuration,
    Counters,
    GlobalVServer,
    HaNode,
    Hardware,
    HighAvailability,
    InboundNat,
    Member,
    VServer,
    VServerKind,
)

__all__ = [
    "Configuration",
    "Counters",
    "GlobalVServer",
    "HaNode",
    "Hardware",
    "HighAvailability",
    "InboundNat",
    "Member",
    "NetScaler",
    "VServer",
    "VServerKind",
]
