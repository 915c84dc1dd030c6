"""What chance alone brings, written the slow, obvious way: from the rows that runs keep by crime, every row counted.

What it follows, where more than one reading is possible:

* Decoy days are k = -28, -21, -14, -7, 7, 14, 21, 28, as far as `reference_days` reaches.
* Strata go by the length of W: up to 30 min, up to 3 h, longer.
* Two crimes are neighbours if at most 250 m apart, whole millimetres, and `t_from` of one at most 3 h from the other's.
  n0 counts distinct candidates, whether their own day is covered or not; n_k distinct wearers with a day that counts
  and is a hit. The covered decoy days are those on which a pair of the crime itself counts; max and mean are over them.
* Event crimes are set apart as a whole: observed, decoys, covered pairs and m are those of the other crimes.
* m is the number of decoy days on which a pair of the stratum counts. A decoy of day k weighs pairs covered on the
  crimes' own day over pairs covered on day k.
* Why q is null, the first that holds: `event`; the pair's own reason for having no strength; `no_decoys` (m = 0);
  `too_few_to_tell` (fewer crimes than `min_pool_crimes` in the stratum, no event crimes, with a pair covered on their
  own day).
* A pool has each crime once: its highest version, by the latest run that had it.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

DECOY_DAYS = (-28, -21, -14, -7, 7, 14, 21, 28)
NEIGHBOURS_MM = 250_000
NEIGHBOURS_US = 3 * 3_600_000_000

CrimeKey = tuple[str, str, int]


def six(value: float) -> float:
    return float(f"{value:.6g}")


def stratum_of(length_us: int) -> int:
    return 0 if length_us <= 1_800_000_000 else 1 if length_us <= 10_800_000_000 else 2


class Crime(NamedTuple):
    x: int  # mm
    y: int
    t_from: int  # us
    stratum: int


class Event(NamedTuple):
    """Distinct wearers at a crime and its neighbours: then, and on the mean of the decoy days."""

    there: int
    usually: float


@dataclass(frozen=True)
class Kept:
    """What a run keeps of its crimes. Strengths are None where unknown."""

    crimes: dict[CrimeKey, Crime]
    candidates: dict[tuple[CrimeKey, str], float | None]
    """Strength by (crime, wearer)."""
    hits: dict[tuple[CrimeKey, str, int], float | None]
    """Strength on day k, as if it were the crime's, by (crime, wearer, k): days that count and are hits, k = 0 too."""
    covered: dict[tuple[CrimeKey, int], int]
    """Pairs that count on day k, by (crime, k)."""


def pooled(runs: Sequence[Kept]) -> Kept:
    """Each crime's highest version by the latest run that had it; runs in the order in which they were made."""
    by: dict[CrimeKey, Kept] = {}
    for run in runs:
        by.update(dict.fromkeys(run.crimes, run))
    latest: dict[tuple[str, str], int] = {}
    for force, ref, version in by:
        latest[force, ref] = max(version, latest.get((force, ref), version))
    chosen = {key: run for key, run in by.items() if key[2] == latest[key[:2]]}
    return Kept(
        {key: run.crimes[key] for key, run in chosen.items()},
        {row: s for run in runs for row, s in run.candidates.items() if chosen.get(row[0]) is run},
        {row: s for run in runs for row, s in run.hits.items() if chosen.get(row[0]) is run},
        {row: n for run in runs for row, n in run.covered.items() if chosen.get(row[0]) is run},
    )


