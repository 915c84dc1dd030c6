"""Makes one day of the index: of a day's rows those of permitted stretches, and nothing else of the others than how
many there are."""

from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import polars as pl

from matcher.files import sync_to_disk
from matcher.frames import FixColumns, Int8, Int64, epoch_us
from matcher.kernels.arrays import NodeArrays
from matcher.kernels.indexed.paths import OF_PIECE, PathTables
from matcher.params import Params
from matcher.rule import rule_of
from matcher.schemas import INSTANT
from matcher.store.day_rows import DayRows, day_rows, digest_of
from matcher.store.index.columns import write_columns
from matcher.store.index.day import (
    BLOCKS,
    DEVICES,
    EDGE_COLUMNS,
    EDGES,
    FIX_COLUMNS,
    FIXES,
    NODES,
    PATH_STRETCHES,
    PIECES,
    SIGNS,
    SPAN_COLUMNS,
    STRETCHES,
    SUMS,
    matrix_table,
    sums_table,
    write_table,
)
from matcher.store.index.manifest import FOLDER, IndexedFile
from matcher.store.index.paths import BLOCK_COLUMNS, DEFAULT_RULES, NODE_COLUMNS, kept_of, states_of
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
    signs, apart = _signs(rows, made_for)
    devices = pl.DataFrame({"device_id": day.devices, "rows": np.diff(day.starts)}).with_columns(
        signs_here=~pl.col("device_id").is_in(apart)
    )
    tables = {STRETCHES: stretches, DEVICES: devices, SIGNS: signs}
    state, mapped = np.zeros(len(columns.t_us), np.int8), {}
    rules = "" if levels.any() else DEFAULT_RULES
    if rules:
        low = stretches["first_row"].fill_null(0).to_numpy()
        high = low + np.where(stretches["permitted"], stretches["rows"], 0)
        state, paths, nodes = _paths(columns, low, high)
        tables |= {
            PIECES: matrix_table(OF_PIECE, paths.pieces),
            EDGES: matrix_table(EDGE_COLUMNS, paths.edges),
            PATH_STRETCHES: matrix_table(SPAN_COLUMNS, paths.stretches),
        }
        mapped = {
            BLOCKS: (BLOCK_COLUMNS, [*paths.blocks[1:], paths.sums]),
            NODES: (NODE_COLUMNS, [*nodes[1:8], *(column.view(np.int8) for column in nodes[8:])]),
        }
    mapped[FIXES] = (FIX_COLUMNS, [*columns, levels, state])
    there = {name: write_columns(made / name, *given) for name, given in mapped.items()}
    tables[SUMS] = sums_table({name: sums for name, (_, sums) in there.items()})
    sums = {name: write_table(made / name, table) for name, table in tables.items()}
    sync_to_disk(made)
    sync_to_disk(store / FOLDER)
    return IndexedFile(made_of, folder, {name: at for name, (at, _) in there.items()}, bool(levels.any()), rules, sums)


def _paths(columns: FixColumns, low: Int64, high: Int64) -> tuple[Int8, PathTables, NodeArrays]:
    """The state of each row, and what is kept of the pieces at rows low..high, which follow each other."""
    for column in columns:
        column.flags.writeable = False
    rule = rule_of(Params())
    pieces = np.flatnonzero(low < high)
    begin = np.append(low[pieces], len(columns.t_us))
    state = states_of(columns, begin, rule)
    return state, *kept_of(columns, state, low, high, rule)


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
