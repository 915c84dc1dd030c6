"""Pools: the crimes of several runs judged together, as if one run had matched them.

A pair's strength and its decoys depend on no other pair, so a pool is put together from the rows that runs kept, and no
pair is matched again.
"""

from collections.abc import Sequence

import polars as pl

from matcher.analysis.chance import Chance, ChanceRows, chance, without_chance
from matcher.schemas import CANDIDATES, COVERED_BY_CRIME, CRIME_KEY, DECOYS, JUDGED_CRIMES

_CRIME = {"force": pl.String(), "crime_ref": pl.String()}


def put_together(parts: Sequence[ChanceRows]) -> ChanceRows:
    """The rows of several parts, the earliest first; of a crime in several of them those of the last."""
    kept: list[ChanceRows] = []
    later = pl.DataFrame(schema=_CRIME)
    for part in reversed(parts):
        mine = part.crimes.join(later, on=list(_CRIME), how="anti").select(CRIME_KEY)
        kept.append(of_crimes(part, mine))
        later = pl.concat([later, mine.select(list(_CRIME))])
    return ChanceRows(
        _all([without_chance(part.candidates) for part in kept], CANDIDATES),
        _all([part.decoys for part in kept], DECOYS),
        _all([part.covered for part in kept], COVERED_BY_CRIME),
        _all([part.crimes for part in kept], JUDGED_CRIMES),
    )


def of_crimes(rows: ChanceRows, crimes: pl.DataFrame) -> ChanceRows:
    """The rows of some crimes (`crimes` has the columns of CRIME_KEY)."""
    return ChanceRows(*[frame.join(crimes, on=CRIME_KEY, how="semi") for frame in rows])


def pool(parts: Sequence[ChanceRows], min_crimes: int) -> Chance:
    """Judge the crimes of all parts together.

    Parameters
    ----------
    parts
        Of runs with the same settings and algorithm, the earliest first: each crime counts by the last that has it.
    min_crimes : `Params.min_pool_crimes`

    Returns
    -------
    Chance
        The same as that of one run over all these crimes and the same wearers.
    """
    return chance(put_together(parts), min_crimes)


def _all(frames: Sequence[pl.DataFrame], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=schema)
    return pl.concat(frames)
