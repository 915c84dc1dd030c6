"""The kinds of entry that a person can read back, correct and take back.

An *entry* is a row of a fact. *Corrected*: another row takes its place; *taken back*: none does. Either has a reason,
and the row stays on record. What a paper says is not among them: its entries are corrected by their section.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.assignments.tables import Assignment
from tracker.budget.tables import Actual, Commitment, CommitmentChange, LineForecast, Virement
from tracker.evaluation.releases.tables import ReviewReader
from tracker.licences.tables import AlertEvent, Custody, LicenceEvent, LicenceNote, LicenceTerms
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Address
from tracker.programme.tables import DutyDone
from tracker.record.base import Table
from tracker.retention.tables import RetentionPolicy, SubjectAccessEvent
from tracker.rollout.tables import Launch, PlaceEvent
from tracker.screening.tables import Proportionality, Screening
from tracker.tags.tables import DeviceModel, TagEvent, TagPrice


class Scope(StrEnum):
    """Whose an entry is, and so by what it is found."""

    PROGRAMME = "programme"
    LICENCE = "licence"
    PERSON = "wearer"
    ALERT = "alert"
    TAG = "tag"
    DEVICE = "device"
    REQUEST = "subject access request"
    NONE = "none"


class Area(StrEnum):
    """Whose work it is: which right reads and which corrects."""

    PROGRAMME = "programme"
    CASES = "cases"
    KEEPING = "keeping"


@dataclass(frozen=True, slots=True)
class Kind:
    """`when`: the column with the day or instant from which it is true. `fields`: the columns that can be corrected;
    `fixed`: columns that are shown besides them. `plan`: it may lie in the future."""

    key: str
    noun: str
    table: type[Table]
    scope: Scope
    area: Area
    when: str
    fields: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    plan: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    """By column its name outside, where that is another."""

    @property
    def shown(self) -> tuple[str, ...]:
        return (*self.fixed, *self.fields)

    def outside(self, column: str) -> str:
        return self.names.get(column, column)

    def column(self, name: str) -> str:
        return next((column for column, outside in self.names.items() if outside == name), name)


_MONEY = {"amount_pence": "pence", "effective_on": "on"}
_DAY = {"effective_on": "on"}
_PROGRAMME = (Scope.PROGRAMME, Area.PROGRAMME)
_LINE = ("line", "year", "amount_pence", "words")

KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "commitment",
            "commitment",
            Commitment,
            *_PROGRAMME,
            "effective_on",
            (*_LINE, "contract", "effective_on"),
            ("reference", "over_reason"),
            True,
            _MONEY,
        ),
        Kind(
            "commitment-change",
            "change of a commitment",
            CommitmentChange,
            *_PROGRAMME,
            "effective_on",
            ("to_line", "to_year", "amount_pence", "effective_on"),
            ("commitment", "from_line", "from_year", "reason", "over_reason"),
            True,
            {**_MONEY, "reason": "why_changed"},
        ),
        Kind(
            "actual",
            "payment",
            Actual,
            *_PROGRAMME,
            "effective_on",
            (*_LINE, "commitment", "effective_on"),
            ("reference",),
            False,
            _MONEY,
        ),
        Kind(
            "virement",
            "virement",
            Virement,
            *_PROGRAMME,
            "effective_on",
            ("from_line", "from_year", "to_line", "to_year", "amount_pence", "decided_by", "effective_on"),
            ("reason",),
            True,
            {**_MONEY, "reason": "why_moved"},
        ),
        Kind(
            "forecast",
            "forecast",
            LineForecast,
            *_PROGRAMME,
            "effective_on",
            (*_LINE, "effective_on"),
            (),
            False,
            _MONEY,
        ),
        Kind(
            "launch",
            "launch or plan",
            Launch,
            *_PROGRAMME,
            "effective_on",
            ("effective_on", "precision"),
            ("kind", "place", "phase"),
            True,
            {"effective_on": "on", "kind": "what", "place": "borough"},
        ),
        Kind(
            "duty-done",
            "duty done",
            DutyDone,
            *_PROGRAMME,
            "effective_on",
            ("evidence", "effective_on"),
            ("key",),
            False,
            {**_DAY, "key": "duty"},
        ),
        Kind(
            "lost-tag-price",
            "price of a lost tag",
            TagPrice,
            *_PROGRAMME,
            "effective_on",
            ("amount_pence", "source", "effective_on"),
            ("contract",),
            True,
            _MONEY,
        ),
        Kind(
            "place",
            "move of a place",
            PlaceEvent,
            Scope.LICENCE,
            Area.CASES,
            "effective_on",
            ("effective_on",),
            ("move", "reason", "over_reason"),
            False,
            {**_DAY, "reason": "why_given_up"},
        ),
        Kind(
            "licence-move",
            "move of a licence",
            LicenceEvent,
            Scope.LICENCE,
            Area.CASES,
            "at",
            ("move", "at", "recall_type", "end_reason", "note"),
        ),
        Kind("custody", "time in custody", Custody, Scope.LICENCE, Area.CASES, "from_at", ("from_at", "to_at", "note")),
        Kind(
            "alert-step",
            "step of an alert",
            AlertEvent,
            Scope.ALERT,
            Area.CASES,
            "at",
            ("move", "at", "decided_by", "note", "kind"),
            ("alert_id",),
            False,
            {"kind": "alert_of", "alert_id": "alert"},
        ),
        Kind(
            "proportionate",
            "decision of probation",
            Proportionality,
            Scope.LICENCE,
            Area.CASES,
            "decided_on",
            ("proportionate", "decided_by", "organisation", "reasons", "decided_on"),
            (),
            False,
            {"decided_on": "on"},
        ),
        Kind(
            "terms",
            "terms of a licence",
            LicenceTerms,
            Scope.LICENCE,
            Area.CASES,
            "planned_release_on",
            ("offence_code", "knife_involved", "knife_basis", "prison", "planned_release_on", "ends_on"),
            (),
            True,
        ),
        Kind(
            "screening",
            "screening",
            Screening,
            Scope.LICENCE,
            Area.CASES,
            "screened_on",
            (),
            ("screened_on", "answer", "rules_version"),
            False,
            {"screened_on": "on"},
        ),
        Kind(
            "note",
            "note",
            LicenceNote,
            Scope.LICENCE,
            Area.CASES,
            "effective_on",
            ("words", "effective_on"),
            (),
            False,
            _DAY,
        ),
        Kind(
            "address",
            "address",
            Address,
            Scope.PERSON,
            Area.CASES,
            "from_on",
            ("borough_stated", "x_mm", "y_mm", "postcode", "line", "from_on"),
            ("borough_found",),
            True,
            {"borough_stated": "borough", "from_on": "on"},
        ),
        Kind(
            "score",
            "score",
            OgrsScore,
            Scope.PERSON,
            Area.CASES,
            "scored_on",
            ("pct_hundredths", "instrument", "version", "horizon_years", "given_by", "scored_on"),
            ("rounded", "computed"),
            False,
            {"pct_hundredths": "score", "scored_on": "on"},
        ),
        Kind(
            "tag-move",
            "move of a tag",
            TagEvent,
            Scope.TAG,
            Area.CASES,
            "at",
            ("at", "licence_id", "note"),
            ("move",),
            False,
            {"licence_id": "licence"},
        ),
        Kind("device-model", "model of a device", DeviceModel, Scope.DEVICE, Area.CASES, "recorded_at", ("model",)),
        Kind(
            "assignment",
            "assignment",
            Assignment,
            Scope.DEVICE,
            Area.CASES,
            "fitted_at",
            ("wearer_id", "fitted_at", "removed_at"),
            (),
            False,
            {"wearer_id": "wearer"},
        ),
        Kind(
            "retention-period",
            "retention period",
            RetentionPolicy,
            Scope.NONE,
            Area.KEEPING,
            "effective_on",
            ("days", "source", "effective_on"),
            ("kind", "sample"),
            True,
            {**_DAY, "kind": "of"},
        ),
        Kind(
            "review-reader",
            "reader of the restricted review",
            ReviewReader,
            Scope.PROGRAMME,
            Area.KEEPING,
            "until_on",
            ("until_on",),
            ("reader", "reason"),
            True,
            {"until_on": "until", "reason": "why_named"},
        ),
        Kind(
            "subject-access-step",
            "step of a subject access request",
            SubjectAccessEvent,
            Scope.REQUEST,
            Area.KEEPING,
            "effective_on",
            ("effective_on", "note"),
            ("move", "subject_access_id"),
            False,
            {**_DAY, "subject_access_id": "request"},
        ),
    )
}
