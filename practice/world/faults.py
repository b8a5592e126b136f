"""Faults that can be switched on: what goes wrong in real life, on demand.

A fault is a name with a scope (a node, a verb) and how many times it still strikes; servers ask `strike` at the place
where the fault would happen. Names in use:

- ``lose_reply`` scope ``SYSTEM:VERB``: the change is carried out, the connection is dropped before the answer.
- ``late_result`` scope ``SYSTEM:VERB``: the change becomes visible only after `value` seconds.
- ``refuse_login`` scope ``SYSTEM``: the login is refused.
- ``end_session`` scope ``SYSTEM``: the next call finds its session ended; vSphere: ``vsphere:VERB`` too.
- ``fail`` scope ``SYSTEM:VERB``: the change fails with the vendor's own error.
- ``warn`` scope ``veeam:restore``: the restore ends well, with a benign warning.
- ``die_at`` scope ``sqlserver:restore`` or ``sqlserver:backup``: its connection dies at `value` percent.
- ``flap`` scope ``NODE`` or a version: port 80 of that node, or of nodes of that version, goes down and up every
  `value` seconds.
- ``ignore_shutdown`` scope ``NODE``: its guest does not shut down when it is asked to.
- ``silent`` scope ``SYSTEM``: connections are accepted and never answered.
- ``slow`` scope ``SYSTEM``: the answer takes `value` seconds longer.
- ``forbid`` scope ``xenmobile:VERB``: HTTP 403 with a body that is no JSON.
  Scope ``netscaler:RESOURCE``: the account may not read it.
- ``negative`` scope ``xenmobile:VERB``: HTTP 200 with status -1 inside.
- ``not_json`` scope ``xenmobile:VERB``: HTTP 200 with a page of HTML.
- ``appear``, ``vanish`` scope ``xenmobile:device/filter``: between pages a device enrols, or the first one vanishes.
- ``overlap``, ``skip`` scope ``xenmobile:device/filter``: pages begin `value` rows too early or too late.
- ``cap`` scope ``xenmobile:device/filter``: a page holds `value` rows at most.
- ``redirect`` scope ``xenmobile:getserverinfo``: the health page answers 302.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Fault:
    """One armed fault: how often it still strikes (negative: until switched off), and its number if it has one."""

    left: int = 1
    value: float = 0.0


class Faults:
    """The faults that are armed now, by name and scope.

    Attributes:
        on_change: Called after a fault was armed or disarmed, in the thread that did it.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._armed: dict[tuple[str, str], Fault] = {}
        self._lock = threading.Lock()
        self.on_change: list[Callable[[], None]] = []

    def arm(self, name: str, scope: str, *, times: int = 1, value: float = 0.0) -> None:
        """Let `name` strike `scope` the next `times` times; ``-1`` means until disarmed."""
        with self._lock:
            self._armed[name, scope] = Fault(times, value)
        self._ring()

    def disarm(self, name: str, scope: str) -> None:
        """Switch a fault off; nothing happens if it was not armed."""
        with self._lock:
            self._armed.pop((name, scope), None)
        self._ring()

    def _ring(self) -> None:
        for call in tuple(self.on_change):
            call()

    def strike(self, name: str, scope: str) -> Fault | None:
        """Use up one strike of the fault, if it is armed."""
        with self._lock:
            fault = self._armed.get((name, scope))
            if fault is None or fault.left == 0:
                return None
            if fault.left > 0:
                fault.left -= 1
            return Fault(fault.left, fault.value)

    def standing(self, name: str, scope: str) -> Fault | None:
        """The fault if it is armed, without using a strike."""
        with self._lock:
            fault = self._armed.get((name, scope))
            return None if fault is None or fault.left == 0 else Fault(fault.left, fault.value)

    def armed(self) -> dict[str, dict[str, float]]:
        """What is armed now, for the control port: ``name scope`` to strikes left and value."""
        with self._lock:
            return {f"{n} {s}": {"left": f.left, "value": f.value} for (n, s), f in self._armed.items() if f.left}
