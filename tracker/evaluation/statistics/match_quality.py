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
    """`total`: of all matches, where no band of strength is withheld. Of each division the bands that may be told:
    one that is withheld is not named, as one that no match is in."""

    total: Share
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
    """Quality of a programme's matches. Bands of matches of fewer than `k` people are left out, as are those that
    `shown` does not allow, and further ones until those left out of a division are of at least k people together."""
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
        total=_total(found["by strength"], len(matches)),
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
            f"bands of matches of fewer than {k} people are left out, as are those without a match, and others from "
            "which they could be computed",
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
    return tuple(_share(each, found[each], k) for each in sorted(found, key=_order) if each not in withheld)


def _total(told: Sequence[Share], matches: int) -> Share:
    """What all bands say together; nothing where one is left out, for the rest would tell it."""
    whole = bool(told) and sum(each.matches or 0 for each in told) == matches
    sums = {}
    for name in ("matches", "decided", "confirmed", "released", "outcomes", "upheld"):
        each = [getattr(share, name) for share in told]
        sums[name] = sum(each) if whole and None not in each else None
    return Share(name="all", **sums)


def _order(name: str) -> tuple[float, str]:
    first = name.split(" ")[0]
    return (float(first), "") if first.replace(".", "", 1).isdigit() else (float("inf"), name)


def _share(name: str, mine: Sequence[Reviewed], k: int) -> Share:
    decided = [match for match in mine if match.confirmed is not None]
    confirmed = [match for match in decided if match.confirmed]
    with_outcome = [match for match in mine if match.upheld is not None]
    enough = _people(decided) >= k and _told(confirmed, decided, k)
    low, high = wilson(len(confirmed), len(decided)) if enough else (None, None)
    known = [match.p_present for match in decided if match.p_present is not None]
    upheld = [match for match in with_outcome if match.upheld]
    return Share(
        name=name,
        matches=len(mine),
        decided=len(decided) if enough else None,
        confirmed=len(confirmed) if enough else None,
        released=_unless_few([match for match in mine if match.released], mine, k),
        outcomes=_unless_few(with_outcome, mine, k),
        upheld=_unless_few(upheld, with_outcome, k) if _people(with_outcome) >= k else None,
        share=len(confirmed) / len(decided) if enough else None,
        low=low,
        high=high,
        predicted=sum(known) / len(known) if enough and known else None,
    )


def _unless_few(some: Sequence[Reviewed], of: Sequence[Reviewed], k: int) -> int | None:
    """How many these are of so many, unless they or the rest are of fewer than k people."""
    return len(some) if _told(some, of, k) else None


def _told(some: Sequence[Reviewed], of: Sequence[Reviewed], k: int) -> bool:
    """Whether these and the rest are each of nobody or of at least k people: many matches may be of one person."""
    mine = {id(match) for match in some}
    rest = [match for match in of if id(match) not in mine]
    return all(not part or _people(part) >= k for part in (some, rest))


def _people(matches: Sequence[Reviewed]) -> int:
    return len({match.person for match in matches})


def _band(value: float | None, bands: Sequence[tuple[float, float]]) -> str:
    if value is None:
        return "not known"
    low, high = next((low, high) for low, high in reversed(bands) if value >= low)
    return f"{low:g} and over" if high == float("inf") else f"{low:g} to {high:g}"
