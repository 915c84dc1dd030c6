"""Keeps per crime what chance is computed from, so that the q of a match is that of its pool.

A *pool* is all crimes of one programme, one set of settings and one version of the matcher whose windows begin in one
calendar month of London, each by the latest run for review that had it. A *decoy* is a wearer who would be a match on
the same weekday of another week.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from tracker.pieces import in_pieces
from tracker.record.entry import Entry
from tracker.review.pool_queries import matches_in_pool
from tracker.review.queries import at_crimes
from tracker.review.rank import rank_of_q
from tracker.review.tables import Match, Pool, PoolCrime, PoolPair

OF_CHANCE = ("q_value", "at_event", "usually", "note")
"""Figures of a match that its pool gives. They change with other crimes, so they are no change of the match."""
_BATCH_ROWS = 400


@dataclass(frozen=True, slots=True)
class PairRow:
    """One wearer at one crime: a candidate or a decoy or both. `note`: why the candidate has no strength."""

    wearer_ref: str
    candidate: bool
    strength: float | None = None
    note: str | None = None
    decoys: Mapping[int, float | None] = field(default_factory=dict)
    """Strength by decoy day; null where it is unknown."""


@dataclass(frozen=True, slots=True)
class CrimeRow:
    """What a run keeps of one crime. `covered`: pairs that can be compared, by decoy day, and 0 for the crime's own."""

    force: str
    crime_ref: str
    crime_version: int
    month: str
    t_from: datetime
    stratum: int
    x_mm: int
    y_mm: int
    covered: Mapping[int, int]
    pairs: Sequence[PairRow]


class RunOf(NamedTuple):
    """Which pools a run is for: its programme ("": all that map crimes) and the digest of settings and algorithm.

    `algorithm` is the version of the matcher; `replaces` the digests of the same settings under other versions.
    """

    run_id: str
    programme: str
    params_sha256: str
    algorithm: str = ""
    replaces: tuple[str, ...] = ()


class Judged(NamedTuple):
    """What a pool says of one match; see `OF_CHANCE`."""

    q_value: float | None
    at_event: int | None
    usually: float | None
    note: str | None


def keep_crimes(
    entry: Entry, run: RunOf, crimes: Sequence[CrimeRow], matched: Iterable[tuple[str, str]]
) -> dict[str, int]:
    """Replace what is kept of the crimes of a run for review, in the entry that ends its job.

    `matched` are (force, reference) of every crime of the run, those that cannot be matched among them; pools that the
    run replaces keep none of these. Returns the pools that have changed, by month.
    """
    pools, of_run = _pools(entry, run), set(matched)
    changed = {month for month, pool_id in pools.items() if _forget(entry, pool_id, of_run)}
    for pool_id in _replaced(entry, run):
        _forget(entry, pool_id, of_run)
    for month in sorted({each.month for each in crimes} - pools.keys()):
        pools[month] = entry.connection.execute(
            insert(Pool).returning(Pool.id),
            {
                "programme": run.programme,
                "params_sha256": run.params_sha256,
                "month": month,
                "figures": {},
                "judged_at": entry.at,
            },
        ).scalar_one()
    for some in in_pieces(crimes, _BATCH_ROWS):
        _insert(entry, run.run_id, pools, some)
    changed |= {each.month for each in crimes}
    return {month: pools[month] for month in sorted(changed)}


def judge(
    entry: Entry, pool_id: int, judged: Mapping[tuple[str, str, str], Judged], figures: Mapping[str, Any]
) -> None:
    """Write what a pool says: of itself, and of its matches, by (force, crime reference, wearer reference)."""
    entry.connection.execute(update(Pool).where(Pool.id == pool_id).values(figures=dict(figures), judged_at=entry.at))
    changed = []
    for match in matches_in_pool(entry.connection, pool_id):
        now = judged.get((match.force, match.crime_ref, match.wearer_ref))
        if now is None:
            continue
        merged = {**match.figures, **now._asdict()}
        if merged != match.figures or match.pool_id != pool_id or match.q_value != now.q_value:
            changed.append(
                {"of": match.id, "q": now.q_value, "rank": rank_of_q(now.q_value), "pool": pool_id, "said": merged}
            )
    if changed:
        entry.connection.execute(
            update(Match)
            .where(Match.id == bindparam("of"))
            .values(
                q_value=bindparam("q"),
                rank_q=bindparam("rank"),
                pool_id=bindparam("pool"),
                figures=bindparam("said"),
            ),
            changed,
        )


def _pools(entry: Entry, run: RunOf) -> dict[str, int]:
    """The pools of a run's programme and settings, by month."""
    mine = select(Pool.month, Pool.id).where(Pool.programme == run.programme, Pool.params_sha256 == run.params_sha256)
    return dict(entry.connection.execute(mine).tuples().all())


def _replaced(entry: Entry, run: RunOf) -> list[int]:
    """The pools of the same programme and settings under other versions of the matcher."""
    earlier = select(Pool.id).where(Pool.programme == run.programme, Pool.params_sha256.in_(run.replaces))
    return list(entry.connection.scalars(earlier))


def _forget(entry: Entry, pool_id: int, crimes: set[tuple[str, str]]) -> bool:
    """Delete what a pool keeps of these crimes; whether it kept any."""
    kept = select(PoolCrime.id).where(PoolCrime.pool_id == pool_id)
    gone = [each for mine in at_crimes(crimes, PoolCrime) for each in entry.connection.scalars(kept.where(mine))]
    for ids in in_pieces(gone, _BATCH_ROWS):
        entry.connection.execute(delete(PoolPair).where(PoolPair.pool_crime_id.in_(ids)))
        entry.connection.execute(delete(PoolCrime).where(PoolCrime.id.in_(ids)))
    return bool(gone)


def _insert(entry: Entry, run_id: str, pools: Mapping[str, int], crimes: Sequence[CrimeRow]) -> None:
    rows = [
        {
            "pool_id": pools[each.month],
            "run_id": run_id,
            "covered": {str(day): pairs for day, pairs in each.covered.items()},
            **{
                name: getattr(each, name)
                for name in ("force", "crime_ref", "crime_version", "t_from", "stratum", "x_mm", "y_mm")
            },
        }
        for each in crimes
    ]
    entry.connection.execute(insert(PoolCrime), rows)
    key = tuple_(PoolCrime.force, PoolCrime.crime_ref)
    made = entry.connection.execute(
        select(PoolCrime.id, PoolCrime.force, PoolCrime.crime_ref).where(
            PoolCrime.pool_id.in_(sorted({pools[each.month] for each in crimes})),
            key.in_([(each.force, each.crime_ref) for each in crimes]),
        )
    )
    id_of = {(row.force, row.crime_ref): row.id for row in made}
    pairs = [
        {
            "pool_crime_id": id_of[each.force, each.crime_ref],
            "wearer_ref": pair.wearer_ref,
            "candidate": pair.candidate,
            "strength": pair.strength,
            "note": pair.note,
            "decoys": {str(day): strength for day, strength in pair.decoys.items()},
        }
        for each in crimes
        for pair in each.pairs
    ]
    if pairs:
        entry.connection.execute(insert(PoolPair), pairs)
