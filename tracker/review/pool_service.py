"""Keeps per crime what chance is computed from, so that the q of a match is that of its pool.

A *pool* is all crimes of one programme, one set of settings and one version of the matcher whose windows begin in one
calendar month of London, each by the latest run for review that had it. A *decoy* is a wearer who would be a match on
the same weekday of another week.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_, update

from tracker.match_settings.rules import STANDARD, MadeWith, MatchSettings
from tracker.pieces import in_pieces
from tracker.record.entry import Entry
from tracker.record.row_sums import content_of
from tracker.review.pool_queries import matches_in_pool
from tracker.review.queries import at_crimes
from tracker.review.strength import rank_of_q
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

    `algorithm` is the version of the matcher; `replaces` the digests of the same settings under other versions;
    `what_if` the name of a what-if, whose pools are its own.
    """

    run_id: str
    programme: str
    params_sha256: str
    algorithm: str = ""
    replaces: tuple[str, ...] = ()
    settings: MatchSettings = STANDARD
    what_if: str | None = None

    @property
    def made(self) -> MadeWith:
        return MadeWith(self.settings, self.programme, self.what_if)


class Judged(NamedTuple):
    """What a pool says of one match; see `OF_CHANCE`."""

    q_value: float | None
    at_event: int | None
    usually: float | None
    note: str | None


