"""The schemas of all frames: column names with units, types, keys.

Instants are `Datetime('us', 'UTC')`. Public frames are in metres; arrays and the store in whole millimetres.
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
"""Fixes for `match`. `accuracy_m` is a radius; null or 0 where it is not known."""

MORE_OF_FIXES: dict[str, pl.DataType] = {"speed_kmh": pl.Float64(), "accuracy_level": pl.Int8()}
"""Columns that `FIXES` may have besides, and that may be null: `speed_kmh`, what the device states, and
`accuracy_level`, of which share of errors in per cent `accuracy_m` is the radius: 68, 90 or 95. Where it is 0 or null
what `ACCURACY_LEVELS` says of the device counts, else 68."""

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
    "accuracy_level": pl.Int8(),
}
"""Fixes in the store, partitioned by `day` (UTC date). Key (device_id, t, mechanism), sorted by it. `accuracy_mm` is as
stated, at the level that was declared: 68, 90 or 95, or 0 for none."""

ASSIGNMENTS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "wearer_id": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
}
"""[from, to); a null `to` means still fitted."""

ACCURACY_LEVELS: dict[str, pl.DataType] = {
    "device_id": pl.String(),
    "from": INSTANT,
    "to": INSTANT,
    "accuracy_level": pl.Int8(),
}
"""At what level devices state their accuracy, for rows that declare none: [from, to); null is open. Without a level (0
or null) only the columns of `MORE_OF_LEVELS` count."""

MORE_OF_LEVELS: dict[str, pl.DataType] = {"accuracy_factor": pl.Float64()}
"""A column that `ACCURACY_LEVELS` may have besides: what the 68 % radius of every row of the device is multiplied by,
also of one that declares its level; null is 1."""

INTERVALS: dict[str, pl.DataType] = {"wearer_id": pl.String(), "from": INSTANT, "to": INSTANT}
"""Monitored and eligible intervals, [from, to); a null `to` means no end yet."""

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
"""Crimes for `match`; the location and its accuracy may be null, and an accuracy of 0 is not known. Key (force,
crime_ref, version)."""

CRIME_KEY = ("force", "crime_ref", "version")

EVIDENCE: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
    "device_id": pl.String(),
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
"""What the trail of device `device_id` shows for a candidate pair. `verdict` is *present* or *passed*; `closest_m` is
exact to the mm, `dwell_s` to the ms, `coverage` to 6 significant digits."""

EVIDENTIAL_STRENGTH: dict[str, pl.DataType] = {
    "p_present": pl.Float64(),
    "reference_days": pl.Int16(),
    "reference_hits": pl.Int16(),
    "same_weekday_days": pl.Int16(),
    "same_weekday_hits": pl.Int16(),
    "e_value": pl.Float64(),
    "nearness": pl.Float64(),
    "strength": pl.Float64(),
    "q_value": pl.Float64(),
    "at_event": pl.Int32(),
    "usually": pl.Float64(),
    "note": pl.String(),
}
"""Evidential strength, to 6 significant digits. `reference_*` and `same_weekday_*` count days other than the crime's.
`at_event`: at an event crime, how many wearers were there, and `usually` how many are; else null.
`note` says why a value is null or weak, several separated by a comma: `accuracy_unknown` and `no_node_path` (p_present,
nearness, strength, q_value null), `too_coarse` (p_present is under 0.05, and a fix inside the circle as coarse as the
coarsest in the window would be taken for one of a place outside at which the wearer stayed), `crime_day_not_covered`
(e_value, strength, q_value null), `few_reference_days` (under 5); and why q_value alone is null: `event` (the crime is
an event crime), `no_decoys` (no decoy day is covered), `too_few_to_tell` (fewer crimes tested than
`min_pool_crimes`)."""

CANDIDATES: dict[str, pl.DataType] = {**EVIDENCE, **EVIDENTIAL_STRENGTH}
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
candidate. `days_counted` is the number of days of -K..K that count, 0 included; `same_weekday_counted` the number with
k a multiple of 7. `nearness` is that day's, null where an accuracy is unknown."""

DECOYS: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
    "day": pl.Int16(),
    "strength": pl.Float64(),
}
"""Decoy days (whole weeks from the crime's own) on which a pair would be a candidate, with its strength then; null
where an accuracy is unknown."""

COVERED_BY_CRIME: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "day": pl.Int16(),
    "pairs": pl.Int64(),
}
"""How many wearers' day k of a crime counts, for the crime's own day (0) and decoy days; sorted by crime and day,
without zeros."""

JUDGED_CRIMES: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "stratum": pl.Int8(),
    "t_from": INSTANT,
    "x_mm": pl.Int64(),
    "y_mm": pl.Int64(),
}
"""Matchable crimes as chance is computed over them. `stratum` of window length, buffers included: 0 to 30 min, 1 to
3 h, 2 longer."""

CURVES: dict[str, pl.DataType] = {
    "stratum": pl.Int8(),
    "threshold": pl.Float64(),
    "observed": pl.Int64(),
    "expected_chance": pl.Float64(),
}
"""Candidates with strength >= threshold, and how many chance alone would give."""

EVENTS: dict[str, pl.DataType] = {"device_id": pl.String(), "t": INSTANT, "event": pl.String()}
"""What devices reported about themselves: battery, strap, power, charging, fault. Free text, used only for reasons."""

VERDICT_CODES = (
    "not_tested",
    "present",
    "passed",
    "possible",
    "possible_left_out_fix",
    "unobserved_no_fix_yet",
    "unobserved_device_event",
    "unobserved_gap",
    "unobserved_implausible_speed",
    "unobserved_two_trails",
    "excluded",
)
"""The verdict of each code, by its number."""

EARLIER_VERDICT_CODES = tuple(
    name for name in VERDICT_CODES if name not in ("possible_left_out_fix", "unobserved_two_trails")
)
"""The same in runs of the algorithms "1" and "2"."""

VERDICTS: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    **{name: pl.Int32() for name in VERDICT_CODES[1:]},
}
"""For each crime, how many tested wearers have each verdict."""

VISITS: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "wearer_id": pl.String(),
    "visit": pl.String(),
    "first_at": INSTANT,
    "last_at": INSTANT,
    "fixes": pl.Int32(),
    "fixes_at_edge": pl.Int32(),
    "dwell_s": pl.Float64(),
    "closest_m": pl.Float64(),
    "closest_at": INSTANT,
    "speed_kmh": pl.Float64(),
}
"""The visits of each candidate, lettered A, B ... Z, AA in time order. `fixes` are those inside, `fixes_at_edge` those
of them that are no further inside than their own accuracy. `speed_kmh`, to 6 significant digits, is the length of the
path inside over `dwell_s`; null where that is 0."""

NOT_MATCHABLE: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "reason": pl.String(),
    "detail": pl.String(),
}
"""Crimes that cannot be tested for any wearer. Reasons: window_too_long, no_location, location_too_coarse,
outside_window."""
