"""A day of a wearer's movements in hours: borough, home and away, for the practitioner who has the case and says why.

Positions are read of the times alone in which the wearer may be matched and was monitored, as for a trail; none leaves.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from api.schemas.delivery.cases import DaySummary, HourOut
from api.usecases.partners.own_cases import require_own
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_fixes
from geo.borough_names import BOROUGHS
from geo.boroughs import borough_of
from tracker.access.roles import Right
from tracker.eligibility.service import eligible_wearers
from tracker.errors import BadEntry, NotFound
from tracker.people.queries import home_on, wearer_of
from tracker.times import LONDON, day_after, london_midnight

HOME_M = 150.0
"""Within so many metres of the home's place a position is at home."""
OUTSIDE = "outside London"
_COLUMNS = ("device_id", "t", "x_mm", "y_mm")


class _Span(NamedTuple):
    since: datetime
    until: datetime


def day_summary(context: RequestContext, reference: str, day: date, purpose: str) -> DaySummary:
    """The hours of a day of an own case's wearer. The audit row names who asked and why.

    Raises
    ------
    BadEntry
        The day is still to come, or the purpose names somebody.
    NotFound
        The case is not the actor's, or at no time of the day may positions be read.
    """
    _, _, person_id = require_own(context, reference, Right.SUMMARISE_MOVEMENTS)
    if day > context.today.day:
        raise BadEntry(f"{day} is still to come. Give a day up to {context.today.day}.")
    context.names_nobody(purpose=purpose)
    with context.reader.connect() as connection:
        wearer = wearer_of(connection, person_id)
        home = home_on(connection, person_id, day)
    handed = eligible_wearers(context.reader)
    whole = _Span(london_midnight(day), day_after(day))
    allowed = [whole]
    for frame in (handed.eligible, handed.monitored):
        spans = [
            _Span(begins, ends or whole.until)
            for _, begins, ends in frame.filter(pl.col("wearer_id") == wearer).iter_rows()
        ]
        allowed = _both(allowed, spans)
    about: dict[str, Any] = {"day": day.isoformat(), "licence": reference}
    if not allowed:
        about["refused"] = "no time of the day in which positions may be read"
    context.record_reading(
        Right.SUMMARISE_MOVEMENTS, "movements", [f"person {person_id}"], purpose=purpose, person_id=person_id, **about
    )
    if not allowed:
        raise NotFound(
            f"There is nothing to show of {day}: the wearer was not monitored, or the mapping gate was closed, all day."
        )
    store = open_fixes(context.settings)
    rows = []
    for device, _, begins, ends in handed.assignments.filter(pl.col("wearer_id") == wearer).iter_rows():
        for since, until in _both(allowed, [_Span(begins, ends or whole.until)]):
            rows += [frame for _, frame in store.scan_days([device], since, until, _COLUMNS)]
    fixes = pl.concat(rows).sort("t") if rows else pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.Int64))
    hours = list(_hours(fixes, whole, allowed, home))
    at_home, away = (sum(1 for each in hours if each.seen == seen) for seen in ("home", "away"))
    return DaySummary(
        licence=reference,
        day=day,
        purpose=purpose,
        hours=hours,
        home_hours=at_home,
        away_hours=away,
        words=_in_words(hours, at_home, away, located=home is not None),
    )


def _hours(
    fixes: pl.DataFrame, whole: _Span, allowed: Sequence[_Span], home: tuple[int, int] | None
) -> Iterator[HourOut]:
    begins = whole.since
    while begins < whole.until:
        ends = min(begins + timedelta(hours=1), whole.until)
        name = f"{begins.astimezone(LONDON):%H:%M %Z}"
        mine = fixes.filter((pl.col("t") >= begins) & (pl.col("t") < ends)) if fixes.height else fixes
        if mine.height:
            yield _hour(name, mine, home)
        else:
            monitored = bool(_both(list(allowed), [_Span(begins, ends)]))
            yield HourOut(hour=name, seen="not seen" if monitored else "not monitored", borough=None)
        begins = ends


def _hour(name: str, fixes: pl.DataFrame, home: tuple[int, int] | None) -> HourOut:
    x_m, y_m = (fixes[axis].to_numpy().astype(np.float64) / 1000 for axis in ("x_mm", "y_mm"))
    away = np.ones(fixes.height, bool)
    if home is not None:
        away = np.hypot(x_m - home[0] / 1000, y_m - home[1] / 1000) > HOME_M
        if 2 * np.count_nonzero(away) < fixes.height:
            # Not even the borough: with *home* it would be one of the address.
            return HourOut(hour=name, seen="home", borough=None)
    places = borough_of(x_m[away], y_m[away]).borough
    names = Counter(OUTSIDE if place < 0 else BOROUGHS[place].name for place in places.tolist())
    most = min(names, key=lambda each: (-names[each], each))
    return HourOut(hour=name, seen="not known" if home is None else "away", borough=most)


def _both(spans: Sequence[_Span], others: Sequence[_Span]) -> list[_Span]:
    """The times that are in one of each."""
    out = [_Span(max(a.since, b.since), min(a.until, b.until)) for a in spans for b in others]
    return sorted(each for each in out if each.since < each.until)


def _in_words(hours: Sequence[HourOut], at_home: int, away: int, *, located: bool) -> list[str]:
    unseen = sum(1 for each in hours if each.seen == "not seen")
    lines = [f"{at_home} hours at home, {away} away, {unseen} without a position, of {len(hours)}"]
    if not located:
        lines = ["No place of the home is on record, so home and away cannot be told apart."]
    lines.append("An hour is *home* where more than half of its positions lie within 150 m of the home's place.")
    return lines
