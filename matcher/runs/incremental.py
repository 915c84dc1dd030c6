"""What an earlier run has found that still holds, carried over; so that only what is touched is matched again.

A pair hangs on one wearer's windows and fixes and on one crime. So of a wearer whose windows and fixes are the same,
digest by digest, everything stands that was found at crimes that are the same, row by row; such a wearer is matched
against new crimes only. Any other wearer is matched anew against all crimes: with reference days on, a late fix
touches every crime of the weeks around it, and picking these out would gain little.

q and the curves are worked out over the whole run and are never carried over. What comes out equals a full run.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.analysis.verdicts import from_frame, to_frame
from matcher.frames import epoch_us
from matcher.params import ALGORITHM, Params
from matcher.permitted import EVER, Permitted
from matcher.runs.days import days_to_read
from matcher.runs.device_events import events_of, with_other_events
from matcher.runs.edges import SEEN_OUTSIDE, Reach, reach_of, seen_outside
from matcher.runs.folder import RunFolder
from matcher.runs.parts import FRAMES, Frames, read_part, sum_pairs, write_part
from matcher.runs.plan import CARRIED_PART, NEW_CRIMES, Carried, Plan, Sight
from matcher.runs.wearers import WINDOWS_OF, window_digests
from matcher.schemas import CRIME_KEY
from matcher.store.fixes import FixStore


def carried_from(
    previous: RunFolder,
    sight: Sight,
    may: Permitted,
    index: CrimeIndex,
    params: Params,
    store: FixStore,
    events: pl.DataFrame,
) -> Carried | None:
    """Part wearers and crimes into those that are as they were in `previous` and the others.

    Returns
    -------
    Carried or None
        None if nothing can be carried over: another algorithm, other settings, or no crime that could be matched.

    Notes
    -----
    O(wearers x days + crimes), and a look into the store for wearers who were silent on one side of all crimes.
    """
    if previous.manifest["algorithm"] != ALGORITHM or previous.manifest["params"] != params.to_json():
        return None
    before = index_crimes(previous.crimes().collect(), params)
    reach, reach_before = (reach_of(i, *days_to_read(i, params)) for i in (index, before))
    if reach is None or reach_before is None:
        return None
    wearers = pl.read_parquet(previous.path / "inputs" / "wearers.parquet", glob=False)
    same = _same_fixes(previous, sight, _same_windows(wearers, may))
    same -= with_other_events(events_of(previous), events)
    told = wearers.filter(pl.col("wearer_id").is_in(same))
    seen_before = pl.read_parquet(previous.path / "inputs" / "seen_outside.parquet", glob=False)
    same, seen = _same_edges(told, seen_before, reach, reach_before, may, params, store)
    kept = [w for w, wearer in enumerate(may.wearers) if wearer in same]
    again = [w for w, wearer in enumerate(may.wearers) if wearer not in same]
    columns = index.crimes.columns
    return Carried(
        previous=previous,
        params=params,
        again=again,
        kept=kept,
        new=index_crimes(index.crimes.join(before.crimes, on=columns, how="anti", nulls_equal=True), params),
        gone=index_crimes(before.crimes.join(index.crimes, on=columns, how="anti", nulls_equal=True), params),
        same_crimes=index.crimes.join(before.crimes, on=columns, how="semi", nulls_equal=True).select(CRIME_KEY),
        seen_outside=seen,
    )


def carry_over(carried: Carried, plan: Plan, may: Permitted, index: CrimeIndex, work: Path) -> None:
    """Write the part of the kept wearers: what was found before at the same crimes, and now at the new ones."""
    parts = [share.part for share in plan.shares if share.crimes == NEW_CRIMES]
    wearers = pl.DataFrame({"wearer_id": [may.wearers[w] for w in carried.kept]}, schema={"wearer_id": pl.String})
    frames: Frames = {}
    for name in ("candidates", "visits", "day_hits"):
        old = _results(carried.previous, name).join(wearers, on="wearer_id", how="semi")
        old = old.join(carried.same_crimes, on=CRIME_KEY, how="semi")
        frames[name] = pl.concat([old, *(read_part(work, part, name) for part in parts)])
    old = _results(carried.previous, "covered").join(wearers, on="wearer_id", how="semi")
    frames["covered"] = sum_pairs([old, *(read_part(work, part, "covered") for part in parts)])
    new_codes = [read_part(work, part, "verdict_codes") for part in parts]
    frames["verdict_codes"] = _codes(carried, index, wearers["wearer_id"].to_list(), new_codes)
    told = pl.read_parquet(carried.previous.path / "inputs" / "wearers.parquet", glob=False)
    frames["wearers"] = told.join(wearers, on="wearer_id", how="semi").select(FRAMES["wearers"][0].keys())
    frames["seen_outside"] = carried.seen_outside
    write_part(work, CARRIED_PART, frames, {})


def _codes(carried: Carried, index: CrimeIndex, wearers: list[str], new: list[pl.DataFrame]) -> pl.DataFrame:
    """Verdicts of the kept wearers at all crimes: the old ones put to their crimes' new places, the new to theirs."""
    old = _results(carried.previous, "verdict_codes")
    if old.is_empty() or not wearers:
        return old.clear()
    codes = np.zeros((len(wearers), index.crimes.height), np.int8)
    row_of = {wearer: k for k, wearer in enumerate(wearers)}
    before = index_crimes(carried.previous.crimes().collect(), carried.params).crimes
    for part, crimes in ((old, before), *((part, carried.new.crimes) for part in new)):
        told, of = from_frame(part.filter(pl.col("wearer_id").is_in(wearers)))
        places = _places(crimes, index.crimes, carried.same_crimes if part is old else None)
        rows = np.array([row_of[wearer] for wearer in of], np.int64)
        codes[np.ix_(rows, places["to"].to_numpy())] = told[:, places["at"].to_numpy()]
    return to_frame(codes, wearers)


