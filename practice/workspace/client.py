"""A client of the control API, for whoever plays people in another process than the workspace."""

from typing import Any, Self

import httpx

from practice.workspace.facade import Facade
from practice.workspace.inputs import CannotDoThat
from practice.workspace.wire import Json

_SECONDS = 70.0
"""Longer than any act or waiting takes on the other side."""


class WorkspaceGone(Exception):
    """The practice workspace doesn't answer.

    What was asked for may or may not have happened. See whether its process still runs, and where it listens.
    """


class WorkspaceClient(Facade):
    """The same methods as `Workspace`, over HTTP."""

    def __init__(self, control_url: str) -> None:
        """Prepare a client; `control_url` is `Workspace.control_url`."""
        self._http = httpx.Client(base_url=control_url, timeout=_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connections."""
        self._http.close()

    def act(self, verb: str, **given: Any) -> Json:  # noqa: ANN401  each verb its own
        """Let a person do something: the verbs and arguments of `Acting`."""
        body: Json = self._ask("POST", f"/practice/act/{verb}", json=given).json()
        return body

    def switch(self, verb: str, **given: Any) -> Json:  # noqa: ANN401  each switch its own
        """Turn a switch, with the names and arguments of `Switches`; return how everything is set now."""
        body: Json = self._ask("POST", f"/practice/switch/{verb}", json=given).json()
        return body

    def read(self, what: str, **given: Any) -> Any:  # noqa: ANN401  each reading its own
        """Read something: see `Parts.read`."""
        return self._ask("GET", f"/practice/read/{what}", params=given).json()

    def file(self, file_id: str) -> bytes:
        """Return the bytes of a file."""
        return self._ask("GET", f"/practice/file/{file_id}").content

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401  passed on to httpx
        """Send one request.

        Raises:
            CannotDoThat: The workspace says why not.
            WorkspaceGone: It doesn't answer.
        """
        try:
            response = self._http.request(method, path, **given)
        except httpx.TransportError as cause:
            raise WorkspaceGone(f"{WorkspaceGone.__doc__} ({type(cause).__name__})") from cause
        if response.status_code == httpx.codes.CONFLICT:
            raise CannotDoThat(response.json()["cannot"])
        if response.is_error:
            raise CannotDoThat(f"{response.status_code}: {response.text}")
        return response
