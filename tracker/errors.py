"""Errors of the programme record. Each message says what is wrong, with which value, and what to do."""


class PilotError(Exception):
    """Base of the tracker's errors."""


class StoreNotReady(PilotError):
    """The database has not been brought to this program's version of the tables."""


class BadEntry(PilotError, ValueError):
    """The entry is not valid: the message names the field, the value and what would be right."""


class NotFound(PilotError, LookupError):
    """The item is not on record; the message says which ones are."""


class NotNamed(NotFound):
    """It is only for people named for it, and this one is not; the message says who names them."""


class Refused(PilotError):
    """A programme rule refuses this entry. `rule` names it; the message gives the figures and what would make the entry
    possible, an override with a reason if the rule allows one."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


class TooMuchWaiting(PilotError):
    """As many jobs wait, or files are stored, as may; the message names how many and the setting."""


class IllegalMove(PilotError):
    """The move is not possible from the present state; the message says which moves are."""
