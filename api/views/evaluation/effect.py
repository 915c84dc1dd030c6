"""An impact analysis in words."""

from api.schemas.evaluation.effects import AnalysisOut, BalanceOut
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
    lines = [f"{found.outcome.capitalize()} within 12 months, as at {found.as_at}", ""]
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
            f"effect on the tagged: {e.difference * 100:+.1f} points ({e.low * 100:+.1f} to {e.high * 100:+.1f}), "
            f"{e.risk_tagged:.1%} against {e.risk_comparison:.1%}",
            *e.words,
        ]
        if e.e_value is not None:
            lines.append(
                f"E-value {e.e_value:.2f}: a cause outside the data would have to be as strong to explain this"
            )
    for curve in found.curves:
        if curve.withheld or not curve.months:
            lines += ["", f"free of reoffending, {curve.group}: {curve.withheld or curve.stopped}"]
            continue
        steps = [[str(m.month), str(m.at_risk), f"{m.free:.1%}", _interval(m.low, m.high)] for m in curve.months]
        lines += ["", table([f"{curve.group}, month", "at risk", "free", "95 %"], steps)]
        lines += [curve.stopped] if curve.stopped else []
    if found.curves:
        lines += list(SURVIVAL_WORDS)
    if found.why_not:
        lines += ["", f"No comparison is made: {found.why_not}"]
    return lines


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
