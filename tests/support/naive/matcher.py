"""The matcher written the slow, obvious way: whole numbers, exact fractions, every crime against every wearer.

What it follows, where more than one reading is possible:

* Positions and accuracies are whole millimetres, metres * 1000 rounded half to even; instants whole microseconds.
* A fix belongs to the wearer its device is assigned to at `t`, [from, to), a null `to` being open. `t` has to lie in a
  monitored and in an eligible interval of that wearer; intervals that touch or overlap are joined first. EVERYONE
  (here: anything that is not a frame) restricts nothing.
* Then: its mechanism is one of `params.mechanisms` and its accuracy at most `max_accuracy_m`; no accuracy is usable.
* Then: of fixes of one wearer at one instant and mechanism the one with the smaller accuracy (none comes last), then
  easting, then northing stays. Trail order: instant, then mechanism in the order of MECHANISMS.
* Jumps are found at once on that trail: a fix with a previous and a next one goes if both speeds are over
  `max_speed_mps` and previous -> next is not. Too fast: distance_mm > max_speed_mps * dt_us / 1000.0, the distance
  being the float root of the exact square. At one instant any distance but 0 is too fast. A dropped fix counts nowhere.
* A segment between neighbours is drawn if dt <= max_gap_s and it is not too fast.
* W is closed, [t_from - buffer, t_to + buffer]. A pair is tested only if one joined eligible interval has
  from <= W.start and W.end < to.
* The path in D: fixes in W at d <= R, and drawn segments clipped to W where they are at d <= R. Touching counts.
* Instants are rounded down to whole microseconds, distances to the nearest millimetre, dwell to the nearest
  millisecond, coverage to 6 significant digits. A W of no length has coverage 1 if a fix stands at its instant or a
  drawn segment spans it, else 0.
* Presence is the union of the closed stretches in D. Two neighbouring stretches are one visit unless the absence
  between them is longer than `max_gap_s`, or two consecutive fixes with no segment drawn between them lie in it.
* A crime is not matchable for the first of these that holds: no_location, outside_window, location_too_coarse,
  window_too_long.
* Everything comes out sorted by (force, crime_ref, version, wearer_id), strings by their UTF-8 bytes.
"""

import itertools
import math
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from matcher.params import Params
from matcher.schemas import EVIDENCE, NOT_MATCHABLE, VISITS
from tests.support.naive.trails import EPOCH, US, Fix, drawn, intervals_of, microseconds, millimetres, trails

Stretch = tuple[Fraction, Fraction]
"""A closed stretch of time, first and last instant in microseconds since 1970."""


class NaiveResult(NamedTuple):
    candidates: pl.DataFrame
    visits: pl.DataFrame
    not_matchable: pl.DataFrame


@dataclass(frozen=True)
class Disc:
    """D and W of one crime: centre and radius in mm, first and last instant in us."""

    x: int
    y: int
    r: int
    start: int
    end: int


@dataclass(frozen=True)
class Visit:
    first: Fraction
    last: Fraction
    fixes: int
    dwell_us: Fraction


def instant(us: Fraction | int) -> datetime:
    return EPOCH + math.floor(us) * US


# --- one segment and one disc -----------------------------------------------------------------------------------------


def clipped(trail: list[Fix], disc: Disc, params: Params) -> list[tuple[Fix, Fix, int, int]]:
    """The drawn segments that share an instant with W, each with the first and last instant they share."""
    out = []
    for a, b in itertools.pairwise(trail):
        first, last = max(a.t, disc.start), min(b.t, disc.end)
        if drawn(a, b, params) and first <= last:
            out.append((a, b, first, last))
    return out


def square_at(a: Fix, b: Fix, t: Fraction | int, disc: Disc) -> Fraction:
    """Squared distance, mm2, from the crime to where the segment a -> b is at `t`. Exact."""
    share = Fraction(t - a.t) / (b.t - a.t) if b.t > a.t else Fraction(0)
    return (a.x + share * (b.x - a.x) - disc.x) ** 2 + (a.y + share * (b.y - a.y) - disc.y) ** 2


