"""A card that doesn't fit into one message, read page by page in a dialog; *Approve* stands on the last page only."""

from commands.blocks.actions import ActionId, DialogId
from commands.blocks.forms import buttons_row, number_input, view
from commands.blocks.gate_card import short_digest
from commands.blocks.gate_parts import details, starts, surroundings, top, votes
from commands.blocks.message import Block, context, section, sections
from rollback.situation import GateView, Situation

PAGE = 9_000  # characters of one page; Slack takes a view of 250 kB, people read less


def read_all(s: Situation, gate_id: int, page: int, dialog_id: str) -> Block:
    """One page of everything that a round asks for, as a view.

    Args:
        s: The picture.
        gate_id: Which round.
        page: From 1; one that doesn't exist is taken for the nearest that does.
        dialog_id: Id of the stored dialog; it also keeps which pages were read and of which digest.

    Raises:
        KeyError: The rollback has no such round.
    """
    gate = s.gate(gate_id)
    paged = _pages(s, gate)
    at = min(max(page, 1), len(paged))
    last = at == len(paged)
    blocks = [context(f"page {at} of {len(paged)} · digest {short_digest(gate.digest)}"), *paged[at - 1]]
    approve = last and gate.open and gate.approvable
    if approve and gate.typed:
        blocks.append(number_input())
    turns = [(ActionId.PAGE_BEFORE, "Page before")] if at > 1 else []
    turns += [] if last else [(ActionId.NEXT_PAGE, "Next page")]
    blocks += buttons_row(turns)
    title = f"{s.mode} {s.label} {gate.name}"
    return view(DialogId.READ_ALL, dialog_id, title, blocks, submit="Approve" if approve else "")


def pages(s: Situation, gate_id: int) -> int:
    """How many pages `read_all` has for a round."""
    return len(_pages(s, s.gate(gate_id)))


def _pages(s: Situation, gate: GateView) -> list[list[Block]]:
    lines = [top(s, gate), surroundings(s, gate), *details(s, gate), *votes(s, gate), starts(s, gate)]
    made: list[list[Block]] = [[]]
    room = PAGE
    for block in sections(line for line in lines if line):
        length = len(block["text"]["text"])
        if made[-1] and length > room:
            made.append([])
            room = PAGE
        made[-1].append(section(block["text"]["text"]))
        room -= length
    return made
