"""An impact analysis on the wire: proportions, balance, the difference with its interval, curves."""

from datetime import date

from api.schemas.evaluation.analysis_plans import AnalysisPlanOut, analysis_plan_out
from api.schemas.evaluation.comparison_sets import ComparisonSetOut, comparison_set_out
from api.schemas.evaluation.further import FurtherOut, further_answer
from api.schemas.evaluation.rollout import ProtocolOut, protocol_out
from api.schemas.wire import Wire
from tracker.evaluation.analysis.balance_told import BalanceRow
from tracker.evaluation.analysis.effect_service import ASSUMED, Analysis
from tracker.evaluation.releases.told import Told
from tracker.evaluation.statistics.outcomes import CONTRAST_WORDS


class ProportionOut(Wire, frozen=True, kw_only=True):
    """Of a group: whose outcome is known, whose is not known yet, how many had it, and the share with its 95 %
    interval; nothing where a count is withheld, and then `withheld` says why."""

    group: str
    people: int | None
    not_yet: int | None
    exited: int | None
    events: int | None
    share: float | None
    low: float | None
    high: float | None
    withheld: str | None


class ContrastOut(Wire, frozen=True, kw_only=True):
    """The two groups as they are: difference and ratio with 95 % intervals, and the E-value of each."""

    difference: float | None
    low: float | None
    high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    e_value: float | None
    e_value_of_limit: float | None
    withheld: str | None
    words: list[str]


class DesignOut(Wire, frozen=True, kw_only=True):
    """How the comparison group was made to look like the tagged."""

    method: str
    covariates: list[str]
    tagged: int
    comparison: int
    effective_comparison: float
    words: list[str]


class BalanceOut(Wire, frozen=True, kw_only=True):
    """A covariate in both groups; nothing where too few people have it."""

    covariate: str
    level: str | None
    words: str
    mean_tagged: float | None
    mean_comparison: float | None
    smd_before: float | None
    smd_after: float | None
    unbalanced: bool
    withheld: bool


class EffectOut(Wire, frozen=True, kw_only=True):
    """The effect on the tagged: the difference in risk with its 95 % interval."""

    difference: float
    low: float
    high: float
    risk_tagged: float
    risk_comparison: float
    tagged: int
    comparison: int
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    e_value: float | None
    e_value_of_limit: float | None
    words: list[str]


class CurveMonth(Wire, frozen=True, kw_only=True):
    month: int
    at_risk: int
    free: float
    low: float | None
    high: float | None


class CurveOut(Wire, frozen=True, kw_only=True):
    """The share of a group that is free of the outcome, month by month, until too few are at risk."""

    group: str
    withheld: str | None
    stopped: str | None
    months: list[CurveMonth]


class LogRankOut(Wire, frozen=True, kw_only=True):
    """Whether the curves are one, by the log-rank test: chi-square and its probability where they are."""

    statistic: float
    p: float


class AnalysisOut(Wire, frozen=True, kw_only=True):
    """The whole analysis; `whyNot`: why no comparison is made. `protocol`: the question, as a trial. `look`: at how
    many month ends effects on this outcome were told, with this one."""

    as_at: date
    k: int
    outcome: str
    protocol: ProtocolOut
    assumed: list[str]
    proportions: list[ProportionOut]
    contrast: ContrastOut | None
    design: DesignOut | None
    balance: list[BalanceOut]
    effect: EffectOut | None
    further: FurtherOut
    curves: list[CurveOut]
    why_not: str | None
    comparison_set: ComparisonSetOut | None = None
    plan: AnalysisPlanOut | None = None
    look: int = 1
    log_rank: LogRankOut | None = None


def analysis_out(told: Told[Analysis]) -> AnalysisOut:
    found = told.answer
    return AnalysisOut(
        as_at=found.as_at,
        k=found.k,
        outcome=found.outcome.value,
        protocol=protocol_out(found.protocol),
        assumed=list(ASSUMED),
        proportions=[
            ProportionOut(
                group=p.group,
                people=p.people,
                not_yet=p.not_yet,
                exited=p.exited,
                events=p.events,
                share=p.share,
                low=p.low,
                high=p.high,
                withheld=p.withheld,
            )
            for p in found.proportions
        ],
        contrast=_contrast(found),
        design=_design(found),
        balance=[_balance(row) for row in found.balance],
        effect=_effect(found),
        further=further_answer(found.further),
        curves=[
            CurveOut(
                group=c.group,
                withheld=c.withheld,
                stopped=c.stopped,
                months=[
                    CurveMonth(month=m.month, at_risk=m.at_risk, free=m.free, low=m.low, high=m.high) for m in c.months
                ],
            )
            for c in found.curves
        ],
        why_not=found.why_not,
        plan=None if found.plan is None else analysis_plan_out(found.plan),
        look=found.look,
        log_rank=None if found.log_rank is None else LogRankOut(statistic=found.log_rank.statistic, p=found.log_rank.p),
        comparison_set=None if found.comparison_set is None else comparison_set_out(found.comparison_set),
    )


def _contrast(found: Analysis) -> ContrastOut | None:
    c = found.contrast
    if c is None:
        return None
    return ContrastOut(
        difference=c.difference,
        low=c.difference_low,
        high=c.difference_high,
        ratio=c.ratio,
        ratio_low=c.ratio_low,
        ratio_high=c.ratio_high,
        e_value=c.e_value,
        e_value_of_limit=c.e_value_limit,
        withheld=c.withheld,
        words=list(CONTRAST_WORDS),
    )


def _design(found: Analysis) -> DesignOut | None:
    d = found.design
    if d is None:
        return None
    return DesignOut(
        method=d.method.value,
        covariates=list(d.covariates),
        tagged=d.n_tagged,
        comparison=d.n_comparison,
        effective_comparison=d.effective_comparison,
        words=list(d.words),
    )


def _effect(found: Analysis) -> EffectOut | None:
    e = found.effect
    if e is None:
        return None
    return EffectOut(
        difference=e.difference,
        low=e.low,
        high=e.high,
        risk_tagged=e.risk_tagged,
        risk_comparison=e.risk_comparison,
        tagged=e.n_tagged,
        comparison=e.n_comparison,
        ratio=e.ratio,
        ratio_low=e.ratio_low,
        ratio_high=e.ratio_high,
        e_value=e.e_value,
        e_value_of_limit=e.e_value_limit,
        words=list(e.words),
    )


def _balance(row: BalanceRow) -> BalanceOut:
    b, shown = row.balance, not row.withheld
    return BalanceOut(
        covariate=b.covariate,
        level=b.level or None,
        words=b.words,
        mean_tagged=b.mean_tagged if shown else None,
        mean_comparison=b.mean_comparison if shown else None,
        smd_before=b.smd_before if shown else None,
        smd_after=b.smd_after if shown else None,
        unbalanced=b.unbalanced,
        withheld=row.withheld,
    )
