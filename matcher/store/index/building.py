"""Makes one day of the index: of a day's rows those of permitted stretches, and nothing else of the others than how
many there are."""

from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl

from matcher.files import sync_to_disk
from matcher.frames import FixColumns, Int64, epoch_us
from matcher.schemas import INSTANT
from matcher.store.day_rows import DayRows, day_rows, digest_of
from matcher.store.index.day import DEVICES, FIXES, SIGNS, STRETCHES, SUMS, write_fixes, write_table
from matcher.store.index.manifest import FOLDER, IndexedFile
from matcher.store.index.windows import Stretches
from matcher.store.suspect_fixes import signs_of

_STRETCHES: dict[str, Any] = {
    "device": pl.Int64,
    "from_us": pl.Int64,
    "to_us": pl.Int64,
    "permitted": pl.Boolean,
    "rows": pl.Int64,
    "first_row": pl.Int64,
    "first_us": pl.Int64,
    "last_us": pl.Int64,
    "digest": pl.Binary,
}


def build_day(store: Path, name: str, made_of: str, rows: pl.DataFrame, made_for: Stretches) -> IndexedFile:
    """Write the index of a day with sorted `rows` (as `STORED_FIXES`) into a folder that begins with `name`.

    Nothing uses it until a manifest names it.
    """
    # Never the folder of a day that was: the same rows for the same stretches may stand there changed.
    folder = f"{name}.{uuid4().hex}"
    made = store / FOLDER / folder
    made.mkdir(parents=True)
    day = day_rows(rows)
    stretches, spans = _stretches(day, made_for)
    columns, levels = _picked(day, spans)
    at, sums_of_fixes = write_fixes(made / FIXES, columns, levels)
    signs, apart = _signs(rows, made_for)
    devices = pl.DataFrame({"device_id": day.devices, "rows": np.diff(day.starts)}).with_columns(
        signs_here=~pl.col("device_id").is_in(apart)
    )
    sums = {
        STRETCHES: write_table(made / STRETCHES, stretches),
        DEVICES: write_table(made / DEVICES, devices),
        SIGNS: write_table(made / SIGNS, signs),
        SUMS: write_table(made / SUMS, pl.DataFrame({"xxh3_64": sums_of_fixes})),
    }
    sync_to_disk(made)
    sync_to_disk(store / FOLDER)
    return IndexedFile(made_of, folder, len(columns.t_us), at, bool(levels.any()), sums)


def _stretches(day: DayRows, made_for: Stretches) -> tuple[pl.DataFrame, list[tuple[int, int]]]:
    """The table of stretches, and the rows of those that may be read, in order."""
    found: list[tuple[Any, ...]] = []
    spans: list[tuple[int, int]] = []
    here = 0
    t_us, levels = day.columns.t_us, day.levels
    for d, (device, (low, high)) in enumerate(zip(day.devices, pairwise(day.starts.tolist()), strict=True)):
        own = t_us[low:high]
        for from_us, to_us, allowed in made_for.get(device, []):
            begin, end = (low + int(k) for k in np.searchsorted(own, (from_us, to_us)))
            n = end - begin
            if not allowed:
                found.append((d, from_us, to_us, False, n, None, None, None, None))
                continue
            ends = (int(t_us[begin]), int(t_us[end - 1])) if n else (None, None)
            digest = digest_of(day.columns, begin, end, levels)
            found.append((d, from_us, to_us, True, n, here, *ends, digest))
            here += n
            if n:
                spans.append((begin, end))
    return pl.DataFrame(found, schema=_STRETCHES, orient="row"), spans


def _picked(day: DayRows, spans: list[tuple[int, int]]) -> tuple[FixColumns, Any]:
    """The rows of these spans, one after the other."""
    levels = np.zeros(len(day.columns.t_us), np.int8) if day.levels is None else day.levels
    joined: list[list[int]] = []
    for begin, end in spans:
        if joined and joined[-1][1] == begin:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    given: list[Any] = [
        np.concatenate([column[:0], *(column[begin:end] for begin, end in joined)])
        if len(joined) != 1
        else column[joined[0][0] : joined[0][1]]
        for column in (*day.columns, levels)
    ]
    return FixColumns(*given[:-1]), given[-1]


def _signs(rows: pl.DataFrame, made_for: Stretches) -> tuple[pl.DataFrame, list[str]]:
    """The signs of suspect fixes that lie in a stretch that may be read; and the devices that have others."""
    signs = signs_of(rows)
    low, high = _us(signs, "from"), _us(signs, "to")
    inside = [
        any(allowed and from_us <= begin and end < to_us for from_us, to_us, allowed in made_for.get(device, []))
        for device, begin, end in zip(signs["device_id"], low.tolist(), high.tolist(), strict=True)
    ]
    kept = pl.Series(inside, dtype=pl.Boolean)
    apart = signs.filter(~kept)["device_id"].unique().to_list()
    here = signs.filter(kept & ~signs["device_id"].is_in(apart))
    plain = [pl.col(name).cast(pl.Int64) for name, dtype in signs.schema.items() if dtype == INSTANT]
    return here.with_columns(plain), apart


def _us(signs: pl.DataFrame, name: str) -> Int64:
    return epoch_us(signs[name])
