"""A small Bolt app, built as one builds any, and the workspace it runs against."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from practice.workspace import Workspace
from practice.workspace.people import ADMIN, INCIDENT

T = TypeVar("T")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.title()), "value": value}


CARD = [
    section("*Close the door?*"),
    {
        "type": "actions",
        "block_id": "votes",
        "elements": [
            {"type": "button", "action_id": "approve", "text": plain("Approve"), "value": "nonce", "style": "primary"},
            {"type": "button", "action_id": "why", "text": plain("Deny…"), "value": "nonce"},
            {"type": "static_select", "action_id": "node", "options": [option("xms01"), option("xms02")]},
            {"type": "overflow", "action_id": "more", "options": [option("hold"), option("abort")]},
            {
                "type": "button",
                "action_id": "hold",
                "text": plain("Hold"),
                "confirm": {
                    "title": plain("Hold?"),
                    "text": plain("Sure?"),
                    "confirm": plain("Yes"),
                    "deny": plain("No"),
                },
            },
        ],
    },
]
DIALOG = {
    "type": "modal",
    "callback_id": "deny",
    "private_metadata": "dialog-7",
    "title": plain("Deny"),
    "submit": plain("Deny"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": plain("Reason"),
            "element": {"type": "plain_text_input", "action_id": "text", "min_length": 3},
        }
    ],
}


class Clock:
    """A time that only a test moves."""

    def __init__(self) -> None:
        self.time = 1_760_000_000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Bot:
    """A small app, built as one builds any Bolt app, and what it was told."""

    workspace: Workspace
    heard: list[dict[str, Any]] = field(default_factory=list)
    ping_interval: float = 10

    def __post_init__(self) -> None:
        self.client = WebClient(token=self.workspace.bot_token, base_url=self.workspace.base_url, retry_handlers=[])
        self.app = App(client=self.client, process_before_response=True)
        self._listen()
        self.handler = SocketModeHandler(self.app, self.workspace.app_token, ping_interval=self.ping_interval)

    def _listen(self) -> None:
        app = self.app
        app.middleware(self._write_down)
        app.command("/rollback")(self._command)
        app.action("approve")(self._approve)
        app.action("why")(self._open_dialog)
        app.action("node")(self._acknowledge)
        app.action("more")(self._acknowledge)
        app.action("hold")(self._acknowledge)
        app.view("deny")(self._denied)
        app.view_closed("deny")(self._acknowledge)
        app.event("app_home_opened")(self._home)
        app.event("user_change")(self._acknowledge)
        app.message_shortcut("attest")(self._acknowledge)

    def _write_down(self, body: dict[str, Any], next: Any) -> None:  # noqa: A002  Bolt's name for it
        self.heard.append(body)
        next()

    def _acknowledge(self, ack: Any) -> None:
        ack()

    def _command(self, ack: Any, body: dict[str, Any], client: WebClient, respond: Any) -> None:
        if body["text"] == "mute":
            return
        if body["text"] == "respond":
            respond("later")
        if body["text"] == "card":
            client.chat_postMessage(channel=body["channel_id"], text="Close the door?", blocks=CARD)
        if body["text"] == "wrong":
            ack(blocks=[{"type": "nonsense"}])
            return
        ack(response_type="in_channel" if body["text"] == "loud" else "ephemeral", text=f"did {body['text']}")

    def _approve(self, ack: Any, body: dict[str, Any], client: WebClient, respond: Any) -> None:
        ack()
        client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved", blocks=[section("Approved")]
        )
        respond(f"counted for {body['user']['id']}", replace_original=False)

    def _open_dialog(self, ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=DIALOG)

    def _denied(self, ack: Any, view: dict[str, Any], client: WebClient) -> None:
        reason = view["state"]["values"]["reason"]["text"]["value"]
        if reason == "none":
            ack(response_action="errors", errors={"reason": "Say more."})
        elif reason == "strange":
            ack(response_action="errors", errors={"elsewhere": "x"})
        elif reason == "more":
            ack(response_action="update", view={**DIALOG, "title": plain("Again")})
        elif reason == "push":
            ack(response_action="push", view={**DIALOG, "title": plain("On top")})
        else:
            ack()
            client.files_upload_v2(content=f"reason\n{reason}", filename="reason.csv", channel=INCIDENT)

    def _home(self, event: dict[str, Any], client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("RB-7")]})

    def connect(self) -> None:
        """Connect, and wait until the workspace can deliver."""
        already = self.workspace.read("switches")["connections"]
        self.handler.connect()
        self.workspace.wait_for(lambda: self.workspace.read("switches")["connections"] > already)

    def close(self) -> None:
        """Disconnect at once.

        slack_sdk's own `close` can wait for ever if its reader begins anew just then, and waits a second for its queue;
        so the workspace hangs up first, and the queue is woken.
        """
        client = self.handler.client
        client.auto_reconnect_enabled = False
        self.workspace.switch("hang_up")
        client.closed = True
        client.message_queue.put(None)
        self.handler.close()

    def last(self) -> dict[str, Any]:
        return self.heard[-1]


def card(bot: Bot) -> str:
    """Let the bot post its card; return its `ts`."""
    answer = bot.client.chat_postMessage(channel=INCIDENT, text="Close the door?", blocks=CARD)
    return str(answer["ts"])


def dialog(bot: Bot) -> dict[str, Any]:
    """Open the bot's dialog for the administrator; return it."""
    bot.workspace.press(ADMIN.id, INCIDENT, card(bot), "why")
    return bot.workspace.wait_for_screen(ADMIN.id)


def while_waiting(workspace: Workspace, clock: Clock, seconds: float, act: Callable[[], T], *, times: int = 1) -> T:
    """Do something, and move time on by `seconds` as soon as the bot was sent it; as often as it is sent again."""
    before = len(workspace.read("deliveries"))
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(act)
        for attempt in range(1, times + 1):
            while len(workspace.read("deliveries")) < before + attempt and not doing.done():
                workspace.changes(since=2**53, wait=0.02)
            clock.time += seconds
        return doing.result(30)
