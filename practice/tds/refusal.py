"""What the practice SQL Server says no with: numbered errors, the first the telling one."""


class Refusal(Exception):
    """The server answers with an error; `after` are the errors that follow it."""

    def __init__(self, number: int, text: str, *after: tuple[int, str], severity: int = 16) -> None:
        """Keep number and text as SQL Server words them."""
        super().__init__(text)
        self.number = number
        self.text = text
        self.after = after
        self.severity = severity


BACKUP_ENDS = (3013, "BACKUP DATABASE is terminating abnormally.")
RESTORE_ENDS = (3013, "RESTORE DATABASE is terminating abnormally.")
VERIFY_ENDS = (3013, "VERIFY DATABASE is terminating abnormally.")
ALTER_ENDS = (5069, "ALTER DATABASE statement failed.")
