"""The mapping gate: the days on which a person's movements may be compared with crimes. PCD 570, 2.3 and note 1.

*OGRS* is the score of the risk of reconviction, in per cent, within a *horizon* of one or two years. The *gate* is open
while the score in force is 50 % or over. A score given by an assessor takes precedence over one computed here; each is
in force from its own date until the next, whatever day it was entered. Without a score the gate is closed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tracker.errors import BadEntry

THRESHOLD_HUNDREDTHS = 5_000
"""50 %: note 1 says 50 % and over, the text says more likely than not. A score of exactly 50 passes and is marked."""

SOURCE = "PCD 570, 2.3 and note 1"
HORIZONS = (1, 2)


@dataclass(frozen=True, slots=True)
class Score:
    """One score. `rounded`: given as a whole per cent; `computed`: computed here, unrounded."""

    scored_on: date
    horizon_years: int
    pct_hundredths: int
    instrument: str
    rounded: bool = False
    computed: bool = False

    def in_words(self) -> str:
        pct = f"{self.pct_hundredths / 100:g} %"
        marks = [f"{self.horizon_years}-year {self.instrument}"]
        marks += ["computed here"] if self.computed else ["given"]
        marks += ["rounded"] if self.rounded else []
        return f"{pct} on {self.scored_on} ({', '.join(marks)})"


@dataclass(frozen=True, slots=True)
class GateInterval:
    """The gate is open from `since` to the day before `until` (None: still open); `why` names the score."""

    since: date
    until: date | None
    why: str


def checked_score(pct_hundredths: int, horizon_years: int) -> None:
    """Raises BadEntry for an impossible score or horizon."""
    if horizon_years not in HORIZONS:
        raise BadEntry(f"OGRS has a horizon of 1 or 2 years, not {horizon_years}. Give 1 or 2.")
    if not 0 <= pct_hundredths <= 10_000:
        raise BadEntry(f"{pct_hundredths / 100:g} % is not a score. Give a score from 0 to 100 %.")


def governing(scores: Iterable[Score], horizon_years: int) -> list[Score]:
    """One score a day of this horizon, in order: the given one if there is one, the lowest of several.

    Two given scores of one day contradict each other. The lower one is used: it opens the gate on no day on which the
    other would leave it closed.
    """
    of_day: dict[date, Score] = {}
    for score in scores:
        if score.horizon_years != horizon_years:
            continue
        other = of_day.get(score.scored_on)
        if other is None or (score.computed, score.pct_hundredths) < (other.computed, other.pct_hundredths):
            of_day[score.scored_on] = score
    days = [of_day[day] for day in sorted(of_day)]
    # A computed score is used until one is given; from then on computed ones only check the given ones.
    first_given = next((score.scored_on for score in days if not score.computed), None)
    return [s for s in days if not s.computed or first_given is None or s.scored_on < first_given]


def gate_intervals(
    scores: Iterable[Score], horizon_years: int = 2, threshold_hundredths: int = THRESHOLD_HUNDREDTHS
) -> list[GateInterval]:
    """When the gate is open, in order; adjacent intervals are merged.

    Parameters
    ----------
    horizon_years
        The programme's setting, 2 unless stated otherwise. PCD 570 does not state it.
    """
    days = governing(scores, horizon_years)
    out: list[GateInterval] = []
    for k, score in enumerate(days):
        until = days[k + 1].scored_on if k + 1 < len(days) else None
        if score.pct_hundredths < threshold_hundredths:
            continue
        if out and out[-1].until == score.scored_on:
            out[-1] = GateInterval(out[-1].since, until, f"{out[-1].why}; {score.in_words()}")
        else:
            out.append(GateInterval(score.scored_on, until, score.in_words()))
    return out


def open_on(intervals: Iterable[GateInterval], on: date) -> GateInterval | None:
    """The interval that includes a day; None: the gate is closed."""
    return next((i for i in intervals if i.since <= on and (i.until is None or on < i.until)), None)


@dataclass(frozen=True, slots=True)
class GateChange:
    """Days [since, until) on which an entry opens or closes the gate."""

    since: date
    until: date | None
    opens: bool

    def in_words(self) -> str:
        words = "opens" if self.opens else "closes"
        return f"{words} from {self.since}" + ("" if self.until is None else f" to the day before {self.until}")


def gate_changes(before: Iterable[GateInterval], after: Iterable[GateInterval]) -> list[GateChange]:
    """The days on which two gates differ, in order: the effect of a new or corrected score."""
    was, now = list(before), list(after)
    edges = sorted({day for i in (*was, *now) for day in (i.since, i.until) if day is not None})
    out: list[GateChange] = []
    for k, since in enumerate(edges):
        until = edges[k + 1] if k + 1 < len(edges) else None
        opens = open_on(now, since) is not None
        if opens == (open_on(was, since) is not None):
            continue
        if out and out[-1].until == since and out[-1].opens == opens:
            out[-1] = GateChange(out[-1].since, until, opens)
        else:
            out.append(GateChange(since, until, opens))
    return out


BANDS = ((0, "low"), (5_000, "medium"), (7_500, "high"), (9_000, "very high"))
"""Lower limits in hundredths of a per cent. The service's usual bands: 0 to 49, 50 to 74, 75 to 89, 90 and over."""


def band(pct_hundredths: int) -> str:
    """The band of a score in words."""
    return next(name for low, name in reversed(BANDS) if pct_hundredths >= low)


TOLERANCE_HUNDREDTHS = 150
"""A given score that differs by more than this from the one computed from its inputs should be checked."""


def differs(given: Score, computed: Score) -> str | None:
    """A warning if a given score differs from the one computed from its inputs; None if it does not."""
    away = abs(given.pct_hundredths - computed.pct_hundredths)
    limit = TOLERANCE_HUNDREDTHS if not given.rounded else TOLERANCE_HUNDREDTHS + 50
    if given.horizon_years != computed.horizon_years or away <= limit:
        return None
    return (
        f"{given.in_words()} differs by {away / 100:g} points from {computed.pct_hundredths / 100:g} %, the score "
        "computed from its inputs. Check it with the assessor."
    )
