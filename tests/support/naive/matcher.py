"""The matcher written the slow, obvious way: whole numbers, exact fractions, every crime against every wearer.

What a match is made of is in the modules beside: trails, path, visits, evidence. Where more than one reading is
possible:

* A pair is tested only if one joined eligible interval has from <= W.start and W.end < to.
* Instants are rounded down to whole microseconds, distances to the nearest millimetre, dwell to the nearest
  millisecond, coverage and speed to 6 significant digits.
* A crime is not matchable for the first of these that holds: no_location, outside_window, location_too_coarse,
  window_too_long.
* Everything comes out sorted by (force, crime_ref, version, wearer_id), strings by their UTF-8 bytes.
"""

import math
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from matcher.params import Params
from matcher.schemas import INSTANT, NOT_MATCHABLE
from tests.support.naive.evidence import heard, six
from tests.support.naive.path import Disc, about, approaches, coverage, fixes_inside, presence
from tests.support.naive.presence import place_is_known, sigma_of_place
from tests.support.naive.trails import EPOCH, US, Trail, intervals_of, microseconds, millimetres, trails
from tests.support.naive.visits import Visit, visits_of, whole_ms

PAIR: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
}
EVIDENCE: dict[str, pl.DataType] = {
    **PAIR,
    "device_id": pl.String(),
    "verdict": pl.String(),
    "fixes_within": pl.Int32(),
    "first_at": INSTANT,
    "last_at": INSTANT,
    "closest_m": pl.Float64(),
    "closest_at": INSTANT,
    "dwell_s": pl.Float64(),
    "coverage": pl.Float64(),
    "visits": pl.Int32(),
}
VISITS: dict[str, pl.DataType] = {
    **PAIR,
    "visit": pl.String(),
    "first_at": INSTANT,
    "last_at": INSTANT,
    "fixes": pl.Int32(),
    "dwell_s": pl.Float64(),
    "closest_m": pl.Float64(),
    "closest_at": INSTANT,
    "speed_kmh": pl.Float64(),
    "fixes_at_edge": pl.Int32(),
}


class NaiveResult(NamedTuple):
    candidates: pl.DataFrame
    visits: pl.DataFrame
    not_matchable: pl.DataFrame


def instant(us: Fraction | int) -> datetime:
    return EPOCH + math.floor(us) * US


def letters(n: int) -> str:
    """0 is A, 25 Z, 26 AA, 27 AB."""
    return (letters(n // 26 - 1) if n >= 26 else "") + chr(ord("A") + n % 26)


def nearest_whole_root(square: Fraction) -> int:
    below = math.isqrt(math.floor(square))
    return below + (square > Fraction(2 * below + 1, 2) ** 2)


def whole_ms_as_s(us: Fraction) -> float:
    return whole_ms(us) / 1000


def why_not_matchable(crime: dict[str, Any], params: Params) -> tuple[str, str] | None:
    e, n, accuracy = crime["easting_m"], crime["northing_m"], crime["location_accuracy_m"]
    if e is None or n is None:
        return "no_location", "no easting or northing"
    if not (490_000 <= e <= 575_000 and 140_000 <= n <= 215_000):
        return "outside_window", f"{e:g}, {n:g}"
    accuracy = accuracy if place_is_known(accuracy) else params.default_location_accuracy_m
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


def evidence(trail: Trail, verdict: str, disc: Disc, params: Params) -> tuple[tuple[Any, ...], list[Visit]]:
    """From `device_id` on, and the visits."""
    fixes = about(trail.fixes, disc)
    within, visits = presence(fixes, disc, params), visits_of(fixes, disc, params)
    square, at = min(approaches(fixes, disc, params))
    row = (
        trail.device,
        verdict,
        len(fixes_inside(fixes, disc)),
        instant(within[0][0]),
        instant(within[-1][1]),
        nearest_whole_root(square) / 1000,
        instant(at),
        whole_ms_as_s(sum((v.dwell_us for v in visits), Fraction(0))),
        six(float(coverage(fixes, disc, params))),
        len(visits),
    )
    return row, visits


def visit_row(i: int, v: Visit) -> tuple[Any, ...]:
    return (
        letters(i),
        instant(v.first),
        instant(v.last),
        v.fixes,
        whole_ms_as_s(v.dwell_us),
        nearest_whole_root(v.closest_square) / 1000,
        instant(v.closest_at),
        None if v.speed_kmh is None else six(v.speed_kmh),
        v.fixes_at_edge,
    )


def naive_match(
    fixes: pl.DataFrame, crimes: pl.DataFrame, *, assignments: Any, monitored: Any, eligible: Any, params: Params
) -> NaiveResult:
    """What `matcher.match` answers for the same frames: evidence, visits, not matchable."""
    trails_of = trails(fixes, assignments=assignments, monitored=monitored, eligible=eligible, params=params)
    candidates, visit_rows, not_matchable = [], [], []
    for crime in crimes.to_dicts():
        key = (crime["force"], crime["crime_ref"], crime["version"])
        reason = why_not_matchable(crime, params)
        if reason is not None:
            not_matchable.append((*key, *reason))
            continue
        disc, sigma_place = disc_of(crime, params), sigma_of_place(crime["location_accuracy_m"], params)
        for wearer, of_wearer in trails_of.items():
            if not any(a <= disc.start and disc.end < b for a, b in intervals_of(eligible, wearer)):
                continue
            found = heard(of_wearer, disc, sigma_place, params)
            if found is None:
                continue
            row, visits = evidence(found.trail, found.verdict, disc, params)
            candidates.append((*key, wearer, *row))
            visit_rows += [(*key, wearer, *visit_row(i, v)) for i, v in enumerate(visits)]

    def bytewise(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(part.encode() if isinstance(part, str) else part for part in row[:4])

    return NaiveResult(
        pl.DataFrame(sorted(candidates, key=bytewise), schema=EVIDENCE, orient="row"),
        # Stable: the visits of a pair stay in time order.
        pl.DataFrame(sorted(visit_rows, key=bytewise), schema=VISITS, orient="row"),
        pl.DataFrame(sorted(not_matchable, key=lambda r: bytewise(r[:3])), schema=NOT_MATCHABLE, orient="row"),
    )
