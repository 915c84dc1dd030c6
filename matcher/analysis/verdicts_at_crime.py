"""Every tested wearer's verdict at one crime: who was there, could have been, was not seen, was elsewhere."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from matcher.analysis.verdicts import listed
from matcher.errors import CrimeNotFound, VerdictsNotComputed
from matcher.schemas import VERDICT_CODES


class At(NamedTuple):
    """A crime's row in `schemas.VERDICTS`, which is also the byte of it in everybody's codes, and its version."""

    row: int
    version: int


def place_of(
    verdicts: pl.DataFrame, not_matchable: pl.DataFrame, force: str, crime_ref: str, version: int | None = None
) -> At:
    """Where a crime stands in the list of matched crimes.

    Parameters
    ----------
    verdicts : frame as `schemas.VERDICTS`, every matched crime in order
    not_matchable : frame as `schemas.NOT_MATCHABLE`
    version
        None: the latest there is, whether it could be matched or not.

    Raises
    ------
    CrimeNotFound
        No such crime, or it could not be matched; the message says why.
    VerdictsNotComputed
        The crimes were matched without verdicts.
    """
    same = (pl.col("force") == force) & (pl.col("crime_ref") == crime_ref)
    matched = verdicts.with_row_index("row").filter(same).select("row", "version")
    left_out = not_matchable.filter(same).select("version", "reason", "detail")
    called = f"{crime_ref} of {force}"
    if version is None:
        asked = max([*matched["version"], *left_out["version"]], default=0)
    else:
        asked, called = version, f"{called}, version {version}"
    why = left_out.filter(pl.col("version") == asked)
    if why.height:
        raise CrimeNotFound(f"crime {called} could not be matched: {why['detail'][0]} ({why['reason'][0]})")
    found = matched.filter(pl.col("version") == asked)
    if found.is_empty():
        if verdicts.is_empty():
            raise VerdictsNotComputed(
                "no verdicts are kept here: nobody or nothing could be matched, or verdicts were off"
            )
        raise CrimeNotFound(
            f"there is no crime {called} among those matched; references are unique only within a force, and told with "
            "their case"
        )
    return At(int(found["row"][0]), int(asked))


def verdicts_at(
    verdict_codes: pl.DataFrame | pl.LazyFrame, row: int, names: Sequence[str] = VERDICT_CODES
) -> pl.DataFrame:
    """The verdict of every tested wearer at one crime.

    Parameters
    ----------
    verdict_codes : frame as `verdicts.CODES`
    row
        The crime's, of `place_of`.
    names
        The verdict of each code; of an earlier algorithm `schemas.EARLIER_VERDICT_CODES`.

    Returns
    -------
    frame as `verdicts.LISTED`, by wearer_id; a wearer not eligible throughout the window is not in it

    Notes
    -----
    O(wearers); of a lazy frame every wearer's codes are read, 1 byte a crime, but not held.
    """
    mine = verdict_codes.lazy().select("wearer_id", pl.col("codes").bin.slice(row, 1)).collect(engine="streaming")
    codes = np.frombuffer(b"".join(mine["codes"].to_list()), np.int8)
    return listed(codes, mine["wearer_id"].to_list(), names).sort("wearer_id")


def tally(rows: pl.DataFrame) -> dict[str, int]:
    """A frame of `schemas.VERDICTS` added up: how many pairs have each verdict."""
    totals = rows.select(pl.col(VERDICT_CODES[1:]).cast(pl.Int64).sum()).row(0, named=True)
    return {name: int(n or 0) for name, n in totals.items()}
