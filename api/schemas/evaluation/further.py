"""What stands beside an effect on the wire: frequency, severity, competing risks, shorter follow-ups, hidden causes."""

from api.schemas.wire import Wire
from tracker.evaluation.analysis.further import Further
from tracker.evaluation.statistics.effect import Effect
from tracker.evaluation.statistics.estimates.incidence import Risk


class NumberOut(Wire, frozen=True, kw_only=True):
    """Means a person in both groups, of numbers of reoffences or of their severity in years, and their difference."""

    difference: float
    low: float
    high: float
    mean_tagged: float
    mean_comparison: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


class GroupRiskOut(Wire, frozen=True, kw_only=True):
    """A risk with its 95 % interval."""

    risk: float
    low: float
    high: float


class CompetingOut(Wire, frozen=True, kw_only=True):
    """What came first, a reoffence or a recall: risks in both groups and their difference, unadjusted."""

    first: str
    tagged: GroupRiskOut
    comparison: GroupRiskOut
    difference: float
    low: float
    high: float


class ShorterOut(Wire, frozen=True, kw_only=True):
    """The effect by a shorter follow-up."""

    days: int
    difference: float
    low: float
    high: float


class HiddenCauseOut(Wire, frozen=True, kw_only=True):
    """Rosenbaum's bound: the largest one-sided p where two people alike in the covariates may differ in their odds of
    being tagged by up to `gamma`."""

    gamma: float
    p: float


class FurtherOut(Wire, frozen=True, kw_only=True):
    """What stands beside an effect. `explainedFrom`: the gamma from which on a hidden cause could explain the effect;
    null where chance alone could."""

    frequency: NumberOut | None
    severity: NumberOut | None
    competing: list[CompetingOut]
    shorter: list[ShorterOut]
    hidden_cause: list[HiddenCauseOut]
    explained_from: float | None
    words: list[str]


def further_answer(f: Further) -> FurtherOut:
    return FurtherOut(
        frequency=_number(f.frequency),
        severity=_number(f.severity),
        competing=[
            CompetingOut(
                first=c.first,
                tagged=_risk(c.tagged),
                comparison=_risk(c.comparison),
                difference=c.difference.difference,
                low=c.difference.low,
                high=c.difference.high,
            )
            for c in f.competing
        ],
        shorter=[
            ShorterOut(days=days, difference=e.difference, low=e.low, high=e.high)
            for days, e in (f.shorter or {}).items()
        ],
        hidden_cause=[HiddenCauseOut(gamma=b.gamma, p=b.p) for b in f.bounds],
        explained_from=f.explained_from,
        words=list(f.words),
    )


def _number(e: Effect | None) -> NumberOut | None:
    if e is None:
        return None
    return NumberOut(
        difference=e.difference,
        low=e.low,
        high=e.high,
        mean_tagged=e.risk_tagged,
        mean_comparison=e.risk_comparison,
        ratio=e.ratio,
        ratio_low=e.ratio_low,
        ratio_high=e.ratio_high,
    )


def _risk(r: Risk) -> GroupRiskOut:
    return GroupRiskOut(risk=r.risk, low=r.low, high=r.high)
