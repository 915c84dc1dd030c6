"""Six digits, as the decimal text has them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.rounding import six_digits


def as_text(values: np.ndarray) -> np.ndarray:
    return np.array([float(f"{value:.6g}") for value in values])


@given(arrays(np.float64, st.integers(0, 20), elements=st.floats()))
def test_six_digits_equal_formatted_text(values: np.ndarray) -> None:
    np.testing.assert_array_equal(six_digits(values), as_text(values))


def test_shares_and_ratios_of_whole_numbers_equal_formatted_text() -> None:
    rng = np.random.default_rng(1)
    shares = rng.integers(1, 10_000_000, 200_000) / rng.choice([128, 600, 900, 10_000, 10_000_000], 200_000)
    np.testing.assert_array_equal(six_digits(shares), as_text(shares))


def test_the_input_is_not_changed() -> None:
    values = np.array([0.12345678])
    assert six_digits(values)[0] == 0.123457
    assert values[0] == 0.12345678
