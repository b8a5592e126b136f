"""`preview`, `attest`, `skip`, `retry`, `reconcile`: what people do about one stage, in words."""

from collections.abc import Callable

from commands.desk import Desk, Reply, open_book
from commands.router import Asked
from rollback.book import Book
from rollback.operations import stages
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Stage

Work = Callable[[Unit, Book, Stage, Presser], str]
NO = frozenset({"no", "failed"})


def on_stage(desk: Desk, asked: Asked, name: str, work: Work) -> Reply:
    """One operation on the stage called `name` of the rollback that the channel means."""
    rollback_id = desk.current(asked.press.channel)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        book = open_book(unit, rollback_id)
        return work(unit, book, stages.find(book, name), who)

    return desk.do(asked.press, unit_of_work, rollback_id)


def named(asked: Asked, usage: str) -> str:
    """The stage that a command names, or a refusal that shows the usage."""
    if not asked.words:
        raise Refusal(f"Name the stage: `/rollback {usage}`. Nothing was changed.")
    return asked.words[0]


def preview(desk: Desk, asked: Asked) -> Reply:
    """`preview STAGE`: look at its systems again and draw its card anew."""
    name = named(asked, "preview STAGE")
    return on_stage(desk, asked, name, stages.check_again)


def retry(desk: Desk, asked: Asked) -> Reply:
    """`retry STAGE`: try a failed stage again."""
    return on_stage(desk, asked, named(asked, "retry STAGE"), stages.retry)


def skip(desk: Desk, asked: Asked) -> Reply:
    """`skip STAGE REASON`: ask to leave a stage out."""
    name, why = named(asked, "skip STAGE REASON"), asked.rest(1)
    return on_stage(desk, asked, name, lambda unit, book, stage, who: stages.skip(unit, book, stage, who, why))


def attest(desk: Desk, asked: Asked) -> Reply:
    """`attest STAGE EVIDENCE`, or `attest STAGE:CHECK [no] [FIELD=VALUE; …]` for one of the people's checks."""
    name = named(asked, "attest STAGE EVIDENCE` or `/rollback attest STAGE:CHECK [no] [FIELD=VALUE; …]")
    if ":" in name:
        stage_name, check = name.split(":", 1)
        passed = len(asked.words) < 2 or asked.words[1].lower() not in NO
        evidence = fields(asked.rest(1))

        def answer(unit: Unit, book: Book, stage: Stage, who: Presser) -> str:
            return stages.answer(unit, book, stage, check, who, passed=passed, evidence=evidence)

        return on_stage(desk, asked, stage_name, answer)
    evidence_text = asked.rest(1)

    def attested(unit: Unit, book: Book, stage: Stage, who: Presser) -> str:
        return stages.attest(unit, book, stage, who, evidence_text, frozenset())

    return on_stage(desk, asked, name, attested)


def reconcile(desk: Desk, asked: Asked) -> Reply:
    """`reconcile STAGE happened|not-happened|look EVIDENCE`: say what became of a change of unknown outcome."""
    usage = "reconcile STAGE happened|not-happened|look WHAT-YOU-SAW"
    name = named(asked, usage)
    what, seen = (asked.words[1].lower() if len(asked.words) > 1 else ""), asked.rest(2)
    works: dict[str, Work] = {
        "happened": lambda unit, book, stage, who: stages.it_happened(unit, book, stage, who, seen),
        "not-happened": lambda unit, book, stage, who: stages.it_did_not_happen(unit, book, stage, who, seen),
        "look": stages.look_again,
    }
    if what not in works:
        raise Refusal(f"`/rollback {usage}`. Nothing was changed.")
    return on_stage(desk, asked, name, works[what])


def fields(text: str) -> dict[str, str]:
    """Evidence typed as ``name=value; name=value``; a text without ``=`` is kept under ``note``."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if equals:
            found[key.strip().split()[-1] if key.strip() else "note"] = value.strip()
        elif part.strip() and part.strip().lower() not in NO | {"yes", "passed"}:
            found["note"] = part.strip()
    return found
