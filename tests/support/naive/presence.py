"""Probability of presence written the slow, obvious way: section 3 of the method, for one trail and one window.

A *node* is a stretch of a trail's fixes that stand in one place. The *node path* stands at a node's mean from its first
to its last fix and goes straight to the next node, a *piece*, where it may.

What it follows, where more than one reading is possible:

* Nodes are those of one trail (a wearer's fixes by one device) and are made once, before any window is known. A node
  ends where the next fix is on another UTC day, in another permitted window of the trail, more than the longest gap
  later, or stands apart. Assignments that touch are two windows; monitored and eligible intervals that touch are one.
* sigma_mean, and the time it has lasted, are those of the node before the fix joins.
* The fixes of a tail are later than so many error times before the last. Tails are asked in the order 1, 2, 3, 4, 6;
  the first with at least three fixes on both sides and means more than four standard errors apart splits the node, and
  no other is asked until the next fix joins. A variance of either part is that of a node of its fixes alone.
* A fix whose accuracy is not known is as coarse as `max_accuracy_m` for the cutting; its node's accuracy is not known.
* A piece needs |difference of means| <= max_speed_mps * dt_us / 1000.0 mm; midnight and edges of windows are no
  hindrance. It lies between its ends: they are the nodes', and a window that meets only one of them does not meet it.
* W meets a node that shares an instant with it. Nothing met: null, `no_node_path`. A node met, or an end of a piece
  met, of unknown accuracy: null, `accuracy_unknown`.
* `too_coarse`: a fix in the circle as coarse as the coarsest in W would join a node outside that W meets, if it came
  next: the nearest place in the circle is within four sigmas of the difference from the node's mean. "Outside" is by
  half a millimetre, so that no rounding decides.
* The greatest is searched for densely on each piece, then round each of its peaks. A nearness under 1e-290 is 0.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt
from scipy.stats import ncx2

from matcher.params import Params
from tests.support.naive.path import Disc
from tests.support.naive.trails import Fix, Span

DAY_US = 86_400_000_000
RADIUS_68 = 1.5096
"""A circular Gaussian has 68 % of itself within so many sigma."""
TAILS = (1, 2, 3, 4, 6)
"""Tails of a node that are asked, error times."""
JOINING_SIGMAS = 4
"""A fix further from a node's mean, in sigmas of the difference, does not join it."""
STANDARD_ERRORS = 4
"""Means of a head and a tail that are further apart are two places'."""
LEAST_FIXES = 3
"""Fixes on each side of a split."""
TAIL_ERROR = 5.0
"""Places and fixes of the heavy tail of nearness err so many times as far as stated."""
LEAST_NEARNESS = 1e-290
"""Less is 0: six digits of it are not kept."""

Floats = npt.NDArray[np.float64]
Worth = Callable[[Floats, Floats], Floats]


# --- errors -----------------------------------------------------------------------------------------------------------


def sigma_of(accuracy_mm: float, params: Params) -> float:
    return max(accuracy_mm / RADIUS_68, params.min_sigma_m * 1000)


def sigma_of_fix(fix: Fix, params: Params) -> float | None:
    if fix.accuracy is not None:
        return sigma_of(fix.accuracy, params)
    if params.default_accuracy_m is not None:
        return sigma_of(round(params.default_accuracy_m * 1000), params)
    return None


def place_is_known(location_accuracy_m: float | None) -> TypeGuard[float]:
    """0 says that it is not known."""
    return location_accuracy_m is not None and round(location_accuracy_m * 1000) != 0


def sigma_of_place(location_accuracy_m: float | None, params: Params) -> float:
    metres = location_accuracy_m if place_is_known(location_accuracy_m) else params.default_location_accuracy_m
    return sigma_of(round(metres * 1000), params)


@dataclass(frozen=True)
class Look:
    """A distance from the crime and the error of it, the crime's own included, mm."""

    distance: float
    sigma: float

    def p(self, radius: float) -> float:
        return float(p_of(radius)(np.array([self.distance]), np.array([self.sigma]))[0])

    def nearness(self, radius: float, tail: float = 0.1) -> float:
        return float(nearness_of(radius, tail)(np.array([self.distance]), np.array([self.sigma]))[0])


def p_of(radius: float) -> Worth:
    def p(distance: Floats, sigma: Floats) -> Floats:
        # Forty sigma from the circle it is certain, and scipy has no answer much further on.
        out = np.where(distance < radius, 1.0, 0.0)
        near = np.abs(distance - radius) < 40 * sigma
        d, s = distance[near], sigma[near]
        out[near] = ncx2.cdf((radius / s) ** 2, 2, (d / s) ** 2)
        return out

    return p


def nearness_of(radius: float, tail: float) -> Worth:
    def density(distance: Floats, sigma: Floats) -> Floats:
        return radius**2 / (2 * sigma**2) * np.exp(-(distance**2) / (2 * sigma**2))

    def nearness(distance: Floats, sigma: Floats) -> Floats:
        return (1 - tail) * density(distance, sigma) + tail * density(distance, TAIL_ERROR * sigma)

    return nearness


