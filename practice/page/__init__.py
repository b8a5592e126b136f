"""The practice workspace in the browser: a page like a channel, the pretended world beside it, faults to switch on.

`Page` furnishes the workspace's server with it. Rooms: `app` (what the bot's app tells of itself), `assets` (the files
in `static`, no build step), `news` (what changed for one person, pure), `stream` (server-sent events), `wishes` (what
only the program that started all this can do, such as killing the bot), `furnishing` (puts them together).
"""

from practice.page.app import App, Shortcut, Typed
from practice.page.furnishing import Page
from practice.page.wishes import Wish

__all__ = ["App", "Page", "Shortcut", "Typed", "Wish"]
