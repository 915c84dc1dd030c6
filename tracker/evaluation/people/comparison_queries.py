"""The comparison group and the benchmark populations, as imported."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.offence_queries import offences_of
from tracker.evaluation.people.tables import Benchmark, ComparisonPerson
from tracker.record.as_known import known
from tracker.times import AsOf


def comparators(connection: Connection, programme_id: int, as_of: AsOf) -> list[Comparator]:
    """The comparison group released by a day, in order of reference."""
    offences = offences_of(connection, programme_id, as_of)[1]
    query = (
        select(ComparisonPerson.__table__)
        .where(
            known(ComparisonPerson, as_of.known_at),
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
