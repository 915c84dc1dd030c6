"""Fixes of three devices for tests of the fix store and its index, and a search for them in the index's files."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from matcher.schemas import STORED_FIXES
from matcher.store.fixes import FixStore

START = datetime(2019, 9, 1, tzinfo=UTC)
HOURS = 72
END = START + timedelta(hours=HOURS)
DEVICES = ("TAG-A", "TAG-B", "TAG-C")


def hour(n: float) -> datetime:
    return START + timedelta(hours=n)


def fixes_of(devices: tuple[str, ...] = DEVICES, seed: int = 1) -> pl.DataFrame:
    """A fix every ten minutes, each with an instant, an easting and a northing that no other number of the test is.
    TAG-A is stuck for three hours while it reports a speed."""
    rng = np.random.default_rng(seed)
    n = HOURS * 6
    frames = []
    for device in devices:
        odd = rng.integers(1_000_001, 599_000_000, n)
        t = np.datetime64(START.replace(tzinfo=None), "us") + np.arange(n) * np.timedelta64(600_000_000, "us") + odd
        place = [rng.integers(0x08_00_00_00, 0x0F_00_00_00, n).astype(np.int32) for _ in range(2)]
        if device == DEVICES[0]:
            for axis in place:
                axis[60:80] = axis[60]
        frames.append(
            pl.DataFrame(
                {
                    "device_id": [device] * n,
                    "t": pl.Series(t).dt.replace_time_zone("UTC"),
                    "mechanism": ["gnss"] * n,
                    "x_mm": place[0],
                    "y_mm": place[1],
                    "accuracy_mm": rng.integers(5_000, 50_000, n).astype(np.int32),
                    "outside_window": [False] * n,
                    "speed_kmh": [4.5] * n,
                    "heading_deg": [None] * n,
                    "satellites": [None] * n,
                    "accuracy_level": [0] * n,
                },
                schema_overrides=STORED_FIXES,
            ).select(STORED_FIXES.keys())
        )
    return pl.concat(frames)


FIXES = fixes_of()


def found_in_index(store: FixStore) -> set[tuple[str, datetime]]:
    """Fixes of which some file of the index has the instant or a coordinate, as bytes or as digits."""
    files = [path for path in (store.path / "_index").rglob("*") if path.is_file()]
    raw = b"\0".join(path.read_bytes() for path in files)
    instants = FIXES["t"].to_physical().to_list()
    found = set()
    for (device, t, x, y), us in zip(FIXES.select("device_id", "t", "x_mm", "y_mm").rows(), instants, strict=True):
        marks = (us.to_bytes(8, "little"), x.to_bytes(4, "little"), y.to_bytes(4, "little"), str(us).encode())
        if any(mark in raw for mark in marks):
            found.add((device, t))
    return found
