"""What can go wrong in the programme record: one small tree, each message naming the value and what would be right."""


class PilotError(Exception):
    """Base of the tracker's errors."""


class StoreNotReady(PilotError):
    """The database has not been brought to this program's version of the tables."""


class BadEntry(PilotError, ValueError):
    """What was to be entered cannot be: the message names the field, the value and what would be right."""


class NotFound(PilotError, LookupError):
    """What was asked for is not on record; the message says what is."""


class Refused(PilotError):
    """A rule says no to this entry. `rule` names it; the message says which figures stand against it and what would
    make it possible, an override with a reason if the rule has one."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class IllegalMove(PilotError):
    """A state machine has no such step from here; the message names the steps there are."""
