"""The database: its safety backup, the restore over it, the check of what was restored, the restart of its instance.

Rooms: `backups` (which backup may be restored) · `saved` (the safety backup, as it was noted) · `wanted` (the set that
a restore reads) · `guards` (what makes a restore safe now) · `reading` (states and sessions) · `backing_up`
(`database-back-up`), `restoring` (`database-restore`), `restarting` (`sql-restart`) · `requests` (statements that live
on our connection), `backup_effect`, `restore_effect`, `checks` (how each change is made and looked for).
"""
