"""How probable it is that someone was in the disc, from fixes that err (matching.md, section 3).

A fix whose 68 % radius is a errs by a circular Gaussian with sigma = max(a / RADIUS_68, min_sigma). Fixes near in time
share their error, so a stay is made one *node*: its mean, with as many independent looks as it lasted error times.
Taken are the greatest values over the nodes, over the nearest points of the segments between nodes that follow each
other within the longest gap, and over the drawn path that crosses an end of W, clipped to W. Such a crossing segment
runs from fix to fix, as the path does, with these two fixes' own sigmas; that goes for its end inside W too.

Positions are taken relative to the crime before anything is rounded, so a scene moved as a whole gives the same bits.
"""

import math

import numpy as np

from geo.jit import compiled

RADIUS_68 = 1.5096
"""68 % of a circular Gaussian error lies within this many standard deviations."""

NODE_SIGMAS = 5.0
"""A fix this far from a node's mean, in sigmas of the difference, is elsewhere."""

_SURELY = 1.0 - 1e-6
_SIXTH = 1.0 / 6.0
_NOTHING = 750.0
"""exp(-750) is 0 in float64."""
_REACH = 7.0
"""Sigmas from the observed distance beyond which the density counts for nothing: exp(-7^2 / 2) is 2e-11."""

# Gauss-Legendre, 24 points: the positive half of the places in [-1, 1], and their weights.
_PLACE = (
    0.06405689286260563,
    0.1911188674736163,
    0.3150426796961634,
    0.4337935076260451,
    0.5454214713888396,
    0.6480936519369755,
    0.7401241915785544,
    0.820001985973903,
    0.8864155270044011,
    0.9382745520027328,
    0.9747285559713095,
    0.9951872199970213,
)
_WEIGHT = (
    0.12793819534675202,
    0.12583745634682825,
    0.1216704729278033,
    0.11550566805372552,
    0.10744427011596556,
    0.09761865210411393,
    0.0861901615319532,
    0.07334648141108016,
    0.05929858491543636,
    0.04427743881741941,
    0.02853138862893356,
    0.01234122979998869,
)


@compiled
def rice(t, a):
    """Density at t >= 0 of the distance from the origin of a place a away that errs by a standard Gaussian: t
    exp(-(t^2 + a^2) / 2) I0(a t), without overflow; absolute error under 1e-9.

    I0 is a polynomial in x^2 up to x = 6 and exp(x) / sqrt(x) times one in 1 / x beyond, both through Chebyshev nodes.
    """
    x = a * t
    if x <= 6.0:
        y = x * x
        bessel = 1.086236868522669e-19
        bessel = bessel * y + 2.567661668684992e-17
        bessel = bessel * y + 9.54989836019879e-15
        bessel = bessel * y + 2.397802474026435e-12
        bessel = bessel * y + 4.710478238035492e-10
        bessel = bessel * y + 6.781562395489038e-08
        bessel = bessel * y + 6.78169346000501e-06
        bessel = bessel * y + 0.00043402773518226
        bessel = bessel * y + 0.0156250000985175
        bessel = bessel * y + 0.2499999999112338
        bessel = bessel * y + 1.000000000013197
        return t * math.exp(-0.5 * (t * t + a * a)) * bessel
    y = 1.0 / x
    bessel = 5065.634061236275
    bessel = bessel * y - 4818.84624897858
    bessel = bessel * y + 1785.289906621826
    bessel = bessel * y - 339.6064689995044
    bessel = bessel * y + 37.79635182390948
    bessel = bessel * y - 2.401818895900844
    bessel = bessel * y + 0.1432841250675718
    bessel = bessel * y + 0.02701945392233152
    bessel = bessel * y + 0.02807519236570144
    bessel = bessel * y + 0.04986768029059624
    bessel = bessel * y + 0.398942280473911
    return t * math.exp(-0.5 * (t - a) * (t - a)) * math.sqrt(y) * bessel


