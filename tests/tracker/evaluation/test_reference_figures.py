"""Curves and weights against the figures of two independent libraries, lifelines 0.30 and scikit-learn
1.7, taken once and written down here."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from tests.support.followed import of_spells
from tracker.evaluation.statistics.comparison import Method, design
from tracker.evaluation.statistics.ridge_logit import PENALTY, log_odds
from tracker.evaluation.statistics.survival import curves

TAGGED = of_spells([(d * 7 % 365, d % 3 == 0) for d in range(1, 90)])
OTHER = of_spells([(d * 11 % 365, d % 4 == 0) for d in range(1, 120)], "other")
THIRD = of_spells([(d * 5 % 300, d % 5 == 0) for d in range(1, 100)], "third")

# scikit-learn's LogisticRegression(C=1e6), as odds; 0 beyond the tagged people's propensities.
WEIGHTS = [
    1.725595581, 0.302904388, 0.0, 0.491646452, 0.0, 0.389370269, 0.0, 0.44146004, 0.0, 0.716537201, 0.0, 0.567477466,
    0.204151527, 0.643394334, 0.0, 1.044298311, 0.183312095, 0.827055119, 0.297535277, 0.937698163, 0.235639636,
    1.521985128, 0.267163395, 1.205369747, 0.43363497, 0.0, 0.343426795, 0.0, 0.389370269, 0.0,
]  # fmt: skip


@pytest.mark.parametrize(
    ("group", "month", "at_risk", "figures"),
    [
        ("other", 1, 109, (0.982898422527, 0.933332700042, 0.995696633825)),
        ("other", 6, 54, (0.809273260616, 0.708010489213, 0.878365230745)),
        ("tagged", 1, 81, (0.976737821565, 0.910162287541, 0.99413204952)),
        ("tagged", 6, 37, (0.749207294373, 0.624095245595, 0.837915762196)),
        ("third", 1, 86, (0.967901234568, 0.903675426539, 0.989546015525)),
        ("third", 6, 26, (0.754318727901, 0.614210964863, 0.849519059936)),
    ],
)
def test_curves_are_those_of_lifelines(
    group: str, month: int, at_risk: int, figures: tuple[float, float, float]
) -> None:
    months = {curve.group: curve.months for curve in curves([*TAGGED, *OTHER, *THIRD])}
    found = months[group][month]
    assert found.at_risk == at_risk
    assert (found.free, found.low, found.high) == pytest.approx(figures, abs=1e-10)


def test_weights_are_those_of_scikit_learn() -> None:
    tagged = [(f"t{i:02d}", True, 20.0 + (i * 7) % 19, "NSE"[i % 3]) for i in range(20)]
    others = [(f"c{i:02d}", False, 22.0 + (i * 11) % 23, "NSE"[i * i % 3]) for i in range(30)]
    people = pl.DataFrame([*tagged, *others], schema=["unit", "tagged", "age", "area"], orient="row")
    found = design(people, ["age", "area"], Method.WEIGHTS)
    assert found.frame.filter(~pl.col("tagged")).sort("unit")["weight"].to_list() == pytest.approx(WEIGHTS, rel=1e-8)
    assert found.effective_comparison == pytest.approx(14.357929908, abs=1e-7)


@given(st.integers(0, 2**32 - 1), st.integers(8, 60), st.integers(1, 4), st.sampled_from([0.2, 1.0, 50.0]))
def test_log_odds_are_where_the_penalised_likelihood_is_highest(seed: int, n: int, q: int, slope: float) -> None:
    rng = np.random.default_rng(seed)
    regressors = rng.normal(size=(n, q))
    yes = rng.random(n) < 1 / (1 + np.exp(-slope * regressors[:, 0]))
    yes[:2] = True, False
    x = np.column_stack([np.ones(n), regressors])
    fitted = log_odds(regressors, yes)
    coefficients = np.linalg.lstsq(x, fitted, rcond=None)[0]
    penalty = np.concatenate([[0.0], PENALTY * coefficients[1:]])
    slope_of_likelihood = x.T @ (yes - expit(fitted)) - penalty
    assert np.abs(slope_of_likelihood).max() < 1e-8
