"""Levels of covariates that too few tagged people have, joined with others: a design asks k of each stratum it uses.

Whoever could choose levels of single people would choose by them who is compared with whom.
"""

from collections.abc import Sequence

import polars as pl

from tracker.evaluation.statistics.covariates import NOT_KNOWN

OTHER = "other levels"


def coarsened(people: pl.DataFrame, covariates: Sequence[str], k: int) -> pl.DataFrame:
    """`people` (`tagged` and the covariates) with categories of which each is of at least k tagged people, or of none:
    smaller ones become one level, with the next smallest for as long as they are fewer than k together."""
    return people.with_columns(
        _joined(people, name, k)
        for name in covariates
        if people[name].dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)
    )


def _joined(people: pl.DataFrame, name: str, k: int) -> pl.Series:
    levels = people[name].cast(pl.String).fill_null(NOT_KNOWN)
    counts = dict(levels.filter(people["tagged"]).value_counts().iter_rows())
    joined: set[str] = set()
    for level in sorted(set(levels), key=lambda level: (counts.get(level, 0), level)):
        together = sum(counts.get(each, 0) for each in joined)
        if counts.get(level, 0) < k or 0 < together < k:
            joined.add(level)
    return levels.replace(dict.fromkeys(joined, OTHER)).alias(name) if len(joined) > 1 else levels.alias(name)
