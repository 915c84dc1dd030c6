"""The stream floor: the time to read t, x, y (float64) in memory once on two threads. No engine can be faster."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from geo.jit import compiled

THREADS = 2


@compiled
def sum_of(values: NDArray[np.float64]) -> float:
    """The sum, with eight accumulators so that memory speed is the limit and not the additions."""
    a = b = c = d = e = f = g = h = 0.0
    whole = len(values) // 8 * 8
    for i in range(0, whole, 8):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        e += values[i + 4]
        f += values[i + 5]
        g += values[i + 6]
        h += values[i + 7]
    for i in range(whole, len(values)):
        a += values[i]
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


def stream_seconds(reference: Path, repeats: int) -> list[float]:
    """Seconds of each of `repeats` readings, without decoding and without a first, uncounted reading."""
    frame = pl.read_parquet(reference, columns=["t", "x", "y"], glob=False)
    columns = [frame[name].cast(pl.Float64).to_numpy() for name in ("t", "x", "y")]
    del frame
    half = len(columns[0]) // THREADS
    parts = [[column[k * half : (k + 1) * half] for column in columns] for k in range(THREADS)]

    def read(part: list[NDArray[np.float64]]) -> float:
        return float(sum(sum_of(column) for column in part))

    seconds = []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(repeats + 1):
            began = time.perf_counter()
            list(pool.map(read, parts))
            seconds.append(time.perf_counter() - began)
    return seconds[1:]
