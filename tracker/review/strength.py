"""How strongly a strength is said to support a proposition: by what was found of such strengths, not by what it is.

Checked against truth a strength is mostly several times too great (`matcher/analysis/README.md`, *Strength as a
ratio*). So its word is that of a *calibrated* ratio: the least that was found of such strengths in any kind of world,
at the lower end of its interval. Under 1, where the other proposition is supported, it is the greatest, at the upper
end. Where neither the one is over 1 nor the other under it, it is 1: neither proposition is supported.
"""

from bisect import bisect_left, bisect_right

STEPS = (10.0, 100.0, 1_000.0, 10_000.0, 1_000_000.0)
"""Up to each ratio, on either side of 1, one word holds."""

MEASURED_WITH = "4"
"""The version of the matcher whose strengths were checked. Another one needs `make prove` and its own `CALIBRATED`."""

CALIBRATED = (
    (0.0, 0.6757),
    (10**-0.5, 1.0),
    (10**1.5, 6.154),
    (10**2.0, 21.27),
    (10**2.5, 98.97),
    (10**3.0, 256.9),
)
"""From each strength on, the ratio by which its word is chosen: what `matcher/figures/strength.json` comes to. Past the
strengths that were checked the last one stands, on either side."""


def calibrated(strength: float) -> float:
    """The ratio by which the word of a strength is chosen; 1: neither proposition is supported."""
    return CALIBRATED[bisect_right(CALIBRATED, strength, key=lambda row: row[0]) - 1][1]


def step(strength: float) -> int:
    """Which word a strength has: 1 and more for the one proposition, -1 and less for the other, 0 for neither."""
    return step_of_ratio(calibrated(strength))


def step_of_ratio(ratio: float) -> int:
    """The same of a ratio as it is."""
    if ratio == 1:
        return 0
    place = 1 + bisect_left(STEPS, ratio if ratio > 1 else 1 / ratio if ratio > 0 else float("inf"))
    return place if ratio > 1 else -place


# A match's place in the queue as numbers that rise. The least likely by chance in their pool come first, then the most
# likely present, then the most unusual; those of which one is not known come last. Both databases read an index of such
# numbers in order; of nulls they differ.
UNKNOWN_Q = 2.0
"""Behind every q-value, of which none is over 1."""
_UNKNOWN = 1.0


def rank_of_q(q_value: float | None) -> float:
    return UNKNOWN_Q if q_value is None else q_value


def falling(value: float | None) -> float:
    """Of a figure of which the largest comes first; none is negative."""
    return _UNKNOWN if value is None else -value
