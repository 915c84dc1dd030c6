"""The evaluator's pictures: flow of numbers, balance (love plot), curves, power, what became of matches. Each is a
chart with the message as its title, and goes out as SVG with its table as CSV. Made of the same Struct as the JSON:
what that withholds is None here, and no point is drawn for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from api.documents.charts.data import (
    About,
    AtRisk,
    Axis,
    BarChart,
    Chart,
    Dot,
    DotChart,
    Level,
    Line,
    LineChart,
)
from api.documents.charts.shown import csv_of, svg
from api.schemas.evaluation.effects import AnalysisOut, BalanceOut, CurveOut
from api.schemas.evaluation.measures import MatchQuality, PowerOut
from tracker.evaluation.statistics.accrual import WhatIf
from tracker.evaluation.statistics.balance import LIMIT
from tracker.evaluation.statistics.power import PowerDesign, power

SVG = "image/svg+xml"
_RECORD = "The record of the programme"
_FOLLOWED = (0, 3, 6, 9, 12)
_STEPS = ("matches", "decided", "confirmed", "released", "outcomes", "upheld")


def save(charts: Iterable[Chart], folder: Path) -> list[str]:
    """Write each as a picture and its table; the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for chart in charts:
        for suffix, content in ((".svg", svg(chart)), (".csv", csv_of(chart))):
            names.append(f"{chart.about.key}{suffix}")
            (folder / names[-1]).write_bytes(content)
    return names


def flow_chart(steps: Sequence[Mapping[str, int | str]], population: str) -> BarChart:
    """Of an export: people at each step; `people` is a count or *withheld*."""
    rows = [(str(step["step"]), _or_none(step["people"])) for step in steps]
    known = [(name, n) for name, n in rows if n is not None]
    title = "How many people reached each step is withheld"
    if known:
        (first, n), (last, m) = known[0], known[-1]
        title = f"Of {n:,} people {first}, {m:,} were {last}" if first != last else f"{n:,} people {first}"
    about = About(
        "flow", title, f"People who reached each step of the programme; {population}", "The record of the programme"
    )
    return BarChart(about, Axis("people", least=0), ("people",), tuple((name, (n,)) for name, n in rows), "step")


def _or_none(people: int | str) -> int | None:
    return people if isinstance(people, int) else None


def charts_of_effect(found: AnalysisOut) -> list[Chart]:
    """Those that there are data for."""
    charts: list[Chart] = []
    if found.balance:
        charts.append(balance_chart(found))
    if found.curves:
        charts.append(curves_chart(found))
    return charts


def balance_chart(found: AnalysisOut) -> DotChart:
    """The love plot: standardised differences before and after, the worst first."""
    bad = sum(row.unbalanced for row in found.balance)
    title = (
        f"No standardised difference is above {LIMIT:g} once people are compared"
        if not bad
        else f"{bad} of {len(found.balance)} differences are still above {LIMIT:g}"
    )
    design = found.design
    sizes = "" if design is None else f"; {design.tagged:,} tagged people and {design.comparison:,} others"
    about = About(
        "balance",
        title,
        f"Standardised difference of each covariate, tagged minus others, as at {found.as_at}{sizes}",
        "The record of the programme, and the comparison file",
        "too few people have it",
    )
    rows = tuple((row.words, (_dot(row, row.smd_before), _dot(row, row.smd_after))) for row in found.balance)
    band = (-LIMIT, LIMIT)
    return DotChart(about, Axis("standardised difference", places=2), ("before", "after"), rows, "covariate", band, 0)


def _dot(row: BalanceOut, value: float | None) -> Dot:
    return Dot(None if row.withheld or value is None else round(value, 4))


def curves_chart(found: AnalysisOut) -> LineChart:
    """Kaplan and Meier's curves by steps, with their bands and the people at risk."""
    lines = tuple(_line(curve) for curve in found.curves)
    ends = [(c.group, c.months[-1]) for c in found.curves if c.months and not c.withheld]
    title = "The curves are withheld: too few people"
    if ends:
        told = " and ".join(f"{100 * at.free:.0f} % of the {group} (month {at.month})" for group, at in ends)
        title = f"Free of {found.outcome}: {told}"
    at_risk = tuple((curve.group, tuple(_at_risk(curve, month) for month in _FOLLOWED)) for curve in found.curves)
    about = About(
        "curves",
        title,
        f"Share free of {found.outcome} by months since release, with 95 % bands, as at {found.as_at}",
        "The record of the programme, and imported outcomes; Kaplan and Meier",
        "months in which too few people left or reoffended",
    )
    x, y = Axis("months since release", least=0, most=12), Axis("free of it", "%", least=0, most=100)
    return LineChart(about, x, y, lines, (), AtRisk("people followed", _FOLLOWED, at_risk))


