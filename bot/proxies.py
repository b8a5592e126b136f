"""No proxy out of the environment: what the bot speaks to stands in its settings, and nobody else is on the way.

Python's own HTTP and Slack's SDK take proxies from variables, whoever set them. They are taken out of this process at
its start; the way to Slack may lead through a proxy that the settings name.
"""

import logging
import os

log = logging.getLogger(__name__)
_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")


def forget_proxies() -> tuple[str, ...]:
    """Take the variables out of this process; returns those that were there, by name, never by value."""
    found = tuple(name for name in os.environ if name.lower() in _VARIABLES)
    for name in found:
        del os.environ[name]
    if found:
        log.warning("not used: %s; a proxy to Slack is named in the settings (`slack.proxy`)", ", ".join(found))
    return found
