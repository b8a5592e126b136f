"""The verbs that people press, one transaction each; and the asking that follows from them.

Rooms: `refusal` (a clear no), `start`, `asking` (rounds of a gate), `gates` (votes), `stages` (answer, attest, retry,
skip, reconcile), `choices` (what people pick), `lead` (hold, resume, abort), `handover` (the lead goes to the next
one), `safety` (what one person may do at once), `drafts` (notices), `timeline` (notes of people).
Every function takes an open `Unit`; none talks to a system or to Slack.
"""
