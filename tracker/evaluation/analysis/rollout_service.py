"""The effect of the rollout on crime, from counts by borough and month and the launches on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Engine

from tracker.errors import BadEntry, Refused
from tracker.evaluation.statistics.estimates.protocol import TargetTrial
from tracker.evaluation.statistics.estimates.staggered import NEVER, Others, Rollout, Scale, rollout
from tracker.programme.queries import programme_named
from tracker.record.engine import reading
from tracker.rollout.places import Place
from tracker.rollout.queries import places
from tracker.times import AsOf

Counts = Mapping[tuple[str, str], int]
"""Crimes by borough and month (2019-02)."""
CITY = "City of London"
LEAST_MONTHS, MOST_MONTHS = 3, 240
EARLIER_PILOT = (
    "Newham, Tower Hamlets, Hackney, Waltham Forest, Camden, Islington, Haringey and Enfield had a pilot of GPS tags "
    "until March 2019 (PCD 570), which is not taken into account"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutAnalysis:
    """`began`: the month in which each borough began. `left_out`: boroughs that are not compared, and why."""

    as_at: date
    crimes: str
    months: tuple[str, ...]
    began: Mapping[str, str]
    left_out: Mapping[str, str]
    others: Others
    scale: Scale
    found: Rollout
    protocol: TargetTrial
    assumed: tuple[str, ...]


def analyse_rollout(
    engine: Engine, programme: str, as_of: AsOf, counts: Counts, *, crimes: str, others: Others, scale: Scale
) -> RolloutAnalysis:
    """`crimes`: what was counted, in words. Raises BadEntry for counts with a gap, Refused where nothing compares."""
    months = _months(counts)
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        known = places(connection, programme_id, as_of)
    there = sorted({borough for borough, _ in counts})
    left_out = {CITY: "it has a force of its own"} if CITY in there else {}
    began: dict[str, str] = {}
    rows, starts = [], []
    for borough in there:
        if borough in left_out:
            continue
        start = _began(known.get(borough), borough)
        if start is not None and start <= months[0]:
            left_out[borough] = f"it began in {start}, by the first month of the counts"
            continue
        rows.append([counts.get((borough, month), 0) for month in months])
        starts.append(months.index(start) if start in months else NEVER)
        if start in months:
            began[borough] = start
    if not rows:
        raise Refused("comparison", "no borough is left to compare; give counts from before the first launch on")
    found = rollout(np.array(rows, float), np.array(starts), others, scale)
    return RolloutAnalysis(
        as_at=as_of.at,
        crimes=crimes,
        months=months,
        began=began,
        left_out=left_out,
        others=others,
        scale=scale,
        found=found,
        protocol=_protocol(crimes, months, others),
        assumed=_assumed(others),
    )


def _months(counts: Counts) -> tuple[str, ...]:
    there = sorted({month for _, month in counts})
    if not LEAST_MONTHS <= len(there) <= MOST_MONTHS:
        raise BadEntry(f"the number of months counted is {len(there)}; give {LEAST_MONTHS} to {MOST_MONTHS}")
    year, month = map(int, there[0].split("-"))
    every = [f"{year + (month - 1 + n) // 12:04}-{(month - 1 + n) % 12 + 1:02}" for n in range(len(there))]
    if every != there:
        gap = next(wanted for wanted, found in zip(every, there, strict=True) if wanted != found)
        raise BadEntry(f"no crime is counted in {gap}, between {there[0]} and {there[-1]}; give every month between")
    return tuple(there)


def _began(place: Place | None, borough: str) -> str | None:
    """The month in which a borough began; None while no launch is on record."""
    if place is None or place.launched is None:
        return None
    first, last = place.launched.day, place.launched.last
    if (first.year, first.month) != (last.year, last.month):
        raise Refused("launch", f"{borough} was launched in {place.launched}, no more precisely: record its month")
    return f"{first:%Y-%m}"


def _protocol(crimes: str, months: tuple[str, ...], others: Others) -> TargetTrial:
    compared = "boroughs that never began" if others is Others.NEVER else "boroughs that had not begun by then"
    return TargetTrial(
        eligibility="boroughs of the Metropolitan Police with counts that had not begun by the first month",
        time_zero="the month of the launch on record, as a whole",
        assignment=f"launched in that month; comparison: {compared}",
        follow_up=f"to {months[-1]}",
        outcome=f"{crimes} in a borough and month",
        censoring="none: a borough is counted in every month",
        estimand="mean change a month in boroughs that began, since they began",
        analysis="group-time effects of Callaway and Sant'Anna (2021); clusters are boroughs, intervals by Student's t",
    )


def _assumed(others: Others) -> tuple[str, ...]:
    return (
        "without the launch, counts would have changed alike in boroughs that began and in those compared with them; "
        "months below 0 show whether they did before",
        "nothing else began in the same boroughs in the same months, and the launch changed nothing in other boroughs",
        "a borough was not launched for what its counts were about to do",
        *(["boroughs do not change before their launch because they await it"] if others is Others.NOT_YET else []),
        EARLIER_PILOT,
    )