def _line(curve: CurveOut) -> Line:
    if curve.withheld or not curve.months:
        return Line(curve.group, ((0, None),))
    return Line(
        curve.group,
        tuple((m.month, round(100 * m.free, 2)) for m in curve.months),
        tuple(round(100 * (m.free if m.low is None else m.low), 2) for m in curve.months),
        tuple(round(100 * (m.free if m.high is None else m.high), 2) for m in curve.months),
        steps=True,
    )


def _at_risk(curve: CurveOut, month: int) -> int | None:
    """None, too, for a month that is not shown because too few people left or reoffended in it."""
    if curve.withheld:
        return None
    return next((m.at_risk for m in curve.months if m.month == month), None)


def power_chart(found: PowerOut, asked: WhatIf) -> LineChart:
    """The power by how many are tagged, for the drop that is supposed; now, at the end, and what would be needed."""
    marks = [("now", found.now and found.now.tagged), ("at the end", found.at_end and found.at_end.tagged)]
    marks.append(("needed", found.tagged_needed))
    known = [(name, n) for name, n in marks if n]
    most = max([300, *(n for _, n in known)])
    sizes = sorted({round(most * part / 20) for part in range(1, 25)})
    points = tuple((n, round(100 * _power(n, asked), 2)) for n in sizes)
    drop = f"{100 * asked.p_untagged:g} % to {100 * asked.p_tagged:g} %"
    title = "Too few people are tagged for the power of now to be told"
    if found.now is not None:
        needed = "" if found.tagged_needed is None else f"; {100 * asked.wanted:g} % would need {found.tagged_needed:,}"
        title = f"With {found.now.tagged:,} tagged people the power is {100 * found.now.power:.0f} %{needed}"
    others = "other" if asked.untagged_each == 1 else "others"
    about = About(
        "power",
        title,
        f"Chance to find a drop from {drop}, {asked.untagged_each:g} {others} for each tagged one, as at {found.as_at}",
        "Pooled z test of two proportions, both sides, 5 %",
    )
    levels = [Level(f"wanted: {100 * asked.wanted:g} %", 100 * asked.wanted)]
    levels += [Level(f"{name}: {n:,}", n, upright=True) for name, n in known]
    x, y = Axis("tagged people", least=0), Axis("power", "%", least=0, most=100)
    return LineChart(about, x, y, (Line("power", points),), tuple(levels))


def _power(tagged: int, asked: WhatIf) -> float:
    return power(PowerDesign(tagged, round(tagged * asked.untagged_each), asked.p_tagged, asked.p_untagged))


def charts_of_quality(found: MatchQuality) -> list[Chart]:
    """What became of matches, as a funnel; and whether the probability of presence was borne out."""
    totals = [(step, getattr(found.total, step)) for step in _STEPS]
    known = dict(totals)
    title = "How many matches were confirmed is withheld"
    if known["matches"] is not None and known["confirmed"] is not None:
        title = f"Of {known['matches']:,} matches {known['confirmed']:,} were confirmed"
    when = f"as at {found.as_at}"
    funnel = BarChart(
        About("matches", title, f"Matches by what became of them, {when}", _RECORD),
        Axis("matches", least=0),
        ("matches",),
        tuple((step, (n,)) for step, n in totals),
        "step",
    )
    brier = (
        "too few are decided to say how well" if found.brier is None else f"Brier score {found.brier:.3f}, 0 is best"
    )
    calibration = DotChart(
        About("calibration", f"Probability of presence against what reviewers found: {brier}",
              f"Share confirmed with its 95 % interval, and the mean probability, by probability, {when}", _RECORD),
        Axis("share", "%", least=0, most=100),
        ("confirmed", "probability"),
        tuple((s.name, (_share(s.share, s.low, s.high), _share(s.predicted))) for s in found.by_p_present),
        "probability of presence",
    )  # fmt: skip
    return [funnel, calibration] if found.by_p_present else [funnel]


def _share(value: float | None, low: float | None = None, high: float | None = None) -> Dot:
    if value is None:
        return Dot(None)
    if low is None or high is None:
        return Dot(round(100 * value, 1))
    return Dot(round(100 * value, 1), round(100 * low, 1), round(100 * high, 1))
