"""Where a SQL Server is, how its certificate is checked, and the connection string that says so to each driver.

Neither driver takes a CA in the connection string: Microsoft's asks OpenSSL (the machine's store, or SSL_CERT_FILE),
FreeTDS its configuration file (FREETDSCONF). `trust` writes what they need and names the variables; the program sets
them once at its start. Without them both refuse to connect, they never connect unchecked.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from integrations.login import Login
from integrations.sqlserver.odbc import Driver, Make

APP = "rollback-bot"
_SYSTEM_STORE = "system"
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


@dataclass(frozen=True)
class Address:
    """One SQL Server instance.

    Attributes:
        host: Host name or IP address.
        port: TCP port.
        certificate_name: The name in its certificate, if that isn't `host`; Microsoft's driver needs it for an IP
            address. FreeTDS always compares with `host`.
        ca_file: PEM file of the CA; None means the machine's own store.
    """

    host: str
    port: int = 1433
    certificate_name: str = ""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what is no host name or IPv4 address: it is written into a configuration file."""
        for name in filter(None, (self.host or "?", self.certificate_name)):
            if not _HOST.fullmatch(name):
                raise ValueError(f"{name!r} is no host name")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def section(self) -> str:
        """The name of its section in freetds.conf."""
        return f"rollback-bot-{self.host}-{self.port}"


def connection_string(driver: Driver, address: Address, login: Login) -> str:
    """What the driver is told. It holds the password: hand it to the driver and nobody else.

    Raises:
        ValueError: A value can't be told to this driver.
    """
    parts = {"DRIVER": driver.name, "DATABASE": "master", "UID": login.user, "PWD": login.password, "APP": APP}
    if driver.make is Make.MICROSOFT:
        parts |= {
            "SERVER": f"tcp:{address.host},{address.port}",
            "Encrypt": "yes",
            "TrustServerCertificate": "no",
            "ConnectRetryCount": "0",
        }
        if address.certificate_name:
            parts["HostnameInCertificate"] = address.certificate_name
    else:
        parts |= {
            "SERVERNAME": address.section,
            "TDS_Version": "7.4",
            "ClientCharset": "UTF-8",
            "Encryption": "require",
        }
    # FreeTDS takes a value to end at "};", so the last one needs its semicolon too.
    return "".join(f"{key}={_braced(key, value, driver.make)};" for key, value in parts.items())


def _braced(key: str, value: str, make: Make) -> str:
    if make is Make.MICROSOFT:
        return "{" + value.replace("}", "}}") + "}"
    if "};" in value or value.endswith("}"):
        raise ValueError(f"FreeTDS can't be told a {key} that holds '}};' or ends with '}}': take another one")
    return "{" + value + "}"


def trust(driver: Driver, address: Address, folder: Path) -> Mapping[str, str]:
    """Write what the driver needs to check this server's certificate, and name the variables to set for it.

    Call it for each address with the same folder: what was written before is kept. The files hold no secret.

    Raises:
        OSError: The folder can't be written, or the CA file can't be read.
    """
    if driver.make is Make.FREETDS:
        return {"FREETDSCONF": str(_freetds_conf(address, folder / "freetds.conf"))}
    if address.ca_file is None:
        return {}
    return {"SSL_CERT_FILE": str(_bundle(address.ca_file, folder / "trusted.pem"))}


def _freetds_conf(address: Address, file: Path) -> Path:
    head = f"[{address.section}]"
    kept = file.read_text().split("\n\n") if file.exists() else []
    section = "\n".join(
        (
            head,
            f"host = {address.host}",
            f"port = {address.port}",
            "tds version = 7.4",
            "encryption = require",
            f"ca file = {address.ca_file or _SYSTEM_STORE}",
            "check certificate hostname = yes",
        )
    )
    others = [one.strip() for one in kept if one.strip() and not one.startswith(head)]
    file.write_text("\n\n".join([*others, section]) + "\n")
    return file


def _bundle(ca_file: Path, file: Path) -> Path:
    # The variable takes the place of the machine's own file for the whole process, so what that file trusts is kept.
    store = ssl.get_default_verify_paths().openssl_cafile
    before = file if file.exists() else Path(store)
    roots = before.read_text() if before.is_file() else ""
    wanted = ca_file.read_text()
    file.write_text(roots if wanted in roots else f"{roots.rstrip()}\n{wanted}")
    return file
