"""The exact comparisons against Python's unbounded integers, and segments against fractions."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.kernels import exact, segment

BIG = st.integers(0, 2**63 - 1)
MM = st.integers(-1_300_000_000, 1_300_000_000)
NEAR = st.integers(-400_000, 400_000)


@given(BIG, BIG, BIG, BIG)
def test_products_are_compared_exactly(a: int, b: int, c: int, d: int) -> None:
    assert exact.product_at_most(a, b, c, d) == (a * b <= c * d)
    assert exact.product_at_most(a, b, b, a)
    assert exact.product_at_most(a, b, a, b)


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62), st.integers(0, 2**62), st.integers(-1, 1))
def test_squares_are_compared_exactly(u: int, v: int, r: int, nudge: int) -> None:
    assert exact.hypot_at_most(u, v, r) == (u * u + v * v <= r * r)
    # 3-4-5 stands exactly on the circle; one step either way does not.
    k = r // 5
    assert exact.hypot_at_most(3 * k + nudge, 4 * k, 5 * k) == ((3 * k + nudge) ** 2 + (4 * k) ** 2 <= (5 * k) ** 2)


def true_meeting(px: int, py: int, dx: int, dy: int, dt: int, a0: int, a1: int, r: int) -> tuple[bool, Fraction]:
    """Whether the clipped segment meets the disc, and its least squared distance, by fractions."""
    low, high = Fraction(a0, dt) if dt else Fraction(0), Fraction(a1, dt) if dt else Fraction(0)
    length_sq = dx * dx + dy * dy
    s = min(max(Fraction(-(px * dx + py * dy), length_sq), low), high) if length_sq else low
    least = (px + s * dx) ** 2 + (py + s * dy) ** 2
    return least <= r * r, least


@settings(max_examples=500)
@given(NEAR, NEAR, NEAR, NEAR, st.integers(1, 3_600_000_000), st.data())
def test_a_segment_meets_a_disc_exactly_when_it_does(
    px: int, py: int, dx: int, dy: int, dt: int, data: st.DataObject
) -> None:
    a0 = data.draw(st.integers(0, dt))
    a1 = data.draw(st.integers(a0, dt))
    r = data.draw(st.one_of(st.just(100_000), st.integers(1_000, 400_000)))
    met, least = true_meeting(px, py, dx, dy, dt, a0, a1, r)
    assert segment.meets(px, py, dx, dy, dt, a0, a1, r) == met
    distance, tau = segment.nearest(px, py, dx, dy, dt, a0, a1)
    assert abs(distance - float(least) ** 0.5) < 0.01
    assert a0 <= tau <= a1
    if met:
        enters, leaves = segment.chord(px, py, dx, dy, dt, a0, a1, r)
        assert a0 <= enters <= leaves <= a1
        for at in (enters, leaves, (enters + leaves) / 2):
            x, y = px + dx * at / dt, py + dy * at / dt
            assert np.hypot(x, y) <= r + 0.01


@given(MM, st.sampled_from([(1, 0), (0, 1), (-1, 0), (0, -1)]), st.integers(1, 1_000_000), st.integers(-1, 1))
def test_a_tangent_touches_and_a_millimetre_off_does_not(along: int, way: tuple[int, int], r: int, off: int) -> None:
    length = 7_200_000
    dx, dy = way[0] * length, way[1] * length
    start = -(abs(along) % (length - 1) + 1)
    px, py = way[0] * start + way[1] * (r + off), way[1] * start + way[0] * (r + off)
    dt = 180_000_000
    assert segment.meets(px, py, dx, dy, dt, 0, dt, r) == (off <= 0)


@given(MM, MM, MM, MM, st.integers(1, 3_600_000_000), st.integers(1, 5_000_000))
def test_the_largest_lengths_and_times_do_not_overflow(px: int, py: int, qx: int, qy: int, dt: int, r: int) -> None:
    # Both ends anywhere in Britain, relative to a crime anywhere in Britain.
    px, py, qx, qy = (v // 2 for v in (px, py, qx, qy))
    tau = dt // 3
    met, _ = true_meeting(px, py, qx - px, qy - py, dt, tau, dt, r)
    assert segment.meets(px, py, qx - px, qy - py, dt, tau, dt, r) == met
