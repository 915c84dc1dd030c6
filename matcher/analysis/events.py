"""Event crimes: crimes at which, or near which, many more wearers were than on other weeks' same day.

A match in a crowd is one of many, so these crimes count in no other candidate's q. The crime's neighbours are the
crimes within 250 m and 3 h of it, itself among them.
"""

import numpy as np
import polars as pl

from matcher.analysis.covered_days import DAYS
from matcher.frames import Int32, Int64, epoch_us
from matcher.kernels.other_days.events import PlacedCrimes, WearersAt, cell_of, events
from matcher.rounding import six_digits
from matcher.schemas import CRIME_KEY

EVENT_CRIMES = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "at_event": pl.Int32(),
    "usually": pl.Float64(),
}
"""`at_event` wearers were at the crime or a neighbour; `usually` is the mean over the crime's covered decoy days."""


def event_crimes(
    candidates: pl.DataFrame, decoys: pl.DataFrame, covered: pl.DataFrame, crimes: pl.DataFrame
) -> pl.DataFrame:
    """The event crimes among `crimes`, as `EVENT_CRIMES`.

    Parameters
    ----------
    candidates : CRIME_KEY, wearer_id
    decoys : `schemas.DECOYS`
    covered : `schemas.COVERED_BY_CRIME`
    crimes : `schemas.JUDGED_CRIMES`
    """
    place = crimes.select(CRIME_KEY).with_row_index("crime")
    wearers = pl.concat([candidates["wearer_id"], decoys["wearer_id"]]).unique()
    number = pl.DataFrame({"wearer_id": wearers}).with_row_index("wearer")

    def numbered(pairs: pl.DataFrame) -> pl.DataFrame:
        return pairs.join(place, on=CRIME_KEY).join(number, on="wearer_id")

    own = numbered(candidates.select(*CRIME_KEY, "wearer_id")).with_columns(day=pl.lit(0, pl.Int16))
    compared = np.zeros((crimes.height, len(DAYS)), np.bool_)
    at = covered.filter(pl.col("day") != 0).join(place, on=CRIME_KEY)
    compared[at["crime"].to_numpy(), np.searchsorted(DAYS, at["day"].to_numpy())] = True
    at_event, usually = np.full(crimes.height, -1, np.int32), np.full(crimes.height, np.nan)
    events(
        _placed(crimes),
        _wearers_at(own, crimes.height),
        _wearers_at(numbered(decoys), crimes.height),
        compared,
        max(1, number.height),
        at_event,
        usually,
    )
    found = np.flatnonzero(at_event >= 0)
    return (
        crimes.select(CRIME_KEY)[found]
        .with_columns(at_event=pl.Series(at_event[found]), usually=pl.Series(six_digits(usually[found])))
        .cast(pl.Schema(EVENT_CRIMES))
    )


def _wearers_at(rows: pl.DataFrame, crimes: int) -> WearersAt:
    crime = rows["crime"].to_numpy()
    order = np.argsort(crime, kind="stable")
    wearer: Int32 = rows["wearer"].to_numpy()[order].astype(np.int32)
    day: Int32 = np.searchsorted(DAYS, rows["day"].to_numpy()[order]).astype(np.int32)
    return WearersAt(np.searchsorted(crime[order], np.arange(crimes + 1)).astype(np.int64), wearer, day)


def _placed(crimes: pl.DataFrame) -> PlacedCrimes:
    x_mm, y_mm = (crimes[name].to_numpy().astype(np.int64) for name in ("x_mm", "y_mm"))
    t_us = epoch_us(crimes["t_from"])
    key: Int64 = cell_of(x_mm, y_mm)
    order = np.lexsort((t_us, key))
    cell, first = np.unique(key[order], return_index=True)
    offset = np.append(first, len(order)).astype(np.int64)
    return PlacedCrimes(cell, offset, order.astype(np.int64), t_us[order], x_mm[order], y_mm[order])
