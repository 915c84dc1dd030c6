"""Inclusion at each step compared with a population. PCD 570, 7.4; Equality Act 2010, s149(1).

For each group: its share at a step over its share of the population (inclusion), and how often it passes a step
compared with everyone else (passage). Intervals are Katz's for a ratio (Katz et al. 1978), at 95 %; probabilities are
Holm's, corrected for the number of comparisons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log

from scipy.special import ndtr, ndtri

from tracker.errors import BadEntry
from tracker.evaluation.people import bands
from tracker.evaluation.people.bands import Terms
from tracker.evaluation.statistics.proportions import katz_ratio

SENTENCED = "sentenced"
STEPS = ("eligible", "proportionate", "imposed", "mapped", "matched", "confirmed")
"""After `sentenced`, which is imported as a population."""
RECORDED = {"age": "age", "sex": "sex", "race": "ethnicity"}
"""Characteristics recorded for everyone, and the attribute each is counted by."""
Counts = Mapping[str, Mapping[str, int | None]]
"""By step, then by level; None: withheld. The level `ALL` is the whole."""
ALL = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One comparison. `kind` is inclusion or passage; `why_not`: why there is none."""

    characteristic: str
    level: str
    step: str
    kind: str
    compared_with: str
    count: int | None
    of: int | None
    other: int | None
    other_of: int | None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    why_not: str | None = None

    @property
    def stands_out(self) -> bool:
        """Unlikely to be chance, even among all comparisons of the review."""
        return self.p_holm is not None and self.p_holm < 0.05


@dataclass(frozen=True, slots=True)
class Population:
    """A population to compare the programme with: counts by level of one characteristic."""

    name: str
    period: str
    source: str
    counts: Mapping[str, int]


def ratio_of(a: int, n: int, b: int, m: int) -> tuple[float, float, float, float] | None:
    """(a/n) / (b/m), its 95 % interval, the two-sided probability under no difference; None where a or b is 0."""
    if min(a, b) == 0:
        return None
    found, low, high = katz_ratio(a, n, b, m)
    # Half of the interval, on the log, is 1.96 standard errors.
    half = log(high / found)
    p = 1.0 if half == 0 else 2 * float(ndtr(abs(log(found)) / half * float(ndtri(0.025))))
    return found, low, high, p


def inclusion(characteristic: str, counts: Counts, population: Population, k: int) -> list[Ratio]:
    """The share of each group at each step over its share of the population."""
    out = []
    whole = sum(population.counts.values())
    for n, step in enumerate(STEPS):
        of = counts.get(step, {}).get(ALL)
        before = STEPS[n - 1] if n and _same(counts, STEPS[n - 1], step) else None
        for level, there in population.counts.items():
            base = Ratio(
                characteristic=characteristic,
                level=level,
                step=step,
                kind="inclusion",
                compared_with=f"{population.name}, {population.period}",
                count=counts.get(step, {}).get(level),
                of=of,
                other=there,
                other_of=whole,
            )
            same = f"cannot differ: the same people as at the step before ({before})"
            found = _with_ratio(base, k)
            out.append(found if before is None or found.p is None else replace(base, why_not=same))
    return out


def _same(counts: Counts, before: str, step: str) -> bool:
    """Whether all of the step is known to be as it was: a second comparison of it would count for the first again."""
    earlier, later = counts.get(before, {}), counts.get(step, {})
    return bool(later) and earlier == later and None not in later.values()


def passage(characteristic: str, counts: Counts, levels: Sequence[str], k: int) -> list[Ratio]:
    """How often a group passes from one step to the next, over how often everyone else does."""
    out = []
    for before, step in pairwise(STEPS):
        earlier, later = counts.get(before, {}), counts.get(step, {})
        for level in levels:
            # At a later step there may be people who skipped the one before: they are not in the denominator.
            a, n = later.get(level), earlier.get(level)
            all_a, all_n = later.get(ALL), earlier.get(ALL)
            shown = None not in (a, n, all_a, all_n)
            base = Ratio(
                characteristic=characteristic,
                level=level,
                step=step,
                kind="passage",
                compared_with=f"everyone else, from {before}",
                count=a,
                of=n,
                other=(all_a or 0) - (a or 0) if shown else None,
                other_of=(all_n or 0) - (n or 0) if shown else None,
            )
            out.append(_with_ratio(base, k))
    return out


def _with_ratio(base: Ratio, k: int) -> Ratio:
    a, n, b, m = base.count, base.of, base.other, base.other_of
    if a is None or n is None or b is None or m is None:
        return replace(base, why_not="withheld: too few people")
    if n < k or m < k:
        return replace(base, why_not=f"too few people: fewer than {k}")
    if a > n or b > m:
        return replace(
            base, why_not="more people at the later step than at the one before: some steps were not recorded"
        )
    if base.kind == "passage" and (a, b) == (n, m):
        # Of a step that nobody fails no ratio but 1 is possible: it says nothing, and would weaken all others.
        return replace(base, why_not="cannot differ: everyone passed this step")
    found = ratio_of(a, n, b, m)
    if found is None:
        return replace(base, why_not="too few people: none")
    if min(a, b) < k:
        # The normal approximation fails, and a ratio of so few reflects chance more than the programme.
        return replace(base, ratio=found[0], why_not=f"too few people: fewer than {k}")
    return replace(base, ratio=found[0], low=found[1], high=found[2], p=found[3])


def holm_corrected(ratios: Sequence[Ratio]) -> list[Ratio]:
    """Ratios with Holm's probabilities over all possible comparisons; those that stand out come first."""
    from statsmodels.stats.multitest import multipletests

    able = [n for n, ratio in enumerate(ratios) if ratio.p is not None]
    out = list(ratios)
    if able:
        holm = multipletests([ratios[n].p for n in able], method="holm")[1]
        for n, p in zip(able, holm, strict=True):
            out[n] = replace(out[n], p_holm=float(p))
    return sorted(out, key=lambda r: (not r.stands_out, r.p_holm if r.p_holm is not None else 2.0))


def combined_groups(characteristic: str, counts: Counts, terms: Terms) -> Counts:
    """Counts of the paper's own groups, young adults and BAME; withheld where a part is."""
    groups: dict[str, tuple[str, ...]] = {}
    if characteristic == "age":
        groups["young adult"] = tuple(_up_to(terms.young_adult_to))
    elif characteristic == "race":
        groups["BAME"] = terms.bame
    out: dict[str, dict[str, int | None]] = {}
    for step, by_level in counts.items():
        mine: dict[str, int | None] = {}
        for name, parts in groups.items():
            counted = [by_level[part] for part in parts if part in by_level]
            mine[name] = None if not counted or None in counted else sum(n or 0 for n in counted)
        out[step] = {ALL: by_level.get(ALL), **mine}
    return out


def _up_to(age: int) -> list[str]:
    starts = (18, 21, 25, 30, 35, 40, 50)
    ends = (20, 24, 29, 34, 39, 49, 200)
    if age not in ends:
        raise BadEntry(f"young adults to {age} would split an age band; give 20, 24, 29, 34, 39 or 49")
    return [bands.age_band(start) for start, end in zip(starts, ends, strict=True) if end <= age]
