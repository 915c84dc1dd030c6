"""Reads pools: what is kept of their crimes."""

from typing import Any

from sqlalchemy import Connection, Row, and_, select

from tracker.review.tables import Match, PoolCrime, PoolPair


def crimes_in_pool(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """Everything that is kept of a pool's crimes, by crime."""
    query = select(PoolCrime.__table__).where(PoolCrime.pool_id == pool_id)
    return list(connection.execute(query.order_by(PoolCrime.force, PoolCrime.crime_ref)))


def pairs_in_pool(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """The candidates and decoys of a pool's crimes."""
    query = (
        select(
            PoolPair.pool_crime_id,
            PoolPair.wearer_ref,
            PoolPair.candidate,
            PoolPair.strength,
            PoolPair.note,
            PoolPair.decoys,
        )
        .join(PoolCrime, PoolCrime.id == PoolPair.pool_crime_id)
        .where(PoolCrime.pool_id == pool_id)
    )
    return list(connection.execute(query))


def matches_in_pool(connection: Connection, pool_id: int) -> list[Row[Any]]:
    """The matches whose latest run is the one by which their crime is in the pool."""
    same_run = and_(
        PoolCrime.force == Match.force, PoolCrime.crime_ref == Match.crime_ref, PoolCrime.run_id == Match.run_id
    )
    query = (
        select(Match.id, Match.force, Match.crime_ref, Match.wearer_ref, Match.q_value, Match.pool_id, Match.figures)
        .join(PoolCrime, same_run)
        .where(PoolCrime.pool_id == pool_id)
    )
    return list(connection.execute(query))
