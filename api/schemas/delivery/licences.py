"""Licences and screening on the wire.

Three decisions, never merged: eligible for a tag (by rule), proportionate (by a person at probation), eligible for
crime mapping (by tag and score). Wearers appear by reference.
"""

from datetime import date, datetime
from typing import Any, Literal

from api.schemas.delivery.attention import AgainstOut
from api.schemas.delivery.scores import ScoreOut
from api.schemas.fields import Instant, Long, Text
from api.schemas.wire import Body, LongStatePage, StateAnswer, Wire
from tracker.answers import Finding
from tracker.licences.queries import AlertNow
from tracker.screening.queries import Decided, RecordedScreening
from tracker.screening.service import ScreenedAgain

EndReasons = Literal["expired", "died", "deported", "transferred", "condition removed", "entered in error"]


class FindingOut(Wire, frozen=True, kw_only=True):
    """One criterion's answer. `seen`: the value it was answered by, in words; `source`: the paragraph that asks."""

    criterion: str
    answer: str
    seen: str
    rule: str
    source: str


class ScreeningOut(Wire, frozen=True, kw_only=True):
    """A screening with the version of the rules it was made by."""

    answer: str
    screened_on: date
    rules_version: str
    findings: list[FindingOut]


class ProportionateOut(Wire, frozen=True, kw_only=True):
    """What a person at probation decided, and who recorded it."""

    proportionate: bool
    decided_by: str
    organisation: str
    decided_on: date
    recorded_by: str
    reasons: str
    source: str


class MappingOut(Wire, frozen=True, kw_only=True):
    answer: str
    horizon_years: int
    findings: list[FindingOut]


class LicenceOut(Wire, frozen=True, kw_only=True):
    """A licence with its three decisions; nothing where it was not screened, or is not decided. `releaseOn`: the day
    of the release, or, until `released`, the planned one."""

    licence: str
    wearer: str
    release_on: date | None
    released: bool
    eligible_for_tag: ScreeningOut | None
    proportionate: ProportionateOut | None
    eligible_for_mapping: MappingOut
    state: str | None


class LicencePage(LongStatePage, frozen=True, kw_only=True):
    items: list[LicenceOut]


class AlertOut(Wire, frozen=True, kw_only=True):
    """An alert of the monitoring, its state, and its last step."""

    id: int
    licence: str
    kind: str
    state: str
    last: str
    at: datetime


class LicenceDetail(StateAnswer, frozen=True, kw_only=True):
    """A licence with every screening made of it, the wearer's scores, and its alerts; else as `LicenceOut`.

    `endReason`: of a licence that has ended, where it is on record; `against`: what speaks against its place and tags,
    and how each was settled."""

    licence: str
    wearer: str
    release_on: date | None
    released: bool
    eligible_for_tag: ScreeningOut | None
    proportionate: ProportionateOut | None
    eligible_for_mapping: MappingOut
    state: str
    recall_type: str | None
    ended_on: date | None
    end_reason: str | None
    against: list[AgainstOut]
    screenings: list[ScreeningOut]
    scores: list[ScoreOut]
    alerts: list[AlertOut]


class LicenceState(Wire, frozen=True, kw_only=True):
    reference: str
    wearer_ref: str
    state: str
    recall: str | None


class LicenceStates(LongStatePage, frozen=True, kw_only=True):
    """A page of the licences with their states, and the alerts of these."""

    licences: list[LicenceState]
    alerts: list[AlertOut]


class RescreenedOut(Wire, frozen=True, kw_only=True):
    """A licence screened again. `place`: what to know of the place it has reserved, in words."""

    licence: str
    wearer: str
    before: ScreeningOut | None
    answer: str
    rules_version: str
    findings: list[FindingOut]
    place: str | None


class Rescreened(StateAnswer, frozen=True, kw_only=True):
    screened: list[RescreenedOut]


class ProportionateDecided(Wire, frozen=True, kw_only=True):
    """`warning`: where the screening on record does not say that the licence is eligible."""

    licence: str
    proportionate: bool
    warning: str | None


