"""A page of crimes by their latest versions: filter, order, limit and counts are the database's."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select, tuple_

from tracker.crimes.tables import BatchCrime, Crime, CrimeBatch, CrimeTally, CrimeVersion, LatestCrime

_MM = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrimeFilter:
    """Which crimes are asked for; None asks for all. `near` is easting and northing in metres of EPSG:27700; `batch`
    the id of a batch that had them."""

    force: str | None = None
    crime_ref: str | None = None
    crime_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    near: tuple[float, float] | None = None
    within_m: float = 500.0
    batch: str | None = None


class CrimePlace(NamedTuple):
    """Where a crime stands in the order of the list."""

    t_from: datetime
    force: str
    crime_ref: str


class CrimesFound(NamedTuple):
    """A page of crimes, and how many fit of each type, the commonest first."""

    rows: list[dict[str, Any]]
    by_type: dict[str, int]


def crimes_page(
    connection: Connection, wanted: CrimeFilter, *, limit: int, offset: int = 0, after: CrimePlace | None = None
) -> CrimesFound:
    """Crimes by time, then force and reference; every row where `limit` is 0. With `after` those behind that place."""
    conditions = _conditions(connection, wanted)
    order = (LatestCrime.t_from, LatestCrime.force, LatestCrime.crime_ref)
    query = select(*_COLUMNS).where(*conditions).order_by(*order).offset(offset)
    if after is not None:
        # The first condition alone is what every database looks up in the index.
        last = [literal(value, column.type) for value, column in zip(after, order, strict=True)]
        behind = tuple_(*order) > tuple_(*last)
        query = query.where(LatestCrime.t_from >= after.t_from, behind)
    rows = connection.execute(query.limit(limit) if limit else query)
    return CrimesFound([_row(row._mapping) for row in rows], _by_type(connection, wanted, conditions))


_COLUMNS = (
    LatestCrime.force,
    LatestCrime.crime_ref,
    LatestCrime.version,
    LatestCrime.crime_type,
    LatestCrime.t_from,
    LatestCrime.t_to,
    LatestCrime.x_mm,
    LatestCrime.y_mm,
    LatestCrime.location_accuracy_mm,
    # Of the rows of the page alone: the text is not in the list's own table.
    select(func.nullif(CrimeVersion.text, ""))
    .where(CrimeVersion.crime_id == LatestCrime.crime_id, CrimeVersion.version == LatestCrime.version)
    .scalar_subquery()
    .label("text"),
)


def _conditions(connection: Connection, wanted: CrimeFilter) -> list[ColumnElement[bool]]:
    given = {
        LatestCrime.force: wanted.force,
        LatestCrime.crime_ref: wanted.crime_ref,
        LatestCrime.crime_type: wanted.crime_type,
    }
    out: list[ColumnElement[bool]] = [column == value for column, value in given.items() if value is not None]
    if wanted.since is not None:
        longest = connection.scalar(select(func.max(LatestCrime.window_s))) or 0
        # No window is longer, so those that begin before cannot reach it: the index is read from there on.
        out += [_not_before(wanted.since, longest + 1), LatestCrime.t_to >= wanted.since]
    if wanted.until is not None:
        out.append(LatestCrime.t_from < wanted.until)
    if wanted.near is not None:
        out.append(_near(*wanted.near, wanted.within_m))
    if wanted.batch is not None:
        out.append(LatestCrime.crime_id.in_(in_batch(BatchCrime.crime_id, wanted.batch)))
    return out


def in_batch(column: Any, batch_id: str) -> Select[Any]:
    """Of each crime that a batch had, in whichever file, this column of `BatchCrime` or `Crime`."""
    of = select(column).select_from(BatchCrime).join(CrimeBatch, CrimeBatch.id == BatchCrime.batch_id)
    return of.join(Crime, Crime.id == BatchCrime.crime_id).where(CrimeBatch.batch_id == batch_id)


def _not_before(since: datetime, seconds: int) -> ColumnElement[bool]:
    try:
        return LatestCrime.t_from >= since - timedelta(seconds=seconds)
    except OverflowError:
        return LatestCrime.t_from.is_not(None)


def _near(easting: float, northing: float, within_m: float) -> ColumnElement[bool]:
    x, y, reach = easting * _MM, northing * _MM, math.ceil(within_m * _MM) + 1
    east, north = LatestCrime.x_mm / _MM - easting, LatestCrime.y_mm / _MM - northing
    return and_(
        LatestCrime.x_mm.between(math.floor(x) - reach, math.ceil(x) + reach),
        LatestCrime.y_mm.between(math.floor(y) - reach, math.ceil(y) + reach),
        east * east + north * north <= within_m * within_m,
    )


def _by_type(connection: Connection, wanted: CrimeFilter, conditions: list[ColumnElement[bool]]) -> dict[str, int]:
    narrower = (wanted.crime_ref, wanted.since, wanted.until, wanted.near, wanted.batch)
    if all(each is None for each in narrower):
        # Counted when they were entered.
        kept = {CrimeTally.force: wanted.force, CrimeTally.crime_type: wanted.crime_type}
        of_kept = [column == value for column, value in kept.items() if value is not None]
        number: ColumnElement[int] = func.sum(CrimeTally.crimes)
        query = select(CrimeTally.crime_type, number).where(*of_kept).group_by(CrimeTally.crime_type)
        ordered = query.order_by(number.desc(), CrimeTally.crime_type)
    else:
        number = func.count()
        by_type = select(LatestCrime.crime_type, number).where(*conditions).group_by(LatestCrime.crime_type)
        ordered = by_type.order_by(number.desc(), LatestCrime.crime_type)
    return {crime_type: int(crimes) for crime_type, crimes in connection.execute(ordered)}


def _row(row: Any) -> dict[str, Any]:
    def metres(name: str) -> float | None:
        return None if row[name] is None else row[name] / _MM

    placed = {"easting_m": metres("x_mm"), "northing_m": metres("y_mm")}
    return {**row, **placed, "location_accuracy_m": metres("location_accuracy_mm")}
