"""What the kernels of the questions take and give; units as in `matcher.kernels.arrays`."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


class Paths(NamedTuple):
    """Fixes by trail, ``offset[i]:offset[i + 1]`` in time order; `drawn`: a path leads on to the next fix."""

    offset: Int64
    t_us: Int64
    x_mm: Int32
    y_mm: Int32
    drawn: Bool


class Boxes(NamedTuple):
    """Short runs of path as boxes in place and time, those of one part of the interval in the order of `x_min_mm`."""

    trail: Int32
    wearer: Int32
    from_us: Int64
    until_us: Int64
    x_min_mm: Int64
    x_max_mm: Int64
    y_min_mm: Int64
    y_max_mm: Int64


class Near(NamedTuple):
    """Boxes that come near each other: the lesser trail, the greater, and how long both last at once."""

    trail: Int32
    other: Int32
    both_us: Int64


class PairsOfTrails(NamedTuple):
    """Pairs of trails to be followed, and how long two spells of a pair may be apart to be told as one."""

    trail: Int32
    other: Int32
    joined_us: Int64


class Asked(NamedTuple):
    """The closed interval, and the distance within which two are together."""

    since_us: int
    until_us: int
    within_mm: float


class Spells(NamedTuple):
    """When the trails of pair p were together: from first to last, how long of it, and the box of where the one of
    them was then."""

    pair: Int64
    from_us: Int64
    until_us: Int64
    together_us: Float64
    x_min_mm: Float64
    x_max_mm: Float64
    y_min_mm: Float64
    y_max_mm: Float64
