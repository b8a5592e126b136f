"""A pretend NetScaler: `server` speaks NITRO, `door` is what devices connect to."""

from practice.nitro.door import Door
from practice.nitro.server import NitroServer

__all__ = ["Door", "NitroServer"]