@compiled
def inside(d, s, r):
    """Probability that the true distance is at most r, observed at distance d with circular Gaussian error s.

    ncx2.cdf((r / s)^2, 2, (d / s)^2), to 1e-8: the Rice density summed where it lies, within 7 s of d. s = 0 is
    certainty. About a third of a microsecond.
    """
    if s <= 0.0:
        return 1.0 if d <= r else 0.0
    a = d / s
    low = max(0.0, a - _REACH)
    high = min(r / s, a + _REACH)
    if high <= low:
        return 0.0
    if high < r / s and a > 2.0 * _REACH:
        return 1.0
    half = 0.5 * (high - low)
    middle = 0.5 * (high + low)
    total = 0.0
    for k in range(len(_PLACE)):
        step = half * _PLACE[k]
        total += _WEIGHT[k] * (rice(middle - step, a) + rice(middle + step, a))
    return min(1.0, half * total)


@compiled
def at_most(d, s, r):
    """A bound on `inside` at a fraction of its cost: the half-plane in which the disc lies, or the error centred."""
    return min(0.5 * math.erfc((d - r) / (s * math.sqrt(2.0))), -math.expm1(-0.5 * (r / s) * (r / s)))


@compiled
def greater(p, nearness, with_p, dx, dy, variance, r):
    """(p, nearness), or those of one observation dx, dy from the crime where they are greater."""
    d_sq = dx * dx + dy * dy
    most, z = 0.5 * r * r / variance, 0.5 * d_sq / variance
    # Most are further off than one before, and of those the power of e need not be known: it is at least its series.
    if z > _NOTHING:
        nearness = max(nearness, 0.0)
    elif most > nearness * (1.0 + z * (1.0 + z * (0.5 + z * _SIXTH))) * _SURELY:
        nearness = max(nearness, most * math.exp(-0.5 * d_sq / variance))
    if with_p:
        d, s = math.sqrt(d_sq), math.sqrt(variance)
        if at_most(d, s, r) > p:
            p = max(p, inside(d, s, r))
    return p, nearness


@compiled
def nearest_share(ax, ay, bx, by, low, high):
    """How far along from a to b, of [low, high], the segment is nearest the origin."""
    dx, dy = bx - ax, by - ay
    length_sq = dx * dx + dy * dy
    if length_sq == 0.0:
        return low
    return min(max(-(ax * dx + ay * dy) / length_sq, low), high)


@compiled
def of_segment(p, nearness, with_p, ax, ay, sigma_a, bx, by, sigma_b, low, high, sigma_place, r):
    """(p, nearness), or those of the nearest point of a -> b from share low to share high where they are greater."""
    if not with_p:
        # Far off in every direction, as most are of a window on the move: nothing worth a division.
        off_x, off_y = max(min(ax, bx), -max(ax, bx), 0.0), max(min(ay, by), -max(ay, by), 0.0)
        widest = max(sigma_a, sigma_b)
        if off_x * off_x + off_y * off_y > 2.1 * _NOTHING * (widest * widest + sigma_place * sigma_place):
            return p, max(nearness, 0.0)
    u = nearest_share(ax, ay, bx, by, low, high)
    sigma = (1.0 - u) * sigma_a + u * sigma_b
    x, y = (1.0 - u) * ax + u * bx, (1.0 - u) * ay + u * by
    return greater(p, nearness, with_p, x, y, sigma * sigma + sigma_place * sigma_place, r)


@compiled
def of_drawn(p, nearness, with_p, t_us, x_mm, y_mm, accuracy_mm, i, x, y, sigma_place, start_us, end_us, r, min_sigma):
    """(p, nearness), or those of the drawn segment i -> i + 1 clipped to W where they are greater."""
    if accuracy_mm[i] < 0 or accuracy_mm[i + 1] < 0:
        return np.nan, np.nan
    lasts = np.float64(t_us[i + 1] - t_us[i])
    low = np.float64(max(start_us - t_us[i], np.int64(0))) / lasts
    high = np.float64(min(end_us, t_us[i + 1]) - t_us[i]) / lasts
    return of_segment(
        p,
        nearness,
        with_p,
        np.float64(np.int64(x_mm[i]) - x),
        np.float64(np.int64(y_mm[i]) - y),
        max(accuracy_mm[i] / RADIUS_68, min_sigma),
        np.float64(np.int64(x_mm[i + 1]) - x),
        np.float64(np.int64(y_mm[i + 1]) - y),
        max(accuracy_mm[i + 1] / RADIUS_68, min_sigma),
        low,
        high,
        sigma_place,
        r,
    )


