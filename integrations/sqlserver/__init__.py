"""SQL Server through ODBC: reads, BACKUP and RESTORE of one database. No other statement than those of `statements`.

Rooms: `client` (SqlServer: reads, and connections that act) · `acting` (guards and changes on one connection) · `reads`
(by meaning) · `statements` and `quoting` (every statement) · `connection` (one ODBC connection) · `odbc` and `address`
(drivers, trust) · `certificate` (what the server shows) · `messages`, `errors` (what the server says) · `facts`,
`parsing`, `rows` (typed answers) · `paths` (Windows paths, compared).
"""

from integrations.sqlserver.acting import ActingConnection, DatabaseLeftOpen, Ended, Source
from integrations.sqlserver.address import Address, trust
from integrations.sqlserver.certificate import shown_certificate
from integrations.sqlserver.client import SqlServer
from integrations.sqlserver.facts import (
    AgentJob,
    BackupSet,
    CheckResult,
    Clock,
    Database,
    DatabaseState,
    FileInSet,
    FileState,
    FreeSpace,
    Header,
    Identity,
    Instance,
    Member,
    Ref,
    Restored,
    Rights,
    Running,
    Service,
    Session,
    Started,
    SuspectPage,
)
from integrations.sqlserver.odbc import Driver, DriverMissing, find_driver
from integrations.sqlserver.paths import lies_under, normal, same_file
from integrations.sqlserver.quoting import Unquotable
from integrations.sqlserver.statements import VersionQuery

__all__ = [
    "ActingConnection",
    "Address",
    "AgentJob",
    "BackupSet",
    "CheckResult",
    "Clock",
    "Database",
    "DatabaseLeftOpen",
    "DatabaseState",
    "Driver",
    "DriverMissing",
    "Ended",
    "FileInSet",
    "FileState",
    "FreeSpace",
    "Header",
    "Identity",
    "Instance",
    "Member",
    "Ref",
    "Restored",
    "Rights",
    "Running",
    "Service",
    "Session",
    "Source",
    "SqlServer",
    "Started",
    "SuspectPage",
    "Unquotable",
    "VersionQuery",
    "find_driver",
    "lies_under",
    "normal",
    "same_file",
    "shown_certificate",
    "trust",
]
