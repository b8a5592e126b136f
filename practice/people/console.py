"""The practice world as its administrators see and change it: a client of the practice estate's control port."""

from typing import Any, Self

import httpx

Json = dict[str, Any]
SECONDS = 30.0


class WorldGone(Exception):
    """The practice estate doesn't answer.

    What was asked for may or may not have happened. See whether its process still runs.
    """


class WorldRefuses(Exception):
    """The practice world says no, with its reason; nothing was changed."""


class Console:
    """Looks at the pretended systems and does what people do at their consoles."""

    def __init__(self, control_url: str) -> None:
        """Prepare a client; `control_url` stands in ``estate.json``."""
        self._http = httpx.Client(base_url=control_url, timeout=SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connections."""
        self._http.close()

    def world(self) -> Json:
        """Nodes, vServers, members, database, backups, restores, jobs and harms, as they are now."""
        body: Json = self._ask("GET", "/world").json()
        return body

    def ledger(self) -> list[Json]:
        """Every change of the world, in order."""
        body: list[Json] = self._ask("GET", "/ledger").json()
        return body

    def truth(self) -> Json:
        """What a perfect comparison of the devices would say."""
        body: Json = self._ask("GET", "/truth").json()
        return body

    def fault(self, name: str, scope: str, **given: float) -> None:
        """Switch a fault on; see `practice.world.faults`."""
        self._ask("POST", "/fault", json={"name": name, "scope": scope, **given})

    def do(self, verb: str, **given: object) -> object:
        """Do something at a console.

        Raises:
            WorldRefuses: The world says why not.
            WorldGone: It doesn't answer.
        """
        return self._ask("POST", "/do", json={"verb": verb, **given}).json()["done"]

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - passed on to httpx
        try:
            response = self._http.request(method, path, **given)
        except httpx.TransportError as cause:
            raise WorldGone(f"{WorldGone.__doc__} ({type(cause).__name__})") from cause
        if response.is_error:
            said = response.headers.get("content-type", "").startswith("application/json")
            raise WorldRefuses(response.json()["error"] if said else f"{response.status_code}: {response.text[:200]}")
        return response
