"""What the ODBC driver needs to check a server's certificate: files written, and variables set once at the start."""

import os

from bot.connecting import sql_address
from bot.settings import Settings
from integrations.sqlserver.address import trust
from integrations.sqlserver.odbc import find_driver
from storage.words import Mode, SystemName


def trust_databases(settings: Settings) -> None:
    """Set the driver's variables for every estate whose SQL Server isn't off; before the driver is loaded.

    Raises:
        DriverMissing: A real estate wants SQL Server and there is no driver: the message names the package.
    """
    folder = settings.database.parent / "odbc"
    for one in settings.estates:
        if one.estate.mode(SystemName.SQLSERVER) is Mode.OFF:
            continue
        driver = find_driver(one.estate.sqlserver.driver)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ.update(trust(driver, sql_address(one), folder))
