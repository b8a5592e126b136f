"""Putting names, texts and paths into statements, so that whatever they hold stays one name, one text, one path.

Names and paths come from settings and from SQL Server's own tables; a hostile one is quoted, an impossible one refused.
"""

MAX_NAME = 128
MAX_PATH = 259
MAX_TEXT = 4000
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F


class Unquotable(ValueError):
    """A name, text or path that can't stand in a statement. Nothing was sent; correct it where it comes from."""


def _checked(value: str, what: str, most: int) -> str:
    if not value:
        raise Unquotable(f"the {what} is empty")
    if len(value.encode("utf-16-le", "surrogatepass")) // 2 > most:
        raise Unquotable(f"the {what} is longer than {most} characters")
    if any(ord(c) < _FIRST_PRINTABLE or ord(c) == _DELETE or 0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise Unquotable(f"the {what} holds a control character")
    return value


def identifier(name: str) -> str:
    """The name in brackets, as T-SQL writes a delimited identifier (sysname: 1 to 128 characters).

    Raises:
        Unquotable: It is empty, too long or holds a control character.
    """
    return "[" + _checked(name, "name", MAX_NAME).replace("]", "]]") + "]"


def text(value: str) -> str:
    """The value as a Unicode literal.

    Raises:
        Unquotable: It is empty, longer than 4000 characters or holds a control character.
    """
    return "N'" + _checked(value, "text", MAX_TEXT).replace("'", "''") + "'"


def sysname(value: str) -> str:
    """A name as a literal, for functions that take names as text (DB_ID, DBCC CHECKDB).

    Raises:
        Unquotable: It is empty, too long or holds a control character.
    """
    return text(_checked(value, "name", MAX_NAME))


def path(value: str) -> str:
    """A path on the SQL Server's host as a literal (BACKUP: at most 259 characters).

    Raises:
        Unquotable: It is empty, too long or holds a control character.
    """
    return text(_checked(value, "path", MAX_PATH))
