"""Carrying out one change: guards, intent on disk, the act, its outcome; and finding out when that is not known."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from integrations.errors import IntegrationError
from rollback import journal, recovery
from rollback.actions.action import AlreadySo, Change, Done, Effect, Failed, Given, GuardFailed, Outcome, Unknown
from rollback.journal import Held
from rollback.systems import Systems
from rollback.worker.bench import AFTER_AN_ERROR, Bench
from rollback.worker.given import change_of
from storage.models import ChangeRow
from storage.words import ChangeState

MOST_ACTS = 4  # times that even a safe effect acts before a person is asked
NOT_SEEN = "{}: asked for {} times and never seen to be so. Look at it there, then say here whether it happened."
PROGRESS_EVERY = 2.0  # seconds between two progress rows of one change


class Stopping(Exception):
    """The bot stops: what doesn't live on our connection is left under way and taken up after the restart."""


@dataclass
class Watching:
    """What an effect tells while it lasts; see `rollback.actions.action.Watch`."""

    bench: Bench
    change_id: int
    dies_with_us: bool
    _shown: float = float("-inf")

    def ref(self, ref: Any) -> None:  # noqa: ANN401 - JSON
        """Commit what finds the effect again."""
        self.bench.database.run(lambda unit: journal.refer(unit, self.change_id, ref))

    def progress(self, percent: int | None, text: str = "") -> None:
        """Show how far it is, every two seconds at most; the end is always shown."""
        now = self.bench.clock.monotonic()
        if now - self._shown < PROGRESS_EVERY and percent != 100:
            return
        self._shown = now
        self.bench.database.run(lambda unit: journal.progress(unit, self.change_id, percent, text))

    def wait(self, seconds: float) -> None:
        """Let time pass; a stop ends the wait of what lives on without us."""
        if self.dies_with_us:
            self.bench.clock.wait(seconds)
        elif self.bench.clock.wait(seconds, self.bench.stopping):
            raise Stopping(Stopping.__doc__)