def keep_crimes(
    entry: Entry,
    run: RunOf,
    crimes: Sequence[CrimeRow],
    matched: Iterable[tuple[str, str]],
    staged: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Replace what is kept of the crimes of a run for review, in the entry that ends its job.

    `matched` are (force, reference) of every crime of the run, those that cannot be matched among them; pools that the
    run replaces keep none of these. `staged`: pools that were written before (`pool_staging_service`), by month.
    Returns the pools that have changed, by month.
    """
    pools, of_run, ready = pools_of(entry.connection, run), set(matched), staged or {}
    changed = {month for month, pool_id in pools.items() if month not in ready and _forget(entry, pool_id, of_run)}
    for pool_id in _replaced(entry, run):
        _forget(entry, pool_id, of_run)
    for month, pool_id in ready.items():
        pools[month] = _count(entry, run, pool_id, pools.get(month), of_run)
    for month in sorted({each.month for each in crimes} - pools.keys()):
        pools[month] = entry.connection.execute(
            insert(Pool).returning(Pool.id),
            {
                "programme": run.programme,
                "params_sha256": run.params_sha256,
                "month": month,
                "what_if": run.what_if,
                "figures": {},
                "judged_at": entry.at,
            },
        ).scalar_one()
    for some in in_pieces([each for each in crimes if each.month not in ready], _BATCH_ROWS):
        with entry.rows.apart():
            write_crimes(entry.connection, made_crimes(run.run_id, pools, some))
    changed |= {each.month for each in crimes}
    for month in changed:
        entry.rows.changed(Pool, pools[month])
    return {month: pools[month] for month in sorted(changed)}


def leave_other_pools(entry: Entry, run: RunOf, matched: Iterable[tuple[str, str]]) -> list[int]:
    """A crime of the queue is in one pool of a programme: that of the settings it was matched with last. Returns the
    pools of other settings that kept crimes of this run."""
    if run.what_if is not None:
        return []
    mine = {*pools_of(entry.connection, run).values(), *_replaced(entry, run)}
    others = select(Pool.id).where(
        Pool.programme == run.programme, Pool.what_if.is_(None), Pool.staged_at.is_(None), Pool.id.not_in(mine)
    )
    crimes = set(matched)
    return [
        pool_id for pool_id in entry.connection.scalars(others.order_by(Pool.id)) if _forget(entry, pool_id, crimes)
    ]


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


def pools_of(connection: Connection, run: RunOf) -> dict[str, int]:
    """The pools of a run's programme and settings, by month."""
    mine = select(Pool.month, Pool.id).where(Pool.programme == run.programme, Pool.params_sha256 == run.params_sha256)
    return dict(connection.execute(mine).tuples().all())


def _replaced(entry: Entry, run: RunOf) -> list[int]:
    """The pools of the same programme and settings under other versions of the matcher."""
    earlier = select(Pool.id).where(Pool.programme == run.programme, Pool.params_sha256.in_(run.replaces))
    return list(entry.connection.scalars(earlier))


def _count(entry: Entry, run: RunOf, staged: int, before: int | None, of_run: set[tuple[str, str]]) -> int:
    """A staged pool counts from now on, with the crimes of the one before that the run did not have."""
    connection = entry.connection
    with entry.rows.apart():
        if before is not None:
            held = select(PoolCrime.id, PoolCrime.force, PoolCrime.crime_ref).where(PoolCrime.pool_id == before)
            others = [row.id for row in connection.execute(held) if (row.force, row.crime_ref) not in of_run]
            for ids in in_pieces(others, _BATCH_ROWS):
                connection.execute(update(PoolCrime).where(PoolCrime.id.in_(ids)).values(pool_id=staged))
            # Its crimes that stay in it are deleted later, in pieces.
            was = {"params_sha256": f"replaced by {staged}", "staged_at": entry.at}
            connection.execute(update(Pool).where(Pool.id == before).values(**was))
            entry.rows.let_go(Pool, before)
        now = {"params_sha256": run.params_sha256, "staged_at": None, "judged_at": entry.at}
        connection.execute(update(Pool).where(Pool.id == staged).values(**now))
    entry.rows.changed(Pool, staged)
    if before is not None:
        connection.execute(update(Match).where(Match.pool_id == before).values(pool_id=staged))
    return staged


def _forget(entry: Entry, pool_id: int, crimes: set[tuple[str, str]]) -> bool:
    """Delete what a pool keeps of these crimes; whether it kept any."""
    kept = select(PoolCrime.id).where(PoolCrime.pool_id == pool_id)
    gone = [each for mine in at_crimes(crimes, PoolCrime) for each in entry.connection.scalars(kept.where(mine))]
    if not gone:
        return False
    with entry.rows.apart():
        delete_crimes(entry.connection, gone)
    entry.rows.changed(Pool, pool_id)
    return True


def forget_withdrawn(entry: Entry, crimes: Iterable[tuple[str, str]]) -> list[tuple[int, str, Mapping[str, Any]]]:
    """Take crimes that count no more out of every pool; of the pools that had one the number, month and figures."""
    of_run, found = set(crimes), set[int]()
    for mine in at_crimes(of_run, PoolCrime):
        found |= set(entry.connection.scalars(select(PoolCrime.pool_id).where(mine)))
    pools = select(Pool.id, Pool.month, Pool.figures).where(Pool.id.in_(sorted(found)), Pool.staged_at.is_(None))
    rows = entry.connection.execute(pools.order_by(Pool.id)).all()
    for pool_id in sorted(found):
        _forget(entry, pool_id, of_run)
    return [(row.id, row.month, row.figures) for row in rows]


def delete_crimes(connection: Connection, ids: Sequence[int]) -> None:
    """Delete crimes of pools with their pairs."""
    for some in in_pieces(ids, _BATCH_ROWS):
        connection.execute(delete(PoolPair).where(PoolPair.pool_crime_id.in_(some)))
        connection.execute(delete(PoolCrime).where(PoolCrime.id.in_(some)))


class MadeCrimes(NamedTuple):
    """Crimes of pools as rows, and by (force, reference) the pairs of each."""

    rows: list[dict[str, Any]]
    pairs: dict[tuple[str, str], list[dict[str, Any]]]


def made_crimes(run_id: str, pools: Mapping[str, int], crimes: Sequence[CrimeRow]) -> MadeCrimes:
    """Crimes for the pools of their months, each with the digest of its content."""
    made = MadeCrimes([], {})
    for each in crimes:
        row = {
            "run_id": run_id,
            "covered": {str(day): pairs for day, pairs in each.covered.items()},
            **{name: getattr(each, name) for name in _OF_CRIME},
        }
        pairs = [
            {
                "wearer_ref": pair.wearer_ref,
                "candidate": pair.candidate,
                "strength": pair.strength,
                "note": pair.note,
                "decoys": {str(day): strength for day, strength in pair.decoys.items()},
            }
            for pair in each.pairs
        ]
        content = content_of(PoolCrime, row, {PoolPair: pairs})
        made.rows.append({**row, "pool_id": pools[each.month], "content": content})
        made.pairs[each.force, each.crime_ref] = pairs
    return made


def write_crimes(connection: Connection, made: MadeCrimes) -> None:
    """Insert crimes into their pools, with their pairs."""
    connection.execute(insert(PoolCrime), made.rows)
    key = tuple_(PoolCrime.force, PoolCrime.crime_ref)
    written = connection.execute(
        select(PoolCrime.id, PoolCrime.force, PoolCrime.crime_ref).where(
            PoolCrime.pool_id.in_(sorted({row["pool_id"] for row in made.rows})), key.in_(list(made.pairs))
        )
    )
    found = [{"pool_crime_id": row.id, **pair} for row in written for pair in made.pairs[row.force, row.crime_ref]]
    if found:
        connection.execute(insert(PoolPair), found)


_OF_CRIME = ("force", "crime_ref", "crime_version", "t_from", "stratum", "x_mm", "y_mm")
