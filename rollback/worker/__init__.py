"""Carrying out what was approved: previews, claims, changes, verifying. It acts only on what the rows say.

Rooms: `bench` (what all of it works with), `given` (what an action may know), `previews`, `claims`, `carrying`,
`verifying`, `worker` (one stage one step further), `dispatcher` (the threads).
"""
