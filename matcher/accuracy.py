"""What a stated accuracy is the radius of, and how a 68 % radius is made of it.

A *level* is the share of errors, in per cent, that lie within the stated radius. A row declares 68, 90, 95 or, with 0,
nothing; what is said of its device at that time then counts, else 68. Errors are circular Gaussians, so the radii of
two levels are to each other as their Rayleigh quantiles. A *factor*, also said of a device and time, multiplies the
68 % radius so found, whoever declared the level.
"""

import math

import numpy as np
import polars as pl

from matcher.errors import BadInput
from matcher.frames import checked, offsets
from matcher.kernels.arrays import Float64, Int8, Int32, Int64, LevelWindows
from matcher.kernels.trails import accuracy as kernel
from matcher.schemas import ACCURACY_LEVELS, INSTANT, MORE_OF_LEVELS

LEVELS = (68, 90, 95)
MOST_FACTOR = 10.0
NOT_DECLARED = 0
NOT_KNOWN = -1
"""`accuracy_mm` of a fix that states none."""
_EVER = 1 << 62


def quantile(level: int) -> float:
    """The radius of a level, in standard deviations of each axis."""
    return math.sqrt(-2.0 * math.log(1.0 - level / 100.0))


def _ratios() -> Float64:
    ratio = np.ones(max(LEVELS) + 1)
    for level in LEVELS:
        ratio[level] = quantile(68) / quantile(level)
    return ratio


_RATIO = _ratios()


def radii_68(accuracy_mm: Int32, level: Int8) -> Int32:
    """The 68 % radius in whole millimetres, half to even, of each stated accuracy; -1 where it is not known."""
    return _to_68(accuracy_mm, level, np.ones(len(accuracy_mm)))


def _to_68(accuracy_mm: Int32, level: Int8, factor: Float64) -> Int32:
    out = np.array(accuracy_mm, np.int32)
    kernel.to_68(out, np.ascontiguousarray(level), _RATIO, factor)
    return out


def level_windows(levels: pl.DataFrame, devices: list[str]) -> LevelWindows:
    """What is declared of devices, as kernels take it.

    Parameters
    ----------
    levels : columns of `schemas.ACCURACY_LEVELS`, optionally of `MORE_OF_LEVELS`
    devices : sorted; rows of others are left out

    Raises
    ------
    BadInput
        A level is none of `LEVELS`, a factor is out of range, an interval ends before it begins, or two of a device
        overlap.
    """
    may_be_null = ("from", "to", "accuracy_level", *MORE_OF_LEVELS)
    rows = checked(levels, {**ACCURACY_LEVELS, **MORE_OF_LEVELS}, "accuracy_levels", may_be_null)
    rows = rows.with_columns(pl.col("accuracy_level").fill_null(NOT_DECLARED), pl.col("accuracy_factor").fill_null(1.0))
    wrong = (~rows["accuracy_level"].is_in([NOT_DECLARED, *LEVELS])).arg_true()
    if len(wrong):
        row = int(wrong[0])
        raise BadInput(
            f"accuracy_levels row {row + 1}: accuracy_level is {rows['accuracy_level'][row]}; give 68, 90 or 95"
        )
    factors = rows["accuracy_factor"].to_numpy()
    out_of_range = np.flatnonzero(~((factors > 0) & (factors <= MOST_FACTOR)))
    if len(out_of_range):
        row = int(out_of_range[0])
        raise BadInput(
            f"accuracy_levels row {row + 1}: accuracy_factor is {factors[row]:g}; give a number over 0, at most "
            f"{MOST_FACTOR:g}"
        )
    rows = rows.with_columns(
        pl.col("from").cast(pl.Int64).fill_null(-_EVER), pl.col("to").cast(pl.Int64).fill_null(_EVER)
    ).sort("device_id", "from", "to")
    before = pl.col("to").shift().over("device_id")
    bad = rows.filter((pl.col("to") <= pl.col("from")) | (before > pl.col("from")))
    if bad.height:
        raise BadInput(
            f"accuracy_levels: two rows of device {bad['device_id'][0]} overlap, or one ends before it begins; "
            "give one level for each instant"
        )
    place = pl.DataFrame(
        {"device_id": devices, "d": range(len(devices))}, schema={"device_id": pl.String, "d": pl.Int64}
    )
    mine = rows.join(place, on="device_id").sort("d", "from")
    sizes = np.bincount(mine["d"].to_numpy(), minlength=len(devices))
    return LevelWindows(
        offsets(sizes),
        mine["from"].to_numpy(),
        mine["to"].to_numpy(),
        mine["accuracy_level"].to_numpy(),
        mine["accuracy_factor"].to_numpy(),
    )


def level_rows(levels: LevelWindows, devices: list[str]) -> pl.DataFrame:
    """`schemas.ACCURACY_LEVELS` of `level_windows`, with `MORE_OF_LEVELS` where a factor is not 1."""
    device = np.repeat(np.arange(len(devices)), np.diff(levels.offset)).tolist()
    ends = {"from": levels.from_us, "to": levels.to_us}
    rows = pl.DataFrame({"device_id": [devices[d] for d in device], **ends, "accuracy_level": levels.level})
    instants = [pl.when(pl.col(name).abs() < _EVER).then(pl.col(name)).cast(INSTANT) for name in ends]
    declared = pl.col("accuracy_level").replace(NOT_DECLARED, None)
    out = rows.with_columns(*instants, declared).select(ACCURACY_LEVELS.keys()).cast(pl.Schema(ACCURACY_LEVELS))
    return out.with_columns(accuracy_factor=levels.factor) if has_factors(levels) else out


def has_factors(levels: LevelWindows) -> bool:
    """Whether any factor is not 1."""
    return bool((levels.factor != 1.0).any())


def declared_68(device: Int32, t_us: Int64, accuracy_mm: Int32, level: Int8, declared: LevelWindows | None) -> Int32:
    """The 68 % radius of each row, by the level that it declares, else by what is said of its device then; and times
    the factor that is said of its device then."""
    if declared is None:
        return radii_68(accuracy_mm, level)
    level, factor = np.array(level, np.int8), np.ones(len(level))
    kernel.declare(device, t_us, declared, level, factor)
    return _to_68(accuracy_mm, level, factor)
