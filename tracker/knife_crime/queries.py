"""Queries of counts of knife crime, as at a day and as known at an instant."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, func, select

from tracker.imports.tables import ImportFile
from tracker.knife_crime.tables import BoroughCrime
from tracker.record.as_known import known
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class Count:
    """Knife crimes of a borough in a year, as published on a day; `file`: the import they came by, by number and
    name."""

    borough: str
    year: str
    count: int
    published: date
    source: str
    licence: str
    file_id: int
    file: str


@dataclass(frozen=True, slots=True)
class WantedCounts:
    """Which counts a list shows."""

    borough: str | None = None
    year: str | None = None
    limit: int = 0
    offset: int = 0


def count_page(connection: Connection, as_of: AsOf, wanted: WantedCounts) -> tuple[list[Count], int]:
    """A page of the counts published by then, the latest year first, and how many there are in all."""
    query = _published(as_of)
    if wanted.borough is not None:
        query = query.where(BoroughCrime.borough == wanted.borough)
    if wanted.year is not None:
        query = query.where(BoroughCrime.year == wanted.year)
    total = int(connection.scalar(select(func.count()).select_from(query.subquery())) or 0)
    ordered = query.order_by(BoroughCrime.year.desc(), BoroughCrime.borough, BoroughCrime.effective_on.desc())
    page = ordered.limit(wanted.limit or None).offset(wanted.offset)
    return [Count(*row) for row in connection.execute(page)], total


def years_published(connection: Connection, as_of: AsOf) -> list[str]:
    """The years of which counts were published by then, the latest first."""
    found = _published(as_of).with_only_columns(BoroughCrime.year, maintain_column_froms=True).distinct()
    return sorted(connection.scalars(found), reverse=True)


def counts_of(connection: Connection, year: str, as_of: AsOf) -> dict[str, Count]:
    """The count of each borough in a year: as last published by then."""
    query = _published(as_of).where(BoroughCrime.year == year).order_by(BoroughCrime.effective_on)
    return {row.borough: Count(*row) for row in connection.execute(query)}


def _published(as_of: AsOf) -> Select[tuple[str, str, int, date, str, str, int, str]]:
    return (
        select(
            BoroughCrime.borough,
            BoroughCrime.year,
            BoroughCrime.count,
            BoroughCrime.effective_on,
            BoroughCrime.source,
            BoroughCrime.licence,
            BoroughCrime.file_id,
            ImportFile.name,
        )
        .join(ImportFile, ImportFile.id == BoroughCrime.file_id)
        .where(known(BoroughCrime, as_of.known_at), BoroughCrime.effective_on <= as_of.at)
    )
