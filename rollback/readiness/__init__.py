"""Readiness: whether each system of an estate is reachable, is who it was, lets us do what is needed, and is prepared.

Rooms: `lanes` (a check: side by side, bounded) · `place` (what it reads, the pages it fills) · `rows` (what it comes
to) · `judging`, `advice`, `licences` (pure) · `netscaler`, `vsphere`, `sqlserver`, `veeam`, `pairs`, `xenmobile` (one
system's page each). What stage `prepare` and its followers would find is found by the previews of their own actions.
"""

from rollback.readiness.lanes import LIMIT, Fill, inspect
from rollback.readiness.place import Known, Page, Place
from rollback.readiness.rows import EXIT, Outlook, Report, Row, against

__all__ = ["EXIT", "LIMIT", "Fill", "Known", "Outlook", "Page", "Place", "Report", "Row", "against", "inspect"]
