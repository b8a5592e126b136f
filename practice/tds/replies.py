"""An answer being written: rows, messages and ends, handed to the wire at each flush."""

from collections.abc import Callable, Sequence

from practice.tds import tokens
from practice.tds.tokens import Column, Value


class Reply:
    """The answer to one request.

    In a procedure call every end is an "end within a procedure" and announces more, because the procedure's own end
    follows.

    Attributes:
        continues: Another statement of the batch follows, so that ends announce more.
    """

    def __init__(self, send: Callable[[bytes, bool], None], server: str, *, in_call: bool) -> None:
        """Prepare an empty answer; `send` takes bytes and whether they are the last."""
        self._send = send
        self._server = server
        self._in_call = in_call
        self._buffer = b""
        self._failed = False
        self.continues = False

    @property
    def failed(self) -> bool:
        """Whether an error stands in it."""
        return self._failed

    def write(self, piece: bytes) -> None:
        """Append a token made elsewhere."""
        self._buffer += piece

    def info(self, number: int, text: str) -> None:
        """A message that is no error."""
        self._buffer += tokens.info(number, text, self._server)

    def error(self, number: int, text: str, severity: int = 16) -> None:
        """An error."""
        self._failed = True
        self._buffer += tokens.error(number, text, self._server, severity)

    def rows(self, columns: Sequence[Column], values: Sequence[Sequence[Value]], *, more: bool = False) -> None:
        """A whole result with its end."""
        self._buffer += tokens.columns(columns) + tokens.rows(columns, values)
        self.done(tokens.COUNTED | (tokens.MORE if more else 0), tokens.SELECT, len(values))

    def done(self, status: int = 0, command: int = 0, count: int = 0) -> None:
        """The end of a statement."""
        token = tokens.DONE_IN_PROC if self._in_call else tokens.DONE
        more = tokens.MORE if self._in_call or self.continues else 0
        failed = tokens.FAILED if self._failed and not status & tokens.COUNTED else 0
        self._buffer += tokens.done(token, status | more | failed, command, count)

    def flush(self) -> None:
        """Send what is there; more follows."""
        if self._buffer:
            self._send(self._buffer, False)
            self._buffer = b""

    def finish(self) -> None:
        """Send what is there as the last of the answer."""
        self._send(self._buffer, True)
        self._buffer = b""
