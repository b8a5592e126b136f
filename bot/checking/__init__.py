"""Checking readiness from the program: by hand, in Slack, and by itself.

Rooms: `libraries` (what is not installed) · `host` and `slack` (pages of our own) · `places` (an estate out of settings
and rows) · `checker` (carries out what was asked for, and what is due).
"""
