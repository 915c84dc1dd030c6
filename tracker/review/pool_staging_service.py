"""Pools written before they count, so that the end of a match holds up no other writer.

A run that replaces most of a month's pool writes its crimes to a pool of its own, which is *staged*: nobody reads it,
because it is not the pool of its settings. It is written in pieces, each a transaction that others pass between, and
counts in the entry that ends the job by a change of one row (`pool_service.keep_crimes`). The pool that it replaces
is staged from then on, and deleted in pieces too. A process that is killed leaves a staged pool, which is deleted at
the next start and by `tagpilot tidy`.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, or_, select

from tracker.pieces import in_pieces
from tracker.record.engine import reading
from tracker.review.pool_service import CrimeRow, RunOf, delete_crimes, made_crimes, pools_of, write_crimes
from tracker.review.tables import Pool, PoolCrime

FEWEST = 500
"""Crimes of a month for which a pool is staged; fewer are written in the entry."""
_PIECE = 1_000
GAP_S = 0.12
"""Between two pieces on SQLite, where whoever waits for the lock asks for it every tenth of a second: without a gap it
would be held again each time."""


def stage(engine: Engine, run: RunOf, crimes: Sequence[CrimeRow], *, clock: datetime) -> dict[str, int]:
    """Write the crimes of months that the run replaces for the greater part; the staged pools by month."""
    by_month: dict[str, list[CrimeRow]] = defaultdict(list)
    for each in crimes:
        by_month[each.month].append(each)
    large = {month: rows for month, rows in by_month.items() if len(rows) >= FEWEST}
    if not large:
        return {}
    with reading(engine).connect() as connection:
        pools = pools_of(connection, run)
        held = dict(
            connection.execute(
                select(PoolCrime.pool_id, func.count())
                .where(PoolCrime.pool_id.in_(pools.values()))
                .group_by(PoolCrime.pool_id)
            )
            .tuples()
            .all()
        )
    staged = {}
    for month, rows in large.items():
        if held.get(pools.get(month, 0), 0) > 2 * len(rows):
            # More would have to be moved from the pool before than is written.
            continue
        values: dict[str, Any] = {
            "programme": run.programme,
            "params_sha256": f"staged {uuid.uuid4().hex}",
            "month": month,
            "what_if": run.what_if,
            "figures": {},
            "judged_at": clock,
            "staged_at": clock,
        }
        with engine.begin() as connection:
            staged[month] = connection.execute(insert(Pool).returning(Pool.id), values).scalar_one()
        for some in in_pieces(rows, _PIECE):
            made = made_crimes(run.run_id, staged, some)
            _let_others(engine)
            with engine.begin() as connection:
                write_crimes(connection, made)
    return staged


def retired(engine: Engine, run: RunOf, staged: Mapping[str, int]) -> list[int]:
    """Of pools that were staged for a run, and those that they replaced, which do not count."""
    ids = sorted(staged.values())
    replaced = Pool.params_sha256.in_([f"replaced by {each}" for each in ids])
    mine = or_(Pool.id.in_(ids), replaced), Pool.programme == run.programme, Pool.staged_at.is_not(None)
    with reading(engine).connect() as connection:
        return list(connection.scalars(select(Pool.id).where(*mine))) if ids else []


def _let_others(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        time.sleep(GAP_S)


def staged_pools(engine: Engine) -> list[int]:
    """Pools that do not count: of work in progress, or left by work that was cut short."""
    with reading(engine).connect() as connection:
        return list(connection.scalars(select(Pool.id).where(Pool.staged_at.is_not(None)).order_by(Pool.id)))


def delete_staged(engine: Engine, pool_id: int) -> None:
    """Delete a pool that does not count, in pieces."""
    mine = select(PoolCrime.id).where(PoolCrime.pool_id == pool_id).order_by(PoolCrime.id).limit(_PIECE)
    while True:
        _let_others(engine)
        with engine.begin() as connection:
            if connection.scalar(select(Pool.staged_at).where(Pool.id == pool_id)) is None:
                return
            ids = list(connection.scalars(mine))
            delete_crimes(connection, ids)
            if not ids:
                connection.execute(delete(Pool).where(Pool.id == pool_id))
                return
