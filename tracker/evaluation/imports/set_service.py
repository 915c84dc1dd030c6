"""Accepting a set of comparison people: named, frozen as they stand, by somebody else than who sent them."""

import hashlib
import json
from datetime import datetime

from sqlalchemy import Engine

from tracker.errors import BadEntry, Refused
from tracker.evaluation.people.comparison_queries import AcceptedSet, accepted_set, latest_sets, rows_of_comparison
from tracker.evaluation.people.tables import ComparisonSet
from tracker.evaluation.releases.service import PURPOSE
from tracker.record.entry import entering
from tracker.record.row_digest import plain

FEWEST = 10
_NOT_OF_A_PERSON = frozenset(
    {"id", "programme_id", "file_id", "recorded_at", "recorded_by", "superseded_at", "supersedes_id"}
)


def accept_comparison_set(engine: Engine, programme_id: int, name: str, *, by: str, now: datetime) -> AcceptedSet:
    """Accept the comparison people on record as a set. It is never changed: other people are another set.

    Raises
    ------
    BadEntry
        The name is taken, or there are too few people.
    Refused
        Whoever accepts it sent some of the people: nobody chooses alone with whom the tagged are compared.
    """
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        names = {each.name for each in latest_sets(entry.connection, programme_id, limit=0)[0]}
        if name in names:
            raise BadEntry(f"A comparison set {name!r} was accepted already, and is not changed; give another name.")
        rows = rows_of_comparison(entry.connection, programme_id)
        if len(rows) < FEWEST:
            raise BadEntry(f"Fewer than {FEWEST} comparison people are on record; import them first.")
        if by in {row["recorded_by"] for row in rows}:
            raise Refused(
                "separation of duty", f"{by} sent some of these comparison people, so somebody else has to accept them"
            )
        told = [{name: value for name, value in row.items() if name not in _NOT_OF_A_PERSON} for row in rows]
        entry.add(
            ComparisonSet,
            programme_id=programme_id,
            name=name,
            people=len(rows),
            references=[row["reference"] for row in rows],
            sha256=hashlib.sha256(json.dumps(plain(told), sort_keys=True).encode()).hexdigest(),
        )
        found = accepted_set(entry.connection, programme_id, name)
    assert found is not None
    return found
