"""Filters of lists as a form sends them: every field is in the address, empty ones too."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from litestar.di import Provide
from litestar.params import QueryParameter

from api.usecases.request_context import RequestContext
from tracker.errors import BadEntry
from tracker.review.queries import QueueFilter
from tracker.review.states import MatchState
from tracker.times import LONDON

LIKELY = 0.5
"""As the JSON's queue: a match is hidden if the list down to it would be more chance than not."""
Text = Annotated[str, QueryParameter(max_length=200)]
SHOWN = (("likely", "At most half by chance"), ("all", "All"))
STATES = (("", "Waits for review"), *((state.value, state.value.capitalize()) for state in MatchState))


def day_of(text: str, label: str) -> date | None:
    """Raises BadEntry, naming the field."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadEntry(f"{label} is {text.strip()[:40]!r}, which is no day. Give one as 2019-10-03.") from error


def begins(day: date | None) -> datetime | None:
    """Midnight of London's clock."""
    return None if day is None else datetime.combine(day, time(), LONDON).astimezone(UTC)


def ends(day: date | None) -> datetime | None:
    """The midnight that ends a day."""
    return None if day is None else begins(day + timedelta(days=1))


class QueueAsked(NamedTuple):
    """The queue as it is filtered, by the words of its address."""

    state: str
    mine: str
    crime_ref: str
    crime_type: str
    since: str
    until: str
    shown: str

    @property
    def query(self) -> str:
        """What a link keeps of it."""
        named = {
            "state": self.state, "mine": self.mine, "crimeRef": self.crime_ref, "crimeType": self.crime_type,
            "from": self.since, "to": self.until, "shown": self.shown,
        }  # fmt: skip
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def in_state(self) -> str | None:
        """Raises BadEntry."""
        if self.state and self.state not in set(MatchState):
            raise BadEntry(f"The state is {self.state[:40]!r}. There are {', '.join(MatchState)}.")
        return self.state or None

    def wanted(self, context: RequestContext) -> QueueFilter:
        """Raises BadEntry."""
        if self.shown not in ("", *dict(SHOWN)):
            raise BadEntry(f"`shown` is {self.shown[:40]!r}. Give likely or all.")
        return QueueFilter(
            assignee=context.actor.name if self.mine else None,
            crime_ref=self.crime_ref or None,
            crime_type=self.crime_type or None,
            since=begins(day_of(self.since, "From")),
            until=ends(day_of(self.until, "To")),
            q_at_most=None if self.shown == "all" else LIKELY,
        )


def provide_queue_asked(
    in_state: Annotated[str, QueryParameter(name="state", max_length=200)] = "",
    mine: Text = "",
    crime_ref: Annotated[str, QueryParameter(name="crimeRef", max_length=200)] = "",
    crime_type: Annotated[str, QueryParameter(name="crimeType", max_length=200)] = "",
    since: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
    until: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
    shown: Text = "",
) -> QueueAsked:
    # A reference is often pasted with blanks round it.
    return QueueAsked(in_state, mine, crime_ref.strip(), crime_type.strip(), since.strip(), until.strip(), shown)


BY_QUEUE = {"asked": Provide(provide_queue_asked, sync_to_thread=False)}
IN_STATE = Annotated[str, QueryParameter(name="state", max_length=40)]
HISTORY = Annotated[str, QueryParameter(max_length=5)]
"""Anything: what was corrected and taken back is shown too."""
