"""Stages in which people decide and the bot only reads: tests of the service, the decision to go live, clearing up.

Rooms: `service` (`verify-service`) · `live` (`go-live`) · `tidy` (`clean-up`).
"""
