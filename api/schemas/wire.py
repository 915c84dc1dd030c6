"""What all answers and bodies share: camelCase names outside, snake_case inside."""

from datetime import date, datetime

import msgspec

from api.schemas.fields import Long


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of what is answered."""


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Base of what is sent: a field that does not exist is refused and never ignored."""


class ReasonIn(Body, frozen=True, kw_only=True):
    """What needs nothing but a reason."""

    reason: Long


class StateAnswer(Wire, frozen=True, kw_only=True):
    """Base of an answer about a state: of which day, as known when, and what counts as today."""

    as_at: date
    as_known_at: datetime | None
    today: str


class PageAnswer(Wire, frozen=True, kw_only=True):
    """Base of a page of a list: how many rows there are in all, and which these are. `items` comes with each list."""

    total: int
    limit: int
    offset: int


class StatePage(StateAnswer, frozen=True, kw_only=True):
    """Base of a page of a list as at a day; `items` comes with each list."""

    total: int
    limit: int
    offset: int


class LongStatePage(StatePage, frozen=True, kw_only=True):
    """Base of a page of a long list as at a day. `next`: for `after`, the page behind this one; null behind the
    last."""

    next: str | None
