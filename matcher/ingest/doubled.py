"""Finds a file whose fixes are stored already, at the same places and other times: one of the two was read in the wrong
zone, and both together are two trails of one device.

Zones differ by quarters of an hour (Nepal is 5:45 ahead) and by 14 hours at most.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from matcher.store.fixes import FixStore

_MOST_ROWS, _MOST_OF_A_DEVICE = 200_000, 2_000
"""Of a file that are looked at, and of a device in each block of it: the zone is the whole file's, and counting the
places of a million rows takes a third of an import's memory."""
_MOST_APART = timedelta(hours=14)
_QUARTER = timedelta(minutes=15)
_FEWEST = 5
"""Places of a device that come again, from which on it is no accident."""
_SHARE = 0.8
_KEY = ("device_id", "x_m", "y_m")


@dataclass(frozen=True, slots=True)
class Doubled:
    """`fixes` of `devices` are stored at the same places, `minutes` later (or earlier, below 0) than this file says;
    `origins`: the imports that gave those, by their names in the store."""

    devices: tuple[str, ...]
    fixes: int
    minutes: int
    origins: tuple[str, ...]


class SeenPlaces:
    """Where and when the rows of a file say that devices were."""

    def __init__(self) -> None:
        self._frames: list[pl.DataFrame] = []
        self._rows = 0

    def see(self, fixes: pl.DataFrame) -> None:
        if self._rows < _MOST_ROWS and fixes.height:
            first = _placed(fixes).group_by("device_id", maintain_order=True).head(_MOST_OF_A_DEVICE)
            self._frames.append(first.head(_MOST_ROWS - self._rows))
            self._rows += self._frames[-1].height

    def doubled(self, store: FixStore) -> Doubled | None:
        """What is stored at these places already, a whole number of quarters of an hour apart. Before the file is."""
        if not self._frames:
            return None
        once = pl.concat(self._frames).group_by(_KEY).agg(pl.col("t").first(), pl.len()).filter(pl.col("len") == 1)
        if once.is_empty():
            return None
        first, last = once["t"].min(), once["t"].max()
        assert isinstance(first, datetime)
        assert isinstance(last, datetime)
        devices = once["device_id"].unique().to_list()
        columns = ("device_id", "t", "x_mm", "y_mm")
        near = store.scan_days(devices, first - _MOST_APART, last + _MOST_APART + _QUARTER, columns)
        stored = [_placed(frame) for _, frame in near]
        if not stored:
            return None
        apart = (
            once.drop("len")
            .join(pl.concat(stored).rename({"t": "stored"}), on=_KEY)
            .with_columns(apart=pl.col("stored") - pl.col("t"))
            .filter(pl.col("apart") != timedelta(0), pl.col("apart").abs() <= _MOST_APART)
        )
        return _whole(store, apart)


def _placed(fixes: pl.DataFrame) -> pl.DataFrame:
    """To whole metres: two writings of one position may differ by less."""
    return fixes.select(
        pl.col("device_id").cast(pl.String),
        "t",
        *(pl.col(f"{axis}_mm").floordiv(1000).alias(f"{axis}_m") for axis in ("x", "y")),
    )


def _whole(store: FixStore, apart: pl.DataFrame) -> Doubled | None:
    compared = apart.group_by("device_id").agg(pl.struct("x_m", "y_m").n_unique().alias("compared"))
    whole = apart.filter((pl.col("apart").dt.total_microseconds() % (_QUARTER // timedelta(microseconds=1))) == 0)
    counted = (
        whole.group_by("device_id", "apart")
        .agg(pl.len().alias("fixes"))
        .join(compared, on="device_id")
        .filter(pl.col("fixes") >= _FEWEST, pl.col("fixes") >= _SHARE * pl.col("compared"))
    )
    if counted.is_empty():
        return None
    by_shift = counted.group_by("apart").agg(pl.col("fixes").sum()).sort("fixes", "apart", descending=[True, False])
    shift = by_shift["apart"][0]
    mine = counted.filter(pl.col("apart") == shift)
    devices = tuple(mine["device_id"].sort())
    rows = whole.filter(pl.col("apart") == shift, pl.col("device_id").is_in(devices))
    return Doubled(devices, rows.height, shift // timedelta(minutes=1), _origins(store, rows))


def _origins(store: FixStore, rows: pl.DataFrame) -> tuple[str, ...]:
    """The imports that gave these stored rows."""
    keys = rows.select("device_id", pl.col("stored").alias("t"))
    found: dict[str, int] = {}
    for day in keys["t"].dt.date().unique().sort():
        for path in store.origins.of_day(day):
            hits = store.origins.merged(day, [path]).join(keys, on=("device_id", "t"), how="semi").height
            if hits:
                found[path.parent.name] = found.get(path.parent.name, 0) + hits
    return tuple(sorted(found, key=lambda origin: (-found[origin], origin)))