# --- nodes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    first: int  # us
    last: int
    x: float  # mm, the weighted mean
    y: float
    variance: float  # mm2
    known: bool
    fixes: tuple[Fix, ...]

    @property
    def sigma(self) -> float:
        return math.sqrt(self.variance)


class Fixes(NamedTuple):
    """A trail in columns, places from the first fix on: no digits are lost to the national grid's large numbers."""

    t: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    sigma: Floats
    known: npt.NDArray[np.bool_]


class Stand(NamedTuple):
    x: float
    y: float
    variance: float


def columns(trail: Sequence[Fix], params: Params) -> Fixes:
    sigmas = [sigma_of_fix(f, params) for f in trail]
    coarsest = sigma_of(params.max_accuracy_mm, params)
    return Fixes(
        np.array([f.t for f in trail], np.int64),
        np.array([f.x - trail[0].x for f in trail], np.float64),
        np.array([f.y - trail[0].y for f in trail], np.float64),
        np.array([coarsest if s is None else s for s in sigmas], np.float64),
        np.array([s is not None for s in sigmas]),
    )


def stand(c: Fixes, i: int, j: int, params: Params) -> Stand:
    """Where fixes i to j - 1 stand together, and how well that is known."""
    weight = c.sigma[i:j] ** -2.0
    total = weight.sum()
    looks = max(1.0, (c.t[j - 1] - c.t[i]) / params.error_time_us)
    return Stand((weight * c.x[i:j]).sum() / total, (weight * c.y[i:j]).sum() / total, (j - i) / total / looks)


def joins(c: Fixes, i: int, n: int, params: Params) -> bool:
    """Whether fix n stands where fixes i to n - 1 do."""
    there = stand(c, i, n, params)
    distance = math.hypot(c.x[n] - there.x, c.y[n] - there.y)
    return distance <= JOINING_SIGMAS * math.sqrt(c.sigma[n] ** 2 + there.variance)


def split(c: Fixes, i: int, n: int, params: Params) -> int | None:
    """Where the node of fixes i to n, fix n the last that joined, is two; None if it is one."""
    for k in TAILS:
        m = i + int((c.t[i : n + 1] <= c.t[n] - k * params.error_time_us).sum())
        if m - i >= LEAST_FIXES and n + 1 - m >= LEAST_FIXES:
            head, tail = stand(c, i, m, params), stand(c, m, n + 1, params)
            if math.hypot(tail.x - head.x, tail.y - head.y) > STANDARD_ERRORS * math.sqrt(
                tail.variance + head.variance
            ):
                return m
    return None


def window_of(t: int, windows: Sequence[Span] | None) -> int:
    if windows is None:
        return 0
    return next((i for i, (start, end) in enumerate(windows) if start <= t < end), -1)


def interrupted(a: Fix, b: Fix, windows: Sequence[Span] | None, params: Params) -> bool:
    """Whether two fixes that follow one another are in two nodes wherever they stand."""
    another_day = a.t // DAY_US != b.t // DAY_US
    return another_day or b.t - a.t > params.max_gap_us or window_of(a.t, windows) != window_of(b.t, windows)


def nodes_of(trail: Sequence[Fix], params: Params, windows: Sequence[Span] | None = None) -> list[Node]:
    """The nodes of a whole trail. `windows` are its permitted windows [from, to); None: one without end."""
    if not trail:
        return []
    c = columns(trail, params)
    begins = [0]
    for n in range(1, len(trail)):
        if interrupted(trail[n - 1], trail[n], windows, params) or not joins(c, begins[-1], n, params):
            begins.append(n)
            continue
        at = split(c, begins[-1], n, params)
        if at is not None:
            begins.append(at)
    nodes = []
    for i, j in itertools.pairwise([*begins, len(trail)]):
        there = stand(c, i, j, params)
        nodes.append(
            Node(
                trail[i].t,
                trail[j - 1].t,
                trail[0].x + there.x,
                trail[0].y + there.y,
                there.variance,
                bool(c.known[i:j].all()),
                tuple(trail[i:j]),
            )
        )
    return nodes


def goes(a: Node, b: Node, params: Params) -> bool:
    """Whether the node path goes from one node straight to the next."""
    took = b.first - a.last
    return took <= params.max_gap_us and math.hypot(b.x - a.x, b.y - a.y) <= params.max_speed_mps * took / 1000.0


# --- the node path in one window --------------------------------------------------------------------------------------


class Piece(NamedTuple):
    """The way from a to b, of which the shares from `first` to `last` are in W."""

    a: Node
    b: Node
    first: float
    last: float


