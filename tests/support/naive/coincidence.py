"""Coincidence written the slow, obvious way: section 4 of the method, every pair and every day enumerated.

What it follows, where more than one reading is possible:

* W_k is W moved by what `t_from` moves by. Its wall clock in London is the same k dates on; if that reading is missing,
  the first instant after the clocks went forward; if it comes twice, the crime's own one of the two (the first, if the
  crime's own came once).
* The trails asked in W_k are those of the wearer's devices then, and the trail heard gives its nearness, as in W.
* Day k counts if one joined [from, to) of the time both monitored and eligible has from <= W_k.start and W_k.end < to,
  W_k.end < data_until, the exact coverage of one of the trails asked is >= min_coverage as a decimal, and k is a
  multiple of 7 where the reference is the same weekday. It is a hit if the pair would be a candidate.
* Only tested pairs (W itself in one eligible interval) are decoys or counted as covered.
* A pair's days k with their hits are the day vector; e on any counting day is N / H, N days and H hits, itself among
  them. nearness and e are rounded to 6 digits, strength is the product of the two as rounded, and rounded.
* `at_event` and `usually` are filled for every candidate at an event crime; the rest is in `chance.py` here.
* `note` says `accuracy_unknown` or `no_node_path`, or `too_coarse` where p_present as rounded is under 0.05 (by the
  fixes and nodes of the same trail), `crime_day_not_covered`, `few_reference_days`, and why chance gives no q (`event`,
  `no_decoys`, `too_few_to_tell`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from matcher.params import Params
from tests.support.naive.chance import Chance, Crime, CrimeKey, Kept, stratum_of
from tests.support.naive.evidence import covered, heard, six
from tests.support.naive.matcher import disc_of, why_not_matchable
from tests.support.naive.path import Disc
from tests.support.naive.presence import Node, nodes_of, on_path, sigma_of_place, too_coarse
from tests.support.naive.trails import US, Span, Trail, both, intervals_of, microseconds, trails

LONDON = ZoneInfo("Europe/London")
FEW_DAYS = 5
IMPROBABLE = 0.05


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


# --- one window -------------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """What is said of one window in which the pair would be a candidate."""

    device: str
    verdict: str
    p: float | None
    nearness: float | None
    note: str | None
    """Why p and nearness are not known, or `too_coarse`."""
    near_tie: bool
    """Rounding could have let another of the wearer's trails be heard."""


class Record:
    """A wearer's trails with their nodes, these made when first asked for."""

    def __init__(self, trails: list[Trail], params: Params) -> None:
        self.trails = trails
        self.params = params
        self.nodes: dict[str, list[Node]] = {}

    def nodes_of(self, trail: Trail) -> list[Node]:
        if trail.device not in self.nodes:
            self.nodes[trail.device] = nodes_of(trail.fixes, self.params, trail.windows)
        return self.nodes[trail.device]

    def coverage(self, disc: Disc) -> Fraction:
        return covered(self.trails, disc, self.params)

    def said(self, disc: Disc, sigma_place: float) -> Said | None:
        """None if the pair would be no candidate."""
        found = heard(self.trails, disc, sigma_place, self.params)
        if found is None:
            return None
        nodes = self.nodes_of(found.trail)
        seen = on_path(nodes, disc, sigma_place, self.params)
        if isinstance(seen, str):
            return Said(found.trail.device, found.verdict, None, None, seen, found.near_tie)
        p, nearness = six(seen[0]), six(seen[1])
        coarse = p < IMPROBABLE and too_coarse(found.trail.fixes, nodes, disc, self.params)
        return Said(found.trail.device, found.verdict, p, nearness, "too_coarse" if coarse else None, found.near_tie)


def within_one(disc: Disc, spans: list[Span]) -> bool:
    return any(start <= disc.start and disc.end < end for start, end in spans)


# --- one pair ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pair:
    """One tested pair with its day vector. `near_on` holds the counting days it would be a candidate on."""

    key: tuple[Any, ...]
    crime: Crime
    said: Said | None
    counting: frozenset[int]
    near_on: dict[int, float | None]
    near_tie: bool = False
    """Rounding could have let another of the wearer's trails be heard, on the crime's day or another."""

    @property
    def stratum(self) -> int:
        return self.crime.stratum

    @property
    def candidate(self) -> bool:
        return self.said is not None

    @property
    def crime_key(self) -> CrimeKey:
        force, ref, version, _ = self.key
        return force, ref, version

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


