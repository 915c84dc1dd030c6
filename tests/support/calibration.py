"""What the words for a strength may be: by what was found of such strengths, in every kind of world.

Of a kind of world those half decades count that can be judged (`Bin.holds` is not None). In a half decade under them it
has what the first of them has, above them what the last has: where nothing was measured nothing stronger is said. The
ratio may not fall as strength rises, so a low bound holds for all half decades below and a high one for all above.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.support.said_and_found import EDGES, Bin
from tracker.review.strength import step, step_of_ratio

Table = tuple[tuple[float, float], ...]


def calibration(worlds: Iterable[Sequence[Bin]]) -> Table:
    """From which strength on, which ratio. Of each kind of world `table`'s bins."""
    of_kinds = [[(b.low, b.high) if b.holds is not None else None for b in bins] for bins in worlds]
    out: list[tuple[float, float]] = []
    for k in range(len(EDGES) - 1):
        least = min(_least(bounds, k) for bounds in of_kinds)
        most = max(_most(bounds, k) for bounds in of_kinds)
        ratio = least if least > 1 else most if most < 1 else 1.0
        if not out or out[-1][1] != ratio:
            out.append((EDGES[k] if out else 0.0, ratio))
    return tuple(out)


def _least(bounds: Sequence[tuple[float, float] | None], k: int) -> float:
    known = [j for j, bound in enumerate(bounds) if bound is not None]
    return min(bounds[j][0] for j in known if j >= min(k, known[-1]))  # type: ignore[index]


def _most(bounds: Sequence[tuple[float, float] | None], k: int) -> float:
    known = [j for j, bound in enumerate(bounds) if bound is not None]
    return max(bounds[j][1] for j in known if j <= max(k, known[0]))  # type: ignore[index]


def bins_kept(rows: Iterable[dict[str, Any]]) -> list[Bin]:
    """A kind's bins as a figure keeps them."""
    names = ("least", "most", "true", "other", "said", "found", "low", "high", "expected")
    return [Bin(**{name: float("nan") if row[name] is None else row[name] for name in names}) for row in rows]


def step_said(b: Bin) -> int:
    """The word of the strengths in a bin, which is one and the same."""
    (word,) = {step(strength) for strength in (b.least * 1.001, (b.least * b.most) ** 0.5, b.most * 0.999)}
    return word


def too_strong(said: int, b: Bin) -> int:
    """By how many words `said` is stronger than what was found, beyond the interval of that."""
    if said > 0:
        return max(0, said - max(0, step_of_ratio(b.high)))
    return max(0, min(0, step_of_ratio(b.low)) - said)


def words_too_strong(bins: Iterable[Bin]) -> list[Bin]:
    """Bins whose word is stronger than that of the ratio found, beyond its interval."""
    return [b for b in bins if b.holds is not None and too_strong(step_said(b), b)]
