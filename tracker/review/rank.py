"""A match's place in the queue as numbers that rise.

The least likely by chance in their pool come first, then the most likely present, then the most unusual; those of which
one is not known come last. Both databases read an index of such numbers in order; of nulls they differ.
"""

UNKNOWN_Q = 2.0
"""Behind every q-value, of which none is over 1."""
_UNKNOWN = 1.0


def rank_of_q(q_value: float | None) -> float:
    return UNKNOWN_Q if q_value is None else q_value


def falling(value: float | None) -> float:
    """Of a figure of which the largest comes first; none is negative."""
    return _UNKNOWN if value is None else -value
