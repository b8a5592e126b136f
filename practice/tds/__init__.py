"""A SQL Server that speaks TDS 7.4 over the pretend world, for ODBC drivers that don't know the difference.

Rooms: `server` (port and threads) · `conversation` (one connection) · `wire`, `requests`, `tokens`, `replies` (bytes) ·
`lexer`, `commands`, `engine` (which statement is what) · `streams` (BACKUP and RESTORE as they run) · `select`,
`functions`, `views` (reads, evaluated by SQLite over the world) · `scene`, `visitors`, `switches` (what a statement
sees).
"""

from practice.tds.server import TdsServer
from practice.tds.switches import Switches

__all__ = ["Switches", "TdsServer"]
