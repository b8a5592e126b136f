"""What can be done to the NetScaler, and what its vServers show for it."""

from datetime import timedelta

from practice.world.core import Core, WorldError
from practice.world.state import Member, Node, VServer

USUAL_CONNECTIONS = 1200
HITS_A_SECOND = 40


class NetScalerVerbs(Core):
    """The changes that NITRO, or somebody in the NetScaler's console, makes; and the states that follow from them."""

    def vserver_set(self, name: str, *, enabled: bool, by: str) -> None:
        """Enable or disable a vServer; idempotent, and only a real change is written."""
        with self.acting():
            if name not in self.vservers:
                raise WorldError("not_found", f"no such vserver {name}")
            vserver = self.vservers[name]
            if vserver.enabled == enabled:
                return
            self.hits(vserver)
            vserver.enabled = enabled
            vserver.changed = self.now()
            self._write("netscaler", "enable" if enabled else "disable", name, by)
            self.later(self.durations.drain, lambda: self._drained(vserver))

    def _drained(self, vserver: VServer) -> None:
        vserver.connections = USUAL_CONNECTIONS if self.curstate(vserver) == "UP" else 0

    def member_set(
        self, group: str, server: str, port: int, *, enabled: bool, by: str, linger: float | None = None
    ) -> None:
        """Enable or disable one member of a service group.

        Args:
            group: The service group.
            server: The server's name.
            port: The member's port.
            enabled: What it shall be.
            by: The login that asks.
            linger: Seconds for which old connections go on (graceful); None cuts them at once.
        """
        with self.acting():
            member = self.member(group, server, port)
            if member.enabled == enabled:
                return
            member.enabled = enabled
            member.leaving = not enabled and linger is not None
            self._write("netscaler", "member_enable" if enabled else "member_disable", f"{group}/{server}:{port}", by)
            if member.leaving:
                self.later(linger or 0.0, lambda: setattr(member, "leaving", False))

    def member(self, group: str, server: str, port: int) -> Member:
        """One member; WorldError ``not_found`` if there is none."""
        for member in self.members:
            if (member.group, member.server, member.port) == (group, server, port):
                return member
        raise WorldError("not_found", f"no member {server} in {group}")

    def config_save(self, by: str) -> None:
        """Persist the running configuration, everybody's unsaved edits with it."""
        with self.acting():
            self.saved = self._running()
            swept = "foreign edits too" if self.foreign_unsaved else "ours"
            self.foreign_unsaved = False
            self._write("netscaler", "save", "config", by, what=swept)

    @property
    def unsaved(self) -> bool:
        """Whether a reboot of the NetScaler would undo anything."""
        return self.foreign_unsaved or self.saved != self._running()

    def _running(self) -> dict[str, bool]:
        return {v.name: v.enabled for v in self.vservers.values()} | {
            f"{m.group}/{m.server}:{m.port}": False for m in self.members if not m.enabled
        }

    def netscaler_reboot(self) -> None:
        """The NetScaler restarts: what was not saved is gone."""
        with self.acting():
            for vserver in self.vservers.values():
                vserver.enabled = self.saved.get(vserver.name, vserver.enabled)
            for member in self.members:
                member.enabled = self.saved.get(f"{member.group}/{member.server}:{member.port}", True)
                member.leaving = False
            self.foreign_unsaved = False
            self._write("world", "netscaler_reboot", self.ha_serial)

    def fail_over(self) -> None:
        """The addressed NetScaler stops being the primary (or becomes it again)."""
        with self.acting():
            self.ha_state = "Secondary" if self.ha_state == "Primary" else "Primary"
            self._write("world", "fail_over", self.ha_serial, state=self.ha_state)

    def answers(self, node: Node, port: int) -> bool:
        """Whether a node's port is good: XenMobile serves, and port 80 isn't the one that is down."""
        return node.up and (port != 80 or node.port80_up)

    def serving(self, vserver: VServer) -> list[Node]:
        """The nodes that serve behind a vServer now: up, their member enabled, their port good."""
        off = {(m.server, m.port) for m in self.members if not m.enabled}
        return [
            node
            for node in self.nodes.values()
            if self.answers(node, vserver.port) and (node.member, vserver.port) not in off
        ]

    def curstate(self, vserver: VServer) -> str:
        """NITRO's `curstate`: OUT OF SERVICE when disabled, else UP or DOWN by its members."""
        if not vserver.enabled:
            return "OUT OF SERVICE"
        return "UP" if self.serving(vserver) else "DOWN"

    def member_state(self, member: Member) -> str:
        """NITRO's `svrstate` of a member."""
        if member.leaving:
            return "GOING OUT OF SERVICE"
        if not member.enabled:
            return "OUT OF SERVICE"
        return "UP" if any(self.answers(n, member.port) for n in self._behind(member)) else "DOWN"

    def member_connections(self, member: Member) -> int:
        """Connections to one member: its share while it serves, some old ones while it is leaving."""
        shares = {"UP": USUAL_CONNECTIONS // max(1, len(self.nodes)), "GOING OUT OF SERVICE": 25}
        return shares.get(self.member_state(member), 0)

    def hits(self, vserver: VServer) -> int:
        """Hits of a vServer up to now; they rise while it is up."""
        now = self.now()
        since = now - (vserver.counted or now)
        if self.curstate(vserver) == "UP":
            vserver.hits += since // timedelta(milliseconds=1) * HITS_A_SECOND // 1000
        vserver.counted = now
        return vserver.hits

    def _behind(self, member: Member) -> list[Node]:
        return [node for node in self.nodes.values() if node.member == member.server]
