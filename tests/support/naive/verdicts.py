"""The five verdicts written the slow, obvious way: `matcher/analysis/README.md` for every tested crime and wearer.

What it follows, where more than one reading is possible:

* A pair of consecutive usable fixes overlaps W if the closed stretches share an instant. It may lie across two
  monitored periods.
* For t: a visitor to q has to have left p_i in time, `|p_i - q| <= v (t - t_i) + 4 sigma_i`, and has to reach p_(i+1),
  with t in W and between the two. A fix of unknown accuracy is as coarse as `max_accuracy_m`.
* A pair contradicts v if its discs have no point in common at any instant, whatever the crime.
* The only usable fix of a trail is a pair with itself.
* The reasons of *unobserved* in the page's order, the first that holds. No fix yet: W begins before the first usable
  fix of the monitored period that contains it, or there is none; if no period contains it, before the wearer's first
  of all. Device event: one reported, by a device while this wearer held it in monitored and eligible time, in the
  stretch W reaches into, its ends included: from the last fix of a period that ends before W does, to the next first
  fix of one. Gap: W is not inside the first and last fix. Implausible speed: all other.
"""

import math
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

from matcher.params import Params
from matcher.schemas import VERDICT_CODES
from tests.support.naive.coincidence import about, both, near, tested
from tests.support.naive.matcher import Disc, fixes_inside, presence
from tests.support.naive.presence import sigma_of, sigma_of_fix, sigma_of_place
from tests.support.naive.trails import Fix, intervals_of, microseconds

NEAR_TIE_MM = 1.0
GOLDEN = (math.sqrt(5) - 1) / 2

Place = tuple[float, float]
Span = tuple[int, float]


class Verdict(NamedTuple):
    code: str
    near_tie: bool
    """A millimetre more or less could have made it another."""


def sigma_for_prism(fix: Fix, params: Params) -> float:
    known = sigma_of_fix(fix, params)
    return sigma_of(params.max_accuracy_mm, params) if known is None else known


def speed_mm_per_us(params: Params) -> float:
    return params.max_speed_mps / 1000.0


# --- could a visit be hidden between two fixes? -----------------------------------------------------------------------


def contradiction(a: Fix, b: Fix, params: Params) -> float:
    """By how many mm the fixes are further apart than v and their errors allow; negative if they are not."""
    reach = speed_mm_per_us(params) * (b.t - a.t) + 4 * sigma_for_prism(a, params) + 4 * sigma_for_prism(b, params)
    return math.hypot(a.x - b.x, a.y - b.y) - reach


def lacking(a: Fix, b: Fix, disc: Disc, radius: float, params: Params) -> Callable[[Place], float]:
    """How many mm a visit to a place lacks, at the best instant: convex, at most 0 where it was possible.

    The visitor is at q from `t_i + (|p_i - q| - 4 sigma_i) / v` at the earliest, and until
    `t_(i+1) - (|q - p_(i+1)| - 4 sigma_(i+1)) / v` at the latest. There is an instant for it if the first is not after
    the second, nor after the end of the time looked at, and the second not before its beginning.
    """
    v = speed_mm_per_us(params)
    first, last = max(a.t, disc.start), min(b.t, disc.end)
    err_a, err_b = 4 * sigma_for_prism(a, params), 4 * sigma_for_prism(b, params)

    def at(q: Place) -> float:
        from_a, to_b = math.hypot(q[0] - a.x, q[1] - a.y) - err_a, math.hypot(q[0] - b.x, q[1] - b.y) - err_b
        return max(
            math.hypot(q[0] - disc.x, q[1] - disc.y) - radius,
            from_a - v * (last - a.t),
            to_b - v * (b.t - first),
            from_a + to_b - v * (b.t - a.t),
        )

    return at