def nearest(a: Fix, b: Fix, first: int, last: int, disc: Disc) -> tuple[Fraction, Fraction]:
    """Least squared distance of the segment in [first, last], and the earliest instant of it."""
    vx, vy = b.x - a.x, b.y - a.y
    if vx == vy == 0:
        return square_at(a, b, first, disc), Fraction(first)
    share = Fraction((disc.x - a.x) * vx + (disc.y - a.y) * vy, vx * vx + vy * vy)
    t = min(max(a.t + share * (b.t - a.t), Fraction(first)), Fraction(last))
    return square_at(a, b, t, disc), t


def stretch_inside(a: Fix, b: Fix, first: int, last: int, disc: Disc) -> Stretch | None:
    """When, in [first, last], the segment is in the closed disc. Whether it is at all is decided without rounding."""
    r2 = disc.r**2
    if nearest(a, b, first, last, disc)[0] > r2:
        return None
    enters, leaves = Fraction(first), Fraction(last)
    vx, vy, dx, dy = b.x - a.x, b.y - a.y, a.x - disc.x, a.y - disc.y
    v2, dv = vx * vx + vy * vy, dx * vx + dy * vy
    if v2 and b.t > a.t:
        # |d + share v| = R; the root to 2^-64, and exactly where it is whole.
        root = Fraction(math.isqrt(max(0, dv * dv - v2 * (dx * dx + dy * dy - r2)) << 128), 1 << 64)
        if square_at(a, b, first, disc) > r2:
            enters = min(max(a.t + (-dv - root) / v2 * (b.t - a.t), enters), leaves)
        if square_at(a, b, last, disc) > r2:
            leaves = max(min(a.t + (-dv + root) / v2 * (b.t - a.t), leaves), enters)
    return enters, leaves


# --- one crime and one wearer -----------------------------------------------------------------------------------------


def fixes_inside(trail: list[Fix], disc: Disc) -> list[Fix]:
    return [
        f for f in trail if disc.start <= f.t <= disc.end and (f.x - disc.x) ** 2 + (f.y - disc.y) ** 2 <= disc.r**2
    ]


def stretches(trail: list[Fix], disc: Disc, params: Params) -> list[Stretch]:
    """Every drawn segment's time in D within W, one by one."""
    found = [stretch_inside(a, b, first, last, disc) for a, b, first, last in clipped(trail, disc, params)]
    return [s for s in found if s is not None]


def presence(trail: list[Fix], disc: Disc, params: Params) -> list[Stretch]:
    """The instants in D within W: closed stretches in time order, apart from one another."""
    alone = [(Fraction(f.t), Fraction(f.t)) for f in fixes_inside(trail, disc)]
    out: list[Stretch] = []
    for start, end in sorted(stretches(trail, disc, params) + alone):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def approaches(trail: list[Fix], disc: Disc, params: Params) -> list[tuple[Fraction, Fraction]]:
    """Least squared distance (mm2) and its earliest instant (us), for every fix in W and every clipped segment."""
    out = [
        (Fraction((f.x - disc.x) ** 2 + (f.y - disc.y) ** 2), Fraction(f.t))
        for f in trail
        if disc.start <= f.t <= disc.end
    ]
    return out + [nearest(a, b, first, last, disc) for a, b, first, last in clipped(trail, disc, params)]


def coverage(trail: list[Fix], disc: Disc, params: Params) -> Fraction:
    segments = clipped(trail, disc, params)
    if disc.start == disc.end:
        return Fraction(int(bool(segments) or any(f.t == disc.start for f in trail)))
    return Fraction(sum(last - first for _, _, first, last in segments), disc.end - disc.start)


def visits_of(trail: list[Fix], disc: Disc, params: Params) -> list[Visit]:
    undrawn = [(a.t, b.t) for a, b in itertools.pairwise(trail) if not drawn(a, b, params)]
    spans: list[Stretch] = []
    for start, end in presence(trail, disc, params):
        if spans:
            left = spans[-1][1]
            interrupted = any(left <= t_a and t_b <= start for t_a, t_b in undrawn)
            if start - left <= params.max_gap_us and not interrupted:
                spans[-1] = (spans[-1][0], end)
                continue
        spans.append((start, end))
    return [
        Visit(
            first=first,
            last=last,
            fixes=sum(first <= f.t <= last for f in fixes_inside(trail, disc)),
            dwell_us=sum((b - a for a, b in stretches(trail, disc, params) if first <= a and b <= last), Fraction(0)),
        )
        for first, last in spans
    ]


