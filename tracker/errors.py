"""What can go wrong in the programme record: one small tree, each message naming the value and what would be right."""


class PilotError(Exception):
    """Base of the tracker's errors."""


class UnreadableFile(PilotError, ValueError):
    """A file that is no CSV at all, or that changed while it was read. Bad rows are rejects, never this."""


class BadMapping(PilotError, ValueError):
    """A mapping of columns, a format or a time zone that cannot be used, or that the file's header does not fit."""


class StoreNotReady(PilotError):
    """The database has not been brought to this program's version of the tables."""
