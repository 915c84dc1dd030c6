"""What devices reported while a wearer wore them: an input of a run, digested and stored with it."""

from pathlib import Path

import numpy as np
import polars as pl

from matcher.files import read_rows
from matcher.frames import checked, epoch_us
from matcher.permitted import Permitted
from matcher.runs.folder import RunFolder
from matcher.schemas import EVENTS
from matcher.store.events import EventStore

WORN_EVENTS: dict[str, pl.DataType] = {"wearer_id": pl.String(), **EVENTS}
"""Events with the wearer who wore the device and may be read at that time; each once, sorted by all columns."""

Events = EventStore | pl.DataFrame | None
"""The source of events: a store, a frame as `schemas.EVENTS`, or None."""


def worn_events(events: Events, may: Permitted) -> pl.DataFrame:
    """The events of a run as `WORN_EVENTS`; leaves out events while no permitted wearer wore the device.

    Raises
    ------
    BadInput
        A frame does not fit its schema.
    StoreError
        The event store cannot be read.
    """
    if events is None:
        return pl.DataFrame(schema=WORN_EVENTS)
    found = events.read(may.devices) if isinstance(events, EventStore) else events
    rows = checked(found, EVENTS, "events", ()).unique()
    rows = rows.filter(pl.col("device_id").is_in(may.devices))
    place = {device: d for d, device in enumerate(may.devices)}
    wearer_at = np.full(rows.height, -1, np.int64)
    for i, (device, t) in enumerate(zip(rows["device_id"], epoch_us(rows["t"]).tolist(), strict=True)):
        d = place[device]
        low, high = int(may.offset[d]), int(may.offset[d + 1])
        k = low + int(np.searchsorted(may.to_us[low:high], t, side="right"))
        if k < high and may.from_us[k] <= t:
            wearer_at[i] = may.held_by[k]
    worn = wearer_at >= 0
    wearers = pl.Series([may.wearers[w] for w in wearer_at[worn].tolist()], dtype=pl.String)
    kept = rows.filter(pl.Series(worn)).with_columns(wearers.alias("wearer_id"))
    return kept.select(WORN_EVENTS.keys()).sort(WORN_EVENTS.keys())


def events_of_group(events: pl.DataFrame, may: Permitted) -> pl.DataFrame:
    """The events of a group's wearers, as `schemas.EVENTS`."""
    return events.filter(pl.col("wearer_id").is_in(may.wearers)).select(EVENTS.keys())


def events_path(folder: Path) -> Path:
    """The file of events in a working folder, or in the inputs of a run."""
    return folder / "events.parquet"


def events_of(run: RunFolder) -> pl.DataFrame:
    """The events of a run, as `WORN_EVENTS`."""
    return read_rows(events_path(run.path / "inputs"))


def wearers_with_other_events(before: pl.DataFrame, now: pl.DataFrame) -> set[str]:
    """The wearers whose events differ between the two."""
    columns = list(WORN_EVENTS)
    differ = [before.join(now, on=columns, how="anti"), now.join(before, on=columns, how="anti")]
    return set(pl.concat(differ)["wearer_id"])
