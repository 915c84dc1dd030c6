"""Coincidence written the slow, obvious way: `matcher/analysis/README.md`, every pair and every day enumerated.

What it follows, where more than one reading is possible:

* W_k is W moved by what `t_from` moves by. Its wall clock in London is the same k dates on; if that reading is missing,
  the first instant after the clocks went forward; if it comes twice, the crime's own one of the two (the first, if the
  crime's own came once).
* Day k counts if one joined [from, to) of the time both monitored and eligible has from <= W_k.start and W_k.end < to,
  W_k.end < data_until, the exact coverage is >= min_coverage as a decimal, and k is a multiple of 7 where the reference
  is the same weekday.
* Only tested pairs (W itself in one eligible interval) are decoys or counted as covered.
* A pair's days k with their hits are the day vector; e on any counting day is N / H, N days and H hits, itself among
  them. nearness and e are rounded to 6 digits, strength is the product of the two as rounded, and rounded.
* Strata go by the length of W: up to 30 min, up to 3 h, longer.
* The mean over k != 0 is over the days k on which any pair of the stratum counts. With none there is nothing to compare
  with, and q is null.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from matcher.params import Params
from tests.support.naive.evidence import covered, heard, six
from tests.support.naive.matcher import disc_of, why_not_matchable
from tests.support.naive.path import Disc, about
from tests.support.naive.presence import p_and_nearness, sigma_of_place
from tests.support.naive.trails import US, Span, Trail, both, intervals_of, microseconds, trails

LONDON = ZoneInfo("Europe/London")
FEW_DAYS = 5


# --- the same clock time on another day -------------------------------------------------------------------------------


def moved(t: datetime, days: int) -> datetime:
    """The instant at which London's clocks read the same, so many dates later."""
    own = t.astimezone(LONDON)
    wall = own.replace(tzinfo=None) + timedelta(days=days)
    found = wall.replace(tzinfo=LONDON, fold=own.fold).astimezone(UTC)
    if found.astimezone(LONDON).replace(tzinfo=None) == wall:
        return found
    # No clock read that: the first instant after is when they went forward.
    turn = datetime(wall.year, wall.month, wall.day, tzinfo=UTC)
    winter = turn.astimezone(LONDON).utcoffset()
    while turn.astimezone(LONDON).utcoffset() == winter:
        turn += timedelta(minutes=1)
    return turn


def shift_us(t_from: datetime, days: int) -> int:
    return (moved(t_from, days) - t_from) // US


# --- one pair ---------------------------------------------------------------------------------------------------------


def within_one(disc: Disc, spans: list[Span]) -> bool:
    return any(start <= disc.start and disc.end < end for start, end in spans)


@dataclass(frozen=True)
class Pair:
    """One tested pair with its day vector. `near_on` holds the counting days it would be a candidate on."""

    key: tuple[Any, ...]
    stratum: int
    candidate: bool
    p: float | None
    nearness: float | None
    counting: frozenset[int]
    near_on: dict[int, float | None]

    @property
    def e(self) -> float | None:
        """The same on every day that counts and has a hit."""
        return six(len(self.counting) / len(self.near_on)) if self.near_on else None

    def strength(self, k: int) -> float | None:
        nearness, e = self.near_on.get(k), self.e
        return None if nearness is None or e is None else six(nearness * e)

    def others(self, step: int = 1) -> int:
        return sum(k != 0 and k % step == 0 for k in self.counting)

    def other_hits(self, step: int = 1) -> int:
        return sum(k != 0 and k % step == 0 for k in self.near_on)


def stratum_of(disc: Disc) -> int:
    length = disc.end - disc.start
    return 0 if length <= 1_800_000_000 else 1 if length <= 10_800_000_000 else 2


def pair_of(
    key: tuple[Any, ...], crime: dict[str, Any], disc: Disc, worn: list[Trail], watched: list[Span], params: Params
) -> Pair:
    sigma_place = sigma_of_place(crime["location_accuracy_m"], params)

    def counts(k: int, there: Disc) -> bool:
        if params.reference == "same_weekday" and k % 7:
            return False
        if params.data_until is not None and there.end >= microseconds(params.data_until):
            return False
        enough = Fraction(str(params.min_coverage))
        return within_one(there, watched) and covered(worn, there, params) >= enough

    def said(trail: Trail, there: Disc) -> tuple[float | None, float | None]:
        found = p_and_nearness(about(trail.fixes, there), there, sigma_place, params)
        return (None, None) if found is None else (six(found[0]), six(found[1]))

    counting: set[int] = set()
    near_on: dict[int, float | None] = {}
    for k in range(-params.reference_days, params.reference_days + 1):
        shift = shift_us(crime["t_from"], k)
        there = replace(disc, start=disc.start + shift, end=disc.end + shift)
        if counts(k, there):
            counting.add(k)
            if (then := heard(worn, there, sigma_place, params)) is not None:
                near_on[k] = said(then.trail, there)[1]
    own = heard(worn, disc, sigma_place, params)
    p, nearness = (None, None) if own is None else said(own.trail, disc)
    return Pair(key, stratum_of(disc), own is not None, p, nearness, frozenset(counting), near_on)


# --- all pairs --------------------------------------------------------------------------------------------------------


def wearers_of(assignments: Any, eligible: Any) -> list[str]:
    """Everyone a pair may be tested for: those with an eligible interval, or all that ever wore a device."""
    frame = eligible if hasattr(eligible, "to_dicts") else assignments
    return sorted({row["wearer_id"] for row in frame.to_dicts()})


