"""The start dialog: less than a minute to fill in, because everything but the reason is filled in beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.blocks.actions import ActionId, DialogId, Field
from commands.blocks.forms import Option, menu, moment, text_input, view, whole_number
from commands.blocks.message import Block, section
from rollback.untrusted import Untrusted

ORDERS = (
    Option("prepare-first", Untrusted("Prepare first, then close the door")),
    Option("close-first", Untrusted("Close the door first: the service does harm now")),
)
OPENINGS = (
    Option("enough-nodes", Untrusted("Open on enough nodes for all devices")),
    Option("first-node", Untrusted("Open on the first node alone")),
)
RESTARTS = (
    Option("ask", Untrusted("Ask while preparing")),
    Option("verify-only", Untrusted("Verify only, restart nothing")),
    Option("restart", Untrusted("Restart it after the restore")),
)


@dataclass(frozen=True, slots=True)
class StartOffer:
    """What the start dialog offers and sets beforehand; what is left unchanged makes nobody an influencer.

    Attributes:
        estates: The estates that can be rolled back.
        estate: Value of the one that the rest is about.
        practice: Whether that is a practice estate; it decides between DRILL and REAL, nobody picks that.
        runbooks: The runbooks.
        runbook: Value of the one that is set.
        nodes: Names of the nodes in order.
        opening, restart: As the settings have them.
        from_version, to_version: As the settings have them.
        devices: Row count of the last check, else of the settings.
        upgraded_at: When the upgrade started, if the settings say so.
        changed_before: The last change of version or patch before it, likewise.
        stakeholders: Slack id of the stakeholders' channel, or empty.
    """

    estates: Sequence[Option]
    estate: str
    practice: bool
    runbooks: Sequence[Option]
    runbook: str
    nodes: Sequence[str]
    opening: str
    restart: str
    from_version: str
    to_version: str
    devices: int
    upgraded_at: datetime | None = None
    changed_before: datetime | None = None
    stakeholders: str = ""


def start(offer: StartOffer, dialog_id: str) -> Block:
    """The start dialog; another estate sends `ActionId.PICK_ESTATE` at once, and the view is drawn again."""
    blocks = [
        section(_told(offer)),
        menu(Field.ESTATE, "Estate", offer.estates, initial=offer.estate, at_once=ActionId.PICK_ESTATE),
        text_input(Field.REASON, "Reason, in one sentence", hint="No names of users.", length=(3, 300)),
        menu(Field.RUNBOOK, "Runbook", offer.runbooks, initial=offer.runbook),
        menu(Field.ORDER, "Order", ORDERS, initial="prepare-first"),
        menu(Field.OPENING, "Opening", OPENINGS, initial=offer.opening),
        menu(Field.FIRST, "Node that is started first", _nodes(offer), initial=offer.nodes[0]),
        text_input(Field.FROM_VERSION, "From version", initial=offer.from_version, length=(1, 20)),
        text_input(Field.TO_VERSION, "To version", initial=offer.to_version, length=(1, 20)),
        moment(Field.UPGRADED_AT, "Upgrade started at", hint=LATER, initial=_seconds(offer.upgraded_at)),
        moment(Field.CHANGED_BEFORE, "Last change before it", hint=LATER, initial=_seconds(offer.changed_before)),
        whole_number(Field.DEVICES, "Devices", initial=offer.devices),
        menu(Field.RESTART, "Restart of SQL Server", RESTARTS, initial=offer.restart),
        text_input(Field.CHANGE_NUMBER, "Number of the change", optional=True, length=(0, 60)),
        text_input(Field.INCIDENT_NUMBER, "Number of the incident", optional=True, length=(0, 60)),
        text_input(Field.CASE_NUMBER, "Number of the vendor's case", optional=True, length=(0, 60)),
        moment(Field.DROP_DEAD, "Drop-dead time", hint="By when it must be decided to be up in time."),
    ]
    return view(DialogId.START, dialog_id, "Start a rollback", blocks, submit="Start")


LATER = "Of version or patch; may stay empty until the preparations end."


def _told(offer: StartOffer) -> str:
    where = f"Updates go to <#{offer.stakeholders}>. " if offer.stakeholders.isalnum() else ""
    mode = "This estate is for practice: it is always a DRILL." if offer.practice else "*This is the real estate.*"
    return f"{mode} {where}Nothing is changed before others have agreed on a card."


def _nodes(offer: StartOffer) -> list[Option]:
    return [Option(name, Untrusted(name)) for name in offer.nodes]


def _seconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp())
