"""The report of a rollback as Markdown, made from the rows and the audit chain; it can be made at any time.

Rooms: `telling` (the whole), `summary`, `comparison` (with the run by hand), `stages`, `asking` (rounds and votes with
what was shown), `deviations`, `notices`, `timeline` (audit entries in words), `record` (what is read of the audit),
`history` (all attempts), `people`, `markdown` (escaping, tables).

It holds names of the people who carried the rollback out and never those of device users: only counts are known to it.
"""

from rollback.report.telling import report

__all__ = ["report"]
