"""One client's connection from the first byte to the last: prelogin, TLS, login, then request after request.

A second thread reads while a statement runs, so that ATTENTION and a closed connection are noticed at once.
"""

import queue
import re
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from practice.tds import engine, requests, tokens
from practice.tds.datatypes import datatype_info
from practice.tds.replies import Reply
from practice.tds.requests import Call, LoginRequest, NotUnderstood, Parameter
from practice.tds.scene import Scene
from practice.tds.streams import Interrupted
from practice.tds.switches import Switches
from practice.tds.visitors import Visitors
from practice.tds.wire import FIRST_PACKET_SIZE, Gone, Packet, Wire
from practice.world import World

OFF, ON, NOT_SUPPORTED, REQUIRED = 0, 1, 2, 3
_ENCRYPTION = 1
_BEGIN, _COMMIT, _ROLLBACK = 5, 7, 8
_TRANSACTION = b"\x01" + bytes(7)
_PARAMETER = re.compile(r"@\w+")
_SMALLEST_PACKET, _LARGEST_PACKET = 512, 32767


class Conversation:
    """One connection; `run` lasts as long as it does."""

    def __init__(
        self,
        wire: Wire,
        world: World,
        switches: Switches,
        visitors: Visitors,
        logins: Mapping[str, str],
        tls: Callable[[], ssl.SSLContext],
    ) -> None:
        """Prepare to talk over `wire`."""
        self._wire = wire
        self._world = world
        self._switches = switches
        self._visitors = visitors
        self._logins = logins
        self._tls = tls
        self._inbox: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._prepared: dict[int, tuple[str, str]] = {}
        self._silence = threading.Event()

    def drop(self) -> None:
        """Break it off from any thread."""
        self._silence.set()
        self._wire.drop()

    def run(self) -> None:
        """Talk until one side has had enough."""
        try:
            with suppress(Gone, NotUnderstood, struct.error, IndexError, UnicodeError):
                # The client left or speaks something else; either way this connection is over.
                request = self._introduce()
                if request is not None and self._welcome(request):
                    self._stay(request)
        finally:
            self._wire.close()

    def _introduce(self) -> LoginRequest | None:
        if self._world.faults.strike("silent", "sqlserver"):
            self._silence.wait()
            return None
        strict = self._wire.begins_with_tls()
        if strict:
            self._wire.secure_at_once(self._tls())
        kind, data = self._wire.read()
        if kind != Packet.PRELOGIN:
            return None
        asked = (requests.prelogin(data).get(_ENCRYPTION) or b"\x00")[0]
        agreed = {OFF: OFF, ON: ON, REQUIRED: ON}.get(asked, REQUIRED)
        self._wire.send(_prelogin_reply(agreed, self._switches.version))
        if not strict:
            self._wire.secure(self._tls())
        kind, data = self._wire.read()
        if agreed == OFF and not strict:
            self._wire.unsecure()
        return requests.login(data) if kind == Packet.LOGIN else None

    def _welcome(self, request: LoginRequest) -> bool:
        server = self._world.database.server_name
        if not self._world.database.instance_up:
            if self._switches.starting:
                text = f"Login failed for user '{request.user}'. Reason: Server is in script upgrade mode."
                self._wire.send(tokens.error(18401, text, server, 14) + tokens.done(status=tokens.FAILED))
            return False
        self._visitors.log_in()
        known = self._logins.get(request.user) == request.password
        if not known or self._world.faults.strike("refuse_login", "sqlserver"):
            text = f"Login failed for user '{request.user}'."
            self._wire.send(tokens.error(18456, text, server, 14) + tokens.done(status=tokens.FAILED))
            return False
        wanted = request.packet_size or FIRST_PACKET_SIZE
        size = max(_SMALLEST_PACKET, min(wanted, _LARGEST_PACKET))
        self._wire.send(_login_reply(request, self._switches.version, server, size))
        self._wire.packet_size = size
        return True

    def _stay(self, request: LoginRequest) -> None:
        database = request.database or "master"
        me = self._visitors.enter(request.user, request.host, request.program, database)
        scene = Scene(self._world, self._switches, self._visitors, me)
        reader = threading.Thread(target=self._listen, args=(scene,), name=f"tds-reader-{me.spid}", daemon=True)
        reader.start()
        try:
            while (message := self._inbox.get()) is not None:
                self._answer(scene, *message)
        finally:
            self._visitors.leave(me)
            self._wire.drop()
            reader.join()

    def _listen(self, scene: Scene) -> None:
        try:
            while True:
                kind, data = self._wire.read()
                if kind == Packet.ATTENTION:
                    scene.me.interrupted.set()
                self._inbox.put((kind, data))
        except (Gone, struct.error):
            scene.me.interrupted.set()
            self._inbox.put(None)

    def _answer(self, scene: Scene, kind: int, data: bytes) -> None:
        if kind == Packet.ATTENTION:
            scene.me.interrupted.clear()
            self._wire.send(tokens.done(status=tokens.FAILED) + tokens.done(status=tokens.ATTENTION))
            return
        if self._world.faults.strike("end_session", "sqlserver"):
            raise Gone
        try:
            self._carry_out(scene, kind, data)
        except Interrupted:
            return  # the ATTENTION itself comes next, and its answer ends this one too; or the client is gone

    def _carry_out(self, scene: Scene, kind: int, data: bytes) -> None:
        if kind == Packet.BATCH:
            reply = self._reply(scene, in_call=False)
            self._batch(scene, requests.after_headers(data).decode("utf-16-le"), reply)
            reply.finish()
        elif kind == Packet.CALL:
            reply = self._reply(scene, in_call=True)
            for call in requests.calls(data):
                self._call(scene, call, reply)
            reply.finish()
        elif kind == Packet.TRANSACTION:
            self._wire.send(_transaction_reply(scene, requests.after_headers(data)))
        else:
            raise NotUnderstood(f"packet type {kind}")

    def _reply(self, scene: Scene, *, in_call: bool) -> Reply:
        return Reply(
            lambda piece, last: self._wire.send(piece, last=last), scene.world.database.server_name, in_call=in_call
        )

    def _batch(self, scene: Scene, sql: str, reply: Reply) -> None:
        asked = re.match(r"\s*(?:exec\s+)?sp_datatype_info(?:_100)?\s+(-?\d+)", sql, re.IGNORECASE)
        if asked:
            result = datatype_info(int(asked.group(1)))
            reply.rows(result.columns, result.rows)
        else:
            engine.run(scene, sql, {}, reply)

    def _call(self, scene: Scene, call: Call, reply: Reply) -> None:
        values = call.values
        handle = 0
        if call.name == "sp_executesql":
            engine.run(scene, str(values[0]), _named(str(values[1] or ""), values[2:]), reply)
        elif call.name in {"sp_prepexec", "sp_prepare"}:
            handle = len(self._prepared) + 1
            self._prepared[handle] = (str(values[2]), str(values[1] or ""))
            if call.name == "sp_prepexec":
                engine.run(scene, str(values[2]), _named(str(values[1] or ""), values[3:]), reply)
        elif call.name == "sp_execute" and values[0] in self._prepared:
            sql, declared = self._prepared[int(str(values[0]))]
            engine.run(scene, sql, _named(declared, values[1:]), reply)
        elif call.name in {"sp_datatype_info_100", "sp_datatype_info"}:
            result = datatype_info(int(str(values[0])))
            reply.rows(result.columns, result.rows)
        elif call.name != "sp_unprepare":
            reply.error(2812, f"Could not find stored procedure '{call.name}'.")
        reply.write(tokens.return_status())
        if handle:
            reply.write(tokens.return_integer(call.parameters[0][0], handle))
        reply.write(tokens.done(tokens.DONE_PROC, tokens.FAILED if reply.failed else 0, 0xE0))


