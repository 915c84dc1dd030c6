"""Merges new fixes into a day: sorted, and independent of the order of arrival.

Two fixes of one device at one instant by one mechanism cannot both be true. The one with the smaller 68 % radius (by
the level that it declares, 68 if none) stays; an accuracy that is not known (0, or none) counts as the largest. Equally
accurate ones that lie apart stay both: which of them is right is not known, and no run takes either for evidence. Of
rows at one position the other columns decide, so that the result never depends on the order of arrival.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from matcher.accuracy import LEVELS, NOT_DECLARED, radii_68
from matcher.errors import BadInput
from matcher.params import MECHANISMS
from matcher.schemas import STORED_FIXES

KEY = ("device_id", "t", "mechanism")
PLACE = ("x_mm", "y_mm", "accuracy_mm")
_TIES = ("accuracy_mm", "x_mm", "y_mm", "outside_window", "speed_kmh", "heading_deg", "satellites", "accuracy_level")
MECHANISM = pl.Enum(MECHANISMS)

CONFLICTS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "t": STORED_FIXES["t"],
    "mechanism": pl.String(),
    "x_mm": pl.Int32(),
    "y_mm": pl.Int32(),
    "accuracy_mm": pl.Int32(),
    "other_x_mm": pl.Int32(),
    "other_y_mm": pl.Int32(),
    "other_accuracy_mm": pl.Int32(),
    "stays": pl.String(),
}
"""A fix that stays (`stays` says whether it was *stored* or is *new*) and the other fix of the same key; *both* stay if
they are equally accurate and lie apart."""

_MAX_DEVICES = 1 << 24
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DayMerge:
    """A day after new rows were merged into it.

    Attributes
    ----------
    rows : frame as `STORED_FIXES`, sorted by device_id (bytewise), t, mechanism (in the order of `MECHANISMS`), easting
        and northing
    new : number of keys the day did not have
    same : number of incoming rows equal in every column to the row that stays
    replaced : number of keys of the day whose rows changed
    conflicts : frame as `CONFLICTS`: rows with the key of the row that stays but another position or accuracy
    """

    rows: pl.DataFrame
    new: int
    same: int
    replaced: int
    conflicts: pl.DataFrame

    @property
    def changed(self) -> bool:
        return self.new > 0 or self.replaced > 0


def checked(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the columns of `STORED_FIXES`, in that order; NaN speeds and headings, and accuracies of 0,
    which are not known, become null.
    Without a column `accuracy_level` no level is declared; nor is one of an accuracy that is not known.

    Raises
    ------
    BadInput
        A column is missing or has another type, a key or position is null, a device has no name, a mechanism is
        unknown, or an instant is outside 1970 to 2199.
    """
    if "accuracy_level" not in frame.columns:
        frame = frame.with_columns(accuracy_level=pl.lit(NOT_DECLARED, pl.Int8))
    faults = [
        f"column {name} is {frame.schema.get(name, 'missing')}; it must be {dtype}"
        for name, dtype in STORED_FIXES.items()
        if frame.schema.get(name) != dtype
    ]
    if faults:
        raise BadInput("; ".join(faults))
    frame = frame.select(STORED_FIXES.keys())
    if frame.is_empty():
        return frame
    needed = [*KEY, "x_mm", "y_mm", "outside_window"]
    nulls = frame.select(pl.col(needed).null_count()).row(0, named=True)
    faults = [f"column {name} has {count} nulls; give a value in every row" for name, count in nulls.items() if count]
    if (frame["device_id"].str.len_bytes() == 0).any():
        faults.append('a device_id is ""; give every fix the name of its device')
    unknown = frame.filter(~pl.col("mechanism").is_in(MECHANISMS))["mechanism"].unique().sort().to_list()
    if unknown:
        faults.append(f"unknown mechanism {unknown[0]!r}; give one of {', '.join(MECHANISMS)}")
    if not frame["t"].is_between(_EARLIEST, _LATEST, closed="left").all():
        faults.append("a time is outside 1970 to 2199; check the unit of the times")
    if not frame["accuracy_level"].is_in([NOT_DECLARED, *LEVELS]).all():
        faults.append("an accuracy_level is none of 0, 68, 90 and 95")
    if faults:
        raise BadInput("; ".join(faults))
    # Adding 0 turns -0.0, which sorts as equal to 0.0 but is another value, into 0.0.
    known = pl.col("accuracy_mm") != 0
    return frame.with_columns(
        pl.col("speed_kmh", "heading_deg").fill_nan(None) + pl.lit(0.0, pl.Float32),
        accuracy_mm=pl.when(known).then(pl.col("accuracy_mm")),
        accuracy_level=pl.when(known).then(pl.col("accuracy_level")).fill_null(NOT_DECLARED),
    )