def letters(n: int) -> str:
    """0 is A, 25 Z, 26 AA, 27 AB."""
    return (letters(n // 26 - 1) if n >= 26 else "") + chr(ord("A") + n % 26)


def nearest_whole_root(square: Fraction) -> int:
    below = math.isqrt(math.floor(square))
    return below + (square > Fraction(2 * below + 1, 2) ** 2)


def whole_ms_as_s(us: Fraction) -> float:
    return round(us / 1000) / 1000


def why_not_matchable(crime: dict[str, Any], params: Params) -> tuple[str, str] | None:
    e, n, accuracy = crime["easting_m"], crime["northing_m"], crime["location_accuracy_m"]
    if e is None or n is None:
        return "no_location", "no easting or northing"
    if not (490_000 <= e <= 575_000 and 140_000 <= n <= 215_000):
        return "outside_window", f"{e:g}, {n:g}"
    accuracy = params.default_location_accuracy_m if accuracy is None else accuracy
    if accuracy > params.max_location_accuracy_m:
        return "location_too_coarse", f"{accuracy:g} m"
    if microseconds(crime["t_to"]) - microseconds(crime["t_from"]) > Fraction(params.max_window_h) * 3_600_000_000:
        return "window_too_long", f"{crime['t_to'] - crime['t_from']}"
    return None


def disc_of(crime: dict[str, Any], params: Params) -> Disc:
    return Disc(
        x=millimetres(crime["easting_m"]),
        y=millimetres(crime["northing_m"]),
        r=params.radius_mm,
        start=microseconds(crime["t_from"]) - params.buffer_us,
        end=microseconds(crime["t_to"]) + params.buffer_us,
    )


def naive_match(
    fixes: pl.DataFrame, crimes: pl.DataFrame, *, assignments: Any, monitored: Any, eligible: Any, params: Params
) -> NaiveResult:
    """What `matcher.match` answers for the same frames: `schemas.EVIDENCE`, visits, not matchable."""
    trail_of = trails(fixes, assignments=assignments, monitored=monitored, eligible=eligible, params=params)
    candidates, visit_rows, not_matchable = [], [], []
    for crime in crimes.to_dicts():
        key = (crime["force"], crime["crime_ref"], crime["version"])
        reason = why_not_matchable(crime, params)
        if reason is not None:
            not_matchable.append((*key, *reason))
            continue
        disc = disc_of(crime, params)
        for wearer, trail in trail_of.items():
            if not any(a <= disc.start and disc.end < b for a, b in intervals_of(eligible, wearer)):
                continue
            within = presence(trail, disc, params)
            if not within:
                continue
            n_inside = len(fixes_inside(trail, disc))
            closest_square, closest_t = min(approaches(trail, disc, params))
            visits = visits_of(trail, disc, params)
            candidates.append(
                (
                    *key,
                    wearer,
                    "present" if n_inside >= params.min_fixes else "passed",
                    n_inside,
                    instant(within[0][0]),
                    instant(within[-1][1]),
                    nearest_whole_root(closest_square) / 1000,
                    instant(closest_t),
                    whole_ms_as_s(sum((b - a for a, b in stretches(trail, disc, params)), Fraction(0))),
                    float(f"{float(coverage(trail, disc, params)):.6g}"),
                    len(visits),
                )
            )
            visit_rows += [
                (*key, wearer, letters(i), instant(v.first), instant(v.last), v.fixes, whole_ms_as_s(v.dwell_us))
                for i, v in enumerate(visits)
            ]

    def bytewise(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(part.encode() if isinstance(part, str) else part for part in row[:4])

    return NaiveResult(
        pl.DataFrame(sorted(candidates, key=bytewise), schema=EVIDENCE, orient="row"),
        # Stable: the visits of a pair stay in time order.
        pl.DataFrame(sorted(visit_rows, key=bytewise), schema=VISITS, orient="row"),
        pl.DataFrame(sorted(not_matchable, key=lambda r: bytewise(r[:3])), schema=NOT_MATCHABLE, orient="row"),
    )
