"""Pretend XenMobile nodes: `servers` opens their ports, `api` speaks REST, `health` shows the health page.

The shapes of the answers are in `device_json` and `configuration_json`; `sessions` keeps tokens, `ports` reserves TCP
ports that refuse while a node is down.
"""

from practice.xenmobile.servers import PURPOSES, XenMobileServers

__all__ = ["PURPOSES", "XenMobileServers"]
