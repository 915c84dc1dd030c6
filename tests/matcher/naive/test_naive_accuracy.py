"""The slow twin of stated accuracies, by hand."""

import math

import numpy as np
import pytest

from tests.support.naive.accuracy import LEVELS, quantile, radius_68, sigma_of_radius


def test_a_68_per_cent_radius_is_what_it_says() -> None:
    assert [radius_68(mm, level) for mm in (1, 10_000, 99_999) for level in (0, 68)] == [
        1,
        1,
        10_000,
        10_000,
        *[99_999] * 2,
    ]


def test_nothing_stated_and_nought_are_not_known() -> None:
    assert radius_68(None) is None
    assert [radius_68(0, level) for level in LEVELS] == [None] * 4
    assert sigma_of_radius(0.0, 95) is None


def test_the_radius_at_95_per_cent_is_nearly_two_and_a_half_sigma() -> None:
    # sqrt(-2 ln .05) = 2.4477, sqrt(-2 ln .1) = 2.1460, sqrt(-2 ln .32) = 1.5096.
    assert sigma_of_radius(24.477, 95) == pytest.approx(10, rel=1e-4)
    assert sigma_of_radius(21.460, 90) == pytest.approx(10, rel=1e-4)
    assert sigma_of_radius(15.096, 68) == pytest.approx(10, rel=1e-4)
    assert radius_68(24_477, 95) == radius_68(21_460, 90) == 15_096


@pytest.mark.parametrize("level", [68, 90, 95])
def test_so_many_of_a_circular_gaussian_lie_within(level: int) -> None:
    errors = np.random.default_rng(level).normal(size=(200_000, 2))
    share = (np.hypot(errors[:, 0], errors[:, 1]) <= quantile(level / 100)).mean()
    assert share == pytest.approx(level / 100, abs=4 * math.sqrt(0.25 / 200_000))
