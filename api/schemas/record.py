"""What officers send. A field that there is not is refused; money is in whole pence, instants carry a zone."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from api.schemas.fields import Instant, Key, Long, Pence, RoughDate, Text
from api.schemas.operation.users import Asked

Fields = dict[Key, Annotated[str, msgspec.Meta(max_length=4000)]]
Section = Literal[
    "decision", "recommendation", "statement", "funding", "line", "allocation", "contract", "amendment", "condition",
    "phase", "place", "end", "measure", "legal_basis", "duty", "responsible_person",
]  # fmt: skip


class EntryIn(Asked, frozen=True, kw_only=True):
    """One thing a decision says, its fields as a file would have them."""

    section: Section
    fields: Fields


class CorrectionIn(Asked, frozen=True, kw_only=True):
    """`where` picks the one entry, `fields` are as they should be."""

    section: Section
    where: Fields
    fields: Fields


class WithdrawalIn(Asked, frozen=True, kw_only=True):
    section: Section
    where: Fields
    reason: Long


class LaunchIn(Asked, frozen=True, kw_only=True):
    """Of a borough, or of a phase with its boroughs but those named. `on`: 2019-06-17, or 2019-06."""

    borough: Text | None = None
    phase: Text | None = None
    without: list[Text] = msgspec.field(default_factory=list)
    on: RoughDate


class PlanIn(Asked, frozen=True, kw_only=True):
    borough: Text
    on: RoughDate
    reason: Long


class CommitmentIn(Asked, frozen=True, kw_only=True):
    """`override`: why although the line or the approvals have not that much left."""

    reference: Key
    line: Key
    year: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    pence: Annotated[int, msgspec.Meta(ge=1, le=10**14)]
    words: Long
    on: date | None = None
    contract: Key | None = None
    override: Long | None = None


class ActualIn(Asked, frozen=True, kw_only=True):
    """Below nothing where money came back. What happened is recorded, and said if it is over."""

    reference: Key
    line: Key
    year: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    pence: Pence
    words: Long
    on: date | None = None
    commitment: Key | None = None


class VirementIn(Asked, frozen=True, kw_only=True):
    from_line: Key
    from_year: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    to_line: Key
    to_year: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    pence: Annotated[int, msgspec.Meta(ge=1, le=10**14)]
    on: date | None = None
    decided_by: Text
    reason: Long


class ForecastIn(Asked, frozen=True, kw_only=True):
    line: Key
    year: Annotated[str, msgspec.Meta(max_length=7)] | None = None
    pence: Pence
    on: date | None = None
    words: Long | None = None


class DoneIn(Asked, frozen=True, kw_only=True):
    evidence: Text
    on: date | None = None


class PlaceIn(Asked, frozen=True, kw_only=True):
    """`reserve` past the maximum needs `reason`, as `withdraw` always does."""

    move: Literal["reserve", "impose", "withdraw"]
    on: date | None = None
    reason: Long | None = None


class ProportionateIn(Asked, frozen=True, kw_only=True):
    """A person's decision at probation (PCD 570, 1.4)."""

    proportionate: bool
    decided_by: Text
    organisation: Text
    reasons: Long
    on: date | None = None


class ScoreIn(Asked, frozen=True, kw_only=True):
    """A score as somebody gave it: `score` as written, for a whole number is marked rounded."""

    score: Annotated[str, msgspec.Meta(min_length=1, max_length=10)]
    instrument: Literal["OGRS3", "OGRS4/G", "OGRS4/V"] = "OGRS3"
    version: Annotated[str, msgspec.Meta(max_length=32)] | None = None
    horizon_years: Literal[1, 2]
    on: date
    given_by: Text


class AddressIn(Asked, frozen=True, kw_only=True):
    """A borough, or easting and northing, or both."""

    from_on: date
    borough: Text | None = None
    easting: float | None = None
    northing: float | None = None
    postcode: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    line: Annotated[str, msgspec.Meta(max_length=400)] | None = None


class FindIn(Asked, frozen=True, kw_only=True):
    """A NOMIS number, CRN or PNC id; in the body, for addresses are logged on the way."""

    identifier: Key


class LicenceMoveIn(Asked, frozen=True, kw_only=True):
    move: Literal["release", "recall", "return", "re-release", "end"]
    at: Instant
    recall_type: Literal["fixed term", "standard", "emergency"] | None = None
    note: Long | None = None


class CustodyIn(Asked, frozen=True, kw_only=True):
    from_at: Instant
    to_at: Instant | None = None
    note: Long | None = None


class AlertIn(Asked, frozen=True, kw_only=True):
    kind: Text
    at: Instant


class AlertMoveIn(Asked, frozen=True, kw_only=True):
    """By its name on record, as `verified` or `answered by recall`; a decision names who took it."""

    move: Text
    at: Instant
    decided_by: Text | None = None
    note: Long | None = None


class ReasonIn(Asked, frozen=True, kw_only=True):
    reason: Long


Json = dict[str, Any]
"""Answers about the record are the JSON of the command line, to the letter."""
