"""The pretend vCenter: SOAP over the nodes of the pretend world.

Rooms: `server` the port and its faults; `soap` reading calls and writing answers; `calls` who answers which method,
in `service_calls`, `collector_calls` and `machine_calls`; `house` what they work on; `inventory` and `machine` the
managed objects; `collector` selecting and reading them; `tasks` what goes on; `sessions` who is logged in; `untyped`
pyVmomi's objects under one name.
"""

from practice.vcenter.server import VCenter

__all__ = ["VCenter"]
