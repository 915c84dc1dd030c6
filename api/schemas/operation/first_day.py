"""The first day of a programme: what leads from an empty home to a running one, and what of it is done."""

from api.schemas.wire import Wire


class Step(Wire, frozen=True, kw_only=True):
    """`command`: what does it by itself; `said`: what is on record, where it is done; `who`: the role whose it is."""

    key: str
    words: str
    done: bool
    said: str
    command: str
    who: str


class FirstDay(Wire, frozen=True, kw_only=True):
    """Steps in order. `running`: all are done."""

    programme: str
    steps: list[Step]
    running: bool
