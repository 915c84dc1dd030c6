"""Retention, erasure and subject access on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from api.schemas.fields import Long, Text
from api.schemas.wire import Body, PageAnswer, StateAnswer, Wire

Kind = Literal[
    "fixes", "fixes of nobody eligible", "device events", "crimes", "match runs", "identities", "rejected rows",
    "released packages",
]  # fmt: skip
Value = str | int | float | bool | None


class PolicyOut(Wire, frozen=True, kw_only=True):
    """How long a kind of record is kept, and who decided it; nothing where no policy is in force. `sample`: entered to
    try the program, and not a decision."""

    kind: str
    days: int | None
    source: str | None
    sample: bool | None
    in_words: str


class RetentionPolicies(StateAnswer, frozen=True, kw_only=True):
    items: list[PolicyOut]
    total: int


class PolicyEntered(Wire, frozen=True, kw_only=True):
    kind: str
    days: int
    from_: date = msgspec.field(name="from")


class PurgedOut(Wire, frozen=True, kw_only=True):
    """What was erased of a kind, or would be, by its policy; nothing where there is none. `keptFrom`: what is older is
    past its retention period."""

    kind: str
    policy: str | None
    kept_from: date | None
    counts: dict[str, int]


class Purge(Wire, frozen=True, kw_only=True):
    dry_run: bool
    items: list[PurgedOut]


class Erased(Wire, frozen=True, kw_only=True):
    """What was erased, by place and kind of row. `state`: *finished*, or *unfinished* where a match, import or export
    had not ended yet; then it is finished by itself, and `GET /erasures` says when."""

    number: int
    state: Literal["finished", "unfinished"]
    went: dict[str, dict[str, int]]


class ErasureOut(Wire, frozen=True, kw_only=True):
    """An erasure and how far it is. `person`: the internal number, which names nobody. `left`: what is still to be
    erased; nothing once it is finished."""

    number: int
    person: int
    reason: str
    begun_at: datetime
    begun_by: str
    state: Literal["finished", "unfinished"]
    left: list[str]
    finished_at: datetime | None


class ErasurePage(Wire, frozen=True, kw_only=True):
    items: list[ErasureOut]
    total: int
    limit: int
    offset: int


class ErasuresFinished(Wire, frozen=True, kw_only=True):
    """How many erasures that had been cut short, or undone by a restore, were completed."""

    finished: int


class AccessOut(Wire, frozen=True, kw_only=True):
    """A subject access request and the day by which it must be answered."""

    number: int
    due_on: date
    state: str


class AccessRequestOut(Wire, frozen=True, kw_only=True):
    """A subject access request as it is now. `person`: the internal number, which names nobody. `daysLeft`: until it
    must be answered, negative where that day is over; null once it is closed."""

    number: int
    person: int
    received_on: date
    due_on: date
    days_left: int | None
    state: str


class AccessRequestPage(PageAnswer, frozen=True, kw_only=True):
    """The open ones first, the most urgent of them at the top."""

    items: list[AccessRequestOut]
    open: int


class AccessMoved(Wire, frozen=True, kw_only=True):
    number: int
    state: str


class AccessDraft(Wire, frozen=True, kw_only=True):
    """Everything on record of the person who asked, by table: rows of column and value."""

    number: int
    tables: dict[str, list[dict[str, Value]]]


class PolicyIn(Body, frozen=True, kw_only=True):
    """`from`: from this day on, today by default. `source`: who decided it, and where. `sample`: to try the program."""

    kind: Kind
    days: Annotated[int, msgspec.Meta(ge=0, le=36_500)]
    from_on: date | None = None
    source: Text
    sample: bool = False


class AccessIn(Body, frozen=True, kw_only=True):
    wearer_ref: Text
    received_on: date | None = None


class AccessMoveIn(Body, frozen=True, kw_only=True):
    move: Literal["sent", "refused"]
    note: Long | None = None
