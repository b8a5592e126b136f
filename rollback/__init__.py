"""The rollback itself: roles, runbook, approvals, stages, journal, worker, actions, devices, drafts, report.

It knows neither Slack nor a wire format. Rooms look down only; `docs/architecture.md` draws the floors.
"""
