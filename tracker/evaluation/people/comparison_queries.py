"""The comparison group and the benchmark populations, as imported."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from tracker.errors import NotFound
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.offence_queries import offences_of
from tracker.evaluation.people.tables import Benchmark, ComparisonPerson, ComparisonSet
from tracker.record.as_known import known
from tracker.times import AsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedSet:
    """A set of comparison people as it was accepted."""

    name: str
    people: int
    sha256: str
    accepted_at: datetime
    accepted_by: str
    references: frozenset[str]


_SET = select(
    ComparisonSet.name,
    ComparisonSet.people,
    ComparisonSet.sha256,
    ComparisonSet.recorded_at.label("accepted_at"),
    ComparisonSet.recorded_by.label("accepted_by"),
    ComparisonSet.references,
)


def latest_sets(
    connection: Connection, programme_id: int, *, limit: int, offset: int = 0
) -> tuple[list[AcceptedSet], int]:
    """A page of the sets that were accepted, the latest first, every one where `limit` is 0; and how many there are."""
    mine = (known(ComparisonSet), ComparisonSet.programme_id == programme_id)
    total = connection.scalar(select(func.count()).select_from(ComparisonSet).where(*mine)) or 0
    page = _SET.where(*mine).order_by(ComparisonSet.id.desc()).offset(offset)
    return [_set(row) for row in connection.execute(page.limit(limit) if limit else page)], total


def accepted_set(
    connection: Connection, programme_id: int, name: str | None = None, *, known_at: datetime | None = None
) -> AcceptedSet | None:
    """The set of this name, or the latest, accepted by an instant; None where none was.

    Raises NotFound for an unknown name.
    """
    query = _SET.where(known(ComparisonSet, known_at), ComparisonSet.programme_id == programme_id)
    if name is not None:
        query = query.where(ComparisonSet.name == name)
    row = connection.execute(query.order_by(ComparisonSet.id.desc()).limit(1)).one_or_none()
    if row is None and name is not None:
        raise NotFound(f"No comparison set {name!r} was accepted in this programme.")
    return None if row is None else _set(row)


def _set(row: Any) -> AcceptedSet:
    return AcceptedSet(**{**row._mapping, "references": frozenset(row.references)})


def rows_of_comparison(connection: Connection, programme_id: int) -> list[dict[str, Any]]:
    """The current rows of comparison people, in order of reference."""
    mine = (known(ComparisonPerson), ComparisonPerson.programme_id == programme_id)
    query = select(ComparisonPerson.__table__).where(*mine).order_by(ComparisonPerson.reference)
    return [dict(row._mapping) for row in connection.execute(query)]


def comparators(
    connection: Connection, programme_id: int, as_of: AsOf, of: AcceptedSet | None = None
) -> list[Comparator]:
    """The comparison group released by a day, in order of reference; `of`: those of a set, as they were accepted."""
    offences = offences_of(connection, programme_id, as_of)[1]
    query = (
        select(ComparisonPerson.__table__)
        .where(
            known(ComparisonPerson, as_of.known_at if of is None else of.accepted_at),
            ComparisonPerson.programme_id == programme_id,
            ComparisonPerson.released_on <= as_of.at,
        )
        .order_by(ComparisonPerson.reference)
    )
    return [
        Comparator(
            row.reference,
            row.released_on,
            row.age_on_release,
            row.sex,
            row.ethnicity,
            row.borough,
            row.offence_code,
            row.ogrs_pct_hundredths,
            row.prior_sanctions,
            row.custody_days,
            row.recalled_on if row.recalled_on is not None and row.recalled_on <= as_of.at else None,
            row.observed_until,
            offences.get(row.reference, ()),
        )
        for row in connection.execute(query)
        if of is None or row.reference in of.references
    ]


@dataclass(frozen=True, slots=True)
class BenchmarkCount:
    """Size of a group in a population, with its source and period."""

    population: str
    characteristic: str
    level: str
    count: int
    period: str
    source: str


def benchmarks(connection: Connection, programme_id: int, as_of: AsOf) -> list[BenchmarkCount]:
    query = (
        select(
            Benchmark.population,
            Benchmark.characteristic,
            Benchmark.level,
            Benchmark.count,
            Benchmark.period,
            Benchmark.source,
        )
        .where(known(Benchmark, as_of.known_at), Benchmark.programme_id == programme_id)
        .order_by(Benchmark.population, Benchmark.period, Benchmark.characteristic, Benchmark.id)
    )
    return [BenchmarkCount(*row) for row in connection.execute(query)]