def pair_of(
    key: tuple[Any, ...], crime: dict[str, Any], disc: Disc, record: Record, watched: list[Span], params: Params
) -> Pair:
    sigma_place = sigma_of_place(crime["location_accuracy_m"], params)
    enough = Fraction(str(params.min_coverage))

    def counts(k: int, there: Disc) -> bool:
        if params.reference == "same_weekday" and k % 7:
            return False
        if params.data_until is not None and there.end >= microseconds(params.data_until):
            return False
        return within_one(there, watched) and record.coverage(there) >= enough

    counting: set[int] = set()
    hits: dict[int, Said] = {}
    for k in range(-params.reference_days, params.reference_days + 1):
        shift = shift_us(crime["t_from"], k)
        there = replace(disc, start=disc.start + shift, end=disc.end + shift)
        if counts(k, there):
            counting.add(k)
            then = record.said(there, sigma_place)
            if then is not None:
                hits[k] = then
    own = record.said(disc, sigma_place)
    return Pair(
        key,
        Crime(disc.x, disc.y, microseconds(crime["t_from"]), stratum_of(disc.end - disc.start)),
        own,
        frozenset(counting),
        {k: then.nearness for k, then in hits.items()},
        any(said.near_tie for said in (own, *hits.values()) if said is not None),
    )


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
    params: Params

    @property
    def near_tie(self) -> bool:
        return any(pair.near_tie for pair in self.pairs)

    @cached_property
    def kept(self) -> Kept:
        covered: dict[tuple[CrimeKey, int], int] = defaultdict(int)
        for pair in self.pairs:
            for k in pair.counting:
                covered[pair.crime_key, k] += 1
        return Kept(
            {pair.crime_key: pair.crime for pair in self.pairs},
            {(pair.crime_key, pair.key[3]): pair.strength(0) for pair in self.pairs if pair.candidate},
            {(pair.crime_key, pair.key[3], k): pair.strength(k) for pair in self.pairs for k in pair.near_on},
            dict(covered),
        )

    @cached_property
    def chance(self) -> Chance:
        return Chance(self.kept, self.params.reference_days, self.params.min_pool_crimes)

    def observed(self, stratum: int, threshold: float) -> int:
        return self.chance.observed(stratum, threshold)

    def expected_chance(self, stratum: int, threshold: float) -> Fraction | None:
        return self.chance.expected_chance(stratum, threshold)

    @cached_property
    def worth(self) -> dict[tuple[Any, ...], dict[str, Any]]:
        """`schemas.EVIDENTIAL_STRENGTH` of every candidate by its key, `note` as a set; and its device."""
        return {pair.key: worth_of(pair, self.chance) for pair in self.pairs if pair.candidate}


def worth_of(pair: Pair, chance: Chance) -> dict[str, Any]:
    assert pair.said is not None
    covered = 0 in pair.counting
    row = (pair.crime_key, pair.key[3])
    event = chance.events.get(pair.crime_key)
    notes = {
        pair.said.note,
        None if covered else "crime_day_not_covered",
        "few_reference_days" if pair.others() < FEW_DAYS else None,
        chance.note(row),
    }
    return {
        "device_id": pair.said.device,
        "verdict": pair.said.verdict,
        "p_present": pair.said.p,
        "reference_days": pair.others(),
        "reference_hits": pair.other_hits(),
        "same_weekday_days": pair.others(7),
        "same_weekday_hits": pair.other_hits(7),
        "e_value": pair.e if covered else None,
        "nearness": pair.said.nearness,
        "strength": pair.strength(0),
        "q_value": chance.q.get(row),
        "at_event": None if event is None else event.there,
        "usually": None if event is None else six(event.usually),
        "note": notes - {None},
    }


def naive_coincidence(
    fixes: Any, crimes: Any, *, assignments: Any, monitored: Any, eligible: Any, params: Params
) -> Coincidence:
    """What the candidates are worth beside other days, and all that a run says of chance."""
    moment = {"assignments": assignments, "monitored": monitored, "eligible": eligible, "params": params}
    pairs = []
    watched: dict[str, list[Span]] = {}
    records: dict[str, Record] = {}
    for crime, disc, wearer, worn in tested(fixes, crimes, **moment):
        if wearer not in records:
            watched[wearer] = both(intervals_of(monitored, wearer), intervals_of(eligible, wearer))
            records[wearer] = Record(worn, params)
        key = (crime["force"], crime["crime_ref"], crime["version"], wearer)
        pairs.append(pair_of(key, crime, disc, records[wearer], watched[wearer], params))
    return Coincidence(pairs, params)


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


def covered_by_crime(run: Coincidence) -> dict[tuple[Any, ...], int]:
    """`schemas.COVERED_BY_CRIME` by (force, crime_ref, version, day)."""
    return {(*key, k): pairs for (key, k), pairs in run.kept.covered.items()}
