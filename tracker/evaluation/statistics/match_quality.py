"""How good matches were, by what happened to them: by band of strength, by month, and whether predictions held.

A reviewer's confirmation is not ground truth: reviewers see the figures that are tested, and a rejected match may have
been right. An outcome reported on a release is closer to the truth. Both are shown, with how many are missing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.evaluation.statistics.proportions import wilson


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A match; `confirmed` is None until it is decided, `upheld` until an outcome is reported."""

    matched_on: date
    strength: float | None
    p_present: float | None
    e_value: float | None
    confirmed: bool | None
    released: bool
    upheld: bool | None
    person: int = 0
    """Whose match it is: a band of many matches may be of one person."""


Shown = Callable[[str, Sequence[Reviewed]], bool]
"""Whether a band may be told, by its name, from the matches in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many matches were decided and confirmed, with Wilson's 95 % interval. None: withheld, too few."""

    name: str
    matches: int | None
    decided: int | None
    confirmed: int | None
    released: int | None
    outcomes: int | None
    upheld: int | None
    share: float | None = None
    low: float | None = None
    high: float | None = None
    predicted: float | None = None
    """Mean `p_present` of the decided matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    by_strength: tuple[Share, ...]
    by_month: tuple[Share, ...]
    by_p_present: tuple[Share, ...]
    by_e_value: tuple[Share, ...]
    brier: float | None
    """Mean squared difference of `p_present` and confirmation: 0 is best, 0.25 is a coin toss."""
    words: tuple[str, ...]


P_BANDS = ((0.0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0))
STRENGTH_BANDS = ((0.0, 1.0), (1.0, 10.0), (10.0, 100.0), (100.0, 1000.0), (1000.0, float("inf")))
E_BANDS = ((0.0, 1.0), (1.0, 3.0), (3.0, 10.0), (10.0, 30.0), (30.0, 100.0), (100.0, float("inf")))


def quality(matches: Sequence[Reviewed], k: int, shown: Shown | None = None) -> Quality:
    """Quality of a programme's matches. Bands of matches of fewer than `k` people are withheld, as are those that
    `shown` does not allow, and further ones until those withheld of a division are of at least k people together."""
    may = shown or (lambda _, mine: len(mine) >= k)
    decided = [m for m in matches if m.confirmed is not None and m.p_present is not None]
    brier = None
    if may("decided", decided):
        brier = sum(((m.p_present or 0.0) - bool(m.confirmed)) ** 2 for m in decided) / len(decided)
    divided = {
        "by strength": lambda m: _band(m.strength, STRENGTH_BANDS),
        "by month": lambda m: f"{m.matched_on:%Y-%m}",
        "by p_present": lambda m: _band(m.p_present, P_BANDS),
        "by e_value": lambda m: _band(m.e_value, E_BANDS),
    }
    found = {name: _by(matches, k, name, of, may) for name, of in divided.items()}
    return Quality(
        by_strength=found["by strength"],
        by_month=found["by month"],
        by_p_present=found["by p_present"],
        by_e_value=found["by e_value"],
        brier=brier,
        words=(
            "confirmed: share of the decided matches; reviewers see the figures, so agreement is partly due to them",
            "a calibrated p_present equals the share confirmed, if reviewers judge presence alone",
            "chance alone gives an e_value of 10 or more in at most 1 of 10 innocent comparisons; the larger it is, "
            "the more matches should be confirmed",
            f"bands of matches of fewer than {k} people are withheld, and others from which they could be computed",
        ),
    )


def _by(
    matches: Sequence[Reviewed], k: int, division: str, name: Callable[[Reviewed], str], may: Shown
) -> tuple[Share, ...]:
    found: dict[str, list[Reviewed]] = {}
    for match in matches:
        found.setdefault(name(match), []).append(match)
    # The smallest first: those withheld are known before the others are asked for.
    withheld: set[str] = set()
    for band in sorted(found, key=lambda band: (len(found[band]), band)):
        hidden = {match.person for each in withheld for match in found[each]}
        if 0 < len(hidden) < k or not may(f"{division}: {band}", found[band]):
            withheld.add(band)
    return tuple(_share(each, () if each in withheld else found[each], k) for each in sorted(found, key=_order))


def _order(name: str) -> tuple[float, str]:
    first = name.split(" ")[0]
    return (float(first), "") if first.replace(".", "", 1).isdigit() else (float("inf"), name)


def _share(name: str, mine: Sequence[Reviewed], k: int) -> Share:
    decided = [match for match in mine if match.confirmed is not None]
    confirmed = sum(bool(match.confirmed) for match in decided)
    with_outcome = [match for match in mine if match.upheld is not None]
    if not mine:
        return Share(name=name, matches=None, decided=None, confirmed=None, released=None, outcomes=None, upheld=None)
    enough = len(decided) >= k and min(confirmed, len(decided) - confirmed) not in range(1, k)
    low, high = wilson(confirmed, len(decided)) if enough and decided else (None, None)
    known = [match.p_present for match in decided if match.p_present is not None]
    released, upheld = sum(match.released for match in mine), sum(bool(match.upheld) for match in with_outcome)
    return Share(
        name=name,
        matches=len(mine),
        decided=len(decided) if enough else None,
        confirmed=confirmed if enough else None,
        released=_unless_few(released, len(mine), k),
        outcomes=_unless_few(len(with_outcome), len(mine), k),
        upheld=_unless_few(upheld, len(with_outcome), k) if len(with_outcome) >= k else None,
        share=confirmed / len(decided) if enough and decided else None,
        low=low,
        high=high,
        predicted=sum(known) / len(known) if enough and known else None,
    )


def _unless_few(some: int, of: int, k: int) -> int | None:
    """A part of so many, unless it or the rest is of fewer than k."""
    return None if 0 < some < k or 0 < of - some < k else some


def _band(value: float | None, bands: Sequence[tuple[float, float]]) -> str:
    if value is None:
        return "not known"
    low, high = next((low, high) for low, high in reversed(bands) if value >= low)
    return f"{low:g} and over" if high == float("inf") else f"{low:g} to {high:g}"
