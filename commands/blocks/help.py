"""The text of `/rollback help`."""

from collections.abc import Collection

from commands.blocks.message import Rendered, sections

VERBS = {
    "start": "opens the dialog that begins a rollback",
    "status": "says in a few lines where it stands; only you see it",
    "status tell|correct TEXT": "posts words of your own to the stakeholders, or a correction",
    "board": "draws the board again",
    "check [ESTATE]": "asks every system whether it is reachable, allowed and prepared; changes nothing",
    "preview STAGE": "looks at a stage's systems again and draws its card anew",
    "approve CODE [RB-n]": "approves what the card with that code shows; the number where the card asks for it",
    "deny CODE REASON": "denies it and holds the rollback",
    "attest STAGE EVIDENCE": "says that you made a stage's changes by hand",
    "attest STAGE:CHECK [no] [FIELD=VALUE; …]": "answers one of the checks that wait for people",
    "skip STAGE REASON": "asks the others to leave a stage out",
    "retry STAGE": "tries a failed stage again",
    "reconcile STAGE happened|not-happened|look WHAT-YOU-SAW": "says what became of a change of unknown outcome",
    "hold [REASON]": "lets nothing new begin; anybody who is named may press it",
    "close-door": "closes the door at once and holds; one of IC or XA is enough",
    "power-off NODE": "powers off a node that must not be on, and holds; one of IC, XA or VA is enough",
    "resume": "goes on after a hold",
    "handover @PERSON": "offers the lead to somebody else, with a card",
    "handover take|keep": "says that you have the lead, or leaves it where it is",
    "abort REASON": "asks the others to end the rollback where it stands",
    "devices": "counts who must enrol again, and says where the list lies",
    "devices decide LIST ROWS stop|repeat|leave [tell]": "decides about rows of security's list; `tell`: the user too",
    "devices decide": "opens a dialog for the same",
    "devices done LIST ROWS": "says that what security decided is done in the console",
    "devices read before|after FILE [rows=N]": "reads an export of the console from the rollback's folder `exports`",
    "devices close REASON": "says that no more devices are waited for",
    "drafts": "shows the notices, who has to review or approve them, and where they lie",
    "drafts NAME edit [en|fr|de]": "opens a notice's text; what you change is reviewed and approved anew",
    "timeline [share] [N]": "shows the last events, to you or to everybody",
    "timeline add TEXT": "puts a note on the timeline; *Add to timeline* on a message does the same",
    "report": "writes the report: a page, Markdown, JSON and a picture of the time",
    "help": "shows this",
}
"""Each verb as it is typed, and what it does."""

LAST = (
    "Nothing is changed before the people whom a card names have agreed on it. *Hold* is always safe. If the bot is "
    "away, go by the last cards: each says what a person does instead."
)


def help_text(verbs: Collection[str] | None = None) -> Rendered:
    """What can be typed.

    Args:
        verbs: The verbs that are there; None: all.
    """
    known = [(typed, does) for typed, does in VERBS.items() if verbs is None or typed.split()[0] in verbs]
    lines = [f"• `/rollback {typed}` {does}" for typed, does in known]
    first = "What you can type; most of it is on a button as well:"
    text = "\n".join([first, *(line.replace("`", "") for line in lines)])
    return Rendered(text, tuple(sections([first, *lines, LAST])))