@dataclass(frozen=True)
class Chance:
    """A run, or a pool, judged as a whole."""

    kept: Kept
    reference_days: int
    min_pool_crimes: int

    @cached_property
    def days(self) -> list[int]:
        return [k for k in DECOY_DAYS if abs(k) <= self.reference_days]

    # --- crowds ---

    def neighbours(self, of: CrimeKey) -> list[CrimeKey]:
        here = self.kept.crimes[of]
        return [
            key
            for key, crime in self.kept.crimes.items()
            if (crime.x - here.x) ** 2 + (crime.y - here.y) ** 2 <= NEIGHBOURS_MM**2
            and abs(crime.t_from - here.t_from) <= NEIGHBOURS_US
        ]

    def crowd_at(self, crime: CrimeKey) -> Event | None:
        """None if it is no event crime."""
        near = set(self.neighbours(crime))
        there = len({wearer for key, wearer in self.kept.candidates if key in near})
        covered = [k for k in self.days if self.kept.covered.get((crime, k))]
        if len(covered) < 2:
            return None
        on_day = [len({w for key, w, day in self.kept.hits if day == k and key in near}) for k in covered]
        usually = sum(on_day) / len(on_day)
        if there >= 5 and there > max(on_day) + 3 and there > usually + 4 * math.sqrt(usually + 1):
            return Event(there, usually)
        return None

    @cached_property
    def events(self) -> dict[CrimeKey, Event]:
        return {key: found for key in self.kept.crimes if (found := self.crowd_at(key)) is not None}

    # --- counts of a stratum ---

    def counted(self, crime: CrimeKey, stratum: int) -> bool:
        return crime not in self.events and self.kept.crimes[crime].stratum == stratum

    @cached_property
    def _covered(self) -> dict[tuple[int, int], int]:
        out: dict[tuple[int, int], int] = defaultdict(int)
        for (key, k), pairs in self.kept.covered.items():
            if key not in self.events:
                out[self.kept.crimes[key].stratum, k] += pairs
        return out

    def covered(self, stratum: int, k: int) -> int:
        """Pairs that count on day k."""
        return self._covered.get((stratum, k), 0)

    def decoy_days(self, stratum: int) -> list[int]:
        return [k for k in self.days if self.covered(stratum, k)]

    def tested_crimes(self, stratum: int) -> int:
        """Crimes with a pair covered on their own day."""
        return sum(self.counted(key, stratum) and self.kept.covered.get((key, 0), 0) > 0 for key in self.kept.crimes)

    def observed(self, stratum: int, threshold: float) -> int:
        return sum(
            s is not None and s >= threshold
            for (key, _), s in self.kept.candidates.items()
            if self.counted(key, stratum)
        )

    @cached_property
    def _decoys(self) -> dict[tuple[int, int], list[float]]:
        out: dict[tuple[int, int], list[float]] = defaultdict(list)
        for (key, _, k), s in self.kept.hits.items():
            if key not in self.events and s is not None:
                out[self.kept.crimes[key].stratum, k].append(s)
        return out

    def decoys(self, stratum: int, threshold: float) -> Fraction:
        return sum(
            (
                Fraction(
                    sum(s >= threshold for s in self._decoys.get((stratum, k), [])) * self.covered(stratum, 0),
                    self.covered(stratum, k),
                )
                for k in self.decoy_days(stratum)
            ),
            Fraction(0),
        )

    def expected_chance(self, stratum: int, threshold: float) -> Fraction | None:
        """None if no decoy day has a pair that counts."""
        m = len(self.decoy_days(stratum))
        return self.decoys(stratum, threshold) / m if m else None

    # --- q ---

    def why_no_q(self, stratum: int) -> str | None:
        if not self.decoy_days(stratum):
            return "no_decoys"
        return "too_few_to_tell" if self.tested_crimes(stratum) < self.min_pool_crimes else None

    @cached_property
    def q(self) -> dict[tuple[CrimeKey, str], float]:
        """Of the candidates that have one."""
        out = {}
        for stratum in {crime.stratum for crime in self.kept.crimes.values()}:
            if self.why_no_q(stratum) is not None:
                continue
            of_stratum = {
                pair: s for pair, s in self.kept.candidates.items() if s is not None and self.counted(pair[0], stratum)
            }
            m = len(self.decoy_days(stratum))
            # Between two candidates' strengths observed stays and decoys only fall: the least is at one of these.
            ratio = {c: (self.decoys(stratum, c) + 1) / m / self.observed(stratum, c) for c in set(of_stratum.values())}
            for pair, strength in of_stratum.items():
                out[pair] = six(float(min(Fraction(1), *(ratio[c] for c in ratio if c <= strength))))
        return out

    def note(self, pair: tuple[CrimeKey, str]) -> str | None:
        """Why chance gives no q; None also where the pair has no strength."""
        if pair[0] in self.events:
            return "event"
        if self.kept.candidates[pair] is None:
            return None
        return self.why_no_q(self.kept.crimes[pair[0]].stratum)
