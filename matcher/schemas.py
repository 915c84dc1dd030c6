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

EVIDENCE: dict[str, pl.DataType] = {
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
"""What the trail shows of a candidate pair. `verdict` is *present* or *passed*; `closest_m` in whole mm, `dwell_s` in
whole ms, `coverage` to 6 significant digits."""

WORTH: dict[str, pl.DataType] = {
    "p_present": pl.Float64(),
    "reference_days": pl.Int16(),
    "reference_hits": pl.Int16(),
    "same_weekday_days": pl.Int16(),
    "same_weekday_hits": pl.Int16(),
    "e_value": pl.Float64(),
    "nearness": pl.Float64(),
    "strength": pl.Float64(),
    "q_value": pl.Float64(),
    "note": pl.String(),
}
"""What it is worth, to 6 significant digits. `reference_*` and `same_weekday_*` count days other than the crime's.
`note` says why a value is null or weak, several parted by a comma: `accuracy_unknown` (p_present, nearness, strength,
q_value null), `crime_day_not_covered` (e_value, strength, q_value null), `few_reference_days` (under 5)."""

CANDIDATES: dict[str, pl.DataType] = {**EVIDENCE, **WORTH}
"""Candidate matches, sorted by (force, crime_ref, version, wearer_id) bytewise."""

DAY_HITS: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
    "day": pl.Int16(),
    "days_counted": pl.Int16(),
    "same_weekday_counted": pl.Int16(),
    "nearness": pl.Float64(),
}
"""Day vectors, sparse: one row for each day k (0: the crime's own) that counts and on which the pair would be a
candidate. `days_counted` is how many days of -K..K count, 0 among them; `same_weekday_counted` those with k a multiple
of 7. `nearness` on that day, null where an accuracy is unknown."""

COVERED: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "stratum": pl.Int8(),
    "day": pl.Int16(),
    "pairs": pl.Int64(),
}
"""Pairs whose day k counts, by wearer, stratum of window length (0: to 30 min, 1: to 3 h, 2: longer) and day."""

CURVES: dict[str, pl.DataType] = {
    "stratum": pl.Int8(),
    "threshold": pl.Float64(),
    "observed": pl.Int64(),
    "expected_chance": pl.Float64(),
}
"""Candidates with strength >= threshold, and matches expected by chance alone at it."""

EVENTS: dict[str, pl.DataType] = {"device_id": pl.String(), "t": INSTANT, "event": pl.String()}
"""What devices reported of themselves: battery, strap, power, charging, fault. Free words; they give reasons only."""

VERDICT_CODES = (
    "not_tested",
    "present",
    "passed",
    "possible",
    "unobserved_no_fix_yet",
    "unobserved_device_event",
    "unobserved_gap",
    "unobserved_implausible_speed",
    "excluded",
)
"""What a pair's code means, by its number."""

VERDICTS: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    **{name: pl.Int32() for name in VERDICT_CODES[1:]},
}
"""For each crime how many tested wearers have each verdict."""

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
