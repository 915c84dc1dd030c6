"""Setting retention policies, and those in force."""

from datetime import date, datetime

from sqlalchemy import Connection, Engine, select

from tracker.errors import BadEntry
from tracker.record.as_known import known
from tracker.record.entry import entering
from tracker.retention.policy import Policy, RetentionKind
from tracker.retention.tables import RetentionPolicy
from tracker.times import AsOf

_PURPOSE = "retention and erasure"


def set_policy(
    engine: Engine,
    kind: RetentionKind,
    days: int,
    from_on: date,
    *,
    source: str,
    sample: bool = False,
    by: str,
    now: datetime,
) -> None:
    """Set how long a kind of data is kept, from a day on."""
    if days < 0:
        raise BadEntry(f"{days} days is not a retention period. Give 0 days or more.")
    with entering(engine, by=by, now=now, purpose=_PURPOSE) as entry:
        entry.add(RetentionPolicy, kind=kind, days=days, effective_on=from_on, source=source, sample=sample)


def policies(connection: Connection, as_of: AsOf) -> list[Policy]:
    """Every policy that had begun by a day, in order."""
    query = (
        select(
            RetentionPolicy.kind,
            RetentionPolicy.days,
            RetentionPolicy.effective_on,
            RetentionPolicy.source,
            RetentionPolicy.sample,
        )
        .where(known(RetentionPolicy, as_of.known_at), RetentionPolicy.effective_on <= as_of.at)
        .order_by(RetentionPolicy.effective_on, RetentionPolicy.id)
    )
    return [Policy(*row) for row in connection.execute(query)]