@dataclass(frozen=True)
class InWindow:
    nodes: list[Node]
    pieces: list[Piece]

    @property
    def unknown(self) -> str | None:
        """Why neither p nor nearness is known."""
        if not self.nodes and not self.pieces:
            return "no_node_path"
        needed = [*self.nodes, *(end for piece in self.pieces for end in (piece.a, piece.b))]
        return None if all(node.known for node in needed) else "accuracy_unknown"


def in_window(nodes: Sequence[Node], disc: Disc, params: Params) -> InWindow:
    pieces = []
    for a, b in itertools.pairwise(nodes):
        if goes(a, b, params) and a.last < disc.end and disc.start < b.first and a.last < b.first:
            first, last = ((t - a.last) / (b.first - a.last) for t in (max(a.last, disc.start), min(b.first, disc.end)))
            pieces.append(Piece(a, b, first, last))
    return InWindow([node for node in nodes if node.first <= disc.end and disc.start <= node.last], pieces)


def greatest_on(piece: Piece, worth: Worth, disc: Disc, sigma_place: float) -> float:
    """The greatest value on a piece, to far less than a millionth of it."""
    a, b = piece.a, piece.b
    vx, vy = b.x - a.x, b.y - a.y
    length = math.hypot(vx, vy)

    def at(u: Floats) -> Floats:
        distance = np.hypot(a.x + u * vx - disc.x, a.y + u * vy - disc.y)
        return worth(distance, np.hypot((1 - u) * a.sigma + u * b.sigma, sigma_place))

    shares = [np.linspace(piece.first, piece.last, 201)]
    if length:
        nearest = ((disc.x - a.x) * vx + (disc.y - a.y) * vy) / length**2
        # As far as anything can be seen of the disc, in steps that no error is small beside; and round its edge.
        reach = (disc.r + 8 * math.hypot(max(a.sigma, b.sigma), sigma_place)) / length
        shares.append(nearest + reach * np.linspace(-1, 1, 401))
        shares.append(nearest + math.hypot(min(a.sigma, b.sigma), sigma_place) / length * np.linspace(-3, 3, 61))
        shares.append(np.array([nearest]))
    u = np.unique(np.clip(np.concatenate(shares), piece.first, piece.last))
    values = at(u)
    best = float(values.max())
    last = len(u) - 1
    before, after = np.append(-1.0, values[:-1]), np.append(values[1:], -1.0)
    peaks = [i for i in np.flatnonzero((values >= before) & (values >= after)) if values[i] > 0.5 * best]
    for peak in sorted(peaks, key=lambda i: -values[i])[:5]:
        low, high = u[max(peak - 1, 0)], u[min(peak + 1, last)]
        for _ in range(6):
            finer = np.linspace(low, high, 21)
            of_finer = at(finer)
            top = int(of_finer.argmax())
            best = max(best, float(of_finer[top]))
            low, high = finer[max(top - 1, 0)], finer[min(top + 1, 20)]
    return best


def greatest(seen: InWindow, worth: Worth, disc: Disc, sigma_place: float) -> float:
    of_nodes = [
        float(
            worth(
                np.array([math.hypot(node.x - disc.x, node.y - disc.y)]),
                np.array([math.hypot(node.sigma, sigma_place)]),
            )[0]
        )
        for node in seen.nodes
    ]
    return max([*of_nodes, *(greatest_on(piece, worth, disc, sigma_place) for piece in seen.pieces)])


def on_path(nodes: Sequence[Node], disc: Disc, sigma_place: float, params: Params) -> tuple[float, float] | str:
    """`p_present` and `nearness` of one window, or why neither is known."""
    seen = in_window(nodes, disc, params)
    if seen.unknown is not None:
        return seen.unknown
    radius = float(disc.r)
    nearness = greatest(seen, nearness_of(radius, params.nearness_tail_share), disc, sigma_place)
    return greatest(seen, p_of(radius), disc, sigma_place), nearness if nearness >= LEAST_NEARNESS else 0.0


def too_coarse(trail: Sequence[Fix], nodes: Sequence[Node], disc: Disc, params: Params) -> bool:
    """Whether a fix in the circle, as coarse as the coarsest in W, would be taken for one of a node outside."""
    fixes = [f for f in trail if disc.start <= f.t <= disc.end]
    if not fixes:
        return False
    coarsest = float(columns(fixes, params).sigma.max())
    for node in in_window(nodes, disc, params).nodes:
        outside = math.hypot(node.x - disc.x, node.y - disc.y) - disc.r
        if 0.5 < outside <= JOINING_SIGMAS * math.hypot(coarsest, node.sigma):
            return True
    return False


def p_and_nearness(
    trail: Sequence[Fix],
    disc: Disc,
    sigma_place: float,
    params: Params,
    windows: Sequence[Span] | None = None,
) -> tuple[float, float] | None:
    """`p_present` and `nearness` of one window, None where unknown. The trail is whole: every fix counts for nodes."""
    found = on_path(nodes_of(trail, params, windows), disc, sigma_place, params)
    return None if isinstance(found, str) else found
