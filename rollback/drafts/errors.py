"""What can go wrong with drafts: `DraftError` → `TemplateError`, `UnsafeTextError`, `FolderError`."""


class DraftError(Exception):
    """A draft or list was not made; nobody was told anything. The message says what to do next."""


class TemplateError(DraftError):
    """A template is missing, does not parse or asks for something that is not there."""


class UnsafeTextError(DraftError):
    """A fixed text of the settings would break a message: it has several lines or control characters."""


class FolderError(DraftError):
    """The folder for lists and drafts can't be kept to named people, so nothing was written into it."""
