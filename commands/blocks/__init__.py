"""What people see: pure functions from a `Situation` to what Slack shows. Nothing here reads a row or decides.

Rooms: `message` (text, blocks, escaping, limits), `actions` (ids); `board`, `gate_card` with `gate_parts` and
`reading` (the card that must be read to its end), `stage_card`, `headline`, `sayings` (one sentence a kind), `dialogs`
and `forms` (Slack views), `entered` (what was filled in), `help`.
"""

from commands.blocks.actions import ActionId, DialogId, Field
from commands.blocks.message import Buttons, Rendered

__all__ = ["ActionId", "Buttons", "DialogId", "Field", "Rendered"]