def _named(declared: str, values: tuple[Parameter, ...]) -> dict[str, Parameter]:
    """Parameters by name, in the order in which they are declared: ``@P1 nvarchar(3), @P2 int``."""
    names = [found for one in declared.split(",") if (found := _first_name(one))]
    return dict(zip(names, values, strict=False))


def _first_name(declaration: str) -> str:
    found = _PARAMETER.search(declaration)
    return found.group() if found else ""


def _prelogin_reply(encryption: int, version: tuple[int, ...]) -> bytes:
    options = [
        (0, struct.pack(">BBHH", version[0], version[1], version[2], 0)),
        (_ENCRYPTION, bytes([encryption])),
        (2, b"\x00"),
        (3, b""),
        (4, b"\x00"),
    ]
    offset = 5 * len(options) + 1
    head = body = b""
    for number, value in options:
        head += struct.pack(">BHH", number, offset + len(body), len(value))
        body += value
    return head + b"\xff" + body


def _login_reply(request: LoginRequest, version: tuple[int, ...], server: str, packet_size: int) -> bytes:
    database = request.database or "master"
    return b"".join(
        (
            tokens.change(1, database, "master"),
            tokens.info(5701, f"Changed database context to '{database}'.", server),
            tokens.change_bytes(7, tokens.COLLATION, b""),
            tokens.change(2, "us_english"),
            tokens.info(5703, "Changed language setting to us_english.", server),
            tokens.login_ack(version),
            tokens.change(4, str(packet_size), str(FIRST_PACKET_SIZE)),
            b"\xae\xff" if request.extended else b"",
            tokens.done(),
        )
    )


def _transaction_reply(scene: Scene, data: bytes) -> bytes:
    kind = struct.unpack_from("<H", data)[0]
    if kind == _BEGIN:
        scene.me.in_transaction = True
        return tokens.change_bytes(8, _TRANSACTION, b"") + tokens.done()
    if kind in {_COMMIT, _ROLLBACK}:
        scene.me.in_transaction = False
        return tokens.change_bytes(9 if kind == _COMMIT else 10, b"", _TRANSACTION) + tokens.done()
    server = scene.world.database.server_name
    return tokens.error(3971, f"Transaction request {kind} is not known here.", server) + tokens.done(
        status=tokens.FAILED
    )
