"""An impact analysis: for a person at a terminal, and for another program."""

from typing import Any

from api.wording.text import table
from tracker.evaluation.analysis.effect_service import Analysis, Row
from tracker.evaluation.statistics.outcomes import CONTRAST_WORDS
from tracker.evaluation.statistics.survival import WORDS as SURVIVAL_WORDS


def in_words(told: Analysis) -> list[str]:
    rows = [
        [
            p.group,
            _count(p.people),
            _count(p.not_yet),
            _count(p.events),
            "-" if p.share is None else f"{p.share:.1%} ({p.low:.1%} to {p.high:.1%})",
            p.withheld or "",
        ]
        for p in told.proportions
    ]
    lines = [f"{told.outcome.value.capitalize()} within 12 months, as at {told.as_at}", ""]
    lines.append(table(["group", "known", "not yet", "did", "share (95 %)", ""], rows))
    c = told.contrast
    if c is not None and c.difference is not None and c.difference_low is not None and c.difference_high is not None:
        low, high = c.difference_low * 100, c.difference_high * 100
        lines += ["", f"as they are: {c.difference * 100:+.1f} points ({low:+.1f} to {high:+.1f})"]
        if c.e_value is not None:
            lines.append(f"E-value {c.e_value:.2f}, of the interval's limit {c.e_value_limit:.2f}")
        lines += list(CONTRAST_WORDS)
    if told.design is not None:
        lines += [
            "",
            *told.design.words,
            "",
            "Balance, the worst first",
            table(_TITLES, [_line(r) for r in told.balance]),
        ]
    if told.effect is not None:
        e = told.effect
        lines += [
            "",
            f"effect on the tagged: {e.difference * 100:+.1f} points ({e.low * 100:+.1f} to {e.high * 100:+.1f}), "
            f"{e.risk_tagged:.1%} beside {e.risk_comparison:.1%}",
            *e.words,
        ]
        if told.e_value is not None:
            lines.append(f"E-value {told.e_value:.2f}: as strong would have to be what is not in the data")
    for curve in told.curves:
        if curve.withheld or not curve.months:
            lines += ["", f"free of reoffending, {curve.group}: {curve.withheld or curve.stopped}"]
            continue
        steps = [[str(m.month), str(m.at_risk), f"{m.free:.1%}", _interval(m.low, m.high)] for m in curve.months]
        lines += ["", table([f"{curve.group}, month", "at risk", "free", "95 %"], steps)]
        lines += [curve.stopped] if curve.stopped else []
    if told.curves:
        lines += list(SURVIVAL_WORDS)
    if told.why_not:
        lines += ["", f"No comparison is made: {told.why_not}"]
    return lines


_TITLES = ["covariate", "tagged", "others", "difference before", "after", ""]


def _line(row: Row) -> list[str]:
    b = row.balance
    if row.withheld:
        return [b.words, "too few", "too few", "-", "-", "unbalanced" if b.unbalanced else ""]
    return [
        b.words,
        f"{b.mean_tagged:.3g}",
        f"{b.mean_comparison:.3g}",
        f"{b.smd_before:+.3f}",
        f"{b.smd_after:+.3f}",
        "unbalanced" if b.unbalanced else "",
    ]


def _count(n: int | None) -> str:
    return "withheld" if n is None else f"{n:,}"


def _interval(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.1%} to {high:.1%}"


def plain(told: Analysis) -> dict[str, Any]:
    e, d = told.effect, told.design
    return {
        "asAt": told.as_at.isoformat(),
        "k": told.k,
        "outcome": told.outcome.value,
        "proportions": [
            {
                "group": p.group,
                "people": p.people,
                "notYet": p.not_yet,
                "exited": p.exited,
                "events": p.events,
                "share": p.share,
                "low": p.low,
                "high": p.high,
                "withheld": p.withheld,
            }
            for p in told.proportions
        ],
        "contrast": _contrast(told),
        "design": None
        if d is None
        else {
            "method": d.method.value,
            "covariates": list(d.covariates),
            "tagged": d.n_tagged,
            "comparison": d.n_comparison,
            "effectiveComparison": d.effective_comparison,
            "words": list(d.words),
        },
        "balance": [_balance(row) for row in told.balance],
        "effect": None
        if e is None
        else {
            "difference": e.difference,
            "low": e.low,
            "high": e.high,
            "riskTagged": e.risk_tagged,
            "riskComparison": e.risk_comparison,
            "tagged": e.n_tagged,
            "comparison": e.n_comparison,
            "eValue": told.e_value,
            "words": list(e.words),
        },
        "curves": [
            {
                "group": c.group,
                "withheld": c.withheld,
                "stopped": c.stopped,
                "months": [
                    {"month": m.month, "atRisk": m.at_risk, "free": m.free, "low": m.low, "high": m.high}
                    for m in c.months
                ],
            }
            for c in told.curves
        ],
        "whyNot": told.why_not,
    }


def _contrast(told: Analysis) -> dict[str, Any] | None:
    c = told.contrast
    if c is None:
        return None
    return {
        "difference": c.difference,
        "low": c.difference_low,
        "high": c.difference_high,
        "ratio": c.ratio,
        "ratioLow": c.ratio_low,
        "ratioHigh": c.ratio_high,
        "eValue": c.e_value,
        "eValueOfLimit": c.e_value_limit,
        "withheld": c.withheld,
        "words": list(CONTRAST_WORDS),
    }


def _balance(row: Row) -> dict[str, Any]:
    b = row.balance
    shown = not row.withheld
    return {
        "covariate": b.covariate,
        "level": b.level or None,
        "meanTagged": b.mean_tagged if shown else None,
        "meanComparison": b.mean_comparison if shown else None,
        "smdBefore": b.smd_before if shown else None,
        "smdAfter": b.smd_after if shown else None,
        "unbalanced": b.unbalanced,
        "withheld": row.withheld,
    }
