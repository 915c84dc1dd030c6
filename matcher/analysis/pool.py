"""Pools: the crimes of several runs judged together, as if one run had matched them.

A pair's strength and its decoys depend on no other pair, so a pool is put together from the rows that runs kept, and no
pair is matched again.
"""

from collections.abc import Sequence

import polars as pl

from matcher.analysis.chance import Chance, ChanceRows, chance, without_chance
from matcher.errors import BadInput
from matcher.schemas import CANDIDATES, COVERED_BY_CRIME, CRIME_KEY, DECOYS, JUDGED_CRIMES


def put_together(parts: Sequence[ChanceRows]) -> ChanceRows:
    """The rows of several parts, each crime in one of them.

    Raises
    ------
    BadInput
        Two parts have the same version of a crime; the message names it.
    """
    crimes = _all([part.crimes for part in parts], JUDGED_CRIMES)
    twice = crimes.filter(crimes.select(CRIME_KEY).is_duplicated())
    if twice.height:
        force, ref, version = twice.select(CRIME_KEY).row(0)
        raise BadInput(f"crime {force} {ref} version {version} is in the pool more than once; give its latest run only")
    return ChanceRows(
        _all([without_chance(part.candidates) for part in parts], CANDIDATES),
        _all([part.decoys for part in parts], DECOYS),
        _all([part.covered for part in parts], COVERED_BY_CRIME),
        crimes,
    )


def of_crimes(rows: ChanceRows, crimes: pl.DataFrame) -> ChanceRows:
    """The rows of some crimes (`crimes` has the columns of CRIME_KEY)."""
    return ChanceRows(*[frame.join(crimes, on=CRIME_KEY, how="semi") for frame in rows])


def pool(parts: Sequence[ChanceRows], min_crimes: int) -> Chance:
    """Judge the crimes of all parts together.

    Parameters
    ----------
    parts
        Of runs with the same settings and algorithm; each crime in one part only, by the latest run over its latest
        version.
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
