"""How the door's changes are made: goals, so safe to repeat; nothing is believed until the state is read."""

from datetime import timedelta

from integrations.errors import NotFound
from integrations.netscaler import NetScaler, VServerKind
from integrations.netscaler.values import OUT_OF_SERVICE
from rollback.actions.action import (
    AlreadySo,
    Change,
    Done,
    Failed,
    Given,
    GuardFailed,
    Json,
    Look,
    NotDone,
    Outcome,
    Unknown,
    Watch,
)
from rollback.systems import Systems
from storage.words import Repeat

ENABLED = frozenset({"UP", "DOWN", "BUSY"})  # NITRO `curstate`: any other word proves neither
STEP, TRIES = 0.5, 20  # seconds between two readings of a state, and how many


class Goal:
    """What the effects on the NetScaler have in common."""

    settle, repeat, dies_with_us = timedelta(seconds=5), Repeat.SAFE, False

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Nothing on the NetScaler lasts: it is looked at instead."""
        look = self.look(change, systems, given, None, ref)
        return look if isinstance(look, Done) else Failed(f"{change.target}: not seen to be so")

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Read the state."""
        raise NotImplementedError

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Ask for it, then read until it is seen; what is not seen in time is asked about, never assumed."""
        self.send(change, systems.get(NetScaler))
        for _ in range(TRIES):
            look = self.look(change, systems, given, before, None)
            if isinstance(look, Done):
                return Done(look.text, ours=True)
            watch.wait(STEP)
        return Failed(f"{change.target}: asked for, and not seen after {TRIES * STEP:.0f} s", may_have_happened=True)

    def send(self, change: Change, netscaler: NetScaler) -> None:
        """Ask the appliance, once."""
        raise NotImplementedError


class VServerEffect(Goal):
    """A vServer is disabled, or enabled again."""

    def __init__(self, *, enable: bool) -> None:
        """For one direction."""
        self._enable = enable

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Note its state; only the primary may be written to."""
        netscaler = systems.get(NetScaler)
        if not netscaler.high_availability().primary:
            raise GuardFailed("the NetScaler that is addressed is not the primary any more")
        state = netscaler.vserver(VServerKind(change.detail["kind"]), change.target).curstate
        if self._reached(state):
            raise AlreadySo(f"{change.target} is {state} already")
        return {"curstate": state}

    def send(self, change: Change, netscaler: NetScaler) -> None:
        """NITRO ``?action=enable`` or ``disable``: fire and forget on the appliance's side."""
        kind = VServerKind(change.detail["kind"])
        (netscaler.enable_vserver if self._enable else netscaler.disable_vserver)(kind, change.target)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Its `curstate`: DOWN is no proof of being disabled, and being enabled needs no healthy member."""
        try:
            state = systems.get(NetScaler).vserver(VServerKind(change.detail["kind"]), change.target).curstate
        except NotFound:
            return Unknown(f"{change.target} is not on the NetScaler any more; find out who removed it")
        if self._reached(state):
            return Done(f"{change.target} is {state}", ours=False)
        return NotDone(f"{change.target} is {state}")

    def _reached(self, state: str) -> bool:
        return state.upper() in (ENABLED if self._enable else OUT_OF_SERVICE)


class MemberEffect(Goal):
    """A node's member of a service group is taken out gracefully, or taken in again."""

    def __init__(self, *, enable: bool) -> None:
        """For one direction."""
        self._enable = enable

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Note its state."""
        netscaler = systems.get(NetScaler)
        if not netscaler.high_availability().primary:
            raise GuardFailed("the NetScaler that is addressed is not the primary any more")
        enabled = self._enabled(change, netscaler)
        if enabled == self._enable:
            raise AlreadySo(f"{change.target} is {'in' if enabled else 'out'} already")
        return {"enabled": enabled}

    def send(self, change: Change, netscaler: NetScaler) -> None:
        """NITRO ``servicegroup?action=``, for one server and port."""
        group, server, port = change.detail["group"], change.detail["server"], int(change.detail["port"])
        if self._enable:
            netscaler.enable_member(group, server, port)
        else:
            netscaler.disable_member(group, server, port, graceful=True)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """The administrator's switch of the member."""
        enabled = self._enabled(change, systems.get(NetScaler))
        if enabled == self._enable:
            return Done(f"{change.target} is {'in' if enabled else 'out'}", ours=False)
        return NotDone(f"{change.target} is {'in' if enabled else 'out'}")

    def _enabled(self, change: Change, netscaler: NetScaler) -> bool:
        for member in netscaler.members(change.detail["group"]):
            if member.server == change.detail["server"] and member.port == int(change.detail["port"]):
                return member.enabled
        raise NotFound("netscaler", f"{change.target} is not a member on the NetScaler")


class SaveEffect(Goal):
    """The running configuration is saved; a save of the same configuration again changes nothing."""

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """When it was saved last, and whether anything was unsaved."""
        if not systems.get(NetScaler).high_availability().primary:
            raise GuardFailed("the NetScaler that is addressed is not the primary any more")
        configuration = systems.get(NetScaler).configuration()
        return {"saved": configuration.saved, "unsaved": configuration.unsaved}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """NITRO ``nsconfig?action=save``: its answer is the only proof on releases that tell nothing else."""
        systems.get(NetScaler).save_configuration()
        return Done("the running configuration is saved")

    def send(self, change: Change, netscaler: NetScaler) -> None:
        """Save."""
        netscaler.save_configuration()

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Saved, if something was unsaved and nothing is now, or at another time than before; it may be repeated."""
        configuration, was = systems.get(NetScaler).configuration(), before or {}
        if configuration.unsaved is False and (was.get("unsaved") or was.get("saved") != configuration.saved):
            return Done("nothing is unsaved", ours=False)
        return NotDone("the configuration is not known to be saved")
