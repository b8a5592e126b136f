"""`/rollback report`: has the report written to disk; the channel gets its place and hash."""

from commands.desk import Desk, Reply, open_book
from commands.router import Asked
from rollback.operations import reports
from rollback.operations.refusal import Presser
from storage.database import Unit


def report(desk: Desk, asked: Asked) -> Reply:
    """`report`: ask for the report of the open rollback, or of the newest one."""
    rollback_id = desk.latest(asked.press.channel)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        return reports.ask(unit, open_book(unit, rollback_id), who)

    return desk.do(asked.press, unit_of_work, rollback_id)
