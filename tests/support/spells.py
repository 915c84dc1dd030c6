"""Devices that send in spells, with silences of days and weeks, and often repeat one of a few positions."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from matcher.schemas import CRIMES, STORED_FIXES

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
HERE = (510_000_000, 180_000_000)

Fix = tuple[str, datetime, float, float, str, float | None]
"""Device, instant, metres east of a place, accuracy, mechanism, speed."""


def stored(rows: list[Fix]) -> pl.DataFrame:
    columns = {
        "device_id": [row[0] for row in rows],
        "t": [row[1] for row in rows],
        "mechanism": [row[4] for row in rows],
        "x_mm": [HERE[0] + round(1000 * row[2]) for row in rows],
        "y_mm": [HERE[1]] * len(rows),
        "accuracy_mm": [round(1000 * row[3]) for row in rows],
        "outside_window": [False] * len(rows),
        "speed_kmh": [row[5] for row in rows],
        "heading_deg": [None] * len(rows),
        "satellites": [None] * len(rows),
        "accuracy_level": [0] * len(rows),
    }
    return pl.DataFrame(columns, schema=STORED_FIXES)


def crimes_at(*when: tuple[datetime, float]) -> pl.DataFrame:
    """Ten minutes each, so many metres east."""
    n = len(when)
    columns = {
        "force": ["Metropolitan"] * n,
        "crime_ref": [f"C{k:02}" for k in range(n)],
        "version": [1] * n,
        "crime_type": ["burglary"] * n,
        "t_from": [t for t, _ in when],
        "t_to": [t + timedelta(minutes=10) for t, _ in when],
        "easting_m": [HERE[0] / 1000 + x for _, x in when],
        "northing_m": [HERE[1] / 1000] * n,
        "location_accuracy_m": [20.0] * n,
    }
    return pl.DataFrame(columns, schema=CRIMES)


def world(rng: np.random.Generator, devices: int) -> list[Fix]:
    """Trackers that send in spells, with silences of days and weeks, and often stand at one of a few places."""
    rows: list[Fix] = []
    for device in range(devices):
        t = NOON + timedelta(days=float(rng.uniform(-90, 0)))
        place = 0.0
        for _ in range(int(rng.integers(5, 60))):
            t += timedelta(seconds=float(rng.choice([5.0, 60.0, 60.0, 60.0, 900.0, 86_400.0, 1e6, 3e6])))
            if rng.random() < 0.6:
                place = float(rng.choice([0.0, 0.0, 400.0, 4_000.0, 45_000.0]))
            accuracy = float(rng.choice([5.0, 5.0, 5.0, 300.0]))
            how = str(rng.choice(["gnss", "gnss", "gnss", "wifi"]))
            rows.append((f"D{device:02}", t, place, accuracy, how, float(rng.choice([0.0, 8.0]))))
    return rows
