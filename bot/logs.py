"""Logs: one line an event on standard error; vendors' libraries never below WARNING, they log whole payloads."""

import logging

VENDORS = ("slack_bolt", "slack_sdk", "apscheduler", "httpx", "httpcore", "sqlalchemy", "alembic", "pyVmomi", "aiohttp")


def set_up(level: str) -> None:
    """Log at `level` (``debug``, ``info`` or ``warning``)."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    for name in VENDORS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a late tick is skipped; the next one is enough
