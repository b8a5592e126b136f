"""Which libraries are not installed, by the package that brings them; asked before anything else is loaded."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

PACKAGES: Final[Mapping[str, str]] = {
    "apscheduler": "apscheduler",
    "httpx": "httpx",
    "jinja2": "jinja2",
    "pydantic": "pydantic",
    "pyodbc": "pyodbc",
    "pyVmomi": "pyvmomi",
    "ruamel.yaml": "ruamel.yaml",
    "slack_bolt": "slack-bolt",
    "slack_sdk": "slack-sdk",
    "sqlalchemy": "sqlalchemy",
    "sqlmodel": "sqlmodel",
}
"""Library to the package to install."""


def missing_libraries(wanted: Mapping[str, str] = PACKAGES) -> tuple[str, ...]:
    """One sentence for each library that is not there, with the package to install."""
    return tuple(
        f"The library {library} is missing: install the package {package} (`pip install {package}`)."
        for library, package in wanted.items()
        if not _there(library)
    )


def _there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # the package that it is part of is missing
        return False
