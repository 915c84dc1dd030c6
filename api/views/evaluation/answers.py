"""Tables, exports, power and quality of matches in words."""

from collections.abc import Mapping, Sequence

from api.schemas.evaluation.analysis_plans import AnalysisPlanOut, PlannedEffect
from api.schemas.evaluation.cohorts import ColumnList, ExportOut
from api.schemas.evaluation.comparison_sets import ComparisonSetOut
from api.schemas.evaluation.measures import DetectableOut, MatchQuality, MatchShare, PowerOut
from api.schemas.evaluation.tables import LedgerPage, TablesReleased
from api.wording.text import table

WITHHELD = "withheld"


def count(n: int | None) -> str:
    return WITHHELD if n is None else f"{n:,}"


def columns_in_words(found: ColumnList) -> list[str]:
    """The columns that may be exported."""
    rows = [[c.name, c.type, "yes" if c.told_by_others else "", c.words] for c in found.items]
    return [table(["column", "type", "others may know it", "meaning"], rows)]


def _group(where: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{name}: {' or '.join(levels)}" for name, levels in where.items()) or "all"


def tables_in_words(found: TablesReleased) -> list[str]:
    """One table for each measure, then the rates."""
    lines = [f"Release {found.release}, people as at {found.as_at}: {found.words}."]
    for measure in dict.fromkeys(cell.measure for cell in found.cells):
        rows = [[_group(cell.where), count(cell.people)] for cell in found.cells if cell.measure == measure]
        lines += ["", table([measure, "people"], rows)]
    if found.rates:
        rows = [[f"{rate.of} among {rate.among}", _group(rate.where), f"{rate.share:.1%}"] for rate in found.rates]
        lines += ["", table(["rate", "of", "share"], rows)]
    return lines


def ledger_in_words(found: LedgerPage) -> list[str]:
    """One line a release."""
    if not found.items:
        return ["No table was released."]
    rows = [[str(t.release), t.kind, str(t.as_at), str(t.k), t.recorded_by, t.words] for t in found.items]
    return [table(["release", "kind", "as at", "k", "by", ""], rows)]


def _counted(n: int | None) -> str:
    """Nothing of an export that was destroyed."""
    return "" if n is None else f"{n:,}"


def exports_in_words(exports: Sequence[ExportOut]) -> list[str]:
    """One line an export."""
    rows = [
        [
            str(e.id),
            e.definition.purpose,
            str(e.as_at),
            _counted(e.people),
            _counted(e.comparison),
            _counted(None if e.risk is None else e.risk.smallest_class),
            f"destroyed {e.destroyed_on}" if e.destroyed_on else f"until {e.expires_on}",
        ]
        for e in exports
    ]
    if not rows:
        return ["No cohort was exported."]
    return [table(["export", "purpose", "as at", "people", "comparison", "smallest class", "kept"], rows)]


def plans_in_words(plans: Sequence[AnalysisPlanOut]) -> list[str]:
    """One line a plan."""
    if not plans:
        return ["No analysis plan was frozen."]
    rows = [
        [p.name, p.plan.method, ", ".join(p.plan.covariates), p.plan.outcome, f"{p.frozen_at:%Y-%m-%d}", p.frozen_by,
         str(p.looks_before), p.sha256[:12]]
        for p in plans
    ]  # fmt: skip
    lines = [table(["plan", "method", "covariates", "outcome", "frozen", "by", "looks before", "digest"], rows)]
    return [*lines, *(f"{p.name}: {_settings_in_words(p.plan)}." for p in plans)]


def _settings_in_words(plan: PlannedEffect) -> str:
    """Every frozen setting, defaults included."""
    against = plan.comparison_set or "all comparison people on record"
    return (
        f"{plan.contrast}, on {plan.estimand}; within {plan.grace_days} days of release where as treated; up to "
        f"{plan.ratio} partners within a caliper of {plan.caliper:g} where by nearest neighbours; against {against}"
    )


def comparison_sets_in_words(sets: Sequence[ComparisonSetOut]) -> list[str]:
    """One line a set."""
    if not sets:
        return ["No set of comparison people was accepted."]
    rows = [[s.name, f"{s.people:,}", f"{s.accepted_at:%Y-%m-%d}", s.accepted_by, s.sha256[:12]] for s in sets]
    return [table(["set", "people", "accepted", "by", "digest"], rows)]


def power_in_words(found: PowerOut) -> list[str]:
    """Accrual by month, then the power now and at the last day to impose."""
    if found.fitted is None or found.exposure_days is None:
        return list(found.words)
    plan = "no maximum is stated" if found.planned is None else f"{found.planned} expected at most by now"
    lines = [
        f"{found.fitted} people fitted by {found.as_at} ({plan}); {found.exposure_days:,.0f} days monitored; "
        f"{found.boroughs} boroughs live",
        "",
        table(["fitted in", "people"], [[month, str(n)] for month, n in found.by_month.items()]),
        "",
    ]
    days = (("now", found.now), ("at the end", found.at_end))
    rows = [_detectable(when, at) for when, at in days if at is not None]
    lines.append(table(["", "day", "tagged", "against", "power", "smallest drop found"], rows))
    return [*lines, "", *found.words]


def _detectable(when: str, at: DetectableOut) -> list[str]:
    drop = "none" if at.smallest_drop is None else f"{at.smallest_drop * 100:.1f} points"
    return [when, str(at.on), str(at.tagged), str(at.untagged), f"{at.power:.0%}", drop]


def quality_in_words(found: MatchQuality) -> list[str]:
    """A table by strength, month, p_present and e_value each."""
    parts = (
        ("strength", found.by_strength),
        ("month", found.by_month),
        ("p_present", found.by_p_present),
        ("e", found.by_e_value),
    )
    lines: list[str] = []
    for name, shares in parts:
        titles = [name, "matches", "decided", "confirmed", "share (95 %)", "mean p_present", "released", "outcomes"]
        lines += [table([*titles, "borne out"], [_share(s) for s in shares]), ""]
    brier = "too few decided to say" if found.brier is None else f"{found.brier:.3f}"
    return [*lines, f"Brier score of p_present: {brier} (0 is best, a coin's is 0.25)", *found.words]


def _share(s: MatchShare) -> list[str]:
    return [
        s.name,
        count(s.matches),
        count(s.decided),
        count(s.confirmed),
        "-" if s.share is None else f"{s.share:.0%} ({s.low:.0%} to {s.high:.0%})",
        "-" if s.predicted is None else f"{s.predicted:.0%}",
        count(s.released),
        count(s.outcomes),
        count(s.upheld),
    ]
