"""How the workspace can be made to misbehave, and its people and channels changed, while it runs."""

from practice.workspace.acting import Acting
from practice.workspace.doors import Doors
from practice.workspace.faults import Fault, Faults, How
from practice.workspace.inputs import CannotDoThat
from practice.workspace.people import BOT_USER
from practice.workspace.rates import Rates
from practice.workspace.sockets import Sockets
from practice.workspace.state import State
from practice.workspace.wire import Json


class Switches:
    """One method a switch."""

    def __init__(
        self, state: State, faults: Faults, rates: Rates, sockets: Sockets, acting: Acting, doors: Doors
    ) -> None:
        self._state, self._faults, self._rates = state, faults, rates
        self._sockets, self._acting, self._doors = sockets, acting, doors

    def now(self) -> Json:
        """Return how everything is set."""
        return {
            "waiting": [
                {"method": f.method, "how": f.how, "error": f.error, "status": f.status, "retry_after": f.retry_after}
                for f in self._faults.waiting
            ],
            "held": self._faults.held,
            "duplicates": self._faults.duplicates,
            "event_retries": self._faults.event_retries,
            "rates": self._rates.on,
            "away": self._doors.away,
            "connections": self._sockets.connections,
        }

    async def fail_next(
        self,
        method: str,
        how: str = How.REFUSED,
        *,
        error: str = "internal_error",
        status: int = 200,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """Let the next calls of a method (`*`: of any) go wrong; see `faults.Fault`."""
        if how not in set(How):
            raise CannotDoThat(f"there is no way {how!r} of going wrong; there are: {', '.join(How)}")
        self._faults.waiting.extend([Fault(method, How(how), error, status, retry_after)] * times)

    async def hold(self, method: str) -> None:
        """Let calls of a method hang until `release`."""
        self._faults.hold(method)

    async def release(self, method: str) -> None:
        """Let the calls that hang go on."""
        self._faults.release(method)

    async def duplicate_next(self, times: int = 1) -> None:
        """Let the next envelopes arrive twice, the second time under a new envelope id."""
        self._faults.duplicates = times

    async def retry_events(self, times: int = 3) -> None:
        """Send an event that wasn't acknowledged so many times again."""
        self._faults.event_retries = times

    async def limit_rates(self, *, on: bool = True) -> None:
        """Switch Slack's rate limits on or off."""
        self._rates.on = on

    async def go_away(self, seconds: float | None = None) -> None:
        """Refuse all connections, and cut those that are open; for so long, or until `come_back`."""
        await self._doors.go_away(seconds)

    async def come_back(self) -> None:
        """Accept connections again."""
        await self._doors.come_back()

    async def refresh(self) -> None:
        """Ask the bot to reconnect, as Slack does every few hours."""
        await self._sockets.refresh()

    async def hang_up(self) -> None:
        """End all Socket Mode connections; the bot may connect again."""
        await self._sockets.close()

    async def clear(self) -> None:
        """Make everything well again; people and channels stay as they are."""
        self._faults.clear()
        self._rates.on = False
        await self._doors.come_back()

    async def change_person(
        self, user: str, *, guest: bool | None = None, deactivated: bool | None = None, team: str | None = None
    ) -> None:
        """Change somebody's account; the bot hears of it if it subscribed to `user_change`."""
        person = self._state.change_person(user, guest=guest, deactivated=deactivated, team=team)
        event = {"type": "user_change", "user": person.user(self._state.team), "event_ts": self._state.next_ts()}
        await self._acting.event(user, event)

    async def change_channel(
        self,
        channel: str,
        *,
        shared: bool | None = None,
        pending_shared: bool | None = None,
        archived: bool | None = None,
        private: bool | None = None,
        invite: str | None = None,
        remove: str | None = None,
    ) -> None:
        """Change a conversation; `invite` and `remove` take a user's id, the bot's too."""
        found = self._state.channels.get(channel)
        if found is None:
            raise CannotDoThat(f"there is no conversation {channel}")
        found.shared = found.shared if shared is None else shared
        found.pending_shared = found.pending_shared if pending_shared is None else pending_shared
        found.archived = found.archived if archived is None else archived
        found.private = found.private if private is None else private
        if invite is not None and invite not in found.members:
            found.members.append(self._state.person(invite).id)
        if remove is not None and remove in found.members:
            found.members.remove(remove)
        self._state.changed("channel", channel=channel)

    async def change_group(self, group: str, members: list[str]) -> None:
        """Set who is in a user group; a new id makes a new group."""
        self._state.groups[group] = [self._state.person(user).id for user in members if user != BOT_USER]
