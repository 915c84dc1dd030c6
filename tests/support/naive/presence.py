"""Probability of presence written the slow, obvious way: `matcher/analysis/README.md` for one wearer and one window.

What it follows, where more than one reading is possible:

* The gap that a fix must not exceed to join a node is to the fix before it; the gap between two nodes is from the last
  fix of the one to the first of the other. Speed plays no part in either.
* `sigma_mean` is that of the node so far, its looks counted over its time so far.
* The drawn path at an end of W is the drawn segment, fix to fix, that W's first or last instant lies within, neither
  at its first nor at its last: a fix at the very end of W is no look of its own beside its node. It has the errors of
  these two fixes, u runs along all of it, and only its part in W is looked at. Of points equally near the earliest is
  taken.
* The crime's variance is added to that of nodes and points alike, for p and for nearness.
* Nothing is known (None) if one of the fixes in W, or an end of a segment just told, has no accuracy.
"""

import itertools
import math
from dataclasses import dataclass

from scipy.stats import ncx2

from matcher.params import Params
from tests.support.naive.path import Disc
from tests.support.naive.trails import Fix, drawn

RADIUS_68 = 1.5096
"""A circular Gaussian has 68 % of itself within so many sigma."""


@dataclass
class Node:
    fixes: list[Fix]
    sigmas: list[float]

    @property
    def weights(self) -> list[float]:
        return [s**-2 for s in self.sigmas]

    @property
    def place(self) -> tuple[float, float]:
        first, weights, total = self.fixes[0], self.weights, math.fsum(self.weights)
        # From the first fix on, so that no digits are lost to the national grid's large numbers.
        return (
            first.x + math.fsum(w * (f.x - first.x) for w, f in zip(weights, self.fixes, strict=True)) / total,
            first.y + math.fsum(w * (f.y - first.y) for w, f in zip(weights, self.fixes, strict=True)) / total,
        )

    def variance(self, params: Params) -> float:
        looks = max(1.0, (self.fixes[-1].t - self.fixes[0].t) / params.error_time_us)
        return len(self.fixes) / math.fsum(self.weights) / looks

    def takes(self, fix: Fix, sigma: float, params: Params) -> bool:
        if fix.t - self.fixes[-1].t > params.max_gap_us:
            return False
        x, y = self.place
        return math.hypot(fix.x - x, fix.y - y) <= 5 * math.sqrt(sigma**2 + self.variance(params))


@dataclass(frozen=True)
class Look:
    """A distance from the crime and the error of it, the crime's own included, mm."""

    distance: float
    sigma: float

    def p(self, radius: float) -> float:
        return float(ncx2.cdf((radius / self.sigma) ** 2, 2, (self.distance / self.sigma) ** 2))

    def nearness(self, radius: float) -> float:
        s2 = self.sigma**2
        return radius**2 / (2 * s2) * math.exp(-(self.distance**2) / (2 * s2))


def sigma_of(accuracy_mm: float, params: Params) -> float:
    return max(accuracy_mm / RADIUS_68, params.min_sigma_m * 1000)


def sigma_of_fix(fix: Fix, params: Params) -> float | None:
    if fix.accuracy is not None:
        return sigma_of(fix.accuracy, params)
    if params.default_accuracy_m is not None:
        return sigma_of(round(params.default_accuracy_m * 1000), params)
    return None


def sigma_of_place(location_accuracy_m: float | None, params: Params) -> float:
    metres = params.default_location_accuracy_m if location_accuracy_m is None else location_accuracy_m
    return sigma_of(round(metres * 1000), params)


def nodes_of(fixes: list[Fix], sigmas: list[float], params: Params) -> list[Node]:
    nodes: list[Node] = []
    for fix, sigma in zip(fixes, sigmas, strict=True):
        if nodes and nodes[-1].takes(fix, sigma, params):
            nodes[-1].fixes.append(fix)
            nodes[-1].sigmas.append(sigma)
        else:
            nodes.append(Node([fix], [sigma]))
    return nodes


def nearest_share(
    a: tuple[float, float], b: tuple[float, float], disc: Disc, first: float = 0.0, last: float = 1.0
) -> tuple[float, float]:
    """How far along a -> b, in [first, last], it is nearest to the crime; and the distance there."""
    vx, vy = b[0] - a[0], b[1] - a[1]
    if vx == vy == 0:
        u = first
    else:
        u = ((disc.x - a[0]) * vx + (disc.y - a[1]) * vy) / (vx * vx + vy * vy)
        u = min(max(u, first), last)
    return u, math.hypot(a[0] + u * vx - disc.x, a[1] + u * vy - disc.y)


def looks_at(trail: list[Fix], disc: Disc, sigma_place: float, params: Params) -> list[Look] | None:
    """Every node and every closest point, None if an accuracy they need is unknown."""
    inside = [f for f in trail if disc.start <= f.t <= disc.end]
    at_the_ends = [
        (a, b)
        for a, b in itertools.pairwise(trail)
        if drawn(a, b, params) and (a.t < disc.start < b.t or a.t < disc.end < b.t)
    ]
    if any(sigma_of_fix(f, params) is None for f in [*inside, *itertools.chain(*at_the_ends)]):
        return None

    def look(distance: float, sigma: float) -> Look:
        return Look(distance, math.sqrt(sigma**2 + sigma_place**2))

    nodes = nodes_of(inside, [sigma_of_fix(f, params) or 0.0 for f in inside], params)
    looks = [
        look(math.hypot(node.place[0] - disc.x, node.place[1] - disc.y), math.sqrt(node.variance(params)))
        for node in nodes
    ]
    for one, two in itertools.pairwise(nodes):
        if two.fixes[0].t - one.fixes[-1].t <= params.max_gap_us:
            u, distance = nearest_share(one.place, two.place, disc)
            sigma_a, sigma_b = math.sqrt(one.variance(params)), math.sqrt(two.variance(params))
            looks.append(look(distance, (1 - u) * sigma_a + u * sigma_b))
    for a, b in at_the_ends:
        first, last = ((t - a.t) / (b.t - a.t) for t in (max(a.t, disc.start), min(b.t, disc.end)))
        u, distance = nearest_share((a.x, a.y), (b.x, b.y), disc, first, last)
        sigma_a, sigma_b = sigma_of_fix(a, params) or 0.0, sigma_of_fix(b, params) or 0.0
        looks.append(look(distance, (1 - u) * sigma_a + u * sigma_b))
    return looks


def p_and_nearness(trail: list[Fix], disc: Disc, sigma_place: float, params: Params) -> tuple[float, float] | None:
    """`p_present` and `nearness` of one window, None where unknown."""
    looks = looks_at(trail, disc, sigma_place, params)
    if looks is None:
        return None
    # Nothing seen at all is nothing to be found near by.
    p = max((look.p(disc.r) for look in looks), default=0.0)
    return p, max((look.nearness(disc.r) for look in looks), default=0.0)
