"""Points as two arrays of equal length, and kernels run over slices of them in several threads."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_THREADS = max(2, min(8, os.cpu_count() or 2))
_SPLIT_FROM = 50_000
"""With fewer points, starting threads costs more than it saves."""


def coordinate_pair(a: ArrayLike, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both as contiguous float64 of shape ``(n,)``; a scalar becomes an array of one. ValueError if shapes differ."""
    one = np.ascontiguousarray(a, dtype=np.float64)
    other = np.ascontiguousarray(b, dtype=np.float64)
    one, other = np.atleast_1d(one), np.atleast_1d(other)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(
            f"the two coordinate arrays have shapes {one.shape} and {other.shape}; give arrays of equal length"
        )
    return one, other


def over_slices(kernel: Callable[..., Any], arrays: tuple[NDArray[Any], ...], *shared: Any) -> None:
    """Run a kernel that fills some of `arrays` from the others, over slices of them on several threads.

    The kernel must release the GIL and treat each point by itself, so the slicing cannot change the result.
    """
    n = arrays[0].size
    if n < _SPLIT_FROM:
        kernel(*arrays, *shared)
        return
    ends = [n * i // _THREADS for i in range(_THREADS + 1)]
    with ThreadPoolExecutor(_THREADS) as pool:
        parts = [pool.submit(kernel, *(array[i:j] for array in arrays), *shared) for i, j in pairwise(ends)]
    for part in parts:
        part.result()
