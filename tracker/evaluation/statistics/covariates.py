"""Covariates as numbers: levels to compare people by, columns to regress on, exact strata.

People are sorted by what they are, so that neither the order of rows nor anybody's name changes a digit. An unknown
category is a category of its own. An unknown number becomes the median of the known ones, with an indicator column: no
person is dropped for a gap, and a gap that goes with tagging is adjusted for like any other covariate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tracker.errors import BadEntry, Refused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOT_KNOWN = "not known"
_CATEGORIES = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Null)


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Covariates of `n` people in the order of `checked`.

    `levels`: covariate and level of each column of `values`, shape `(n, p)`: the number itself (level ""), or 1 for
    people of that level and 0 for the others. `regressors`, shape `(n, q)`: the same with mean 0 and SD 1, without
    constant columns and without each category's commonest level. `strata`, shape `(n,)`: from 1 on, the
    same for people who are alike in every covariate.
    """

    levels: tuple[tuple[str, str], ...]
    values: Floats
    regressors: Floats
    strata: Ints


def checked(people: pl.DataFrame, covariates: Sequence[str]) -> pl.DataFrame:
    """`unit`, `tagged` and the covariates, sorted by these and by unit last; at least one person in either group.

    Raises BadEntry for missing or unusable columns and for units that are missing or repeated; Refused where there is
    no one to compare.
    """
    if people.is_empty():
        raise Refused("comparison", "the table is empty; give tagged people and others to compare them with")
    if not covariates:
        raise BadEntry("covariates is empty; give at least one that is recorded for both groups")
    for name in ("unit", "tagged", *covariates):
        if name not in people.columns:
            raise BadEntry(f"there is no column {name!r}; the columns are {', '.join(people.columns)}")
    reserved = {"unit", "tagged"} & set(covariates)
    if reserved or len(set(covariates)) < len(covariates):
        raise BadEntry(f"covariates is {', '.join(covariates)}; give each once, and neither unit nor tagged")
    if people["tagged"].dtype != pl.Boolean or people["tagged"].null_count():
        raise BadEntry("the column 'tagged' must be true or false in every row")
    units = people["unit"].cast(pl.String)
    if units.null_count() or units.n_unique() < people.height:
        raise BadEntry(
            f"{people.height} people with {units.drop_nulls().n_unique()} units; give each a unit of their own"
        )
    n_tagged = int(people["tagged"].sum())
    if n_tagged in (0, people.height):
        raise Refused(
            "comparison",
            f"{n_tagged} tagged people and {people.height - n_tagged} to compare with; give some of both",
        )
    # Sums depend on the order of what is added. People alike in everything may stand in any order among themselves.
    keys = [pl.col(name).cast(pl.String) if people[name].dtype in _CATEGORIES else pl.col(name) for name in covariates]
    return people.select(units, "tagged", *covariates).sort("tagged", *keys, "unit")


def as_matrix(people: pl.DataFrame, covariates: Sequence[str]) -> Matrix:
    """The matrix of `checked` people. Raises BadEntry for a covariate that is neither a number nor a category."""
    levels: list[tuple[str, str]] = []
    columns: list[Floats] = []
    kept: list[bool] = []
    codes: list[Ints] = []
    for name in covariates:
        coded = _category(people[name]) if people[name].dtype in _CATEGORIES else _number(people[name])
        for level, column, keep in coded.columns:
            levels.append((name, level))
            columns.append(column)
            kept.append(keep)
        codes.append(coded.codes)
    values = np.column_stack(columns)
    strata = np.unique(np.column_stack(codes), axis=0, return_inverse=True)[1].reshape(-1) + 1
    return Matrix(tuple(levels), values, _standardised(values[:, kept]), strata.astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class _Coded:
    """One covariate: level, column and whether to regress on it; and a code for each person, equal for equal values."""

    columns: tuple[tuple[str, Floats, bool], ...]
    codes: Ints


def _category(series: pl.Series) -> _Coded:
    values = series.cast(pl.String).fill_null(NOT_KNOWN).to_numpy()
    names, codes = np.unique(values.astype(str), return_inverse=True)
    counts = np.bincount(codes)
    commonest = int(np.argmax(counts))
    columns = tuple((str(name), (codes == i).astype(np.float64), i != commonest) for i, name in enumerate(names))
    return _Coded(columns, codes.astype(np.int64))


def _number(series: pl.Series) -> _Coded:
    if not series.dtype.is_numeric():
        raise BadEntry(f"{series.name!r} is of type {series.dtype}; a covariate is a number or a category")
    values = series.cast(pl.Float64).fill_nan(None)
    known = values.is_not_null().to_numpy()
    if values.is_infinite().any():
        raise BadEntry(f"{series.name!r} has an infinite value; give a number, or leave it empty where it is not known")
    median = values.median()
    filled = values.fill_null(float(median) if isinstance(median, float) else 0.0).to_numpy().astype(np.float64)
    codes = values.rank("dense").fill_null(0).to_numpy().astype(np.int64)
    if known.all():
        return _Coded((("", filled, True),), codes)
    return _Coded((("", filled, True), (NOT_KNOWN, (~known).astype(np.float64), True)), codes)


def _standardised(values: Floats) -> Floats:
    spread = values.std(axis=0)
    varied = spread > 1e-12
    scaled: Floats = (values[:, varied] - values[:, varied].mean(axis=0)) / spread[varied]
    return scaled
