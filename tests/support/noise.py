"""New arrays full of noise: reading an element before it is written gives nonsense, where zeros might hide it."""

from collections.abc import Callable
from typing import Any

import numpy as np

_NOISE = np.random.default_rng(1).integers(0, 256, 1 << 20, dtype=np.uint8)


def fill_new_arrays() -> None:
    """From now on np.empty and np.empty_like of this process give noise. Compiled kernels have their own."""
    numpy: Any = np
    numpy.empty, numpy.empty_like = _noisy(np.empty), _noisy(np.empty_like)
    assert np.empty(8, np.int8).any()


def _noisy(make: Callable[..., Any]) -> Any:
    def made(*given: Any, **named: Any) -> Any:
        array = make(*given, **named)
        if array.dtype != object and array.flags.c_contiguous:
            as_bytes = array.reshape(-1).view(np.uint8)
            for k in range(0, as_bytes.size, _NOISE.size):
                part = as_bytes[k : k + _NOISE.size]
                part[:] = _NOISE[: part.size]
            if array.dtype == np.bool_:
                as_bytes &= 1
        return array

    return made