def tested(
    fixes: Any, crimes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params
) -> Iterator[tuple[dict[str, Any], Disc, str, list[Trail]]]:
    """Every matchable crime with every wearer one of whose eligible intervals holds W, and their trails."""
    trails_of = trails(fixes, assignments=assignments, monitored=monitored, eligible=eligible, params=params)
    allowed = {w: intervals_of(eligible, w) for w in wearers_of(assignments, eligible)}
    for crime in crimes.to_dicts():
        if why_not_matchable(crime, params) is None:
            disc = disc_of(crime, params)
            for wearer, spans in allowed.items():
                if within_one(disc, spans):
                    yield crime, disc, wearer, trails_of.get(wearer, [])


@dataclass(frozen=True)
class Coincidence:
    """Every tested pair, and the run's curves as functions of a threshold."""

    pairs: list[Pair]

    @cached_property
    def covered(self) -> Counter[tuple[int, int]]:
        """Pairs that count, by (stratum, day)."""
        return Counter((pair.stratum, k) for pair in self.pairs for k in pair.counting)

    @cached_property
    def strengths(self) -> dict[tuple[int, int], list[float]]:
        """The strengths there are, by (stratum, day)."""
        out: dict[tuple[int, int], list[float]] = defaultdict(list)
        for pair in self.pairs:
            for k in pair.near_on:
                if (s := pair.strength(k)) is not None:
                    out[pair.stratum, k].append(s)
        return out

    def on_day(self, stratum: int, k: int, threshold: float) -> int:
        return sum(s >= threshold for s in self.strengths.get((stratum, k), []))

    def observed(self, stratum: int, threshold: float) -> int:
        return self.on_day(stratum, 0, threshold)

    def expected_chance(self, stratum: int, threshold: float) -> Fraction | None:
        """None if no other day has a pair that counts."""
        days = [k for s, k in self.covered if s == stratum and k != 0]
        scaled = [
            Fraction(self.on_day(stratum, k, threshold) * self.covered[stratum, 0], self.covered[stratum, k])
            for k in days
        ]
        return sum(scaled, Fraction(0)) / len(days) if days else None

    @cached_property
    def worth(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """`schemas.EVIDENTIAL_STRENGTH` of every candidate by its key, `note` as a set."""
        q = q_values(self)
        return {pair.key: worth_of(pair, q.get(pair.key)) for pair in self.pairs if pair.candidate}


def q_values(run: Coincidence) -> dict[tuple[Any, ...], float]:
    """Only at the candidates' own strengths can the ratio be least: between two of them only the expected falls."""
    out = {}
    for stratum in {pair.stratum for pair in run.pairs}:
        of_stratum = [pair for pair in run.pairs if pair.stratum == stratum]
        strengths = {pair.key: s for pair in of_stratum if (s := pair.strength(0)) is not None}
        ratio = {}
        for c in set(strengths.values()):
            expected = run.expected_chance(stratum, c)
            ratio[c] = math.nan if expected is None else float(expected / run.observed(stratum, c))
        for key, strength in strengths.items():
            q = min(ratio[c] for c in ratio if c <= strength)
            if not math.isnan(q):
                out[key] = six(min(1.0, q))
    return out


def worth_of(pair: Pair, q: float | None) -> dict[str, Any]:
    covered = 0 in pair.counting
    notes = {
        "accuracy_unknown": pair.nearness is None,
        "crime_day_not_covered": not covered,
        "few_reference_days": pair.others() < FEW_DAYS,
    }
    return {
        "p_present": pair.p,
        "reference_days": pair.others(),
        "reference_hits": pair.other_hits(),
        "same_weekday_days": pair.others(7),
        "same_weekday_hits": pair.other_hits(7),
        "e_value": pair.e if covered else None,
        "nearness": pair.nearness,
        "strength": pair.strength(0),
        "q_value": q,
        "note": {name for name, holds in notes.items() if holds},
    }


def naive_coincidence(
    fixes: Any, crimes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params
) -> Coincidence:
    """What the candidates are worth beside other days, and all that a run says of chance."""
    pairs = []
    watched: dict[str, list[Span]] = {}
    moment = {"assignments": assignments, "monitored": monitored, "eligible": eligible, "params": params}
    for crime, disc, wearer, worn in tested(fixes, crimes, **moment):
        if wearer not in watched:
            watched[wearer] = both(intervals_of(monitored, wearer), intervals_of(eligible, wearer))
        key = (crime["force"], crime["crime_ref"], crime["version"], wearer)
        pairs.append(pair_of(key, crime, disc, worn, watched[wearer], params))
    return Coincidence(pairs)


def day_hits(run: Coincidence) -> dict[tuple[Any, ...], tuple[int, int, float | None]]:
    """`schemas.DAY_HITS` by (force, crime_ref, version, wearer_id, day)."""
    return {
        (*pair.key, k): (len(pair.counting), sum(j % 7 == 0 for j in pair.counting), nearness)
        for pair in run.pairs
        for k, nearness in pair.near_on.items()
    }


def covered_pairs(run: Coincidence) -> dict[tuple[str, int, int], int]:
    """`schemas.COVERED_PAIRS` by (wearer_id, stratum, day)."""
    out: dict[tuple[str, int, int], int] = defaultdict(int)
    for pair in run.pairs:
        for k in pair.counting:
            out[pair.key[3], pair.stratum, k] += 1
    return dict(out)