@compiled
def first_index(t_us, lo, hi, t):
    """Index of the first of t_us[lo:hi], ascending, that is >= t; hi if there is none."""
    while lo < hi:
        mid = (lo + hi) // 2
        if t_us[mid] < t:
            lo = mid + 1
        else:
            hi = mid
    return lo


@compiled
def first_after(t_us, lo, hi, t):
    """Index of the first of t_us[lo:hi], ascending, that is > t; hi if there is none. Quick if it is near lo."""
    step = 32
    while lo + step < hi and t_us[lo + step] <= t:
        lo += step
        step *= 2
    return first_index(t_us, lo, min(lo + step, hi), t + 1)


@compiled
def greatest(
    with_p,
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    drawn,
    lo,
    hi,
    x,
    y,
    sigma_place_mm,
    start_us,
    end_us,
    r_mm,
    max_gap_us,
    error_time_us,
    min_sigma_mm,
):
    """See `of_window`; p is NaN without `with_p`."""
    r = np.float64(r_mm)
    place_variance = sigma_place_mm * sigma_place_mm
    begin = first_index(t_us, lo, hi, start_us)
    end = first_after(t_us, begin, hi, end_us)
    p = nearness = -1.0
    if lo < begin < hi and drawn[begin - 1] and t_us[begin] > start_us:
        p, nearness = of_drawn(
            p,
            nearness,
            with_p,
            t_us,
            x_mm,
            y_mm,
            accuracy_mm,
            begin - 1,
            x,
            y,
            sigma_place_mm,
            start_us,
            end_us,
            r,
            min_sigma_mm,
        )
    if begin < end < hi and drawn[end - 1] and t_us[end - 1] < end_us:
        p_end, nearness_end = of_drawn(
            p,
            nearness,
            with_p,
            t_us,
            x_mm,
            y_mm,
            accuracy_mm,
            end - 1,
            x,
            y,
            sigma_place_mm,
            start_us,
            end_us,
            r,
            min_sigma_mm,
        )
        # NaN stays, whichever end it came from.
        p, nearness = (p, nearness) if math.isnan(nearness) else (p_end, nearness_end)
    if math.isnan(nearness):
        return np.nan, np.nan

    error_time = np.float64(error_time_us)
    gate = NODE_SIGMAS * NODE_SIGMAS
    # The present node: sums over its fixes of 1 / sigma^2 and of that times x, y; its first and last instant.
    n = 0
    weight = weight_x = weight_y = 0.0
    first = last = np.int64(0)
    # The one before it.
    joined = False
    before_x = before_y = before_sigma = 0.0
    before_last = np.int64(0)
    for i in range(begin, end + 1):
        dx = dy = sigma = 0.0
        joins = False
        if i < end:
            if accuracy_mm[i] < 0:
                return np.nan, np.nan
            sigma = max(accuracy_mm[i] / RADIUS_68, min_sigma_mm)
            dx, dy = np.float64(np.int64(x_mm[i]) - x), np.float64(np.int64(y_mm[i]) - y)
            if n > 0 and t_us[i] - last <= max_gap_us:
                # Mostly it is near enough for its own error alone, and that takes no division; the limit itself is
                # never met so, by far more than the rounding.
                far_x, far_y = dx * weight - weight_x, dy * weight - weight_y
                reach = sigma * weight
                joins = far_x * far_x + far_y * far_y <= gate * (reach * reach) * _SURELY
                if not joins:
                    variance = n / weight / max(1.0, np.float64(last - first) / error_time)
                    off_x, off_y = dx - weight_x / weight, dy - weight_y / weight
                    joins = off_x * off_x + off_y * off_y <= gate * (sigma * sigma + variance)
        if n > 0 and not joins:
            node_x, node_y = weight_x / weight, weight_y / weight
            variance = n / weight / max(1.0, np.float64(last - first) / error_time)
            node_sigma = math.sqrt(variance)
            p, nearness = greater(p, nearness, with_p, node_x, node_y, variance + place_variance, r)
            if joined and first - before_last <= max_gap_us:
                p, nearness = of_segment(
                    p,
                    nearness,
                    with_p,
                    before_x,
                    before_y,
                    before_sigma,
                    node_x,
                    node_y,
                    node_sigma,
                    0.0,
                    1.0,
                    sigma_place_mm,
                    r,
                )
            joined = True
            before_x, before_y, before_sigma, before_last = node_x, node_y, node_sigma, last
            n = 0
            weight = weight_x = weight_y = 0.0
        if i < end:
            if n == 0:
                first = t_us[i]
            last = t_us[i]
            n += 1
            w = 1.0 / (sigma * sigma)
            weight += w
            weight_x += w * dx
            weight_y += w * dy
    if nearness < 0.0:
        return np.nan, np.nan
    return (p if with_p else np.nan), nearness


