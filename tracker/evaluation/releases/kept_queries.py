"""What was worked out from a closed month, kept by this process while it cannot come out otherwise.

A closed month knows what the record knew when it was closed, so what is entered later changes nothing of it. Two things
may: data that are erased or purged, which go on the audit, and what is told in between, which goes on the ledger and
is part of what may be told next. What was kept counts while neither has happened; the gate is asked and the answer
told, with its audit row, each time all the same. Matches are not kept so: a later run puts other figures in their rows.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select

from tracker.evaluation.releases.gate import ReleaseGate
from tracker.evaluation.releases.tables import ToldCount
from tracker.record.audit.chain import Action
from tracker.record.audit.tables import AuditEntry
from tracker.record.engine import reading

Found = TypeVar("Found")
_State = tuple[int, int | None]
MOST_KEPT = 16
"""Of one record. They hold aggregates, and by number the people of each count."""
_kept: WeakKeyDictionary[Engine, dict[tuple[object, ...], tuple[_State, Any]]] = WeakKeyDictionary()
_lock = Lock()


def kept(gate: ReleaseGate, kind: str, asked: str, work: Callable[[], Found], *, by_ledger: bool = True) -> Found:
    """What `work` returns for a question of a kind as at the gate's day; it is not asked again while that holds.

    `work` depends on the closed month, on `asked`, and (`by_ledger`) on the ledger's counts alone, and nobody changes
    what it returns.
    """
    key = (gate.programme_id, gate.as_of, gate.k, kind, asked)
    # Before the facts are read: what is erased meanwhile is found to be later.
    erased, counted = _state(gate.engine)
    state = (erased, counted if by_ledger else None)
    with _lock:
        mine = _kept.setdefault(gate.engine, {})
        before = mine.pop(key, None)
        if before is not None and before[0] == state:
            mine[key] = before
            found: Found = before[1]
            return found
    found = work()
    with _lock:
        mine[key] = (state, found)
        # What was not asked for longest goes first; so does all that no longer holds.
        for other in [each for each, ((seq, last), _) in mine.items() if seq != erased or last not in (None, counted)]:
            del mine[other]
        while len(mine) > MOST_KEPT:
            del mine[next(iter(mine))]
    return found


def _state(engine: Engine) -> tuple[int, int]:
    """The last erasure on the audit, and the last count on the ledger."""
    erased = select(func.max(AuditEntry.seq)).where(AuditEntry.action == Action.ERASE).scalar_subquery()
    counted = select(func.max(ToldCount.id)).scalar_subquery()
    with reading(engine).connect() as connection:
        seq, number = connection.execute(select(erased, counted)).one()
    return (seq or 0, number or 0)
