"""The answer to sp_datatype_info_100, which every ODBC driver asks right after the login.

Without it Microsoft's driver believes that long texts don't exist and refuses to send them (HY104).
"""

from practice.tds.select import Result
from practice.tds.tokens import Value, described

_DESCRIBED = (
    "TYPE_NAME nvarchar, DATA_TYPE smallint, PRECISION int, LITERAL_PREFIX nvarchar, LITERAL_SUFFIX nvarchar,"
    "CREATE_PARAMS nvarchar, NULLABLE smallint, CASE_SENSITIVE smallint, SEARCHABLE smallint,"
    "UNSIGNED_ATTRIBUTE smallint, MONEY smallint, AUTO_INCREMENT smallint, LOCAL_TYPE_NAME nvarchar,"
    "MINIMUM_SCALE smallint, MAXIMUM_SCALE smallint, SQL_DATA_TYPE smallint, SQL_DATETIME_SUB smallint,"
    "NUM_PREC_RADIX int, INTERVAL_PRECISION smallint, USERTYPE smallint"
)
_COLUMNS = described(_DESCRIBED)
_TYPES = {  # ODBC's code: name, precision, code in SQL_DATA_TYPE
    12: ("varchar", 8000, 12),
    -9: ("nvarchar", 4000, -9),
    -3: ("varbinary", 8000, -3),
    93: ("datetime2", 27, 9),
    4: ("int", 10, 4),
}


def datatype_info(code: int) -> Result:
    """The types of one ODBC code; 0 asks for all."""
    rows: list[tuple[Value, ...]] = []
    for known, (name, precision, data_type) in _TYPES.items():
        if code in {0, known}:
            head = (name, known, precision, None, None, None, 1, 0, 3, None, 0, None)
            rows.append((*head, name, None, None, data_type, None, None, None, 0))
    return Result(_COLUMNS, tuple(rows))