def least(f: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Where a convex function is least, and how much it is there, by golden sections down to a thousandth of a mm."""
    c, d = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    f_c, f_d = f(c), f(d)
    while high - low > 1e-3:
        if f_c <= f_d:
            high, d, f_d = d, c, f_c
            c = high - GOLDEN * (high - low)
            f_c = f(c)
        else:
            low, c, f_c = c, d, f_d
            d = low + GOLDEN * (high - low)
            f_d = f(d)
    return (c, f_c) if f_c <= f_d else (d, f_d)


def visit_lacks(a: Fix, b: Fix, disc: Disc, radius: float, params: Params) -> float:
    """mm that the best visit to the disc of `radius` lacks; at most 0 if one could have been hidden.

    Where it is clear by more than the near tie any bound on the right side of it will do.
    """
    at = lacking(a, b, disc, radius, params)
    for q in ((disc.x, disc.y), (a.x, a.y), (b.x, b.y), ((a.x + b.x) / 2, (a.y + b.y) / 2)):
        if at(q) < -NEAR_TIE_MM:
            return at(q)
    # No function changes by more than twice the way, and the disc's own allows no place beyond its edge.
    if (at_centre := at((disc.x, disc.y))) > 2 * radius + 10 * NEAR_TIE_MM:
        return at_centre - 2 * radius

    def across(x: float) -> float:
        half = math.sqrt(max(0.0, radius**2 - (x - disc.x) ** 2))
        return least(lambda y: at((x, y)), disc.y - half, disc.y + half)[1]

    return least(across, disc.x - radius, disc.x + radius)[1]


# --- one pair ---------------------------------------------------------------------------------------------------------


def unseen_because(trail: list[Fix], disc: Disc, spans: list[Span], events: list[int]) -> str | None:
    """Why the record does not reach over W; None if it does."""
    usable = [[f.t for f in trail if p <= f.t < q] for p, q in spans]
    edges = [(times[0], times[-1]) for times in usable if times]
    own = next((times for (p, q), times in zip(spans, usable, strict=True) if p <= disc.start and disc.end < q), None)
    firsts = [first for first, _ in edges] if own is None else own
    if not firsts or disc.start < firsts[0]:
        return "no_fix_yet"
    if own is not None and disc.end <= own[-1]:
        return None
    before = max((last for _, last in edges if last < disc.end), default=-math.inf)
    after = min((first for first, _ in edges if first > before), default=math.inf)
    return "device_event" if any(before <= t <= after for t in events) else "gap"


def verdict_of(
    trail: list[Fix],
    disc: Disc,
    sigma_place: float,
    spans: list[Span],
    events: list[int],
    params: Params,
) -> Verdict:
    """`spans` are the wearer's monitored periods, `events` the instants their devices reported something."""
    here = about(trail, disc)
    if near(here, disc) and presence(here, disc, params):
        return Verdict("present" if len(fixes_inside(here, disc)) >= params.min_fixes else "passed", False)

    neighbours = [(trail[0], trail[0])] if len(trail) == 1 else pairwise(here)
    pairs = [(a, b) for a, b in neighbours if max(a.t, disc.start) <= min(b.t, disc.end)]
    lacks = [visit_lacks(a, b, disc, disc.r + 4 * sigma_place, params) for a, b in pairs]
    contradicted = [contradiction(a, b, params) for a, b in pairs]
    # Only ties at the highest rung reached can change the verdict.
    if any(lack < -NEAR_TIE_MM for lack in lacks):
        return Verdict("possible", False)
    near_tie = any(abs(lack) <= NEAR_TIE_MM for lack in lacks)
    if any(lack <= 0 for lack in lacks):
        return Verdict("possible", near_tie)
    unseen = unseen_because(trail, disc, spans, events)
    if unseen is not None:
        return Verdict(f"unobserved_{unseen}", near_tie)
    if any(by > 0 for by in contradicted):
        clear = any(by > NEAR_TIE_MM for by in contradicted)
        return Verdict("unobserved_implausible_speed", near_tie or not clear)
    return Verdict("excluded", near_tie or any(abs(by) <= NEAR_TIE_MM for by in contradicted))


# --- all pairs --------------------------------------------------------------------------------------------------------


def events_of(wearer: str, assignments: Any, events: Any, watched: list[Span]) -> list[int]:
    if events is None:
        return []
    worn = [row for row in assignments.to_dicts() if row["wearer_id"] == wearer]
    reported = [
        microseconds(event["t"])
        for event in events.to_dicts()
        for a in worn
        if event["device_id"] == a["device_id"]
        and a["from"] <= event["t"]
        and (a["to"] is None or event["t"] < a["to"])
    ]
    return [t for t in reported if any(first <= t < last for first, last in watched)]


def naive_verdicts(
    fixes: Any, crimes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params, events: Any = None
) -> dict[tuple[Any, ...], Verdict]:
    """The verdict of every tested pair by (force, crime_ref, version, wearer_id)."""
    out = {}
    spans_of: dict[str, list[Span]] = {}
    events_by: dict[str, list[int]] = {}
    moment = {"assignments": assignments, "monitored": monitored, "eligible": eligible, "params": params}
    for crime, disc, wearer, trail in tested(fixes, crimes, **moment):
        if wearer not in spans_of:
            spans_of[wearer] = intervals_of(monitored, wearer)
            watched = both(spans_of[wearer], intervals_of(eligible, wearer))
            events_by[wearer] = events_of(wearer, assignments, events, watched)
        out[(crime["force"], crime["crime_ref"], crime["version"], wearer)] = verdict_of(
            trail,
            disc,
            sigma_of_place(crime["location_accuracy_m"], params),
            spans_of[wearer],
            events_by[wearer],
            params,
        )
    return out


def counted(verdicts: dict[tuple[Any, ...], Verdict]) -> dict[tuple[Any, ...], Counter[str]]:
    """For each crime with a tested pair, how many wearers have each verdict."""
    out: dict[tuple[Any, ...], Counter[str]] = {}
    for key, verdict in verdicts.items():
        assert verdict.code in VERDICT_CODES
        out.setdefault(key[:3], Counter())[verdict.code] += 1
    return out