def _packed_keys(rows: pl.DataFrame, day: date) -> np.ndarray:
    """The key of each row as one unsigned number that sorts like (device_id, t, mechanism): 24 + 37 + 2 bits."""
    devices = rows["device_id"].unique().sort()
    if len(devices) > _MAX_DEVICES:
        raise BadInput(f"{day} has {len(devices):,} devices; at most {_MAX_DEVICES:,} can be stored a day")
    midnight_us = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
    code = rows["device_id"].cast(pl.Enum(devices)).to_physical().to_numpy().astype(np.uint64)
    t_in_day_us = (rows["t"].to_physical().to_numpy() - midnight_us).astype(np.uint64)
    rank = rows["mechanism"].cast(MECHANISM).to_physical().to_numpy().astype(np.uint64)
    keys: np.ndarray = (code << np.uint64(39)) | (t_in_day_us << np.uint64(2)) | rank
    return keys


def merge_day(day: date, stored: pl.DataFrame | None, incoming: pl.DataFrame) -> DayMerge:
    """Merge `incoming` rows into the rows of a day.

    Parameters
    ----------
    day : the UTC date of every row
    stored : frame as `STORED_FIXES`, as an earlier merge left it, or None
    incoming : frame as `STORED_FIXES`, in any order; keys may repeat

    Notes
    -----
    One sort of n packed 64-bit keys; only rows with a repeated key are sorted by the other columns.
    """
    stored_rows = 0 if stored is None else stored.height
    both = incoming if stored is None else pl.concat([stored, incoming])
    keys = _packed_keys(both, day)
    if (keys[1:] > keys[:-1]).all():
        return DayMerge(both, both.height - stored_rows, 0, 0, pl.DataFrame(schema=CONFLICTS))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    both = both.with_columns(_was_stored=pl.int_range(both.height) < stored_rows)[order]
    repeated = keys[1:] == keys[:-1]
    if not repeated.any():
        rows = both.drop("_was_stored")
        return DayMerge(rows, rows.height - stored_rows, 0, 0, pl.DataFrame(schema=CONFLICTS))
    copies, contested = _copies_and_contested(both, repeated)
    resolved = _resolve(both.filter(contested), keys[contested])
    was_stored = both["_was_stored"].to_numpy()
    rows = both.filter(~(copies | contested)).with_columns(_key=pl.Series(keys[~(copies | contested)]))
    if resolved.rows.height:
        rows = pl.concat([rows, resolved.rows.select(rows.columns)]).sort("_key", maintain_order=True)
    return DayMerge(
        rows=rows.drop("_key", "_was_stored"),
        new=len(np.unique(keys)) - len(np.unique(keys[was_stored])),
        same=resolved.same + int(copies.sum()),
        replaced=resolved.replaced,
        conflicts=resolved.conflicts,
    )


