"""A figure a proof measured, and what it says of its criterion."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.proofs.bounds import Passes, Reported
from tests.proofs.criteria import Criterion


@dataclass(frozen=True)
class Measured:
    """One figure. `se` is its standard error, 0 where it has none; `of` how many it is a count of, `share_of` how many
    it is a share of."""

    criterion: str
    case: str
    found: float | None
    se: float | None = 0.0
    of: int | None = None
    share_of: int | None = None
    note: str = ""
    bound: str = ""
    """The bound as it was when this was measured."""

    def plain(self) -> dict[str, Any]:
        """For JSON, which has no number for what is no number."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in dataclasses.asdict(self).items()
        }

    def room(self, criterion: Criterion) -> float:
        """How far on the right side of the bound; less than nothing if it is no number."""
        if any(value is None or not math.isfinite(value) for value in (self.found, self.se)):
            return -math.inf
        return criterion.bound.room(self.found, self.se)

    @property
    def shown(self) -> str:
        return "no number" if self.found is None or not math.isfinite(self.found) else f"{self.found:.6g}"

    def interval(self) -> str:
        """± two standard errors; of a count or a share the limits that hold with 95 % confidence (Clopper, Pearson)."""
        if self.se:
            return f"± {2 * self.se:.2g} (2 SE)"
        if self.found is None:
            return ""
        if self.of:
            # One-sided: what is asked of a count is how great its rate may be.
            return f"rate at most {_most(round(self.found), self.of, 0.95):.2g} (95 %)"
        if self.share_of:
            n, share_of = round(self.found * self.share_of), self.share_of
            return f"{1 - _most(share_of - n, share_of, 0.975):.3g} to {_most(n, share_of, 0.975):.3g} (95 %)"
        return ""


def _most(n: int, of: int, confidence: float) -> float:
    from scipy.stats import beta  # only where a report is made: it takes half a second

    return 1.0 if n >= of else float(beta.ppf(confidence, n + 1, of - n))


def is_met(criterion: Criterion, rows: Sequence[Measured]) -> bool:
    return not problems(criterion, rows)


def outside(criterion: Criterion, rows: Sequence[Measured]) -> list[Measured]:
    """The cases beyond the bound."""
    return [row for row in rows if row.criterion == criterion.key and row.room(criterion) < 0]


def problems(criterion: Criterion, rows: Sequence[Measured]) -> list[str]:
    """Why a criterion that is measured is not met; nothing if it is."""
    if isinstance(criterion.bound, Passes):
        return []
    mine = [row for row in rows if row.criterion == criterion.key]
    if not mine:
        return [f"{criterion.key}: not measured"]
    if isinstance(criterion.bound, Reported):
        return []
    wrong = outside(criterion, mine)
    allowed = len(wrong) <= criterion.cases_outside and all(
        row.room(criterion) >= -criterion.outside_by for row in wrong
    )
    return [] if allowed else [f"{row.criterion}, {row.case}: {row.shown}, {criterion.bound}" for row in wrong]
