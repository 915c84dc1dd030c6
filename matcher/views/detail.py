"""One wearer at one crime: the fixes in the window and what speaks for and against, for a person to judge."""

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
from matcher.views.detail_trail import FIXES, GAPS, PATH, QUALITY_NOTES, read_window, window_of

if TYPE_CHECKING:
    from matcher.geopandas_frames import DetailLayers

__all__ = ["DEVICE_EVENTS", "FIXES", "GAPS", "OTHERS", "OTHER_DAYS", "PATH", "QUALITY_NOTES", "Detail", "detail"]

OTHERS: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "verdict": pl.String(),
    "p_present": pl.Float64(),
    "e_value": pl.Float64(),
    "q_value": pl.Float64(),
}
"""The other candidates at the same crime, the least likely to be chance first."""

OTHER_DAYS: dict[str, pl.DataType] = {"day": pl.Int16(), "date": pl.Date(), "nearness": pl.Float64()}
"""The days on which this wearer would have been a candidate at the same clock times: `day` counted from the crime's (0:
its own), the date in London, and that day's nearness, null where an accuracy is unknown."""


DEVICE_EVENTS: dict[str, pl.DataType] = {"t": INSTANT, "event": pl.String()}
"""What the wearer's device reported about itself in the window, as stored with the run."""


@dataclass(frozen=True, slots=True)
class Detail:
    """A candidate with its evidence, and what speaks against it.

    `crime` and `candidate` are rows of `schemas.CRIMES` and `schemas.CANDIDATES`. Frames: its `visits`
    (`schemas.VISITS`); within the window, of every device that the wearer had, the `fixes` (`FIXES`), the drawn `path`
    (`PATH`), the `gaps` where no device has one (`GAPS`) and what the devices reported (`events`, `DEVICE_EVENTS`);
    `quality` notes on fixes that affect it (`QUALITY_NOTES`); the `other_days` on which the wearer was there too
    (`OTHER_DAYS`); the `others` who are candidates here (`OTHERS`). It has no positions from another time or of another
    wearer.
    """

    crime: dict[str, Any]
    candidate: dict[str, Any]
    visits: pl.DataFrame
    fixes: pl.DataFrame
    path: pl.DataFrame
    gaps: pl.DataFrame
    quality: pl.DataFrame
    events: pl.DataFrame
    other_days: pl.DataFrame
    others: pl.DataFrame
    params: Params

    def to_geopandas(self) -> "DetailLayers":
        """The disc, fixes, path and visits as GeoPandas frames in EPSG:27700, see `geopandas_frames.DetailLayers`."""
        from matcher.geopandas_frames import detail_layers

        # Visits are of the path of one device.
        device = self.candidate.get("device_id")
        path = self.path if device is None else self.path.filter(pl.col("device_id") == device)
        return detail_layers(self.crime, self.visits, self.fixes, path, radius_m=self.params.radius_m)


def detail(
    run: RunFolder, store: FixStore, force: str, crime_ref: str, wearer_id: str, version: int | None = None
) -> Detail:
    """One wearer at one crime, with the fixes in its window.

    Reads only fixes that the run was permitted to read, and returns nothing outside the window.

    Parameters
    ----------
    version
        None: the latest version of the crime at which the wearer is a candidate.

    Raises
    ------
    RunNotFound
        The run has no such candidate.
    StoreError
        The store was rewritten while it was being read; try again.

    Notes
    -----
    O(candidates of the run + fixes in the window). matcher/analysis/README.md explains each value.
    """
    same = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref)
    if version is not None:
        same &= pl.col("version") == version
    at_crime = run.candidates().filter(same).collect()
    rows = at_crime.filter(pl.col("wearer_id") == wearer_id).sort("version")
    if rows.is_empty():
        raise RunNotFound(f"run {run.run_id}: this wearer is not a candidate at crime {force} {crime_ref}")
    candidate = rows.row(rows.height - 1, named=True)
    key = pl.all_horizontal(pl.col(name) == candidate[name] for name in CRIME_KEY)
    pair = key & (pl.col("wearer_id") == wearer_id)
    crime = run.crimes().filter(key).collect().row(0, named=True)
    visits = run.visits().filter(pair).sort("first_at").collect()
    params = Params.from_json(run.manifest["params"])
    shown = read_window(run, store, crime, wearer_id, candidate.get("device_id"), visits, params)
    others = at_crime.filter(key, pl.col("wearer_id") != wearer_id).select(OTHERS.keys())
    return Detail(
        crime,
        candidate,
        visits,
        shown.fixes,
        shown.path,
        shown.gaps,
        shown.quality,
        _events(run, wearer_id, *window_of(crime, params)),
        _other_days(run.day_hits().filter(pair).collect(), to_london(crime["t_from"]).date()),
        others.sort(
            "q_value", "p_present", "e_value", "wearer_id", descending=[False, True, True, False], nulls_last=True
        ),
        params,
    )


def _events(run: RunFolder, wearer_id: str, start: datetime, end: datetime) -> pl.DataFrame:
    events = events_of(run).filter(pl.col("wearer_id") == wearer_id, pl.col("t").is_between(start, end))
    return events.select(DEVICE_EVENTS.keys()).sort(DEVICE_EVENTS.keys())


def _other_days(hits: pl.DataFrame, own: date) -> pl.DataFrame:
    dates = [own + timedelta(days=k) for k in hits["day"]]
    days = hits.with_columns(pl.Series("date", dates, pl.Date)).select(OTHER_DAYS.keys())
    return days.sort("day")