@dataclass(frozen=True)
class Carrier:
    """Carries out the changes of one running stage; one object a stage's run, used by its small pool."""

    bench: Bench
    systems: Systems
    given: Given

    def take_up(self, row: ChangeRow) -> None:
        """Bring one open change as far as it goes now: begin it, or find out about it. A hold leaves it as it is.

        Raises:
            Stopping: The bot stops.
        """
        assert row.id is not None  # noqa: S101 - read from the database
        effect, change = self.bench.catalogue.effects[row.kind], change_of(row)
        with suppress(Held):
            if row.state == ChangeState.PLANNED:
                if self._obstacle(row.id) is None:
                    self._begin(row.id, effect, change)
            elif row.look_at is None or row.look_at <= self.bench.clock.now():
                self._find_out(row, effect, change)

    def _begin(self, change_id: int, effect: Effect, change: Change) -> None:
        if self.bench.stopping.is_set():
            raise Stopping(Stopping.__doc__)
        try:
            before = effect.before(change, self.systems, self.given)
        except AlreadySo as already:
            self._end(change_id, Done(str(already), ours=False))
            return
        except (GuardFailed, IntegrationError) as refused:
            self._end(change_id, Failed(f"It was not begun: {refused}"))
            return
        self.bench.database.run(lambda unit: journal.intend(unit, change_id, before))
        watch = Watching(self.bench, change_id, effect.dies_with_us)
        self._stay_with(change_id, lambda: effect.act(change, self.systems, self.given, before, watch))

    def _stay_with(self, change_id: int, run: Callable[[], Outcome], *, following: bool = False) -> None:
        """Act, or stay with what is under way; while following, an error says nothing about how it ended."""
        self.bench.crossing("before act")
        try:
            outcome = run()
        except IntegrationError as error:
            self.bench.crossing("after act")
            if error.may_have_happened or following:
                self._look_later(change_id, AFTER_AN_ERROR if following else timedelta(0), not_done=False)
                return
            outcome = Failed(str(error))
        self.bench.crossing("after act")
        if isinstance(outcome, Failed) and outcome.may_have_happened:
            self._look_later(change_id, timedelta(0), not_done=False)
            return
        self._end(change_id, outcome)

    def _find_out(self, row: ChangeRow, effect: Effect, change: Change) -> None:
        assert row.id is not None  # noqa: S101 - read from the database
        change_id = row.id
        try:
            look = effect.look(change, self.systems, self.given, row.before, row.ref)
        except IntegrationError:
            self._look_later(change_id, AFTER_AN_ERROR, not_done=False)
            return
        settle = min(effect.settle, self.given.estate.timings.shown_within)
        step = recovery.next_step(look, effect.repeat, settle, row.not_done_seen, self.bench.clock.now())
        match step:
            case recovery.Believe(done):
                self._end(change_id, done)
            case recovery.Follow(ref):
                self.bench.database.run(lambda unit: journal.refer(unit, change_id, ref))
                watch = Watching(self.bench, change_id, effect.dies_with_us)
                self._stay_with(
                    change_id, lambda: effect.follow(change, self.systems, self.given, ref, watch), following=True
                )
            case recovery.ActAgain() if row.state == ChangeState.UNKNOWN:
                self._end(change_id, Unknown("It was looked for again and not seen; it is never repeated by itself."))
            case recovery.ActAgain() if row.acts < MOST_ACTS:
                self._act_again(row, effect, change, settle)
            case recovery.ActAgain():
                self._end(change_id, Unknown(NOT_SEEN.format(change.target, row.acts)))
            case recovery.LookAgain(at, not_done):
                self.bench.database.run(lambda unit: journal.look_later(unit, change_id, at, not_done=not_done))
            case recovery.AskAPerson(text):
                self._end(change_id, Unknown(text))

    def _act_again(self, row: ChangeRow, effect: Effect, change: Change, settle: timedelta) -> None:
        """Act once more on what was looked for and not done, unless nothing may begin now."""
        assert row.id is not None  # noqa: S101 - read from the database
        change_id = row.id
        match self._obstacle(change_id):
            case None:
                self._begin(change_id, effect, change)
            case journal.Obstacle.HELD:
                self._look_later(change_id, AFTER_AN_ERROR, not_done=False)
            case journal.Obstacle.OVERRULED:
                text = "It was taken back toward safety since, so it is not made again without new votes."
                self._end(change_id, Failed(text))
            case journal.Obstacle.ANOTHER_FAILED if row.not_done_seen == 0:  # acting would be harmless, believing isn't
                self._look_later(change_id, settle, not_done=True)
            case journal.Obstacle.ANOTHER_FAILED:
                text = "It was not done, and it is not tried again: another change of the stage failed."
                self._end(change_id, Failed(text))

    def _obstacle(self, change_id: int) -> journal.Obstacle | None:
        with self.bench.database.read() as session:
            return journal.obstacle(session, change_id)

    def _look_later(self, change_id: int, after: timedelta, *, not_done: bool) -> None:
        at = self.bench.clock.now() + after
        self.bench.database.run(lambda unit: journal.look_later(unit, change_id, at, not_done=not_done))

    def _end(self, change_id: int, outcome: Outcome) -> None:
        state, facts = _as_row(outcome)
        self.bench.database.run(lambda unit: journal.end(unit, change_id, state, facts))


def _as_row(outcome: Outcome) -> tuple[ChangeState, dict[str, Any]]:
    match outcome:
        case Done(text=text, ours=ours, facts=facts):
            return ChangeState.DONE, {"text": text, "ours": ours, **facts}
        case Failed(text=text, facts=facts):
            return ChangeState.FAILED, {"text": text, **facts}
        case Unknown(text=text, facts=facts):
            return ChangeState.UNKNOWN, {"text": text, **facts}
