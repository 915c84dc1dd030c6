"""The evaluator's pictures: the message as title, the figures of the Struct, and nothing that it withholds."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.documents.charts.data import Chart
from api.documents.charts.shown import alternative, csv_of, svg
from api.documents.evaluation_charts import (
    balance_chart,
    charts_of_effect,
    charts_of_quality,
    curves_chart,
    flow_chart,
    power_chart,
    save,
)
from api.schemas.evaluation.effects import BalanceOut, CurveMonth, CurveOut
from api.schemas.evaluation.measures import MatchShare
from tracker.evaluation.statistics.accrual import WhatIf

DAY = date(2021, 4, 30)


def _row(words: str, after: float | None, *, unbalanced: bool = False, withheld: bool = False) -> BalanceOut:
    return BalanceOut(
        covariate="sex", level="male", words=words, mean_tagged=None, mean_comparison=None, smd_before=0.317,
        smd_after=after, unbalanced=unbalanced, withheld=withheld,
    )  # fmt: skip


def _curve(group: str, frees: dict[int, tuple[int, float]], withheld: str | None = None) -> CurveOut:
    months = [CurveMonth(month=m, at_risk=n, free=free, low=None, high=None) for m, (n, free) in frees.items()]
    return CurveOut(group=group, withheld=withheld, stopped=None, months=months)


def _analysis(balance: list[BalanceOut], *curves: CurveOut) -> Any:
    return SimpleNamespace(as_at=DAY, outcome="proven reoffending", design=None, balance=balance, curves=list(curves))


def _all(chart: Chart) -> str:
    return svg(chart).decode() + csv_of(chart).decode() + alternative(chart)


def test_the_love_plot_shows_before_and_after_and_says_what_is_unbalanced() -> None:
    rows = [_row("age", 0.1534, unbalanced=True), _row("sex = male", -0.012)]
    chart = balance_chart(_analysis(rows))
    assert chart.about.title == "1 of 2 differences are still above 0.1"
    assert csv_of(chart).decode().splitlines()[1:] == ["age,0.317,0.1534", "sex = male,0.317,-0.012"]
    assert balance_chart(_analysis(rows[1:])).about.title.startswith("No standardised difference is above 0.1")


@pytest.mark.parametrize("hidden", [0.4321, -0.8765, None])
def test_a_difference_that_is_withheld_moves_nothing_in_the_picture(hidden: float | None) -> None:
    """Whatever it is: neither a point, nor the axis, nor the table, nor the words."""
    shown = [_row("age", 0.05), _row("few", hidden, withheld=True)]
    without = [_row("age", 0.05), _row("few", None, withheld=True)]
    assert _all(balance_chart(_analysis(shown))) == _all(balance_chart(_analysis(without)))
    assert "few,[c],[c]" in csv_of(balance_chart(_analysis(shown))).decode()


def test_curves_have_people_at_risk_and_a_withheld_group_is_named_without_a_point() -> None:
    seen = _curve("comparison", {0: (900, 1.0), 3: (812, 0.9022), 12: (575, 0.6389)})
    secret = {0: (12, 1.0), 3: (11, 0.7777), 12: (9, 0.5555)}
    gone, empty = (_curve("tagged", each, "fewer than 10 people have it") for each in (secret, {}))
    chart = curves_chart(_analysis([], seen, gone))
    assert chart.about.title == "Free of proven reoffending: 64 % of the comparison (month 12)"
    table = csv_of(chart).decode()
    # A month that is not shown has no count of people at risk either.
    assert "3,90.22,90.22,90.22,[z],812,[c]" in table
    assert "6,[z],[z],[z],[z],[c],[c]" in table
    assert _all(chart) == _all(curves_chart(_analysis([], seen, empty)))
    assert "withheld" in alternative(chart).lower()
    assert curves_chart(_analysis([], gone)).about.title == "The curves are withheld: too few people"
    assert [c.about.key for c in charts_of_effect(_analysis([_row("age", 0.1)], seen))] == ["balance", "curves"]
    assert charts_of_effect(_analysis([])) == []


def test_the_power_curve_marks_now_and_needed_and_tells_nothing_while_too_few_are_tagged() -> None:
    now = SimpleNamespace(tagged=300, power=0.4673)
    found: Any = SimpleNamespace(as_at=DAY, now=now, at_end=None, tagged_needed=668)
    chart = power_chart(found, WhatIf())
    assert chart.about.title == "With 300 tagged people the power is 47 %; 80 % would need 668"
    assert [level.words for level in chart.levels] == ["wanted: 80 %", "now: 300", "needed: 668"]
    points = dict(chart.lines[0].points)
    assert points[668] == pytest.approx(80, abs=0.1)
    few = power_chart(SimpleNamespace(as_at=DAY, now=None, at_end=None, tagged_needed=668), WhatIf())  # type: ignore[arg-type]
    assert few.about.title == "Too few people are tagged for the power of now to be told"
    assert "now" not in [level.words.split(":")[0] for level in few.levels]


def _share(name: str, n: int | None) -> MatchShare:
    counts: dict[str, Any] = dict.fromkeys(("matches", "decided", "confirmed", "released", "outcomes", "upheld"), n)
    return MatchShare(name=name, **counts, share=None if n is None else 0.5, low=0.3, high=0.7, predicted=None)


def test_a_funnel_has_no_total_of_which_a_part_is_withheld() -> None:
    whole: Any = SimpleNamespace(as_at=DAY, total=_share("all", 60), by_p_present=[], brier=None)
    [funnel] = charts_of_quality(whole)
    assert funnel.about.title == "Of 60 matches 60 were confirmed"
    part: Any = SimpleNamespace(as_at=DAY, total=_share("all", None), by_p_present=[_share("0 to 1", None)], brier=0.1)
    funnel, calibration = charts_of_quality(part)
    assert funnel.about.title == "How many matches were confirmed is withheld"
    assert csv_of(funnel).decode().count("[c]") == 6
    assert "0 to 1,[c],[c]" in csv_of(calibration).decode()


def test_the_flow_says_how_many_of_those_screened_came_to_the_last_step_that_is_shown(tmp_path: Path) -> None:
    chart = flow_chart(
        [{"step": "screened", "people": 300}, {"step": "fitted", "people": "withheld"}], "as at 2021-04-30"
    )
    assert chart.about.title == "300 people screened"
    assert save([chart], tmp_path / "pictures") == ["flow.svg", "flow.csv"]
    assert (tmp_path / "pictures" / "flow.svg").read_bytes() == svg(chart)
    assert "fitted,[c]" in (tmp_path / "pictures" / "flow.csv").read_text(encoding="utf-8-sig")