def _copies_and_contested(both: pl.DataFrame, repeated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows equal the first of their key, and which have a key on which rows disagree.

    A file imported twice is all copies: they are dropped without sorting.
    """
    equal = repeated.copy()
    for name in _TIES:
        column = both[name]
        equal &= column[1:].eq_missing(column[:-1]).to_numpy()
    run = np.cumsum(np.concatenate([[False], ~repeated]))
    is_contested = np.zeros(int(run[-1]) + 1, dtype=bool)
    is_contested[run[1:][repeated & ~equal]] = True
    contested = is_contested[run]
    return np.concatenate([[False], repeated]) & ~contested, contested


def _radii(rows: pl.DataFrame) -> pl.Series:
    """68 % radii, by the levels that the rows declare."""
    radii = pl.Series(radii_68(rows["accuracy_mm"].fill_null(-1).to_numpy(), rows["accuracy_level"].to_numpy()))
    return radii.replace(-1, None)


def _resolve(contested: pl.DataFrame, keys: np.ndarray) -> DayMerge:
    """Choose what stays of each contested key; the rows keep their `_key`.

    Of the most accurate rows one at each position stays: several contradict each other, and none is known to be right.
    """
    contested = contested.with_columns(_key=pl.Series(keys), _best=_radii(contested))
    if contested.is_empty():
        return DayMerge(contested, 0, 0, 0, pl.DataFrame(schema=CONFLICTS))
    # Among equal rows the stored one comes first, so that it is never counted as replaced by its own copy.
    # Of one radius at one position a declared level comes before none.
    by = ("_key", "_best", "x_mm", "y_mm", "_undeclared", "accuracy_mm", *_TIES[3:], "_was_stored")
    contested = contested.with_columns(_undeclared=pl.col("accuracy_level") == NOT_DECLARED).sort(
        by, descending=[name == "_was_stored" for name in by], nulls_last=True
    )
    keys = contested["_key"].to_numpy()
    first = np.concatenate([[True], keys[1:] != keys[:-1]])
    of_first = contested[np.flatnonzero(first)[np.cumsum(first) - 1]]
    best = contested["_best"].eq_missing(of_first["_best"]).to_numpy()
    moved = np.ones(contested.height, dtype=bool)
    moved[1:] = (contested["x_mm"].diff().to_numpy()[1:] != 0) | (contested["y_mm"].diff().to_numpy()[1:] != 0)
    stays_at = first | (best & moved)
    stays, others = contested.filter(stays_at), contested.filter(~first)
    kept = of_first.filter(~first)
    # What a row that goes is a copy of, if anything: the one at its own position.
    nearest = contested[np.maximum.accumulate(np.where(stays_at, np.arange(contested.height), 0))]
    equal = ~stays_at
    for name in _TIES:
        equal = equal & contested[name].eq_missing(nearest[name]).to_numpy()
    equal_place = np.ones(others.height, dtype=bool)
    for name in PLACE:
        equal_place = equal_place & others[name].eq_missing(kept[name]).to_numpy()
    was_stored = contested["_was_stored"].to_numpy()
    stays_too = pl.Series(stays_at[~first])
    origin = pl.when("_was_stored").then(pl.lit("stored")).otherwise(pl.lit("new"))
    conflicts = pl.concat(
        [
            kept.select(*KEY, *PLACE, origin.alias("stays")),
            others.select(pl.col(PLACE).name.prefix("other_")),
        ],
        how="horizontal",
    ).with_columns(pl.when(stays_too).then(pl.lit("both")).otherwise("stays").alias("stays"))
    known = stays_too & others["_was_stored"] & kept["_was_stored"]
    gone = keys[was_stored & ~stays_at]
    come = np.intersect1d(keys[stays_at & ~was_stored], keys[was_stored])
    return DayMerge(
        rows=stays,
        new=0,
        same=int((equal & ~was_stored).sum()),
        replaced=len(np.union1d(gone, come)),
        conflicts=conflicts.filter(pl.Series(~equal_place) & ~known).select(CONFLICTS.keys()),
    )
