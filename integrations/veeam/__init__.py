"""Veeam Backup & Replication through its REST API.

`client` holds the calls, `session` the tokens and what errors mean, `dialect` what differs between API versions,
`times` how its times are read, `reading` and `values` what comes of its answers.
"""

from integrations.veeam.client import Veeam
from integrations.veeam.times import Moment, ServerTime
from integrations.veeam.values import (
    BackupObject,
    FoundRestores,
    Job,
    LogLine,
    Outcome,
    RestorePoint,
    RestoreRequest,
    Session,
    TouchingJob,
)

__all__ = [
    "BackupObject",
    "FoundRestores",
    "Job",
    "LogLine",
    "Moment",
    "Outcome",
    "RestorePoint",
    "RestoreRequest",
    "ServerTime",
    "Session",
    "TouchingJob",
    "Veeam",
]