def _places(crimes: pl.DataFrame, among: pl.DataFrame, only: pl.DataFrame | None) -> pl.DataFrame:
    """Where each crime (of `only`, if given) stands in its list, `at`, and where among all, `to`."""
    at = crimes.select(CRIME_KEY).with_row_index("at")
    at = at if only is None else at.join(only, on=CRIME_KEY, how="semi")
    return at.join(among.select(CRIME_KEY).with_row_index("to"), on=CRIME_KEY, how="inner")


def _results(run: RunFolder, name: str) -> pl.DataFrame:
    return pl.read_parquet(run.path / f"{name}.parquet", glob=False)


def _same_windows(wearers: pl.DataFrame, may: Permitted) -> set[str]:
    """Wearers who held the same devices, and were monitored and eligible, at the same times."""
    now = window_digests(may)
    before = dict(wearers.select(WINDOWS_OF.keys()).iter_rows())
    return {wearer for wearer, digest in now.items() if before.get(wearer) == digest}


def _same_fixes(previous: RunFolder, sight: Sight, wearers: set[str]) -> set[str]:
    """Those of `wearers` who have the same fixes on every day that is read, and was."""
    before = pl.read_parquet(previous.path / "inputs" / "fix_digests.parquet", glob=False)
    columns = before.columns
    touched = pl.concat(
        [before.join(sight.digests, on=columns, how="anti"), sight.digests.join(before, on=columns, how="anti")]
    )
    return wearers - set(touched["wearer"])


def _same_edges(
    told: pl.DataFrame,
    seen_before: pl.DataFrame,
    reach: Reach,
    reach_before: Reach,
    may: Permitted,
    params: Params,
    store: FixStore,
) -> tuple[set[str], pl.DataFrame]:
    """Those of whom it is known as before whether they were heard of on either side of the days read.

    Returns them and what is told of them now, as `SEEN_OUTSIDE`.
    """
    nothing = pl.DataFrame(schema=SEEN_OUTSIDE)
    if not params.verdicts:
        return set(told["wearer_id"]), nothing
    none = told["first_at"].is_null().to_numpy()
    first = np.where(none, EVER, epoch_us(told["first_at"].fill_null(datetime(1970, 1, 1, tzinfo=UTC))))
    last = np.where(none, -EVER, epoch_us(told["last_at"].fill_null(datetime(1970, 1, 1, tzinfo=UTC))))
    # Shown by the days read on both sides of all crimes, old and new: nothing outside them can matter.
    shown = (first <= min(reach.start_us, reach_before.start_us)) & (last >= max(reach.end_us, reach_before.end_us))
    same = set(told["wearer_id"].filter(pl.Series(shown)))
    others = [wearer for wearer, is_shown in zip(told["wearer_id"], shown, strict=True) if not is_shown]
    if reach == reach_before:
        # They are judged alike, if what lies outside is still what it was.
        place = {wearer: w for w, wearer in enumerate(may.wearers)}
        now = seen_outside(
            store, may.for_wearers([place[w] for w in others]), first[~shown], last[~shown], reach, params
        )
        columns = now.columns
        moved = pl.concat(
            [
                now.join(seen_before, on=columns, how="anti"),
                seen_before.filter(pl.col("wearer_id").is_in(others)).join(now, on=columns, how="anti"),
            ]
        )
        same |= set(others) - set(moved["wearer_id"])
        return same, now.filter(pl.col("wearer_id").is_in(same))
    days = store.files()
    t_from, t_to = max(reach.t_from, reach_before.t_from), min(reach.t_to, reach_before.t_to)
    if all(t_from.date() <= day < t_to.date() for day in days):
        # There is nothing outside, and there was nothing.
        same |= set(others) - set(seen_before["wearer_id"])
    return same, nothing
