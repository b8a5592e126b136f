"""Every action by its word and every effect by its kind: what the runbooks may name, and what the journal may hold."""

from rollback.actions.action import Catalogue
from rollback.actions.probes import read_round
from rollback.actions.traffic.closing import CloseTheDoor
from rollback.actions.traffic.effects import MemberEffect, SaveEffect, VServerEffect
from rollback.actions.traffic.opening import OpenTheDoor


def catalogue() -> Catalogue:
    """The table, made anew at each call; nothing in it holds a connection."""
    return Catalogue(
        actions={
            "vservers-disable": CloseTheDoor(),
            "vservers-enable": OpenTheDoor(),
        },
        effects={
            "vserver-disable": VServerEffect(enable=False),
            "vserver-enable": VServerEffect(enable=True),
            "member-disable": MemberEffect(enable=False),
            "member-enable": MemberEffect(enable=True),
            "netscaler-save": SaveEffect(),
        },
        probes=read_round,
    )
