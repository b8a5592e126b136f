"""While people play in the page: the bot is killed when they wish it, started again, and the team plays on for them."""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from bot.demo.leaving import write_channel
from bot.demo.playing import Demo
from practice.page import Wish
from practice.page.hearing import Hearing
from practice.people import judging
from practice.people.autopilot import Stuck
from practice.people.cards import Card
from practice.people.console import WorldGone, WorldRefuses
from practice.people.screens import NotServed
from practice.workspace.client import WorkspaceGone
from practice.workspace.inputs import CannotDoThat

WAIT: Final = 1.0
"""Seconds between two looks whether the bot still runs."""
TROUBLES: Final = (Stuck, NotServed, TimeoutError, CannotDoThat, WorkspaceGone, WorldGone, WorldRefuses)
"""What ends the team's playing, and is told; people go on by themselves."""


@dataclass
class Attending:
    """Whoever attends a demonstration that people play.

    Attributes:
        demo: The demonstration, with its bot started.
        say: Tells whoever sits at the terminal one sentence.
    """

    demo: Demo
    say: Callable[[str], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _team: threading.Thread | None = None

    def attend(self, until: Callable[[], bool] = lambda: False) -> None:
        """Fulfil wishes until `until` says so or an interrupt comes; the team stops playing then.

        Raises:
            PageGone: The practice workspace has ended.
            ProcessEnded: The bot could not be started again.
            NotReady: The bot did not connect in time.
        """
        fulfil: Mapping[Wish, Callable[[], None]] = {
            Wish.KILL_BOT: self._kill,
            Wish.PLAY: self._play,
            Wish.PAUSE: self._pause,
        }
        try:
            with Hearing(self.demo.described["slack"]["control_url"]) as hearing:
                while not until():
                    for wish in hearing.wishes(WAIT, playing=self.playing):
                        fulfil[wish]()
                    self._start_again()
        finally:
            self._pause()
            with suppress(WorkspaceGone):  # then nothing is left that could be written down
                write_channel(self.demo.pilot.cards(), self.demo.folder)

    @property
    def playing(self) -> bool:
        """Whether the team plays by itself."""
        return self._team is not None and self._team.is_alive()

    def _kill(self) -> None:
        """End the bot as a power cut would, and start it again."""
        self.demo.kill_bot()
        self.say("the bot was killed; it is started again")
        self.demo.start_bot()
        self.say("the bot is back, and goes on where its rows are")

    def _start_again(self) -> None:
        """Start a bot that has ended by itself, as a service manager would."""
        if not self.demo.bot_pid:
            self.say(f"the bot has ended by itself; it is started again (log: {self.demo.folder / 'logs' / 'bot.log'})")
            self.demo.start_bot()

    def _play(self) -> None:
        """Let the team play on from here, in a thread of its own so that other wishes are heard.

        It stops where another gate asks for the rollback's number: crossing a line is left to whoever practises, unless
        they let the team play on there once more.
        """
        if self.playing:
            return
        self._stop.clear()
        self._team = threading.Thread(target=self._played, name="team")
        self._team.start()
        self.say("the team plays on by itself")

    def _played(self) -> None:
        try:
            if not any(card.number for card in self.demo.pilot.cards()):
                self.demo.pilot.start()
            passed = lines(self.demo.pilot.cards())
            self.demo.pilot.play(
                lambda cards: self._stop.is_set() or judging.is_over(cards) or bool(lines(cards) - passed)
            )
            self.say("the team has stopped playing")
        except TROUBLES as trouble:
            self.say(f"the team has stopped playing: {trouble}")

    def _pause(self) -> None:
        """Let the team stop; what somebody does at this moment is still done."""
        self._stop.set()
        if self._team is not None:
            self._team.join()
            self._team = None


def lines(cards: Iterable[Card]) -> set[str]:
    """The gates that ask for votes and for the rollback's number, because a line is crossed there."""
    asked = [(card.gate, card.button("Approve")) for card in cards if card.gate]
    return {gate for gate, approve in asked if approve is not None and approve.label.endswith("…")}
