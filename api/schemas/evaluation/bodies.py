"""What evaluators send: definitions of cohorts, tables, linkage, suppositions."""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from api.schemas.wire import Body
from tracker.evaluation.releases.calendar import latest_month_end

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Why = Annotated[str, msgspec.Meta(min_length=10, max_length=2000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Names = Annotated[list[Name], msgspec.Meta(max_length=64)]
Attribute = Literal["bcu", "phase", "month", "sex", "age", "ethnicity"]
Where = dict[Attribute, Annotated[list[Name], msgspec.Meta(min_length=1, max_length=200)]]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class CohortIn(Body, frozen=True, kw_only=True):
    """A cohort. `reached`: the step its people have reached; `where`: of these levels only. `days`: for how long it may
    be downloaded, 90 by default."""

    purpose: Literal["performance monitoring", "process evaluation", "impact analysis", "equality review"]
    justification: Why
    columns: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=64)]
    as_at: date | None = None
    reached: Name = "screened"
    where: Where = msgspec.field(default_factory=dict)
    comparison: bool = False
    dates: Literal["weeks since release", "months"] = "weeks since release"
    wide_ages: bool = False
    no_signal_over_hours: Annotated[int, msgspec.Meta(ge=1, le=720)] = 24
    small_classes: Literal["refuse", "blank"] = "refuse"
    class_at_least: Annotated[int, msgspec.Meta(ge=3, le=1000)] = 5
    weights: Literal["weights", "nearest", "exact"] | None = None
    covariates: Names = msgspec.field(default_factory=list)
    linked_to: Annotated[int, msgspec.Meta(ge=1, le=2**53)] | None = None
    linked_why: Why | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=366)] | None = None

    def definition(self, today: date) -> dict[str, Any]:
        """As `tracker.evaluation.cohort.parse` takes it."""
        fields = msgspec.structs.asdict(self)
        del fields["days"]
        return {**fields, "as_at": (self.as_at or latest_month_end(today)).isoformat()}


class TableIn(Body, frozen=True, kw_only=True):
    measure: Name
    by: Annotated[list[Attribute], msgspec.Meta(max_length=4)] = msgspec.field(default_factory=list)
    where: Where = msgspec.field(default_factory=dict)


class TablesIn(Body, frozen=True, kw_only=True):
    """Tables that leave together, of people as at a day. `k`: withhold below this; the programme's, or more."""

    tables: Annotated[list[TableIn], msgspec.Meta(min_length=1, max_length=40)]
    as_at: date | None = None
    k: Annotated[int, msgspec.Meta(ge=3, le=1000)] | None = None


class LinkageIn(Body, frozen=True, kw_only=True):
    """To whom the linkage file is to go, and what for."""

    linker: Text
    organisation: Text
    why: Why


class DecisionIn(Body, frozen=True, kw_only=True):
    """Why it is approved, refused or destroyed."""

    why: Why


class ReviewIn(Body, frozen=True, kw_only=True):
    as_at: date | None = None
    young_adult_to: Literal[20, 24, 29, 34, 39, 49] = 24


class ReaderIn(Body, frozen=True, kw_only=True):
    """A person who may read the restricted edition."""

    reader: Name
    until: date
    reason: Why


class ComparisonSetIn(Body, frozen=True, kw_only=True):
    """The name of a set of comparison people."""

    name: Name


class EffectSettings(Body, frozen=True, kw_only=True):
    """What an effect and a plan for one both state."""

    method: Literal["weights", "nearest", "exact", "aipw"] = "weights"
    covariates: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=30)]
    outcome: Literal["reoffended", "recalled"] = "reoffended"
    ratio: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    caliper: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.2
    contrast: Literal["as intended", "as treated"] = "as intended"
    estimand: Literal["tagged", "everyone"] = "tagged"
    grace_days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 14
    comparison_set: Name | None = None


class AnalysisPlanIn(EffectSettings, frozen=True, kw_only=True):
    """A plan for an effect: the settings of one, without a day, under a name."""

    name: Name


class EffectIn(EffectSettings, frozen=True, kw_only=True):
    """How the comparison group is made to look like the tagged, and by what. `contrast`: the condition imposed or not,
    or fitted within `graceDays` of release or not. `estimand`: the effect on the tagged, or on everyone (aipw)."""

    as_at: date | None = None
