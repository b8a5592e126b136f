"""A pretend Veeam Backup & Replication server: REST over TLS, in several of its API versions."""

from practice.veeam.server import VeeamServer
from practice.veeam.versions import VERSIONS

__all__ = ["VERSIONS", "VeeamServer"]