@compiled
def of_window(
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    drawn,
    lo,
    hi,
    x,
    y,
    sigma_place_mm,
    start_us,
    end_us,
    r_mm,
    max_gap_us,
    error_time_us,
    min_sigma_mm,
):
    """Probability of presence and nearness of one wearer, fixes lo..hi, at one place in the closed window W.

    Both NaN where an accuracy they rest on is unknown (-1): of a fix in W, or of an end of a drawn segment that crosses
    an end of W; and where there is nothing at all in W. O(fixes in W), and `inside` only where it may be greater than
    the greatest so far: 6 us for twelve hours in one place, 30 us for twelve hours on the move.
    """
    return greatest(
        True,
        t_us,
        x_mm,
        y_mm,
        accuracy_mm,
        drawn,
        lo,
        hi,
        x,
        y,
        sigma_place_mm,
        start_us,
        end_us,
        r_mm,
        max_gap_us,
        error_time_us,
        min_sigma_mm,
    )


@compiled
def nearness_of_window(
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    drawn,
    lo,
    hi,
    x,
    y,
    sigma_place_mm,
    start_us,
    end_us,
    r_mm,
    max_gap_us,
    error_time_us,
    min_sigma_mm,
):
    """Nearness alone, the same to the last bit as `of_window` gives it."""
    return greatest(
        False,
        t_us,
        x_mm,
        y_mm,
        accuracy_mm,
        drawn,
        lo,
        hi,
        x,
        y,
        sigma_place_mm,
        start_us,
        end_us,
        r_mm,
        max_gap_us,
        error_time_us,
        min_sigma_mm,
    )[1]


@compiled
def of_pairs(
    pair_wearer,
    pair_crime,
    offset,
    t_us,
    x_mm,
    y_mm,
    accuracy_mm,
    drawn,
    crime_x,
    crime_y,
    sigma_mm,
    start_us,
    end_us,
    r,
    max_gap_us,
    error_time_us,
    min_sigma_mm,
):
    """`of_window` of every listed pair; wearer w's fixes are offset[w]..offset[w + 1]. Two float64 arrays."""
    p = np.empty(len(pair_wearer), np.float64)
    nearness = np.empty(len(pair_wearer), np.float64)
    for k in range(len(pair_wearer)):
        w, c = pair_wearer[k], pair_crime[k]
        p[k], nearness[k] = of_window(
            t_us,
            x_mm,
            y_mm,
            accuracy_mm,
            drawn,
            offset[w],
            offset[w + 1],
            crime_x[c],
            crime_y[c],
            sigma_mm[c],
            start_us[c],
            end_us[c],
            r,
            max_gap_us,
            error_time_us,
            min_sigma_mm,
        )
    return p, nearness
