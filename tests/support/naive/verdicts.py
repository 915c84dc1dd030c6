"""The five verdicts written the slow, obvious way: every tested crime and wearer, every trail asked.

What it follows, where more than one reading is possible:

* The reasons of *unobserved* in the order of CODES, the first that holds of a trail. No fix yet: W begins before the
  first usable fix of the monitored period that contains it, or there is none; if no period contains it, before the
  trail's first of all. Device event: one reported by the trail's device in its windows, in the stretch W reaches into,
  its ends included: from the last fix of a period that ends before W does, to the next first fix of one. Gap: W is not
  inside the first and last fix. Implausible speed: all other.
* With no trail asked the same is asked of all the wearer's usable fixes together: no fix yet, or else gap.
* The rows left out are looked at where their own trail excludes: *possible* by one trail comes before *unobserved* by
  another. Two trails that contradict each other come before that, as before all but *present* and *passed*.
"""

import math
from collections import Counter
from typing import Any, NamedTuple

from matcher.params import Params
from tests.support.naive.coincidence import tested
from tests.support.naive.evidence import asked, candidate
from tests.support.naive.path import Disc
from tests.support.naive.presence import sigma_of_place
from tests.support.naive.prism import (
    NEAR_TIE_MM,
    contradiction,
    left_out_about,
    pairs_about,
    reaching_about,
    row_lacks,
    speed_mm_per_us,
    thinned,
    trails_contradict_by,
    visit_lacks,
)
from tests.support.naive.trails import Fix, Span, Trail, intervals_of, microseconds

CODES = (
    "not_tested",
    "present",
    "passed",
    "possible",
    "possible_left_out_fix",
    "unobserved_no_fix_yet",
    "unobserved_device_event",
    "unobserved_gap",
    "unobserved_implausible_speed",
    "unobserved_two_trails",
    "excluded",
)


class Verdict(NamedTuple):
    code: str
    near_tie: bool
    """A millimetre more or less could have made it another."""

    @property
    def rank(self) -> int:
        return CODES.index(self.code)


class Watched(NamedTuple):
    """A trail, what is left of it in the prism, and the instants its device reported something while it was worn."""

    trail: Trail
    thin: list[Fix]
    events: list[int]


# --- one trail --------------------------------------------------------------------------------------------------------


def unseen_because(fixes: list[Fix], disc: Disc, spans: list[Span], events: list[int]) -> str | None:
    """Why the record does not reach over W; None if it does."""
    usable = [[f.t for f in fixes if p <= f.t < q] for p, q in spans]
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


def verdict_of(watched: Watched, disc: Disc, sigma_place: float, spans: list[Span], params: Params) -> Verdict:
    """By one trail. `spans` are the wearer's monitored periods."""
    seen = candidate(watched.trail, disc, params)
    if seen is not None:
        return Verdict(seen, False)
    pairs = pairs_about(watched.thin, disc)
    lacks = [visit_lacks(a, b, disc, disc.r + 4 * sigma_place, params) for a, b in pairs]
    contradicted = [contradiction(a, b, params) for a, b in pairs]
    # Only ties at the highest rung reached can change the verdict.
    if any(lack < -NEAR_TIE_MM for lack in lacks):
        return Verdict("possible", False)
    near_tie = any(abs(lack) <= NEAR_TIE_MM for lack in lacks)
    if any(lack <= 0 for lack in lacks):
        return Verdict("possible", near_tie)
    unseen = unseen_because(watched.trail.fixes, disc, spans, watched.events)
    if unseen is not None:
        return Verdict(f"unobserved_{unseen}", near_tie)
    if any(by > 0 for by in contradicted):
        clear = any(by > NEAR_TIE_MM for by in contradicted)
        return Verdict("unobserved_implausible_speed", near_tie or not clear)
    unclear = near_tie or any(abs(by) <= NEAR_TIE_MM for by in contradicted)
    rows = left_out_about(watched.trail, watched.thin, disc)
    lacks = [row_lacks(row.fix, disc, disc.r + 4 * sigma_place, params) for row in rows]
    lacks += [
        row_lacks(row, disc, disc.r + 4 * sigma_place, params) - speed_mm_per_us(params) * lasts
        for row, lasts in reaching_about(watched.trail, watched.thin, disc, params)
    ]
    clear = any(lack <= -NEAR_TIE_MM for lack in lacks) or all(lack > NEAR_TIE_MM for lack in lacks)
    return Verdict("possible_left_out_fix" if any(lack <= 0 for lack in lacks) else "excluded", unclear or not clear)


# --- one pair ---------------------------------------------------------------------------------------------------------


def combined(verdicts: list[Verdict]) -> Verdict:
    """The first in the order of CODES."""
    best = min(verdicts, key=lambda v: v.rank)
    higher_is_clear = best.code in ("present", "passed") or (
        best.code == "possible" and any(v.code == "possible" and not v.near_tie for v in verdicts)
    )
    return Verdict(best.code, not higher_is_clear and any(v.near_tie for v in verdicts))


def verdict_of_pair(
    watched: list[Watched], disc: Disc, sigma_place: float, spans: list[Span], params: Params
) -> Verdict:
    """`watched` are all of the wearer's trails."""
    trails = asked([each.trail for each in watched], disc)
    heard = [each for each in watched if any(each.trail is trail for trail in trails)]
    if not heard:
        together = sorted((f for each in watched for f in each.trail.fixes), key=lambda f: f.order)
        unseen = unseen_because(together, disc, spans, [])
        return Verdict("unobserved_no_fix_yet" if unseen == "no_fix_yet" else "unobserved_gap", False)
    verdict = combined([verdict_of(each, disc, sigma_place, spans, params) for each in heard])
    if verdict.code in ("present", "passed"):
        return verdict
    by = trails_contradict_by(trails, disc, params)
    if by > 0:
        return Verdict("unobserved_two_trails", by <= NEAR_TIE_MM)
    return Verdict(verdict.code, verdict.near_tie or by >= -NEAR_TIE_MM)


# --- all pairs --------------------------------------------------------------------------------------------------------


def events_of(trail: Trail, events: Any) -> list[int]:
    """Instants at which the trail's device reported something while it was the wearer's."""
    if events is None:
        return []
    reported = [microseconds(event["t"]) for event in events.to_dicts() if event["device_id"] == trail.device]
    return [t for t in reported if any(first <= t < last for first, last in trail.windows)]


def naive_verdicts(
    fixes: Any, crimes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params, events: Any = None
) -> dict[tuple[Any, ...], Verdict]:
    """The verdict of every tested pair by (force, crime_ref, version, wearer_id)."""
    moment = {"assignments": assignments, "monitored": monitored, "eligible": eligible, "params": params}
    out = {}
    watched_of: dict[str, list[Watched]] = {}
    for crime, disc, wearer, trails in tested(fixes, crimes, **moment):
        spans = intervals_of(monitored, wearer)
        if wearer not in watched_of:
            watched_of[wearer] = [Watched(t, thinned(t.fixes, spans, params), events_of(t, events)) for t in trails]
        out[(crime["force"], crime["crime_ref"], crime["version"], wearer)] = verdict_of_pair(
            watched_of[wearer], disc, sigma_of_place(crime["location_accuracy_m"], params), spans, params
        )
    return out


def counted(verdicts: dict[tuple[Any, ...], Verdict]) -> dict[tuple[Any, ...], Counter[str]]:
    """For each crime with a tested pair, how many wearers have each verdict."""
    out: dict[tuple[Any, ...], Counter[str]] = {}
    for key, verdict in verdicts.items():
        out.setdefault(key[:3], Counter())[verdict.code] += 1
    return out
