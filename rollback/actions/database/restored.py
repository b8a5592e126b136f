"""Whether a restore is what was wanted: history, state, settings as before, users, pages, version."""

from integrations.errors import NotPermitted, Refused
from integrations.sqlserver import SqlServer, same_file
from rollback.actions.action import Given
from rollback.actions.database.reading import version_value
from rollback.actions.database.saved import Saved, saved, suspect_pages
from rollback.actions.database.wanted import SAFETY, Wanted


def not_restored(sql: SqlServer, given: Given, wanted: Wanted) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with the restored database, and what is only worth a warning."""
    name, made = given.estate.sqlserver.database, saved(given)
    newest = next(iter(sql.restores(name, newest=1)), None)
    if newest is None or newest.set_guid != wanted.guid:
        said = "has no restore at all" if newest is None else f"names set {newest.set_guid}"
        return (f"the restore history of {name} {said}, not set {wanted.guid}",), ()
    if made is not None and newest.history_id <= made.settings.last_restore:
        return (f"the newest restore of {name} is older than this rollback",), ()
    now = sql.database(name)
    if now.state != "ONLINE":
        return (f"{name} is {now.state}",), ()
    wrong = [] if now.access == "MULTI_USER" else [f"{name} is {now.access}: set it to MULTI_USER"]
    wrong += [*_unlike_before(sql, name, made), *_misplaced(sql, name, wanted)]
    users, warnings = _orphans(sql, name)
    version, doubt = _version(sql, given, wanted, made)
    return (*wrong, *users, *version), (*warnings, *doubt)


def _unlike_before(sql: SqlServer, name: str, made: Saved | None) -> list[str]:
    if made is None:
        return []
    now, before = sql.database(name), made.settings
    compared = {
        "owner": (before.owner, now.owner),
        "recovery model": (before.recovery_model, now.recovery_model),
        "compatibility level": (before.compatibility, now.compatibility),
    }
    wrong = [f"its {what} is {is_ or 'unknown'}, it was {was}" for what, (was, is_) in compared.items() if was != is_]
    new = sorted(set(suspect_pages(sql, name)) - set(before.suspect))
    return wrong + ([f"new suspect pages: {', '.join(new)}"] if new else [])


def _misplaced(sql: SqlServer, name: str, wanted: Wanted) -> list[str]:
    """Files that were to be moved and lie elsewhere."""
    lie = {one.logical_name: one.path for one in sql.data_files(name)}
    return [
        f"its file {logical} lies at {lie.get(logical, 'no place')}, not at {place}"
        for logical, place in wanted.moves.items()
        if not same_file(lie.get(logical, ""), place)
    ]


def _orphans(sql: SqlServer, name: str) -> tuple[list[str], list[str]]:
    try:
        found = sql.orphaned_users(name)
    except (NotPermitted, Refused) as unread:
        return [], [f"users without a login could not be looked for: {unread.what}"]
    return ([f"users without a login: {', '.join(found)}"] if found else []), []


def _version(sql: SqlServer, given: Given, wanted: Wanted, made: Saved | None) -> tuple[list[str], list[str]]:
    """No vendor says what the value means: equal to that of the other version is wrong, unreadable is a doubt."""
    value = version_value(sql, given.estate.sqlserver.database)
    back = wanted.source == SAFETY
    meant, other = given.estate.from_version, given.estate.to_version
    if not back:
        meant, other = other, meant
    noted = made.settings.version if made is not None else ""
    if not value:
        return [], ["the version value of the database can't be read; the release is proven when a node runs on it"]
    if back and noted:
        return ([] if value == noted else [f"its version value is {value}, the safety backup's was {noted}"]), []
    if _is(value, other) or (not back and value == noted):
        return [f"its version value is {value}, which is not {meant}"], []
    return [], [] if _is(value, meant) else [f"its version value is {value}; nobody has proven that this is {meant}"]


def _is(value: str, version: str) -> bool:
    return value == version or value.startswith(f"{version}.")
