"""Which statement is what: the bot's statements, and the small talk of drivers at login. Nothing else is answered."""

from collections.abc import Mapping

from practice.tds import files, headers, streams
from practice.tds.commands import Access, Backup, Check, Restore, parse
from practice.tds.lexer import Kind, SyntaxRefused, Token, statements, tokens
from practice.tds.refusal import ALTER_ENDS, VERIFY_ENDS, Refusal
from practice.tds.replies import Reply
from practice.tds.requests import Parameter
from practice.tds.scene import Scene
from practice.tds.select import Result, select
from practice.tds.switches import CONTROL, DBCREATOR
from practice.tds.tokens import Column
from practice.tds.wire import Gone
from practice.world.physics import WorldError

_SMALL_TALK = frozenset({"SET", "USE", "DECLARE", "IF", "PRINT", "COMMIT", "ROLLBACK", "BEGIN"})
_MB = 1024 * 1024
_EXIST_COLUMNS = ("File Exists", "File is a Directory", "Parent Directory Exists")


def run(scene: Scene, sql: str, parameters: Mapping[str, Parameter], reply: Reply) -> None:
    """Answer one batch, statement by statement, until one of them fails.

    Raises:
        Interrupted, Gone: The connection ended it.
    """
    try:
        found = statements(tokens(sql))
        for number, statement in enumerate(found, start=1):
            reply.continues = number < len(found)
            _one(scene, statement, parameters, reply)
        if not found:
            reply.done()
    except SyntaxRefused as near:
        reply.continues = False
        reply.error(102, f"Incorrect syntax near '{near}'.", 15)
        reply.done()
    except Refusal as refusal:
        reply.continues = False
        reply.error(refusal.number, refusal.text, refusal.severity)
        for number, text in refusal.after:
            reply.error(number, text)
        reply.done()


def _one(scene: Scene, statement: list[Token], parameters: Mapping[str, Parameter], reply: Reply) -> None:
    first = statement[0]
    command = parse(statement)
    if isinstance(command, Backup):
        streams.back_up(scene, command, reply)
    elif isinstance(command, Restore):
        _restore(scene, command, reply)
    elif isinstance(command, Access):
        _set_access(scene, command, reply)
    elif isinstance(command, Check):
        _check(scene, command, reply)
    elif first.says("SELECT"):
        _show(select(scene, statement, parameters), reply)
    elif first.says("EXEC") or first.says("EXECUTE") or first.value.lower().startswith("sp_"):
        _show(_procedure(scene, statement), reply)
    elif first.kind is Kind.WORD and first.value.upper() in _SMALL_TALK:
        _small_talk(scene, statement)
        reply.done()
    else:
        raise SyntaxRefused(first.value)


def _show(result: Result, reply: Reply) -> None:
    reply.rows(result.columns, result.rows)


def _small_talk(scene: Scene, statement: list[Token]) -> None:
    words = [token.value.upper() for token in statement[:3]]
    if words[0] == "USE" and len(words) > 1:
        if scene.database_id(statement[1].value) is None:
            raise Refusal(911, f"Database '{statement[1].value}' does not exist.")
        scene.me.database = statement[1].value
    if words[:2] == ["SET", "IMPLICIT_TRANSACTIONS"]:
        scene.me.in_transaction = words[2] == "ON"
    if words[0] in {"COMMIT", "ROLLBACK"}:
        scene.me.in_transaction = False
    if words[:2] in (["BEGIN", "TRANSACTION"], ["BEGIN", "TRAN"]):
        scene.me.in_transaction = True


def _restore(scene: Scene, command: Restore, reply: Reply) -> None:
    if command.what == "DATABASE":
        streams.restore(scene, command, reply)
        return
    if DBCREATOR not in scene.switches.rights:
        raise Refusal(3110, "User does not have permission to RESTORE.", VERIFY_ENDS)
    if command.what == "VERIFYONLY":
        streams.verify(scene, command, reply)
    elif command.what == "HEADERONLY":
        streams.source_files(scene, command, VERIFY_ENDS)
        _show(headers.header_only(scene, files.sets_in(scene, command.files[0])), reply)
    else:
        _show(headers.file_list(streams.source(scene, command, VERIFY_ENDS)), reply)


def _set_access(scene: Scene, command: Access, reply: Reply) -> None:
    world = scene.world
    if not scene.is_ours(command.database) or DBCREATOR not in scene.switches.rights:
        raise Refusal(5011, f"User does not have permission to alter database '{command.database}'.", ALTER_ENDS)
    if command.mode == "SINGLE_USER" and not command.rollback and world.sql_sessions():
        raise Refusal(5070, "Database state cannot be changed while other users are using the database.", ALTER_ENDS)
    try:
        world.access_set(command.mode, scene.me.user)
    except WorldError:
        state = world.database.state.capitalize()
        raise Refusal(
            5052, f"ALTER DATABASE is not permitted while a database is in the {state} state.", ALTER_ENDS
        ) from None
    if world.faults.strike("lose_reply", f"sqlserver:{command.mode.lower()}"):
        raise Gone
    reply.done()


def _check(scene: Scene, command: Check, reply: Reply) -> None:
    ours = scene.world.database
    if not scene.is_ours(command.database):
        raise Refusal(911, f"Database '{command.database}' does not exist.")
    if CONTROL not in scene.switches.rights:
        raise Refusal(2571, "User does not have permission to run DBCC CHECKDB.")
    if ours.state != "ONLINE":
        raise Refusal(927, f"Database '{ours.name}' cannot be opened. It is in the middle of a restore.")
    if ours.corrupt:
        raise Refusal(8928, "Object ID 99, index ID 1: Page (1:100) could not be processed. See other errors.")
    reply.done()


def _procedure(scene: Scene, statement: list[Token]) -> Result:
    named = [token for token in statement if not (token.says("EXEC") or token.says("EXECUTE"))]
    texts = [token.value for token in named if token.kind is Kind.TEXT]
    names = [token.value.lower() for token in named if token.kind in {Kind.WORD, Kind.NAME}]
    if "xp_fileexist" in names and len(texts) == 1:
        return Result(tuple(Column(name, "int") for name in _EXIST_COLUMNS), (files.state(scene, texts[0]),))
    if "xp_fixeddrives" in names:
        free = tuple((letter, room // _MB) for letter, room in files.drives(scene).items())
        return Result((Column("drive", "nvarchar"), Column("MB free", "int")), free)
    raise Refusal(2812, f"Could not find stored procedure '{'.'.join(names)}'.")
