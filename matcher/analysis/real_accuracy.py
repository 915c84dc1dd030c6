"""Each device model's real 68 % radius, beside the one its fixes state: a report that changes nothing.

The *ratio* of a group of fixes is the radius that holds 68 % of their errors over the stated one, each error in its own
fix's stated radii: 1 if radii are as stated, 2 if errors are twice as large. Its interval counts nights, not fixes.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from matcher.analysis.nights import LAGS, NightErrors, NightHours, night_errors
from matcher.frames import Bool, Float64, Int64
from matcher.kernels.disc_probability import RADIUS_68
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.store.fixes import FixStore
from matcher.trails.read import read_trails

BANDS_M = (0.0, 5.0, 10.0, 20.0, 50.0, math.inf)
"""Edges of bands of stated accuracy; a band holds its upper edge."""
NO_MODEL = ""
"""Of devices whose model is not known."""
WEARERS_AT_ONCE = 50
_RADIUS_95 = math.sqrt(-2.0 * math.log(0.05)) / RADIUS_68
"""The 95 % radius of a circular Gaussian, in 68 % radii."""
_TWO_SIDED_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Found:
    """What the errors of some fixes say; every figure None where there are too few people (`withheld`).

    `ratio` is between `low` and `high` with 95 % confidence (C. G. Woodruff, Confidence intervals for medians and other
    position measures, Journal of the American Statistical Association 47 (1952) 635-646, with nights as clusters).
    `ratio_95` is the radius that holds 95 % of the errors over what it would be if the stated radii were right: above
    `ratio` where tails are heavier than a Gaussian's.
    """

    people: int | None
    nights: int | None
    fixes: int | None
    ratio: float | None
    low: float | None
    high: float | None
    ratio_95: float | None

    @property
    def withheld(self) -> bool:
        return self.people is None


@dataclass(frozen=True, slots=True)
class Band:
    """Fixes that state a 68 % radius over `over_m` and up to `up_to_m`, None for all that are coarser."""

    over_m: float
    up_to_m: float | None
    found: Found


@dataclass(frozen=True, slots=True)
class ModelAccuracy:
    """One device model, `NO_MODEL` where it is not known; `error_time_s` after which errors have faded to 1/e, None if
    they have not within an hour or it is withheld."""

    model: str
    found: Found
    bands: list[Band]
    error_time_s: float | None


@dataclass(frozen=True, slots=True)
class RealAccuracy:
    """By model. `nights` are those with enough fixes that state an accuracy; `moved` of them were not spent at one
    place and `elsewhere` at another than most, and are not used. `k`: of fewer people nothing is told."""

    models: list[ModelAccuracy]
    people: int | None
    nights: int | None
    moved: int | None
    elsewhere: int | None
    k: int


@dataclass(slots=True)
class _Counts:
    people: int = 0
    nights: int = 0
    moved: int = 0
    elsewhere: int = 0


class _OfModel:
    """All that was found of one model, collected a group of wearers after another."""

    def __init__(self) -> None:
        self.nights = 0
        self.night: list[Int64] = []
        self.person: list[Int64] = []
        self.accuracy_mm: list[Int64] = []
        self.ratio: list[Float64] = []
        self.lag_sums = np.zeros(LAGS + 1)
        self.lag_counts = np.zeros(LAGS + 1, np.int64)

    def add(self, errors: NightErrors, nights: Bool, person: Int64) -> None:
        """The chosen nights, each of a person."""
        new = np.cumsum(nights) - 1 + self.nights
        rows = nights[errors.night]
        self.night.append(new[errors.night[rows]])
        self.person.append(person[errors.night[rows]])
        self.accuracy_mm.append(errors.accuracy_mm[rows].astype(np.int64))
        self.ratio.append(errors.ratio[rows])
        self.nights += int(nights.sum())
        self.lag_sums += errors.lag_sums[nights].sum(axis=0)
        self.lag_counts += errors.lag_counts[nights].sum(axis=0)

    def told(self, model: str, k: int) -> ModelAccuracy:
        night, person, accuracy_mm = (np.concatenate(parts) for parts in (self.night, self.person, self.accuracy_mm))
        ratio = np.concatenate(self.ratio)
        found = found_of(night, person, ratio, k)
        bands = []
        for over, up_to in itertools.pairwise(BANDS_M):
            mine = (accuracy_mm > over * 1000) & (accuracy_mm <= up_to * 1000)
            if mine.any():
                of_band = found_of(night[mine], person[mine], ratio[mine], k)
                bands.append(Band(over, None if math.isinf(up_to) else up_to, of_band))
        return ModelAccuracy(
            model, found, bands, None if found.withheld else error_time_s(self.lag_sums, self.lag_counts)
        )


def real_accuracy(
    store: FixStore,
    may: Permitted,
    models: Mapping[str, str],
    k: int,
    *,
    t_from: datetime,
    t_to: datetime,
    hours: NightHours | None = None,
) -> RealAccuracy:
    """Measure each model's real 68 % radius on the permitted fixes of [t_from, t_to).

    Parameters
    ----------
    may : who may be read when, and at which levels their devices state accuracies
    models : the model of each device of which it is known
    k : figures of fewer people than this are withheld

    Notes
    -----
    Fixes are the usable satellite fixes of a match with default settings, a group of wearers at a time; 32 bytes are
    kept of each in nights. Nothing in the answer names a person or a place.
    """
    params = Params(presence=False, verdicts=False)
    collected: dict[str, _OfModel] = {}
    counts = _Counts()
    for first in range(0, len(may.wearers), WEARERS_AT_ONCE):
        chosen = may.for_wearers(range(first, min(first + WEARERS_AT_ONCE, len(may.wearers))))
        trails = read_trails(store, chosen, t_from, t_to, params)
        _collect(night_errors(trails, hours or NightHours()), chosen, models, first, collected, counts)
    told = [collected[model].told(model, k) for model in sorted(collected)]
    if counts.people < k:
        return RealAccuracy(told, None, None, None, None, k)
    return RealAccuracy(told, counts.people, counts.nights, counts.moved, counts.elsewhere, k)


def _collect(
    errors: NightErrors,
    may: Permitted,
    models: Mapping[str, str],
    first: int,
    collected: dict[str, _OfModel],
    counts: _Counts,
) -> None:
    of_trail = np.array([models.get(may.devices[d], NO_MODEL) for d in may.trail_device.tolist()], np.str_)
    of_night = of_trail[errors.trail]
    person = may.trail_wearer[errors.trail].astype(np.int64) + first
    for model in np.unique(of_night).tolist():
        collected.setdefault(model, _OfModel()).add(errors, of_night == model, person)
    counts.people += len(np.unique(person))
    counts.nights += int(errors.stated.sum())
    counts.moved += int(errors.moved.sum())
    counts.elsewhere += int(errors.elsewhere.sum())


def found_of(night: Int64, person: Int64, ratio: Float64, k: int) -> Found:
    """Figures of some fixes, or none where they are of fewer than `k` people.

    Parameters
    ----------
    night, person, ratio : one entry a fix
    """
    people = len(np.unique(person))
    if people < k:
        return Found(None, None, None, None, None, None, None)
    ordered = np.sort(ratio)
    middle = float(np.quantile(ordered, 0.68))
    _, at = np.unique(night, return_inverse=True)
    n = int(at.max()) + 1
    # How many more of a night's fixes lie within than 68 in 100 of them.
    excess = np.bincount(at, (ratio <= middle) - 0.68, n)
    se = math.sqrt(n / max(n - 1, 1) * float((excess**2).sum())) / len(ratio)
    low, high = (float(np.quantile(ordered, min(max(0.68 + side * _TWO_SIDED_95 * se, 0.0), 1.0))) for side in (-1, 1))
    return Found(people, n, len(ratio), middle, low, high, float(np.quantile(ordered, 0.95)) / _RADIUS_95)


def error_time_s(sums: Float64, counts: Int64) -> float | None:
    """When the correlation of errors has fallen to 1/e, seconds; None if it has not over the lags there are."""
    if not counts[0] or sums[0] <= 0:
        return None
    with np.errstate(invalid="ignore"):
        correlation = sums / counts / (sums[0] / counts[0])
    below = np.flatnonzero(correlation < math.exp(-1))
    if not len(below) or not np.isfinite(correlation[: below[0] + 1]).all():
        return None
    j = int(below[0])
    before, after = correlation[j - 1], correlation[j]
    return 60.0 * (j - 1 + float((before - math.exp(-1)) / (before - after)))
