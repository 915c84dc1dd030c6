"""The frames that go in and come out: column names with units, types, keys.

Instants are `Datetime('us', 'UTC')`. Public frames speak metres; arrays and the store hold whole millimetres.
"""

import polars as pl

INSTANT = pl.Datetime("us", "UTC")

FIXES: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "t": INSTANT,
    "mechanism": pl.String(),
    "easting_m": pl.Float64(),
    "northing_m": pl.Float64(),
    "accuracy_m": pl.Float64(),
}
"""Fixes as `match` takes them. `accuracy_m`, the 68 % radius, may be null."""

STORED_FIXES: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "t": INSTANT,
    "mechanism": pl.String(),
    "x_mm": pl.Int32(),
    "y_mm": pl.Int32(),
    "accuracy_mm": pl.Int32(),
    "outside_window": pl.Boolean(),
    "speed_kmh": pl.Float32(),
    "heading_deg": pl.Float32(),
    "satellites": pl.Int16(),
}
"""Fixes at rest, with a `day` (UTC date) beside as the partition. Key (device_id, t, mechanism), sorted by it."""

ASSIGNMENTS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "wearer_id": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
}
"""[from, to); a null `to` is still fitted."""

INTERVALS: dict[str, pl.DataType] = {"wearer_id": pl.String(), "from": INSTANT, "to": INSTANT}
"""Monitored and eligible intervals, [from, to); a null `to` is open."""

CRIMES: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "crime_type": pl.String(),
    "t_from": INSTANT,
    "t_to": INSTANT,
    "easting_m": pl.Float64(),
    "northing_m": pl.Float64(),
    "location_accuracy_m": pl.Float64(),
}
"""Crimes as `match` takes them; place and its accuracy may be null. Key (force, crime_ref, version)."""

CRIME_KEY = ("force", "crime_ref", "version")

CANDIDATES: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
    "verdict": pl.String(),
    "fixes_within": pl.Int32(),
    "first_at": INSTANT,
    "last_at": INSTANT,
    "closest_m": pl.Float64(),
    "closest_at": INSTANT,
    "dwell_s": pl.Float64(),
    "coverage": pl.Float64(),
    "visits": pl.Int32(),
}
"""Candidate matches, sorted by (force, crime_ref, version, wearer_id) bytewise. `closest_m` in whole mm, `dwell_s` in
whole ms, `coverage` to 6 significant digits. `verdict` is *present* or *passed*."""

VISITS: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
    "visit": pl.String(),
    "first_at": INSTANT,
    "last_at": INSTANT,
    "fixes": pl.Int32(),
    "dwell_s": pl.Float64(),
}
"""The visits of each candidate, lettered A, B ... Z, AA in time order."""

NOT_MATCHABLE: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "reason": pl.String(),
    "detail": pl.String(),
}
"""Crimes no pair can be tested for. Reasons: window_too_long, no_location, location_too_coarse, outside_window."""
