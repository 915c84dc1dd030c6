"""Reads pools: what is kept of their crimes."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, cast, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from tracker.record.row_sum_table import RowSum
from tracker.review.tables import Match, Pool, PoolCrime, PoolPair


def crimes_in_pool(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """Everything that is kept of a pool's crimes, by crime."""
    query = select(PoolCrime.__table__).where(PoolCrime.pool_id == pool_id)
    return list(connection.execute(query.order_by(PoolCrime.force, PoolCrime.crime_ref)))


def pairs_in_pool(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """The candidates and decoys of a pool's crimes."""
    mine = select(PoolPair.__table__).join(PoolCrime, PoolCrime.id == PoolPair.pool_crime_id)
    return list(connection.execute(mine.where(PoolCrime.pool_id == pool_id)))


def crimes_to_judge(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """The same for what chance is computed from; `covered` is its JSON as text, because there are many."""
    names = ("id", "force", "crime_ref", "crime_version", "stratum", "t_from", "x_mm", "y_mm")
    query = select(*(getattr(PoolCrime, name) for name in names), _text(PoolCrime.covered))
    return list(
        connection.execute(query.where(PoolCrime.pool_id == pool_id).order_by(PoolCrime.force, PoolCrime.crime_ref))
    )


def pairs_to_judge(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """The candidates and decoys of a pool's crimes; `decoys` is JSON as text."""
    query = (
        select(
            PoolPair.pool_crime_id,
            PoolPair.wearer_ref,
            PoolPair.candidate,
            PoolPair.strength,
            PoolPair.note,
            _text(PoolPair.decoys),
        )
        .join(PoolCrime, PoolCrime.id == PoolPair.pool_crime_id)
        .where(PoolCrime.pool_id == pool_id)
    )
    return list(connection.execute(query))


def has_pools(connection: Connection) -> bool:
    """Whether crimes have been matched for the queue."""
    of_queue = Pool.what_if.is_(None), Pool.staged_at.is_(None)
    return connection.scalar(select(Pool.id).where(*of_queue).limit(1)) is not None


def stamp_of(connection: Connection, pool_id: int) -> int:
    """The audit row of the last entry that changed a pool or what it keeps; 0: none has."""
    last = select(func.max(RowSum.seq)).where(RowSum.subject == Pool.__tablename__, RowSum.row_id == str(pool_id))
    return connection.scalar(last) or 0


def _text(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    # SQLite has it as text; PostgreSQL gives the text of what it parsed.
    return type_coerce(cast(column, Text), Text).label(column.key)


def matches_in_pool(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """The matches whose latest run is the one by which their crime is in the pool."""
    # Not by the index of runs, however few rows its statistics were made of: a run has as many matches as a pool.
    same_run = and_(
        PoolCrime.force == Match.force,
        PoolCrime.crime_ref == Match.crime_ref,
        PoolCrime.run_id == Match.run_id.concat(""),
    )
    query = (
        select(Match.id, Match.force, Match.crime_ref, Match.wearer_ref, Match.q_value, Match.pool_id, Match.figures)
        .join(PoolCrime, same_run)
        .where(PoolCrime.pool_id == pool_id)
    )
    return list(connection.execute(query))
