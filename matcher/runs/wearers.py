"""Each wearer of a run: the windows in which they were read, and the counts of their fixes.

A later run compares these to find the wearers for whom nothing has changed, and carries over their results.
"""

import hashlib
from collections import defaultdict

import numpy as np
import polars as pl

from matcher.permitted import Permitted
from matcher.schemas import INSTANT
from matcher.trails.build import LEFT_OUT, Trails

TRAIL_COUNTS = ("usable", *LEFT_OUT)

WEARERS: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    **{name: pl.Int64() for name in TRAIL_COUNTS},
}
"""Each wearer's trails in the days read: how many fixes are usable, how many were left out for each reason."""

TRAILS: dict[str, pl.DataType] = {
    "wearer_id": pl.String(),
    "device_id": pl.String(),
    "first_at": INSTANT,
    "last_at": INSTANT,
}
"""The first and last usable fix of each trail, a wearer's of one device, in the days read."""

WINDOWS_OF: dict[str, pl.DataType] = {"wearer_id": pl.String(), "windows": pl.String()}
"""`window_digests` as a frame."""


def wearers_of(trails: Trails) -> pl.DataFrame:
    """`WEARERS` of these trails, in the order of their wearers."""
    of_trails = np.column_stack((trails.usable, trails.left_out))
    columns = np.zeros((len(trails.permitted.wearers), of_trails.shape[1]), np.int64)
    np.add.at(columns, trails.wearer_of, of_trails)
    return pl.DataFrame(
        {"wearer_id": trails.permitted.wearers, **dict(zip(TRAIL_COUNTS, columns.T, strict=True))}, schema=WEARERS
    )


def trails_of(trails: Trails) -> pl.DataFrame:
    """`TRAILS` of these trails, in their order."""
    first, last = trails.first_us, trails.last_us
    none = first > last
    ends = {"first_at": np.where(none, 0, first), "last_at": np.where(none, 0, last)}
    return pl.DataFrame(
        {
            "wearer_id": [trails.permitted.wearers[w] for w in trails.wearer_of.tolist()],
            "device_id": trails.device_of,
            **{
                name: pl.Series(t, dtype=pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
                for name, t in ends.items()
            },
        },
        schema=TRAILS,
    ).with_columns(pl.when(~pl.Series(none, dtype=pl.Boolean)).then(pl.col(name)).alias(name) for name in ends)


def window_digests(may: Permitted) -> dict[str, str]:
    """For each wearer a digest of which devices they wore when, at what level these state their accuracy, and of their
    eligible and monitored intervals."""
    stated: dict[str, str] = defaultdict(str)
    for name, *level in may.level_rows().rows():
        stated[name] += f"\n{level}"
    worn: dict[int, list[str]] = defaultdict(list)
    device = np.repeat(np.arange(len(may.devices)), np.diff(may.offset))
    spans = zip(device.tolist(), may.held_by.tolist(), may.from_us.tolist(), may.to_us.tolist(), strict=True)
    for d, w, start, end in spans:
        if w >= 0:
            worn[w].append(f"{may.devices[d]}\n{start} {end}{stated[may.devices[d]]}")
    out = {}
    for w, wearer in enumerate(may.wearers):
        digest = hashlib.sha256("\n".join(sorted(worn[w])).encode())
        for offset, from_us, to_us in (may.eligible, may.monitored):
            low, high = int(offset[w]), int(offset[w + 1])
            digest.update(b"|" + from_us[low:high].tobytes() + to_us[low:high].tobytes())
        out[wearer] = digest.hexdigest()
    return out
