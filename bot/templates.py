"""What is wrong with the templates of an estate's notices: the program's own, with the site's in their place."""

from collections.abc import Iterator

from bot.settings import EstateSettings
from rollback.drafts.contexts import Common
from rollback.drafts.errors import DraftError
from rollback.drafts.lint import lint
from rollback.drafts.wording import load

REFERENCE, CODE = "RB-1", "ABCDE"  # as in the first rollback; the code proves nothing


def troubles(estate: EstateSettings) -> Iterator[str]:
    """What is wrong with the templates of an estate, one line each, with the template's place."""
    words = estate.estate.words()
    if words is None:
        yield "the settings have no words for notices (`notices`), so that none can be written"
        return
    try:
        wording = load(estate.estate.tz(), estate.templates)
    except DraftError as error:
        yield str(error)
        return
    yield from map(str, lint(wording, Common(words, REFERENCE, CODE)))
