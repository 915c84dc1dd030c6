"""One wearer at one crime: the fixes within the window and what they say, for a person to judge."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from geo.clock import to_london
from matcher.errors import RunNotFound
from matcher.params import Params
from matcher.runs.device_events import events_of
from matcher.runs.folder import RunFolder
from matcher.schemas import CRIME_KEY, INSTANT
from matcher.store.fixes import FixStore
from matcher.views.detail_trail import BAD, FIXES, GAPS, PATH, seen_in_window, window_of

if TYPE_CHECKING:
    from matcher.geopandas_frames import DetailLayers

__all__ = ["BAD", "DEVICE_EVENTS", "FIXES", "GAPS", "OTHERS", "OTHER_DAYS", "PATH", "Detail", "detail"]

OTHERS: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "verdict": pl.String(),
    "p_present": pl.Float64(),
    "e_value": pl.Float64(),
    "q_value": pl.Float64(),
}
"""The other candidates at the same crime, the least likely to be chance first."""

OTHER_DAYS: dict[str, pl.DataType] = {"day": pl.Int16(), "date": pl.Date(), "nearness": pl.Float64()}
"""The days, k from the crime's (0: its own) and as a date in London, on which this wearer would have been a candidate
at the same clock times, with the nearness then, null where an accuracy is unknown."""


DEVICE_EVENTS: dict[str, pl.DataType] = {"t": INSTANT, "event": pl.String()}
"""What the wearer's device reported of itself within the window, as the run knew it."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A candidate with what proves it, and what speaks against it.

    `crime` and `candidate` are rows of `schemas.CRIMES` and `schemas.CANDIDATES`. Frames: its `visits`
    (`schemas.VISITS`); the `fixes` (`FIXES`), the drawn `path` (`PATH`), the `gaps` in it (`GAPS`) and the device's
    own `events` (`DEVICE_EVENTS`) within the window; what is `bad` about the fixes that touch it (`BAD`); on which
    `other_days` the wearer was there too (`OTHER_DAYS`); the `others` who are candidates here (`OTHERS`). Of no other
    time and of nobody else is any place told.
    """

    crime: dict[str, Any]
    candidate: dict[str, Any]
    visits: pl.DataFrame
    fixes: pl.DataFrame
    path: pl.DataFrame
    gaps: pl.DataFrame
    bad: pl.DataFrame
    events: pl.DataFrame
    other_days: pl.DataFrame
    others: pl.DataFrame
    params: Params

    def to_geopandas(self) -> "DetailLayers":
        """The disc, fixes, path and visits as GeoPandas frames in EPSG:27700, see `geopandas_frames.DetailLayers`."""
        from matcher.geopandas_frames import detail_layers

        return detail_layers(self.crime, self.visits, self.fixes, self.path, radius_m=self.params.radius_m)


def detail(
    run: RunFolder, store: FixStore, force: str, crime_ref: str, wearer_id: str, version: int | None = None
) -> Detail:
    """One wearer at one crime, with the fixes within its window.

    Only fixes that the run was permitted to read are read again; nothing outside the window is shown.

    Parameters
    ----------
    version
        None: the latest version of the crime at which the wearer is a candidate.

    Raises
    ------
    RunNotFound
        The run has no such candidate.
    StoreError
        The store was rewritten while it was read; ask again.

    Notes
    -----
    O(candidates of the run + fixes in the window). What each value means: README.md.
    """
    same = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref)
    if version is not None:
        same &= pl.col("version") == version
    everyone = run.candidates().filter(same).collect()
    rows = everyone.filter(pl.col("wearer_id") == wearer_id).sort("version")
    if rows.is_empty():
        raise RunNotFound(f"run {run.run_id} has no candidate for this wearer at {force} {crime_ref}")
    candidate = rows.row(rows.height - 1, named=True)
    key = pl.all_horizontal(pl.col(name) == candidate[name] for name in CRIME_KEY)
    pair = key & (pl.col("wearer_id") == wearer_id)
    crime = run.crimes().filter(key).collect().row(0, named=True)
    visits = run.visits().filter(pair).sort("first_at").collect()
    params = Params.from_json(run.manifest["params"])
    seen = seen_in_window(run, store, crime, wearer_id, visits, params)
    others = everyone.filter(key, pl.col("wearer_id") != wearer_id).select(OTHERS.keys())
    return Detail(
        crime,
        candidate,
        visits,
        seen.fixes,
        seen.path,
        seen.gaps,
        seen.bad,
        _events(run, wearer_id, *window_of(crime, params)),
        _other_days(run.day_hits().filter(pair).collect(), to_london(crime["t_from"]).date()),
        others.sort("q_value", "p_present", "wearer_id", descending=[False, True, False], nulls_last=True),
        params,
    )


def _events(run: RunFolder, wearer_id: str, start: datetime, end: datetime) -> pl.DataFrame:
    told = events_of(run).filter(pl.col("wearer_id") == wearer_id, pl.col("t").is_between(start, end))
    return told.select(DEVICE_EVENTS.keys()).sort(DEVICE_EVENTS.keys())


def _other_days(hits: pl.DataFrame, own: date) -> pl.DataFrame:
    dates = [own + timedelta(days=k) for k in hits["day"]]
    told = hits.with_columns(pl.Series("date", dates, pl.Date)).select(OTHER_DAYS.keys())
    return told.sort("day")
