"""What a message of the bot is made of: text for the push, blocks for the screen, and the helpers that escape.

Three ways to put text into mrkdwn, and no fourth: `words` for our own and the runbook's sentences, `prose` for those of
systems and people, `code` for what must be read letter by letter. Each gives one line that Slack can't take for a
mention or a link.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from rollback.situation import PersonView
from rollback.untrusted import Untrusted, mark, one_line, plain

Block: TypeAlias = dict[str, Any]

SECTION_TEXT = 3_000  # Slack: characters of a section's text
MOST_BLOCKS = 48  # Slack: 50 a message; two are left for whoever adds a line
MOST_WEIGHT = 11_500  # characters of a message's blocks; Slack publishes no number, 13,000 and more were refused
BLOCK_WEIGHT = 50  # what each block is counted with
WHOLE = 1_000_000  # a limit that no sentence of ours comes near
PUSH_TEXT = 3_000  # Slack: chat.update refuses texts above 4,000

_ACTING = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_EMOJI = re.compile(r":(?=(?:[0-9_'-]*[a-z+][a-z0-9_+'-]*|100):)")  # names, and 💯; the 14 of 10:14:20 is none
_USER = re.compile(r"^[UW][A-Z0-9]{2,}$")


@dataclass(frozen=True, slots=True)
class Buttons:
    """What the buttons of one message carry; made by whoever registers the message.

    Attributes:
        installation: Id of the installation.
        nonce: Random, of this message alone.
        code: The text twin: six random characters, minted for this card.
    """

    installation: str
    nonce: str
    code: str = ""

    @property
    def value(self) -> str:
        """The `value` of each button; it means nothing without our own row."""
        return f"{self.installation}:{self.nonce}"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is sent.

    Attributes:
        text: For the push and for screens without blocks; says DRILL or REAL.
        blocks: Block Kit, within Slack's limits.
    """

    text: str
    blocks: tuple[Block, ...]


def escape(text: str) -> str:
    """The three characters that Slack gives a meaning, as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(text: str | Untrusted) -> str:
    """A sentence of ours or of the runbook: whole, on one line, escaped; its own emphasis stays."""
    return escape(one_line(text if isinstance(text, Untrusted) else Untrusted(text), WHOLE))


def prose(text: Untrusted, limit: int | None = None) -> str:
    """A sentence of a system or a person: on one line, escaped, without any effect as markup.

    Characters that would act are shown by look-alikes; what must be exact goes through `code`.

    Args:
        text: The sentence.
        limit: Characters at most; a longer text loses its middle and gets its mark. None: whole.
    """
    shown = plain(text) if limit is None else one_line(text, limit)
    return escape(_EMOJI.sub("∶", _EDGE_UNDERSCORE.sub("ˍ", shown.translate(_ACTING))))


def code(text: Untrusted) -> str:
    """A name or a change: whole and letter by letter, in Slack's code style, where nothing acts as markup.

    A backtick would end the style: it is replaced, and the mark says that the name is not quite what is shown.
    """
    shown = plain(text)
    if "`" in shown:
        shown = f"{shown.replace('`', 'ˋ')} [#{mark(text)}]"
    return f"`{escape(shown)}`"


def mention(person: PersonView) -> str:
    """A person so that Slack tells them; by name where no Slack account is known."""
    return f"<@{person.user}>" if _USER.match(person.user) else prose(person.name, 40)


def push(*parts: str) -> str:
    """The text of a push: parts joined, cut to what Slack takes; parts are already escaped."""
    text = " · ".join(part for part in parts if part)
    return text if len(text) <= PUSH_TEXT else text[: PUSH_TEXT - 1].rsplit(" ", 1)[0] + "…"


def section(text: str) -> Block:
    """A section of mrkdwn; a text too long for one loses its end. What must be whole goes through `sections`."""
    return {"type": "section", "text": _mrkdwn(text)}


def context(text: str) -> Block:
    """A line in small print; a text that is too long for one loses its end."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    shown = text if len(text) <= SECTION_TEXT else f"{_pieces(text, SECTION_TEXT - 2)[0]} …"
    return {"type": "mrkdwn", "text": shown, "verbatim": True}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def button(action: str, label: str, buttons: Buttons, style: str = "", *, confirm: str = "") -> Block:
    """A button that carries nothing but installation and nonce; with `confirm` Slack asks that before it is pressed."""
    made: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": buttons.value,
    }
    if confirm:
        made["confirm"] = {
            "title": {"type": "plain_text", "text": label},
            "text": {"type": "plain_text", "text": confirm},
            "confirm": {"type": "plain_text", "text": label},
            "deny": {"type": "plain_text", "text": "Cancel"},
        }
    return made | {"style": style} if style else made


def actions(elements: Sequence[Block]) -> list[Block]:
    """A row of buttons, or nothing."""
    return [{"type": "actions", "elements": list(elements)}] if elements else []


def sections(lines: Iterable[str]) -> list[Block]:
    """Lines packed into as few sections as they need; a line longer than a section goes on in the next one."""
    made: list[str] = []
    for line in lines:
        for piece in _pieces(line, SECTION_TEXT):
            if made and len(made[-1]) + 1 + len(piece) <= SECTION_TEXT:
                made[-1] += "\n" + piece
            else:
                made.append(piece)
    return [section(text) for text in made]


def fits(blocks: Sequence[Block]) -> bool:
    """Whether Slack takes these blocks as one message."""
    return len(blocks) <= MOST_BLOCKS and weight(blocks) <= MOST_WEIGHT


def as_fits(blocks: Sequence[Block], tail: Sequence[Block] = ()) -> tuple[Block, ...]:
    """Blocks and tail as Slack takes them: if need be the last blocks before the tail are left out, which it says.

    For what people only look at. What they approve must not be shortened: see `gate_card`.
    """
    if fits([*blocks, *tail]):
        return (*blocks, *tail)
    left_out = context("The rest is too long for one message; `/rollback report` has it.")
    kept = list(blocks)
    while kept and not fits([*kept, left_out, *tail]):
        kept.pop()
    return (*kept, left_out, *tail)


def weight(blocks: Sequence[Block]) -> int:
    """What blocks weigh: the characters of all their texts, and a surcharge for each."""
    return len(blocks) * BLOCK_WEIGHT + sum(_characters(block) for block in blocks)


def _characters(value: object) -> int:
    if isinstance(value, dict):
        return sum(
            len(item) if key == "text" and isinstance(item, str) else _characters(item) for key, item in value.items()
        )
    if isinstance(value, list):
        return sum(_characters(item) for item in value)
    return 0


def _pieces(line: str, most: int) -> list[str]:
    """A line in pieces of at most `most` characters, never cut inside an entity; a code span is opened again."""
    made: list[str] = []
    while len(line) > most:
        room = most - 2
        cut = line.rfind(" ", room // 2, room)
        cut = cut + 1 if cut >= 0 else room - _inside_entity(line[:room])
        piece, line = line[:cut], line[cut:]
        if piece.count("`") % 2:
            piece, line = piece + "`", "`" + line
        made.append(piece)
    return [*made, line]


def _inside_entity(text: str) -> int:
    """How many characters at the end of `text` belong to an entity that isn't whole."""
    start = text.rfind("&", max(0, len(text) - 5))
    return len(text) - start if start >= 0 and ";" not in text[start:] else 0
