"""Carries over the results of an earlier run that are still valid, so that only affected pairs are matched again.

The result of a pair depends on one wearer's windows, fixes and events and on one crime. For a wearer whose inputs have
the same digests, all results at unchanged crimes are still valid, and the wearer is matched against new crimes only.
All other wearers are matched again against all crimes: with reference days, a late fix affects every crime of the weeks
around it, so selecting crimes would gain little.

q and the curves are computed over the whole run and never carried over. The result equals that of a full run.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import DTypeLike

from matcher.analysis.crimes import CrimeIndex, index_crimes
from matcher.files import read_rows
from matcher.frames import epoch_us
from matcher.params import ALGORITHM, Params
from matcher.permitted import EVER, Permitted
from matcher.runs.days import days_to_read
from matcher.runs.device_events import events_of, wearers_with_other_events
from matcher.runs.edges import (
    FROZEN_SIDES,
    SEEN_OUTSIDE,
    Reach,
    frozen_rows,
    reach_of,
    seen_outside,
    trails_by_name,
)
from matcher.runs.folder import RunFolder
from matcher.runs.parts import FRAMES, Frames, read_part, write_part
from matcher.runs.plan import CARRIED_PART, NEW_CRIMES, CarriedOver, Plan, StoreSurvey
from matcher.runs.wearers import WINDOWS_OF, window_digests
from matcher.schemas import CRIME_KEY
from matcher.store.fixes import FixStore
from matcher.trails.frozen_outside import frozen_outside


def plan_carry_over(
    previous: RunFolder,
    survey: StoreSurvey,
    may: Permitted,
    index: CrimeIndex,
    params: Params,
    store: FixStore,
    events: pl.DataFrame,
) -> CarriedOver | None:
    """Split wearers and crimes into those that are unchanged since `previous` and the others.

    Returns
    -------
    CarriedOver or None
        None if nothing can be carried over: another algorithm, other parameters, or no matchable crime.

    Notes
    -----
    O(wearers x days + crimes), and a search of the store for wearers who were silent before or after all crimes.
    """
    if previous.manifest["algorithm"] != ALGORITHM or previous.manifest["params"] != params.to_json():
        return None
    before = index_crimes(previous.crimes().collect(), params)
    reach, reach_before = (reach_of(i, *days_to_read(i, params)) for i in (index, before))
    if reach is None or reach_before is None:
        return None
    wearers = read_rows(previous.path / "inputs" / "wearers.parquet")
    same = _same_fixes(previous, survey, _same_windows(wearers, may))
    same -= wearers_with_other_events(events_of(previous), events)
    rows = read_rows(previous.path / "inputs" / "trails.parquet")
    seen_before = read_rows(previous.path / "inputs" / "seen_outside.parquet")
    by_frozen = pl.col("side").is_in(FROZEN_SIDES)
    same, frozen = _same_frozen(same, seen_before.filter(by_frozen), reach, reach_before, may, params, store)
    same, seen = _same_edges(same, rows, seen_before.filter(~by_frozen), reach, reach_before, may, params, store)
    seen = pl.concat([seen, frozen.filter(pl.col("wearer_id").is_in(same))])
    kept = [w for w, wearer in enumerate(may.wearers) if wearer in same]
    again = [w for w, wearer in enumerate(may.wearers) if wearer not in same]
    columns = index.crimes.columns
    return CarriedOver(
        previous=previous,
        params=params,
        again=again,
        kept=kept,
        new=index_crimes(index.crimes.join(before.crimes, on=columns, how="anti", nulls_equal=True), params),
        same_crimes=index.crimes.join(before.crimes, on=columns, how="semi", nulls_equal=True).select(CRIME_KEY),
        seen_outside=seen,
    )


def carry_over(
    carried: CarriedOver, plan: Plan, may: Permitted, index: CrimeIndex, work: Path, files: dict[str, Path]
) -> Path:
    """Write the part of the kept wearers: earlier results at unchanged crimes, new results at new crimes. `files` are
    those of the parts that are finished; returns the new one."""
    parts = [files[group.part] for group in plan.groups if group.crimes == NEW_CRIMES]
    wearers = pl.DataFrame({"wearer_id": [may.wearers[w] for w in carried.kept]}, schema={"wearer_id": pl.String})
    frames: Frames = {}
    for name in ("candidates", "visits", "day_hits"):
        old = _results(carried.previous, name).join(wearers, on="wearer_id", how="semi")
        old = old.join(carried.same_crimes, on=CRIME_KEY, how="semi")
        frames[name] = pl.concat([old, *(read_part(part, name) for part in parts)])
    for name, dtype in (("verdict_codes", np.int8), ("covered_days", np.dtype("<u2"))):
        new = [read_part(part, name) for part in parts]
        frames[name] = _byte_rows(carried, index, wearers["wearer_id"].to_list(), name, new, dtype)
    for name in ("wearers", "trails", "two_trails"):
        kept_rows = read_rows(carried.previous.path / "inputs" / f"{name}.parquet")
        frames[name] = kept_rows.join(wearers, on="wearer_id", how="semi").select(FRAMES[name][0].keys())
    frames["seen_outside"] = carried.seen_outside
    return write_part(work, CARRIED_PART, frames, {})


def _byte_rows(
    carried: CarriedOver, index: CrimeIndex, wearers: list[str], name: str, new: list[pl.DataFrame], dtype: DTypeLike
) -> pl.DataFrame:
    """What is kept of the kept wearers at all crimes, an entry of `dtype` a crime: old and new entries, in the order of
    the crimes of this run."""
    old = _results(carried.previous, name)
    if old.is_empty() or not wearers:
        return old.clear()
    entries = np.zeros((len(wearers), index.crimes.height), dtype)
    row_of = {wearer: k for k, wearer in enumerate(wearers)}
    before = index_crimes(carried.previous.crimes().collect(), carried.params).crimes
    for part, crimes in ((old, before), *((part, carried.new.crimes) for part in new)):
        places = _places(crimes, index.crimes, carried.same_crimes if part is old else None)
        to, at = places["to"].to_numpy(), places["at"].to_numpy()
        for wearer, row in part.filter(pl.col("wearer_id").is_in(wearers)).iter_rows():
            entries[row_of[wearer], to] = np.frombuffer(row, dtype)[at]
    return pl.DataFrame([wearers, [row.tobytes() for row in entries]], schema=FRAMES[name][0])


def _places(crimes: pl.DataFrame, among: pl.DataFrame, only: pl.DataFrame | None) -> pl.DataFrame:
    """The position of each crime (of `only`, if given) in its list, `at`, and among all crimes, `to`."""
    at = crimes.select(CRIME_KEY).with_row_index("at")
    at = at if only is None else at.join(only, on=CRIME_KEY, how="semi")
    return at.join(among.select(CRIME_KEY).with_row_index("to"), on=CRIME_KEY, how="inner")


def _results(run: RunFolder, name: str) -> pl.DataFrame:
    return read_rows(run.path / f"{name}.parquet")


def _same_windows(wearers: pl.DataFrame, may: Permitted) -> set[str]:
    """Wearers who wore the same devices, and were monitored and eligible, at the same times."""
    now = window_digests(may)
    before = dict(wearers.select(WINDOWS_OF.keys()).iter_rows())
    return {wearer for wearer, digest in now.items() if before.get(wearer) == digest}


def _same_fixes(previous: RunFolder, survey: StoreSurvey, wearers: set[str]) -> set[str]:
    """Those of `wearers` who have the same fixes on every day read, then and now."""
    before = read_rows(previous.path / "inputs" / "fix_digests.parquet")
    columns = before.columns
    differing = pl.concat(
        [before.join(survey.digests, on=columns, how="anti"), survey.digests.join(before, on=columns, how="anti")]
    )
    return wearers - set(differing["wearer"])


def _same_frozen(
    wearers: set[str],
    before: pl.DataFrame,
    reach: Reach,
    reach_before: Reach,
    may: Permitted,
    params: Params,
    store: FixStore,
) -> tuple[set[str], pl.DataFrame]:
    """Those of `wearers` of whom the same rows outside the days read make rows in them frozen, and these rows.

    Of other days than before, those of whom there are none.
    """
    chosen = may.for_wearers([w for w, wearer in enumerate(may.wearers) if wearer in wearers])
    now = frozen_rows(frozen_outside(store, chosen, reach.t_from, reach.t_to, params))
    moved = [now, before]
    if (reach.t_from, reach.t_to) == (reach_before.t_from, reach_before.t_to):
        moved = [now.join(before, on=now.columns, how="anti"), before.join(now, on=now.columns, how="anti")]
    return wearers - set(pl.concat(moved)["wearer_id"]), now


def _same_edges(
    wearers: set[str],
    trails: pl.DataFrame,
    seen_before: pl.DataFrame,
    reach: Reach,
    reach_before: Reach,
    may: Permitted,
    params: Params,
    store: FixStore,
) -> tuple[set[str], pl.DataFrame]:
    """Those of `wearers` whose trails' first and last fixes outside the days read are the same as before.

    Returns them, and their rows now, as `SEEN_OUTSIDE`.
    """
    nothing = pl.DataFrame(schema=SEEN_OUTSIDE)
    if not params.verdicts:
        return wearers, nothing
    trails = trails.filter(pl.col("wearer_id").is_in(wearers))
    none = trails["first_at"].is_null().to_numpy()
    first = np.where(none, EVER, epoch_us(trails["first_at"].fill_null(datetime(1970, 1, 1, tzinfo=UTC))))
    last = np.where(none, -EVER, epoch_us(trails["last_at"].fill_null(datetime(1970, 1, 1, tzinfo=UTC))))
    # With fixes before and after all crimes, old and new, in the days read, nothing outside these days matters.
    end_us = max(reach.end_us, reach_before.end_us) + params.prism_step_us
    shown = (first <= min(reach.start_us, reach_before.start_us)) & (last >= end_us)
    others = set(trails["wearer_id"].filter(pl.Series(~shown)))
    same = wearers - others
    if reach == reach_before:
        # Same days and crimes: unchanged if the fixes outside are unchanged.
        chosen = may.for_wearers([w for w, wearer in enumerate(may.wearers) if wearer in others])
        ends = {
            (wearer, device): k
            for k, (wearer, device) in enumerate(trails.select("wearer_id", "device_id").iter_rows())
        }
        at = [ends[name] for name in trails_by_name(chosen)]
        now = seen_outside(store, chosen, first[at], last[at], reach, params).frame
        columns = now.columns
        moved = pl.concat(
            [
                now.join(seen_before, on=columns, how="anti", nulls_equal=True),
                seen_before.filter(pl.col("wearer_id").is_in(others)).join(
                    now, on=columns, how="anti", nulls_equal=True
                ),
            ]
        )
        same |= others - set(moved["wearer_id"])
        return same, now.filter(pl.col("wearer_id").is_in(same))
    days = store.files()
    t_from, t_to = max(reach.t_from, reach_before.t_from), min(reach.t_to, reach_before.t_to)
    if all(t_from.date() <= day < t_to.date() for day in days):
        # The store has nothing outside these days, and had nothing.
        same |= others - set(seen_before["wearer_id"])
    return same, nothing
