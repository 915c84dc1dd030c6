"""An impact analysis in words."""

from api.schemas.evaluation.effects import AnalysisOut, BalanceOut, EffectOut
from api.schemas.evaluation.further import FurtherOut, GroupRiskOut
from api.views.evaluation.rollout_effect import protocol_in_words
from api.wording.text import table
from tracker.evaluation.statistics.survival import WORDS as SURVIVAL_WORDS


def analysis_in_words(found: AnalysisOut) -> list[str]:
    rows = [
        [
            p.group,
            _count(p.people),
            _count(p.not_yet),
            _count(p.events),
            "-" if p.share is None else f"{p.share:.1%} ({p.low:.1%} to {p.high:.1%})",
            p.withheld or "",
        ]
        for p in found.proportions
    ]
    lines = [f"{found.outcome.capitalize()} within 12 months, as at {found.as_at}", *finding(found), ""]
    lines += [*protocol_in_words(found.protocol), ""]
    plan = found.plan
    if plan is not None:
        since = "before any look" if not plan.looks_before else f"after look {plan.looks_before}"
        lines.append(f"by the plan {plan.name}, frozen by {plan.frozen_by} on {plan.frozen_at:%Y-%m-%d}, {since}")
    lines.append(f"look {found.look} at this outcome: each month's end at which an effect on it was told is one")
    held = found.comparison_set
    if held is not None:
        lines.append(
            f"compared with the set {held.name}, accepted by {held.accepted_by} on {held.accepted_at:%Y-%m-%d}"
        )
    else:
        lines.append("no set of comparison people was accepted: all on record are compared")
    lines.append(table(["group", "known", "not yet", "did", "share (95 %)", ""], rows))
    c = found.contrast
    if c is not None and c.difference is not None and c.low is not None and c.high is not None:
        low, high = c.low * 100, c.high * 100
        lines += ["", f"as they are: {c.difference * 100:+.1f} points ({low:+.1f} to {high:+.1f})"]
        if c.e_value is not None and c.e_value_of_limit is not None:
            lines.append(f"E-value {c.e_value:.2f}, of the interval's limit {c.e_value_of_limit:.2f}")
        lines += c.words
    if found.design is not None:
        lines += [
            "",
            *found.design.words,
            "",
            "Balance, the worst first",
            table(_TITLES, [_line(r) for r in found.balance]),
        ]
    if found.effect is not None:
        e = found.effect
        lines += [
            "",
            f"{found.protocol.estimand}: {e.difference * 100:+.1f} points ({e.low * 100:+.1f} to {e.high * 100:+.1f}), "
            f"{e.risk_tagged:.1%} against {e.risk_comparison:.1%}",
            *relative(e),
            *e.words,
        ]
        lines += further_in_words(found.further)
    for curve in found.curves:
        if curve.withheld or not curve.months:
            lines += ["", f"free of reoffending, {curve.group}: {curve.withheld or curve.stopped}"]
            continue
        steps = [[str(m.month), str(m.at_risk), f"{m.free:.1%}", _interval(m.low, m.high)] for m in curve.months]
        lines += ["", table([f"{curve.group}, month", "at risk", "free", "95 %"], steps)]
        lines += [curve.stopped] if curve.stopped else []
    if found.log_rank is not None:
        test = found.log_rank
        lines += [
            "",
            f"log-rank test of the curves as they are, without adjusting: chi-square {test.statistic:g}, p {test.p:g}",
        ]
    if found.curves:
        lines += list(SURVIVAL_WORDS)
    if found.why_not:
        lines += ["", f"No comparison is made: {found.why_not}"]
    return [*lines, "", "What was assumed", *found.assumed]


def finding(found: AnalysisOut) -> list[str]:
    """First of all: what was found, as one would say it."""
    e = found.effect
    if e is None:
        return []
    points = abs(e.difference) * 100
    way = "fewer" if e.difference < 0 else "more"
    says = f"{points:.1f} in 100 people {way} with the condition than without"
    if e.low <= 0 <= e.high:
        return [f"{says}; the interval holds no difference too: {e.low * 100:+.1f} to {e.high * 100:+.1f} in 100"]
    return [f"{says} (95 %: {e.low * 100:+.1f} to {e.high * 100:+.1f} in 100)"]


def relative(e: EffectOut) -> list[str]:
    """The ratio, and how strong a hidden cause would have to be."""
    if e.ratio is None or e.ratio_low is None or e.ratio_high is None:
        return []
    lines = [f"risk ratio {e.ratio:.2f} ({e.ratio_low:.2f} to {e.ratio_high:.2f})"]
    if e.e_value is not None and e.e_value_of_limit is not None:
        lines.append(
            f"E-value {e.e_value:.2f}, of the interval's limit {e.e_value_of_limit:.2f}: a cause outside the data "
            "would have to go with condition and outcome by such a risk ratio to explain it"
        )
    return lines


def further_in_words(f: FurtherOut) -> list[str]:
    """What stands beside an effect."""
    lines: list[str] = []
    numbers = [("reoffences a person", f.frequency), ("severity a person, years", f.severity)]
    rows = [
        [
            name,
            f"{n.mean_tagged:.2f}",
            f"{n.mean_comparison:.2f}",
            f"{n.difference:+.2f} ({n.low:+.2f} to {n.high:+.2f})",
        ]
        for name, n in numbers
        if n is not None
    ]
    if rows:
        lines += ["", table(["mean", "tagged", "others", "difference (95 %)"], rows)]
    if f.competing:
        rows = [
            [c.first, _risk(c.tagged), _risk(c.comparison), f"{c.difference:+.1%} ({c.low:+.1%} to {c.high:+.1%})"]
            for c in f.competing
        ]
        lines += ["", table(["first event", "tagged", "others", "difference (95 %)"], rows)]
    if f.shorter:
        rows = [[str(s.days), f"{s.difference:+.1%} ({s.low:+.1%} to {s.high:+.1%})"] for s in f.shorter]
        lines += ["", table(["followed for, days", "difference (95 %)"], rows)]
    if f.hidden_cause:
        rows = [[f"{h.gamma:g}", f"{h.p:.3f}" if h.p >= 0.001 else "under 0.001"] for h in f.hidden_cause]
        lines += ["", table(["gamma", "largest p, one-sided"], rows), _explained(f.explained_from)]
    return [*lines, *f.words]


def _explained(gamma: float | None) -> str:
    if gamma is None:
        return "chance alone could bring about as large a difference, without any hidden cause"
    return (
        f"a hidden cause by which two people alike in the covariates differ {gamma:g}-fold in their odds of the "
        "condition could explain the difference (Rosenbaum)"
    )


def _risk(r: GroupRiskOut) -> str:
    return f"{r.risk:.1%} ({r.low:.1%} to {r.high:.1%})"


_TITLES = ["covariate", "tagged", "others", "difference before", "after", ""]


def _line(b: BalanceOut) -> list[str]:
    if b.withheld or b.mean_tagged is None or b.mean_comparison is None:
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
