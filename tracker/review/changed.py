"""What was said of a match and what a later run says, compared; and what may be decided where the two differ.

*Before* are the figures on which a person confirmed the match, or decided to keep it; *after* those of the latest run.
A run that tested the wearer and finds no candidate has a verdict and no other figure. Other days and other candidates
move e, strength and q: that alone is no change of the match.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log10
from typing import Any

from tracker.errors import IllegalMove
from tracker.review.states import MatchState
from tracker.review.strength import step

FIGURES = ("verdict", "p_present", "fixes_within", "visits", "dwell_s", "closest_m")
"""Figures of the trail, which differ if they do in 6 significant digits."""
CANDIDATE = frozenset({"present", "passed"})
RESTS_ON_NOTHING = "withdrawn"
"""In the place of a verdict: what the match rested on was withdrawn, and no run has tested it since."""
OF_OTHERS = frozenset({"crowd", "other_days", "other_days_not_compared", "few_reference_days", "strength"})
"""Points against a match that other days and other people give."""


class Cause(StrEnum):
    """Why a run says something else than the one before."""

    ALGORITHM = "algorithm"
    SETTINGS = "settings"
    CRIME = "crime version"
    ACCURACY = "accuracy"
    FIXES = "fixes"
    PEOPLE = "assignments or intervals"
    EVENTS = "device events"
    WITHDRAWN = "withdrawn"
    NOT_KNOWN = "not known"


class Decision(StrEnum):
    KEEP = "keep"
    WITHDRAW = "withdraw"
    RECALL = "recall"


_DECISIONS = {
    MatchState.CONFIRMED: (Decision.KEEP, Decision.WITHDRAW),
    MatchState.RELEASED: (Decision.KEEP, Decision.RECALL),
}


def check_decision(state: MatchState, decision: Decision) -> None:
    """Raises IllegalMove, naming what can be decided."""
    allowed = _DECISIONS.get(state, ())
    if decision not in allowed:
        instead = f"decide to {' or '.join(allowed)} it" if allowed else "there is nothing to decide"
        raise IllegalMove(f"A match that is {state} cannot be decided by {decision}; {instead}.")


@dataclass(frozen=True, slots=True)
class Change:
    """How two sets of figures differ. `weight`: 0 no candidate any more, or one again; 1 another verdict; 2 a strength
    in other words, or a p on the other side of one half; 3 figures. `size`: within a weight, the greater first."""

    differs: tuple[str, ...]
    weight: int
    size: float


def is_candidate(figures: Mapping[str, Any]) -> bool:
    return figures.get("verdict") in CANDIDATE


def change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change | None:
    """What has changed; None: nothing. A figure that only one side has is no change, but for the verdict."""
    if is_candidate(before) != is_candidate(after):
        return Change(("verdict",), 0, 0.0)
    if not is_candidate(after):
        return None if before.get("verdict") == after.get("verdict") else Change(("verdict",), 1, 0.0)
    differs = [name for name in FIGURES if name in before and name in after and _six(before[name]) != _six(after[name])]
    steps = _steps(before, after)
    if steps:
        differs.append("strength")
    if _points(before) is not None and _points(after) is not None and _points(before) != _points(after):
        differs.append("against")
    if not differs:
        return None
    p, p_now = before.get("p_present"), after.get("p_present")
    moved = abs(p_now - p) if p is not None and p_now is not None else float("p_present" in differs)
    halved = p is not None and p_now is not None and (p >= 0.5) != (p_now >= 0.5)
    weight = 1 if "verdict" in differs else 2 if steps or halved else 3
    return Change(tuple(differs), weight, round(steps + moved, 6))


def _steps(before: Mapping[str, Any], after: Mapping[str, Any]) -> int:
    """By how many words the strength moved, where it did not by other days alone."""
    was, now = before.get("strength"), after.get("strength")
    if was is None or now is None or _six(before.get("nearness")) == _six(after.get("nearness")):
        return 0
    return abs(step(now) - step(was))


def _points(figures: Mapping[str, Any]) -> frozenset[str] | None:
    """What speaks against it in its own trail; None where that is not known."""
    found = figures.get("against")
    return None if found is None else frozenset(each["code"] for each in found) - OF_OTHERS


def _six(value: Any) -> Any:
    """To 6 significant digits, as figures are stored."""
    if not isinstance(value, float) or value == 0:
        return value
    return round(value, 5 - int(log10(abs(value)) // 1))
