"""Writing what people are told onto disk: lists, drafts for review, and what was approved; in a thread of its own.

Rooms: `office` (what it works with, and what is due), `seen` (what is known of a rollback), `exports` (reads device
lists that people exported), `lists` (who must enrol again), `signed` (security's list as it was signed), `texts` (new
versions of notices), `letters` (what was approved is handed out), `reports` (reports asked for), `steps` (all of it in
order).

Files are written outside a transaction, whole or not at all, and then noted in one; killed in between, the same files
are written again.
"""