class LicenceMoved(Wire, frozen=True, kw_only=True):
    """`against`: what speaks against the place and the tags of the licence after the move; `notes`: of the release,
    which answers of the screening it changed."""

    licence: str
    state: str
    against: list[AgainstOut]
    notes: list[str]


class CustodyEntered(Wire, frozen=True, kw_only=True):
    licence: str


class AlertRaised(Wire, frozen=True, kw_only=True):
    id: int


class AlertMoved(Wire, frozen=True, kw_only=True):
    id: int
    state: str


class ProportionateIn(Body, frozen=True, kw_only=True):
    """A person's decision at probation (PCD 570, 1.4)."""

    proportionate: bool
    decided_by: Text
    organisation: Text
    reasons: Long
    on: date | None = None


class LicenceMoveIn(Body, frozen=True, kw_only=True):
    """`recallType` with *recall*, `endReason` with *end*."""

    move: Literal["release", "recall", "return", "re-release", "end"]
    at: Instant
    recall_type: Literal["fixed term", "standard", "emergency"] | None = None
    end_reason: EndReasons | None = None
    note: Long | None = None


class CustodyIn(Body, frozen=True, kw_only=True):
    """`toAt`: nothing while the person is still in custody."""

    from_at: Instant
    to_at: Instant | None = None
    note: Long | None = None


class AlertIn(Body, frozen=True, kw_only=True):
    kind: Text
    at: Instant


AlertSteps = Literal[
    "verified", "found false", "no action", "warned", "called to a meeting", "varied", "answered by recall",
    "verify", "dismiss", "no-action", "warn", "meet", "vary", "recall",
]  # fmt: skip
"""By its name on record, or as the command line has it."""


class AlertMoveIn(Body, frozen=True, kw_only=True):
    """`move`: verified or found false; then what a practitioner decided, who is named in `decidedBy`."""

    move: AlertSteps
    at: Instant
    decided_by: Text | None = None
    note: Long | None = None


def finding_out(finding: Finding) -> FindingOut:
    return FindingOut(
        criterion=finding.criterion,
        answer=finding.answer.value,
        seen=finding.seen,
        rule=finding.rule,
        source=finding.source,
    )


def screening_out(held: RecordedScreening) -> ScreeningOut:
    return ScreeningOut(
        answer=held.answer.value,
        screened_on=held.screened_on,
        rules_version=held.rules_version,
        findings=[finding_out(finding) for finding in held.findings],
    )


def decisions_fields(each: Decided) -> dict[str, Any]:
    """The fields that `LicenceOut` and `LicenceDetail` share, but the state."""
    return {
        "licence": each.licence.reference,
        "wearer": each.licence.wearer_ref,
        "release_on": each.licence.release_on,
        "released": each.licence.released_at is not None,
        "eligible_for_tag": None if each.screening is None else screening_out(each.screening),
        "proportionate": _proportionate_out(each),
        "eligible_for_mapping": MappingOut(
            answer=each.mapping.answer.value,
            horizon_years=each.mapping.horizon_years,
            findings=[finding_out(finding) for finding in each.mapping.findings],
        ),
    }


def rescreened_out(each: ScreenedAgain) -> RescreenedOut:
    return RescreenedOut(
        licence=each.reference,
        wearer=each.wearer_ref,
        before=None if each.before is None else screening_out(each.before),
        answer=each.after.answer.value,
        rules_version=each.rules_version,
        findings=[finding_out(finding) for finding in each.after.findings],
        place=each.place,
    )


def alert_out(alert: AlertNow) -> AlertOut:
    return AlertOut(
        id=alert.alert_id,
        licence=alert.reference,
        kind=alert.kind,
        state=alert.state.value,
        last=alert.last,
        at=alert.at,
    )


def _proportionate_out(each: Decided) -> ProportionateOut | None:
    decision = each.proportionate
    if decision is None:
        return None
    return ProportionateOut(
        proportionate=decision.proportionate,
        decided_by=decision.decided_by,
        organisation=decision.organisation,
        decided_on=decision.decided_on,
        recorded_by=decision.recorded_by,
        reasons=decision.reasons,
        source=decision.source,
    )
