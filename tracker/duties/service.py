"""Recording that a duty was done; and the state of each duty."""

from datetime import date, datetime

from sqlalchemy import Connection, Engine, select

from tracker.duties.rules import Done, DutyNow, duties_on
from tracker.errors import BadEntry, NotFound
from tracker.programme.queries import programme_named, rows_of
from tracker.programme.tables import DutyDone
from tracker.record.as_known import known
from tracker.record.entry import entering
from tracker.rollout.queries import phase_limits
from tracker.times import AsOf


def duties(connection: Connection, programme: str, as_of: AsOf) -> list[DutyNow]:
    """Every duty of a programme on a day, in the order they were entered."""
    programme_id, _, _ = programme_named(connection, programme)
    query = (
        select(DutyDone.key, DutyDone.effective_on, DutyDone.evidence)
        .where(known(DutyDone, as_of.known_at), DutyDone.programme_id == programme_id)
        .order_by(DutyDone.effective_on)
    )
    done = [Done(*row) for row in connection.execute(query)]
    launches = [p.launched.day for p in phase_limits(connection, programme_id, as_of) if p.launched is not None]
    stated = rows_of(connection, "duty", programme_id, as_of)
    return duties_on(stated, done, min(launches, default=None), as_of.at)


def do(engine: Engine, programme: str, key: str, on: date, evidence: str, *, by: str, now: datetime) -> None:
    """Record that a duty was done. One that is done on a paper's word alone is then done by this evidence.

    Raises
    ------
    NotFound
        The programme has no such duty.
    BadEntry
        The duty was already done.
    """
    with entering(engine, by=by, now=now, purpose="duties") as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        by_key = {duty.key: duty for duty in duties(entry.connection, programme, AsOf(date.max))}
        if key not in by_key:
            known_duties = f"Its duties are {', '.join(by_key)}." if by_key else "It has no duties."
            raise NotFound(f"{programme} has no duty {key!r}. {known_duties}")
        if by_key[key].done_on is not None and not by_key[key].on_paper:
            raise BadEntry(f"Duty {key} was already recorded as done on {by_key[key].done_on}.")
        entry.add(DutyDone, programme_id=programme_id, key=key, effective_on=on, evidence=evidence)
