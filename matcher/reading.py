"""From the store to rows: the fixes of those who may be read, and of nobody else, a day at a time."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from matcher.fix_store import FixStore
from matcher.permitted import Permitted
from matcher.trails import Rows

_READ = ("device_id", "t", "x_mm", "y_mm", "accuracy_mm", "mechanism")


def read_rows(store: FixStore, may: Permitted, t_from: datetime | None, t_to: datetime | None) -> Iterator[Rows]:
    """The rows of the permitted devices in the days asked for, one day at a time; nobody else's."""
    if t_from is None or not may.devices:
        return
    for _, frame in store.scan_days(may.devices, t_from, t_to, _READ):
        yield Rows(
            frame["device_id"].to_physical().cast(pl.Int32).to_numpy(),
            frame["t"].to_physical().to_numpy(),
            frame["x_mm"].to_numpy(),
            frame["y_mm"].to_numpy(),
            frame["accuracy_mm"].fill_null(-1).to_numpy(),
            frame["mechanism"].to_physical().cast(pl.Int8).to_numpy(),
        )
