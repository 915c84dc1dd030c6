"""Who was here between these times: a place, a radius and an interval, asked as a match asks a crime.

The place is taken as exact. Only wearers who may be read throughout the interval are read; other days are read of those
who were here alone. Nothing is kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.group import Judged
from matcher.analysis.verdicts import LISTED
from matcher.analysis.verdicts_at_crime import verdicts_at
from matcher.errors import BadInput
from matcher.params import Params
from matcher.permitted import Permitted
from matcher.questions.asked_of import asked_throughout, epoch_us
from matcher.runs.days import days_to_read
from matcher.runs.device_events import Events, events_of_group, worn_events
from matcher.runs.partition import judge_group, read_group
from matcher.schemas import CANDIDATES, CRIMES, VISITS
from matcher.store.fixes import FixStore
from matcher.views.detail_trail import WindowView, window_view

_ROW = 0
"""The one place asked about, in everybody's codes."""


@dataclass(frozen=True, slots=True)
class PlaceAndTime:
    """The closed circle round a place, and the closed interval."""

    easting_m: float
    northing_m: float
    radius_m: float
    t_from: datetime
    t_to: datetime

    @property
    def window(self) -> pl.DataFrame:
        """As `schemas.CRIMES`, of no crime."""
        values = ("", "", 1, "", self.t_from, self.t_to, self.easting_m, self.northing_m, None)
        return pl.DataFrame([values], schema=CRIMES, orient="row")

    def params(self, *, other_days: bool) -> Params:
        """Standard settings; other days, or everybody's verdicts."""
        exact = Params(radius_m=self.radius_m, default_location_accuracy_m=0.0)
        return replace(exact, verdicts=False) if other_days else replace(exact, reference_days=0)


@dataclass(frozen=True, slots=True)
class WasHere:
    """What was found. `here` as `schemas.CANDIDATES`, without what chance would say of a crime, and `visits` of them;
    `verdicts` of all who were asked (`verdicts.LISTED`); `windows` what was recorded of each in `here`.

    `partly` wearers may be read in a part of the interval alone, `not_monitored` were not monitored then: neither was
    read.
    """

    here: pl.DataFrame
    visits: pl.DataFrame
    verdicts: pl.DataFrame
    windows: dict[str, WindowView]
    events: pl.DataFrame
    partly: int
    not_monitored: int


def who_was_here(store: FixStore, may: Permitted, events: Events, asked: PlaceAndTime) -> WasHere:
    """Everybody's verdict at the place in the interval, and the evidence of those who were there.

    Raises
    ------
    BadInput
        The place or the interval cannot be asked about; the message says why.
    StoreError
        The store was rewritten while it was being read; try again.

    Notes
    -----
    O(fixes of the days about the interval), and of some eight weeks for each wearer who was there.
    """
    of = asked_throughout(may, epoch_us(asked.t_from), epoch_us(asked.t_to))
    params = asked.params(other_days=False)
    index = index_crimes(asked.window, params)
    if index.not_matchable.height:
        raise BadInput(index.not_matchable["detail"][0])
    reported = worn_events(events, of.may)
    first = _judged(store, of.may, index, params, reported)
    verdicts = verdicts_at(first.verdict_codes, _ROW) if of.may.wearers else pl.DataFrame(schema=LISTED)
    here = sorted(first.candidates["wearer_id"].to_list())
    if not here:
        nobody = pl.DataFrame(schema=CANDIDATES)
        return WasHere(nobody, pl.DataFrame(schema=VISITS), verdicts, {}, reported.clear(), of.partly, of.not_monitored)
    chosen = of.may.for_wearers([of.may.wearers.index(wearer) for wearer in here])
    params = asked.params(other_days=True)
    found = _judged(store, chosen, index_crimes(asked.window, params), params, reported)
    crime = asked.window.row(0, named=True)
    levels, windows = (chosen.level_rows() if chosen.levels is not None else None), chosen.windows()
    seen = {
        row["wearer_id"]: window_view(
            store,
            windows.filter(pl.col("wearer_id") == row["wearer_id"]),
            levels,
            crime,
            row["device_id"],
            found.visits.filter(pl.col("wearer_id") == row["wearer_id"]).sort("first_at"),
            params,
        )
        for row in found.candidates.iter_rows(named=True)
    }
    in_interval = reported.filter(pl.col("wearer_id").is_in(here), pl.col("t").is_between(asked.t_from, asked.t_to))
    return WasHere(found.candidates, found.visits, verdicts, seen, in_interval, of.partly, of.not_monitored)


def _judged(store: FixStore, may: Permitted, index: CrimeIndex, params: Params, reported: pl.DataFrame) -> Judged:
    group = read_group(store, may, index, days_to_read(index, params), params)
    return judge_group(group, index, params, events_of_group(reported, may))
