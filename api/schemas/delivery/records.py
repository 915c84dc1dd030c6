"""Entries on the wire: what is on record of one, what became of it, and what corrects it. Amounts are whole pence.

One type serves both ways: an answer has every field of it, a correction those that change. Null clears a field.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from api.schemas.delivery.licences import EndReasons
from api.schemas.fields import FinancialYear, Instant, Key, Long, Pence, RoughDate, Text
from api.schemas.wire import Body, Wire

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name = Annotated[str, msgspec.Meta(max_length=32)]


class CommitmentRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="commitment"):
    """`reference` and `overReason` are shown and not corrected."""

    reference: Key | UnsetType = UNSET
    line: Key | UnsetType = UNSET
    year: FinancialYear | UnsetType | None = UNSET
    pence: Pence | UnsetType = UNSET
    words: Long | UnsetType = UNSET
    contract: Key | UnsetType | None = UNSET
    on: date | UnsetType = UNSET
    over_reason: Long | UnsetType | None = UNSET


class CommitmentChangeRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="commitment-change"):
    """Without `toLine` the money is promised no more. Where it comes from is shown and not corrected."""

    commitment: Key | UnsetType = UNSET
    from_line: Key | UnsetType = UNSET
    from_year: FinancialYear | UnsetType | None = UNSET
    to_line: Key | UnsetType | None = UNSET
    to_year: FinancialYear | UnsetType | None = UNSET
    pence: Pence | UnsetType = UNSET
    on: date | UnsetType = UNSET
    why_changed: Long | UnsetType = UNSET
    over_reason: Long | UnsetType | None = UNSET


class ActualRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="actual"):
    """`reference`, the ledger's, is shown and not corrected."""

    reference: Key | UnsetType = UNSET
    line: Key | UnsetType = UNSET
    year: FinancialYear | UnsetType | None = UNSET
    pence: Pence | UnsetType = UNSET
    words: Long | UnsetType = UNSET
    commitment: Key | UnsetType | None = UNSET
    on: date | UnsetType = UNSET


class VirementRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="virement"):
    from_line: Key | UnsetType = UNSET
    from_year: FinancialYear | UnsetType | None = UNSET
    to_line: Key | UnsetType = UNSET
    to_year: FinancialYear | UnsetType | None = UNSET
    pence: Pence | UnsetType = UNSET
    decided_by: Text | UnsetType = UNSET
    on: date | UnsetType = UNSET
    why_moved: Long | UnsetType = UNSET


class ForecastRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="forecast"):
    line: Key | UnsetType = UNSET
    year: FinancialYear | UnsetType | None = UNSET
    pence: Pence | UnsetType = UNSET
    words: Long | UnsetType | None = UNSET
    on: date | UnsetType = UNSET


class LaunchRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="launch"):
    """`what`: launched or planned. Only the day is corrected; another borough is another entry."""

    what: Long | UnsetType = UNSET
    borough: Long | UnsetType | None = UNSET
    phase: Long | UnsetType | None = UNSET
    on: RoughDate | UnsetType = UNSET


class DutyDoneRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="duty-done"):
    duty: Long | UnsetType = UNSET
    evidence: Long | UnsetType = UNSET
    on: date | UnsetType = UNSET


class LostTagPriceRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="lost-tag-price"):
    contract: Long | UnsetType = UNSET
    pence: Pence | UnsetType = UNSET
    source: Short | UnsetType = UNSET
    on: date | UnsetType = UNSET


class PlaceRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="place"):
    """A place reserved, a condition imposed, a place given up. Only the day is corrected."""

    move: Long | UnsetType = UNSET
    on: date | UnsetType = UNSET
    why_given_up: Long | UnsetType | None = UNSET
    over_reason: Long | UnsetType | None = UNSET


class LicenceMoveRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="licence-move"):
    move: Literal["release", "recall", "return", "re-release", "end"] | UnsetType = UNSET
    at: Instant | UnsetType = UNSET
    recall_type: Literal["fixed term", "standard", "emergency"] | UnsetType | None = UNSET
    end_reason: EndReasons | UnsetType | None = UNSET
    note: Long | UnsetType | None = UNSET


class CustodyRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="custody"):
    from_at: Instant | UnsetType = UNSET
    to_at: Instant | UnsetType | None = UNSET
    note: Long | UnsetType | None = UNSET


class AlertStepRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="alert-step"):
    """`alertOf`: of the first step, if what the alert is of was corrected."""

    alert: int | UnsetType = UNSET
    move: (
        Literal[
            "raised",
            "verified",
            "found false",
            "no action",
            "warned",
            "called to a meeting",
            "varied",
            "answered by recall",
        ]
        | UnsetType
    ) = UNSET
    at: Instant | UnsetType = UNSET
    decided_by: Text | UnsetType | None = UNSET
    note: Long | UnsetType | None = UNSET
    alert_of: Key | UnsetType | None = UNSET


class ProportionateRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="proportionate"):
    proportionate: bool | UnsetType = UNSET
    decided_by: Short | UnsetType = UNSET
    organisation: Short | UnsetType = UNSET
    reasons: Long | UnsetType = UNSET
    on: date | UnsetType = UNSET


class TermsRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="terms"):
    """Offence, prison, planned release and end as reported. A correction screens the licence again."""

    offence_code: Annotated[str, msgspec.Meta(max_length=16)] | UnsetType | None = UNSET
    knife_involved: bool | UnsetType | None = UNSET
    knife_basis: Annotated[str, msgspec.Meta(max_length=400)] | UnsetType | None = UNSET
    prison: Annotated[str, msgspec.Meta(max_length=100)] | UnsetType | None = UNSET
    planned_release_on: date | UnsetType | None = UNSET
    ends_on: date | UnsetType | None = UNSET


class ScreeningRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="screening"):
    """It follows from facts and is not corrected: correct the facts, or take it back."""

    on: date | UnsetType = UNSET
    answer: Long | UnsetType = UNSET
    rules_version: Long | UnsetType = UNSET


class NoteRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="note"):
    words: Long | UnsetType = UNSET
    on: date | UnsetType = UNSET


class AddressRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="address"):
    """Easting and northing in metres of the National Grid; both or neither."""

    borough: Text | UnsetType | None = UNSET
    borough_found: Long | UnsetType | None = UNSET
    easting: float | UnsetType | None = UNSET
    northing: float | UnsetType | None = UNSET
    postcode: Annotated[str, msgspec.Meta(max_length=16)] | UnsetType | None = UNSET
    line: Annotated[str, msgspec.Meta(max_length=400)] | UnsetType | None = UNSET
    on: date | UnsetType = UNSET


class ScoreRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="score"):
    """`score`: per cent, as written: a whole number is marked as rounded."""

    score: Annotated[str, msgspec.Meta(min_length=1, max_length=10)] | UnsetType = UNSET
    instrument: Literal["OGRS3", "OGRS4/G", "OGRS4/V"] | UnsetType = UNSET
    version: Name | UnsetType | None = UNSET
    horizon_years: Literal[1, 2] | UnsetType = UNSET
    given_by: Short | UnsetType = UNSET
    on: date | UnsetType = UNSET
    rounded: bool | UnsetType = UNSET
    computed: bool | UnsetType = UNSET


class TagMoveRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="tag-move"):
    """With a fitting or its end, the assignment is corrected too. Another move is another entry."""

    move: Long | UnsetType = UNSET
    at: Instant | UnsetType = UNSET
    licence: Key | UnsetType | None = UNSET
    note: Long | UnsetType | None = UNSET


class DeviceModelRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="device-model"):
    model: Key | UnsetType = UNSET


class AssignmentRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="assignment"):
    wearer: Short | UnsetType = UNSET
    fitted_at: Instant | UnsetType = UNSET
    removed_at: Instant | UnsetType | None = UNSET


class RetentionPeriodRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="retention-period"):
    of: Long | UnsetType = UNSET
    days: Annotated[int, msgspec.Meta(ge=0, le=100_000)] | UnsetType = UNSET
    source: Text | UnsetType = UNSET
    on: date | UnsetType = UNSET
    sample: bool | UnsetType = UNSET


class ReviewReaderRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="review-reader"):
    reader: Long | UnsetType = UNSET
    until: date | UnsetType = UNSET
    why_named: Long | UnsetType = UNSET


class SubjectAccessStepRecord(Body, frozen=True, kw_only=True, tag_field="kind", tag="subject-access-step"):
    request: int | UnsetType = UNSET
    move: Long | UnsetType = UNSET
    on: date | UnsetType = UNSET
    note: Long | UnsetType | None = UNSET


ProgrammeRecord = (
    CommitmentRecord
    | CommitmentChangeRecord
    | ActualRecord
    | VirementRecord
    | ForecastRecord
    | LaunchRecord
    | DutyDoneRecord
    | LostTagPriceRecord
)
CaseRecord = (
    PlaceRecord
    | LicenceMoveRecord
    | CustodyRecord
    | AlertStepRecord
    | ProportionateRecord
    | TermsRecord
    | ScreeningRecord
    | NoteRecord
    | AddressRecord
    | ScoreRecord
    | TagMoveRecord
    | DeviceModelRecord
    | AssignmentRecord
)
KeepingRecord = RetentionPeriodRecord | ReviewReaderRecord | SubjectAccessStepRecord
AnyRecord = ProgrammeRecord | CaseRecord | KeepingRecord


class RecordOut(Wire, frozen=True, kw_only=True):
    """An entry. `of`: its licence, wearer or device; `state`: stands, corrected or taken back; `recordedWallAt`: the
    clock on the wall, whatever the record's time. What became of it: when, by whom, why, and the entry instead."""

    number: int
    of: str | None
    record: AnyRecord
    state: Literal["stands", "corrected", "taken back"]
    recorded_at: datetime
    recorded_by: str | None
    recorded_wall_at: datetime | None
    changed_at: datetime | None
    changed_by: str | None
    changed_wall_at: datetime | None
    reason: str | None
    replaces: int | None
    replaced_by: int | None


class RecordPage(Wire, frozen=True, kw_only=True):
    """The newest first. `next`: the `before` of the next page; null on the last."""

    kind: str
    as_known_at: datetime | None
    items: list[RecordOut]
    limit: int
    next: int | None


class RecordHistory(Wire, frozen=True, kw_only=True):
    """Every version of one entry, the first one first."""

    kind: str
    number: int
    as_known_at: datetime | None
    versions: list[RecordOut]


class RecordChanged(Wire, frozen=True, kw_only=True):
    """`number`: of the entry that counts now, or that was taken back; `notes`: what to look at; `affectedMatches`:
    matches that may be shown no more, or may be again."""

    kind: str
    number: int
    state: Literal["corrected", "taken back"]
    notes: list[str]
    affected_matches: list[str]


class ProgrammeCorrectionIn(Body, frozen=True, kw_only=True):
    """The fields of the entry that change. `override`: why, although a rule speaks against it."""

    record: ProgrammeRecord
    reason: Long
    override: Long | None = None


class CaseCorrectionIn(Body, frozen=True, kw_only=True):
    """The fields of the entry that change, and why."""

    record: CaseRecord
    reason: Long


class KeepingCorrectionIn(Body, frozen=True, kw_only=True):
    """The fields of the entry that change, and why."""

    record: KeepingRecord
    reason: Long


class RecordTakenBackIn(Body, frozen=True, kw_only=True):
    """Why the entry is taken back. `override`: why, although a rule speaks against it."""

    reason: Long
    override: Long | None = None
