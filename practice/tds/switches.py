"""What can be set of a practice SQL Server: its version, how it reports progress, what its login may do."""

from dataclasses import dataclass, field

VIEW_SERVER_STATE = "VIEW SERVER STATE"
BACKUP_DATABASE = "BACKUP DATABASE"
DBCREATOR = "DBCREATOR"
CONTROL = "CONTROL"
READ_MSDB = "READ MSDB"
CONNECT_ANY_DATABASE = "CONNECT ANY DATABASE"
NEEDED = frozenset(
    {
        VIEW_SERVER_STATE,
        "VIEW ANY DATABASE",
        CONNECT_ANY_DATABASE,
        "SELECT ALL USER SECURABLES",
        DBCREATOR,
        BACKUP_DATABASE,
        CONTROL,
        READ_MSDB,
    }
)


@dataclass
class Switches:
    """How this SQL Server behaves.

    Attributes:
        version: Major, minor, build, revision; from 14 (2017) on it knows newer views.
        edition: As SERVERPROPERTY says it.
        ends_each_message: Whether each progress message is followed by an end (as real servers are reported to do) or
            all come with the end of the statement.
        rights: What its login may do.
        folders: Folders in which backups can be written, beside those of known backups.
        data_folders: Folders in which database files can be written, beside those of the present ones.
        starting: Whether logins are answered with 18401 while the service restarts, instead of being cut off.
    """

    version: tuple[int, int, int, int] = (15, 0, 4375, 4)
    edition: str = "Standard Edition (64-bit)"
    ends_each_message: bool = True
    rights: set[str] = field(default_factory=lambda: set(NEEDED))
    folders: set[str] = field(default_factory=lambda: {"E:\\Backup"})
    data_folders: set[str] = field(default_factory=lambda: {"D:\\Data"})
    starting: bool = False
