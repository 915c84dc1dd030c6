"""Intervals of proportions, of their differences and ratios."""

from math import exp, log, sqrt

Z = 1.959963984540054


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Wilson 1927)."""
    share, z2 = successes / n, Z * Z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """95 % interval of a/n - b/m: Wilson's intervals joined (Newcombe 1998, *Statistics in Medicine* 17:873, 10)."""
    return hybrid(a / n, wilson(a, n), b / m, wilson(b, m))


def hybrid(p: float, of_p: tuple[float, float], q: float, of_q: tuple[float, float]) -> tuple[float, float]:
    """Newcombe's way of joining the intervals of two groups into one of their difference."""
    down, up = sqrt((p - of_p[0]) ** 2 + (of_q[1] - q) ** 2), sqrt((of_p[1] - p) ** 2 + (q - of_q[0]) ** 2)
    return p - q - down, p - q + up


def katz_ratio(a: int, n: int, b: int, m: int) -> tuple[float, float, float]:
    """a/n over b/m with its 95 % interval (Katz and others 1978); both have events."""
    ratio, se = (a / n) / (b / m), sqrt(max(0.0, 1 / a - 1 / n + 1 / b - 1 / m))
    return ratio, exp(log(ratio) - Z * se), exp(log(ratio) + Z * se)
