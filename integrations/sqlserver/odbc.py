"""The ODBC side of this machine: importing pyodbc when it is first needed, and finding a driver.

pyodbc can't even be imported where unixODBC is missing; whoever runs without SQL Server must not notice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType

from integrations.errors import IntegrationError
from integrations.sqlserver.errors import SYSTEM

PACKAGES = "unixodbc, and tdsodbc (FreeTDS) or Microsoft's msodbcsql18"
_MICROSOFT = re.compile(r"ODBC Driver (\d+) for SQL Server|libmsodbcsql", re.IGNORECASE)
_FREETDS = re.compile(r"FreeTDS|libtdsodbc", re.IGNORECASE)
_FREETDS_PLACES = (
    "/usr/lib/x86_64-linux-gnu/odbc/libtdsodbc.so",
    "/usr/lib/aarch64-linux-gnu/odbc/libtdsodbc.so",
    "/usr/lib64/libtdsodbc.so.0",
)


class DriverMissing(IntegrationError):
    """This machine can't speak to SQL Server: a library or driver isn't installed."""

    world = "Nothing was sent."
    advice = f"Install {PACKAGES}, then check again."


class Make(StrEnum):
    """Whose driver it is; each has its own way with certificates and connection strings."""

    MICROSOFT = "microsoft"
    FREETDS = "freetds"


@dataclass(frozen=True)
class Driver:
    """An ODBC driver of this machine: its registered name or the path of its library."""

    name: str
    make: Make


def load() -> ModuleType:
    """Pyodbc, imported now.

    Raises:
        DriverMissing: It or unixODBC isn't installed; the text names the package.
    """
    try:
        pyodbc = import_module("pyodbc")
    except ImportError:
        raise DriverMissing(SYSTEM, "pyodbc can't be loaded because unixODBC is not installed") from None
    vars(pyodbc)["pooling"] = False  # a pooled connection would outlive its close, and with it SINGLE_USER
    return pyodbc


def find_driver(wanted: str = "") -> Driver:
    """The driver of that name or path; without one, the newest of Microsoft's, else FreeTDS.

    Raises:
        DriverMissing: There is none; the text names the package.
    """
    names: Sequence[str] = load().drivers()
    if wanted:
        if wanted not in names and not Path(wanted).is_file():
            raise DriverMissing(SYSTEM, f"the ODBC driver {wanted!r} is not installed")
        return _of(wanted)
    offered = [*sorted((n for n in names if _MICROSOFT.search(n)), key=_version, reverse=True)]
    offered += [n for n in names if _FREETDS.search(n)] + [p for p in _FREETDS_PLACES if Path(p).is_file()]
    if not offered:
        raise DriverMissing(SYSTEM, "no ODBC driver for SQL Server is installed")
    return _of(offered[0])


def _version(name: str) -> int:
    found = _MICROSOFT.search(name)
    return int(found.group(1)) if found and found.group(1) else 0


def _of(name: str) -> Driver:
    if _MICROSOFT.search(name):
        return Driver(name, Make.MICROSOFT)
    if _FREETDS.search(name):
        return Driver(name, Make.FREETDS)
    raise DriverMissing(SYSTEM, f"{name!r} is no ODBC driver for SQL Server that is known here")
