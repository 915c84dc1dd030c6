"""Comparison groups: matching and weights, balance, and the effect."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.balance import effective_size
from tracker.evaluation.statistics.comparison import Design, Method, design
from tracker.evaluation.statistics.covariates import as_matrix, checked
from tracker.evaluation.statistics.effect import Effect, effect


def table(*rows: tuple[Any, ...], names: tuple[str, ...] = ("x",)) -> pl.DataFrame:
    """Rows of (unit, tagged, covariates...)."""
    return pl.DataFrame(list(rows), schema=["unit", "tagged", *names], orient="row", infer_schema_length=None)


def weights(found: Design) -> dict[str, float]:
    return dict(found.frame.select("unit", "weight").iter_rows())


def sets(found: Design) -> dict[str, int | None]:
    return dict(found.frame.select("unit", "set").iter_rows())


@st.composite
def worlds(draw: st.DrawFn) -> pl.DataFrame:
    """Six or more people of either kind, some alike, with gaps."""
    n = draw(st.integers(12, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    tagged = np.arange(n) % 2 == 0
    age: list[float | None] = [None if rng.random() < 0.1 else float(v) for v in rng.integers(20, 26, n) - tagged]
    area: list[str | None] = [None if rng.random() < 0.1 else "NS"[int(v)] for v in rng.integers(0, 2, n)]
    frame = pl.DataFrame({"unit": [f"u{i:02d}" for i in range(n)], "tagged": tagged, "age": age, "area": area})
    return frame.with_columns(pl.col("age").cast(pl.Float64), pl.col("area").cast(pl.String))


# Exact

TWO_AREAS = table(
    ("t1", True, "N"), ("t2", True, "N"), ("t3", True, "S"),
    ("c1", False, "N"), ("c2", False, "S"), ("c3", False, "S"), ("c4", False, "S"), ("c5", False, "E"),
    names=("area",),
)  # fmt: skip


def test_strata_weigh_what_their_tagged_people_do() -> None:
    found = design(TWO_AREAS, ["area"], Method.EXACT)
    third = round(1 / 3, 9)
    assert weights(found) == {
        "t1": 1, "t2": 1, "t3": 1, "c1": 2, "c2": third, "c3": third, "c4": third, "c5": 0,
    }  # fmt: skip
    assert found.support.comparison_outside == 1
    assert found.support.tagged_outside == 0
    assert found.n_comparison == 4
    # (2 + 1)^2 / (4 + 3/9)
    assert found.effective_comparison == pytest.approx(9 / (4 + 1 / 3))
    assert any("0 tagged people and 1 others are in strata" in line for line in found.words)


def test_a_difference_within_strata_worked_by_hand() -> None:
    people = table(
        *((f"a{i}", True, "N") for i in range(4)),
        *((f"b{i}", True, "S") for i in range(2)),
        *((f"c{i}", False, "N") for i in range(2)),
        *((f"d{i}", False, "S") for i in range(4)),
        names=("area",),
    )
    yes = {"a0", "b0", "c0", "d0"}
    outcome = people.select("unit", pl.col("unit").is_in(yes).alias("outcome"))
    found = effect(design(people, ["area"], Method.EXACT), outcome)
    # N: 1/4 - 1/2, two thirds of the tagged; S: 1/2 - 1/4, one third.
    assert found.difference == pytest.approx(-0.25 * 2 / 3 + 0.25 / 3)
    assert found.risk_tagged == pytest.approx(2 / 6)
    assert found.risk_comparison == pytest.approx(1 / 2 * 2 / 3 + 1 / 4 / 3)
    # Each tagged person's difference: 1/2, -1/2 x3, 3/4, -1/4; s^2 of comparison people: 1/2 of two, 1/4 of four.
    each = np.var([0.5, -0.5, -0.5, -0.5, 0.75, -0.25], ddof=1) / 6
    variance = each + (2 / 3) ** 2 * 0.5 / 2 + (1 / 3) ** 2 * 0.25 / 4
    assert found.high - found.low == pytest.approx(2 * 1.959964 * variance**0.5)
    assert any("the interval is unreliable" in line for line in found.words)


def test_a_stratum_of_one_comparison_person_is_not_taken_for_certain() -> None:
    people = table(
        *((f"a{i}", True, "N") for i in range(3)), *((f"b{i}", True, "S") for i in range(3)),
        ("c0", False, "N"), *((f"d{i}", False, "S") for i in range(4)),
        names=("area",),
    )  # fmt: skip
    outcome = people.select("unit", pl.col("unit").is_in({"d0", "a0"}).alias("outcome"))
    found = effect(design(people, ["area"], Method.EXACT), outcome)
    # The pooled s^2 is that of S, 1/4.
    each = np.var([1, 0, 0, -0.25, -0.25, -0.25], ddof=1) / 6
    variance = each + 0.5**2 * 0.25 / 1 + 0.5**2 * 0.25 / 4
    assert found.high - found.low == pytest.approx(2 * 1.959964 * variance**0.5)


@given(worlds())
def test_exact_strata_leave_no_difference(people: pl.DataFrame) -> None:
    try:
        found = design(people, ["age", "area"], Method.EXACT)
    except Refused:
        return
    assert max(abs(row.smd_after) for row in found.balance) < 1e-6
    assert not found.unbalanced


# Nearest

LINE = table(
    ("t1", True, 1.0), ("t2", True, 2.0), ("t3", True, 9.0),
    ("c1", False, 0.0), ("c2", False, 1.1), ("c3", False, 2.2), ("c4", False, 3.0), ("c5", False, 12.0),
)  # fmt: skip


def test_the_nearest_is_matched_and_may_serve_several() -> None:
    found = design(LINE, ["x"], Method.NEAREST, caliper=1)
    assert sets(found) == {
        "t1": 1, "t2": 2, "t3": None, "c1": None, "c2": 1, "c3": 2, "c4": None, "c5": None,
    }  # fmt: skip
    assert weights(found)["c2"] == weights(found)["t1"] == 1
    assert weights(found)["t3"] == weights(found)["c5"] == 0
    assert found.support.tagged_unmatched == 1
    assert any("1 tagged people have no comparison person within the caliper" in line for line in found.words)
    assert any("for the tagged people who remain, not for all" in line for line in found.words)
    near = table(("t1", True, 1.0), ("t2", True, 1.2), ("c1", False, 1.1), ("c2", False, 5.0), ("c3", False, 0.0))
    both = design(near, ["x"], Method.NEAREST, caliper=50)
    assert weights(both) == {"t1": 1, "t2": 1, "c1": 2, "c2": 0, "c3": 0}
    assert sets(both)["t1"] == sets(both)["t2"] == sets(both)["c1"] == 1


def test_people_who_are_equally_near_share() -> None:
    people = table(
        ("t1", True, 1.0), ("t2", True, 2.0),
        ("c3", False, 1.0), ("c1", False, 1.0), ("c2", False, 1.0), ("c0", False, 2.0),
    )  # fmt: skip
    found = design(people, ["x"], Method.NEAREST)
    third = round(1 / 3, 9)
    assert weights(found) == {"t1": 1, "t2": 1, "c1": third, "c2": third, "c3": third, "c0": 1}
    assert len({sets(found)[u] for u in ("t1", "c1", "c2", "c3")}) == 1
    assert sets(found)["t2"] == sets(found)["c0"] != sets(found)["t1"]


def test_an_impossible_caliper_is_refused() -> None:
    with pytest.raises(Refused, match="widen the caliper"):
        design(LINE, ["x"], Method.NEAREST, caliper=1e-6)


# Weights


def test_weights_are_the_odds_of_being_tagged() -> None:
    rows = [("t", True, "N", 3), ("t", True, "S", 1), ("c", False, "N", 2), ("c", False, "S", 4)]
    people = table(
        *((f"{kind}{area}{i}", tagged, area) for kind, tagged, area, n in rows for i in range(n)), names=("area",)
    )
    found = weights(design(people, ["area"], Method.WEIGHTS))
    assert found["tN0"] == 1
    assert found["cN0"] == pytest.approx(3 / 2, rel=1e-4)
    assert found["cS3"] == pytest.approx(1 / 4, rel=1e-4)


def test_with_saturated_covariates_weights_and_strata_say_the_same() -> None:
    rng = np.random.default_rng(4)
    area, tagged = rng.choice(["N", "S", "E"], 400), rng.random(400) < 0.3
    people = pl.DataFrame({"unit": [f"u{i:03d}" for i in range(400)], "tagged": tagged, "area": area})
    outcome = people.select("unit", outcome=pl.Series(rng.random(400) < np.where(area == "N", 0.5, 0.2)))
    by_weights, by_strata = (
        effect(design(people, ["area"], method), outcome) for method in (Method.WEIGHTS, Method.EXACT)
    )
    assert by_weights.difference == pytest.approx(by_strata.difference, abs=1e-6)
    assert by_weights.high - by_weights.low == pytest.approx(by_strata.high - by_strata.low, rel=0.02)


def test_people_beyond_the_others_propensities_are_dropped_and_counted() -> None:
    found = design(LINE, ["x"], Method.WEIGHTS)
    kept = found.frame.filter(pl.col("weight") > 0)
    ours, theirs = kept.filter("tagged")["propensity"], kept.filter(~pl.col("tagged"))["propensity"]
    everyone = found.frame
    first, second = everyone.filter("tagged")["propensity"], everyone.filter(~pl.col("tagged"))["propensity"]
    assert ours.is_between(second.min(), second.max()).all()
    assert theirs.is_between(first.min(), first.max()).all()
    assert found.support.comparison_outside == 5 - len(theirs) == 2
    assert found.support.tagged_outside == 3 - len(ours) == 0


def test_groups_that_a_covariate_tells_apart_are_refused() -> None:
    people = table(("t1", True, 5.0), ("t2", True, 6.0), ("c1", False, 1.0), ("c2", False, 2.0))
    for method in (Method.WEIGHTS, Method.NEAREST):
        with pytest.raises(Refused, match="separate the two groups"):
            design(people, ["x"], method)
    with pytest.raises(Refused, match="no tagged person has the same values as a comparison person"):
        design(people, ["x"], Method.EXACT)


def test_kish() -> None:
    assert effective_size(np.array([2.0, 2.0, 2.0])) == 3
    assert effective_size(np.array([3.0, 1.0])) == 16 / 10
    assert effective_size(np.array([])) == 0


# Balance and gaps


def test_standardised_differences_worked_by_hand_the_worst_first() -> None:
    people = table(
        ("t1", True, 1.0, "N"), ("t2", True, 3.0, "N"), ("t3", True, 2.0, "S"), ("t4", True, 2.0, "S"),
        ("c1", False, 1.0, "N"), ("c2", False, 1.0, "S"), ("c3", False, 3.0, "S"), ("c4", False, 3.0, "S"),
        names=("x", "area"),
    )  # fmt: skip
    found = design(people, ["x", "area"], Method.WEIGHTS)
    rows = {(row.covariate, row.level): row for row in found.balance}
    assert set(rows) == {("x", ""), ("area", "N"), ("area", "S")}
    # Variances of x are 1/2 and 1, of N 1/4 and 3/16.
    assert rows["x", ""].smd_before == 0
    assert rows["area", "N"].smd_before == pytest.approx(0.25 / ((1 / 4 + 3 / 16) / 2) ** 0.5)
    sizes = [abs(row.smd_after) for row in found.balance]
    assert sizes == sorted(sizes, reverse=True)


def test_unbalanced_covariates_are_named() -> None:
    tagged, others = [1.0, 4.0, 4.0, 4.0, 4.0], [0.5, 1.5, 2.0, 2.2, 2.4, 2.6, 5.0]
    people = table(
        *((f"t{i}", True, x) for i, x in enumerate(tagged)), *((f"c{i}", False, x) for i, x in enumerate(others))
    )
    found = design(people, ["x"], Method.NEAREST, caliper=50)
    assert [row.words for row in found.unbalanced] == ["x"]
    assert any("still unbalanced" in line and "x (+" in line for line in found.words)


def test_unknown_values_become_a_category_or_a_median_with_an_indicator() -> None:
    people = table(
        ("t1", True, 20.0, None), ("t2", True, None, "N"), ("c1", False, 30.0, "N"), ("c2", False, None, None),
        ("c3", False, 40.0, "N"), names=("age", "area"),
    )  # fmt: skip
    matrix = as_matrix(checked(people, ["age", "area"]), ["age", "area"])
    assert matrix.levels == (("age", ""), ("age", "not known"), ("area", "N"), ("area", "not known"))
    # Others first, then by age and area, the unknown first: c2, c1, c3, t2, t1.
    assert matrix.values[:, 0].tolist() == [30, 30, 40, 30, 20]
    assert matrix.values[:, 1].tolist() == [1, 0, 0, 1, 0]
    assert matrix.values[:, 3].tolist() == [1, 0, 0, 0, 1]
    assert len(set(matrix.strata)) == 5


# Laws


@settings(max_examples=40)
@given(worlds(), st.sampled_from(Method), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(people: pl.DataFrame, method: Method, random: Any) -> None:
    order = list(range(people.height))
    random.shuffle(order)
    try:
        first = design(people, ["age", "area"], method)
    except Refused:
        with pytest.raises(Refused):
            design(people[order], ["age", "area"], method)
        return
    second = design(people[order], ["age", "area"], method)
    assert first.frame.equals(second.frame)
    assert first == second
    used = first.frame.filter(pl.col("weight") > 0)
    assert used.height == first.n_tagged + first.n_comparison
    assert (used.filter("tagged")["weight"] == 1).all()


@settings(max_examples=30)
@given(worlds(), st.sampled_from(Method), st.integers(0, 2**32 - 1))
def test_renaming_everybody_changes_no_digit(people: pl.DataFrame, method: Method, seed: int) -> None:
    """An estimate once moved by nine points between names for the same people: ties went to whose hash came first."""
    rng = np.random.default_rng(seed)
    outcome = pl.Series(
        np.where(rng.random(people.height) < 0.1, rng.normal(0.5, 1, people.height), rng.integers(0, 2, people.height))
    )
    names = [f"n{i:02d}" for i in rng.permutation(people.height)]
    found: list[Effect | str] = []
    for units in (people["unit"], pl.Series(names)):
        frame = people.with_columns(unit=units)
        try:
            found.append(effect(design(frame, ["age", "area"], method), frame.select("unit", outcome=outcome)))
        except Refused as refused:
            found.append(str(refused))
    assert found[0] == found[1]


@settings(max_examples=40)
@given(worlds(), st.integers(1, 3))
def test_partners_are_the_nearest_and_within_the_caliper(people: pl.DataFrame, ratio: int) -> None:
    """The same by a search that looks at everybody."""
    try:
        found = design(people, ["age", "area"], Method.NEAREST, ratio=ratio)
    except Refused:
        return
    frame = found.frame
    assume(frame["propensity"].is_between(1e-4, 1 - 1e-4).all())
    p, tagged = frame["propensity"].to_numpy(), frame["tagged"].to_numpy()
    logit = np.log(p / (1 - p))
    width = 0.2 * ((logit[tagged].var() + logit[~tagged].var()) / 2) ** 0.5
    weight = np.zeros(len(p))
    low, high = max(logit[tagged].min(), logit[~tagged].min()), min(logit[tagged].max(), logit[~tagged].max())
    for i in np.flatnonzero(tagged & (logit >= low - 1e-7) & (logit <= high + 1e-7)):
        inside = [int(j) for j in np.flatnonzero(~tagged) if low - 1e-7 <= logit[j] <= high + 1e-7]
        near = sorted((float(abs(logit[j] - logit[i])), j) for j in inside if abs(logit[j] - logit[i]) <= width + 1e-6)
        assume(not near or abs(near[-1][0] - width) > 1e-5)
        partners = [j for apart, j in near if apart <= near[min(ratio, len(near)) - 1][0] + 1e-6]
        weight[i] = 1.0 if partners else 0.0
        weight[partners] += 1 / len(partners) if partners else 0
    assert frame["weight"].to_numpy() == pytest.approx(weight, abs=1e-6)


# Refusals


def test_there_have_to_be_people_of_both_kinds() -> None:
    for people in (table(("t1", True, 1.0), ("t2", True, 2.0)), table(("c1", False, 1.0))):
        with pytest.raises(Refused, match="some of both"):
            design(people, ["x"], Method.WEIGHTS)
    with pytest.raises(Refused, match="the table is empty"):
        design(pl.DataFrame({"unit": [], "tagged": []}), ["x"], Method.WEIGHTS)


@pytest.mark.parametrize(
    ("covariates", "said"),
    [
        (["age"], "no column 'age'"),
        ([], "covariates is empty"),
        (["x", "x"], "give each once"),
        (["tagged"], "neither unit"),
    ],
)
def test_covariates_that_cannot_be_used_are_named(covariates: list[str], said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        design(LINE, covariates, Method.WEIGHTS)


def test_a_unit_there_twice_a_date_and_an_infinite_number_are_refused() -> None:
    with pytest.raises(BadEntry, match="give each a unit of their own"):
        design(pl.concat([LINE, LINE[:1]]), ["x"], Method.WEIGHTS)
    with pytest.raises(BadEntry, match="a number or a category"):
        design(LINE.with_columns(x=pl.date(2025, 1, 1)), ["x"], Method.WEIGHTS)
    with pytest.raises(BadEntry, match="infinite"):
        design(LINE.with_columns(x=pl.col("x") / 0), ["x"], Method.WEIGHTS)
    with pytest.raises(BadEntry, match="caliper"):
        design(LINE, ["x"], Method.NEAREST, caliper=0)
    with pytest.raises(BadEntry, match="for each tagged"):
        design(LINE, ["x"], Method.NEAREST, ratio=0)


def test_a_person_used_without_an_outcome_is_an_error() -> None:
    found = design(TWO_AREAS, ["area"], Method.EXACT)
    outcome = TWO_AREAS.select("unit", outcome=pl.col("unit") == "t1")
    assert effect(found, outcome.filter(pl.col("unit") != "c5")).n_comparison == 4
    with pytest.raises(BadEntry, match="1 people of the design have no outcome"):
        effect(found, outcome.filter(pl.col("unit") != "c1"))
    with pytest.raises(BadEntry, match="give one for each"):
        effect(found, pl.concat([outcome, outcome]))
    with pytest.raises(BadEntry, match="true or false"):
        effect(found, outcome.rename({"outcome": "reoffended"}))
    with pytest.raises(Refused, match="everyone has the same outcome"):
        effect(found, outcome.with_columns(outcome=False))


def test_a_regression_on_too_few_people_is_refused() -> None:
    found = design(LINE, ["x"], Method.NEAREST, caliper=1)
    with pytest.raises(Refused, match="use fewer covariates"):
        effect(found, LINE.select("unit", outcome=pl.col("unit") == "t1"))
