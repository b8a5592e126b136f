"""What the start dialog offers out of the settings, and what its answers become; see `commands.desk.Starts`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from bot.settings import EstateSettings, Settings
from commands.blocks.actions import Field
from commands.blocks.forms import Option
from commands.blocks.start_dialog import StartOffer
from rollback.operations.refusal import Refusal
from rollback.operations.start import Order
from rollback.runbook import Opening, Plan, builtin, expand
from rollback.runbook import Order as Sequence
from rollback.runbook.errors import RunbookError
from rollback.untrusted import Untrusted

RUNBOOK = "xenmobile"


class SettingsStarts:
    """Reads everything from the settings that were loaded at the start."""

    def __init__(self, settings: Settings, counted: Callable[[str], int | None] = lambda _: None) -> None:
        """Offer the estates of `settings`; `counted` tells how many devices the last check of an estate found."""
        self._settings = settings
        self._counted = counted

    def offer(self, estate: str = "") -> StartOffer:
        """What the dialog shows, for the estate of that name or the first one, real ones first."""
        ordered = sorted(self._settings.estates, key=lambda one: one.estate.practice)
        chosen = next((one for one in ordered if one.estate.name == estate), ordered[0])
        place, counted = chosen.estate, self._counted(chosen.estate.name)
        return StartOffer(
            estates=[Option(one.estate.name, Untrusted(one.estate.name)) for one in ordered],
            estate=place.name,
            practice=place.practice,
            runbooks=[Option(RUNBOOK, Untrusted(builtin(RUNBOOK).runbook.title))],
            runbook=RUNBOOK,
            nodes=[node.name for node in place.nodes],
            opening=place.opening,
            restart=place.sqlserver.restart,
            from_version=place.from_version,
            to_version=place.to_version,
            devices=place.devices if counted is None else counted,
            upgraded_at=chosen.upgrade_started_at,
            changed_before=chosen.last_change_before,
            stakeholders=self._settings.slack.stakeholders,
        )

    def order(self, answers: Mapping[str, str], channel: str) -> Order:
        """The order that a filled-in start dialog means.

        Raises:
            Refusal: An answer can't be used; the sentence says which.
        """
        try:
            chosen = self._settings.estate(answers.get(Field.ESTATE, ""))
        except KeyError:
            raise Refusal("Pick one of the estates in the dialog; nothing was changed.") from None
        estate = chosen.estate.model_copy(
            update={
                "from_version": answers.get(Field.FROM_VERSION) or chosen.estate.from_version,
                "to_version": answers.get(Field.TO_VERSION) or chosen.estate.to_version,
            }
        )
        devices = _number(answers.get(Field.DEVICES, ""), estate.devices)
        return Order(
            estate=estate,
            plan=self._plan(chosen, answers, devices),
            roster=self._settings.roster(),
            reason=answers.get(Field.REASON, ""),
            channel=channel,
            stakeholders=self._settings.slack.stakeholders,
            drill=estate.practice,
            facts={**_facts(chosen, answers), "devices": devices, "restart": answers.get(Field.RESTART, "ask")},
        )

    def _plan(self, chosen: EstateSettings, answers: Mapping[str, str], devices: int) -> Plan:
        estate = chosen.estate
        try:
            return expand(
                builtin(RUNBOOK).runbook,
                estate,
                devices,
                answers.get(Field.FIRST) or estate.nodes[0].name,
                Sequence(answers.get(Field.ORDER) or Sequence.PREPARE_FIRST),
                Opening(answers.get(Field.OPENING) or estate.opening),
            )
        except (RunbookError, ValueError) as error:
            raise Refusal(f"The runbook makes no plan of these answers: {error}") from error


def _facts(chosen: EstateSettings, answers: Mapping[str, str]) -> dict[str, str]:
    upgraded = _instant(answers.get(Field.UPGRADED_AT, ""), chosen.upgrade_started_at)
    before = _instant(answers.get(Field.CHANGED_BEFORE, ""), chosen.last_change_before)
    return {
        "from_version": answers.get(Field.FROM_VERSION) or chosen.estate.from_version,
        "to_version": answers.get(Field.TO_VERSION) or chosen.estate.to_version,
        "upgrade_started_at": upgraded,
        "last_change_before": before,
        "change_number": answers.get(Field.CHANGE_NUMBER, ""),
        "incident_number": answers.get(Field.INCIDENT_NUMBER, ""),
        "case_number": answers.get(Field.CASE_NUMBER, ""),
        "drop_dead": _instant(answers.get(Field.DROP_DEAD, ""), None),
    }


def _number(text: str, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal():
        raise Refusal("The number of devices is a whole number; nothing was changed.")
    return int(text)


def _instant(text: str, default: datetime | None) -> str:
    """An instant as Slack gives it (seconds since 1970), or the default, as ISO in UTC; empty for none."""
    if not text:
        return default.astimezone(UTC).isoformat() if default is not None else ""
    return datetime.fromtimestamp(int(text), tz=UTC).isoformat()
