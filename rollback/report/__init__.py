"""The report of a rollback, at any time: Markdown, one HTML page, JSON, and a picture of its time.

Rooms: `model` and `values` (the report as data), `gathering` (from rows and the audit chain to the data), `showing`
(from the data to each way of showing it), `documents` (all of them, as files are made of them).

It holds names of the people who carried the rollback out and never those of device users: only counts are known to it.
"""

from rollback.report.documents import Document, report
from rollback.report.gathering.whole import gather
from rollback.report.model import Report

__all__ = ["Document", "Report", "gather", "report"]
