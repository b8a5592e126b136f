"""A practice Slack workspace on loopback, against which an unmodified slack_bolt app in Socket Mode runs.

`Workspace` is the server, `WorkspaceClient` the same methods from another process. Rooms: the tables of what Slack
accepts (`rules`, `elements`, `limits`) and the walk over them (`checking`); memory (`records`, `state`, `people`); the
Web API (`gate`, `webapi`, `api`, `scopes`, `rates`, `recorder`); Socket Mode (`sockets`, `payloads`); people (`acting`,
`inputs`, `responses`, `seen`); faults (`faults`, `switches`, `doors`); the way in (`parts`, `facade`, `control`,
`showing`, `server`, `client`).
"""

from practice.workspace.client import WorkspaceClient, WorkspaceGone
from practice.workspace.facade import Facade
from practice.workspace.faults import How
from practice.workspace.inputs import CannotDoThat
from practice.workspace.seen import Seen
from practice.workspace.server import Workspace

__all__ = ["CannotDoThat", "Facade", "How", "Seen", "Workspace", "WorkspaceClient", "WorkspaceGone"]
