"""How probable it is that a place observed with a circular Gaussian error lies in a disc (matching.md, section 3)."""

import math

from geo.jit import called, compiled

RADIUS_68 = 1.5096
"""68 % of a circular Gaussian error lies within this many standard deviations."""

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


@called
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


@called
def bessel_ratio(x):
    """I1(x) / (x I0(x)) for x >= 0, to 2e-7 (Abramowitz and Stegun 9.8.1 to 9.8.4)."""
    if x < 3.75:
        y = (x / 3.75) * (x / 3.75)
        i0 = 1.0 + y * (
            3.5156229 + y * (3.0899424 + y * (1.2067492 + y * (0.2659732 + y * (0.0360768 + y * 0.0045813))))
        )
        i1 = 0.5 + y * (
            0.87890594 + y * (0.51498869 + y * (0.15084934 + y * (0.02658733 + y * (0.00301532 + y * 0.00032411))))
        )
        return i1 / i0
    y = 3.75 / x
    i0 = 0.02635537 + y * (-0.01647633 + y * 0.00392377)
    i0 = 0.39894228 + y * (
        0.01328592 + y * (0.00225319 + y * (-0.00157565 + y * (0.00916281 + y * (-0.02057706 + y * i0))))
    )
    i1 = -0.02895312 + y * (0.01787654 - y * 0.00420059)
    i1 = 0.39894228 + y * (
        -0.03988024 + y * (-0.00362018 + y * (0.00163801 + y * (-0.01031555 + y * (0.02282967 + y * i1))))
    )
    return i1 / i0 / x
