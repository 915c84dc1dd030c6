"""A cohort of the evaluation, built and released."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from tests.support.evaluation_world import NOW
from tests.support.pilot import PILOT
from tracker.evaluation.cohort import service as cohorts
from tracker.evaluation.cohort.columns import Signal
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.cohort.service import Built
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases.service import PURPOSE
from tracker.licences.spans import Span
from tracker.programme.queries import programme_named
from tracker.record.entry import entering

KEY = b"k" * 32
BY: dict[str, Any] = {"by": "eva", "now": NOW}

BASE = {
    "purpose": "impact analysis",
    "justification": "evaluation plan, section 4",
    "columns": ["group", "age_band", "sex", "worn_weeks", "recalls"],
    "as_at": "2021-05-31",
    "small_classes": "blank",
    "wide_ages": True,
}


def heard(people: Sequence[Subject]) -> dict[str, Signal]:
    """Silent for the first two days, all of them."""
    return {
        p.wearer_ref: Signal(tuple(Span(s.since, s.since + timedelta(days=2)) for s in p.worn[:1]), "fixes")
        for p in people
    }


def built(engine: Engine, key: bytes = KEY, *, known_at: datetime = NOW, **changes: Any) -> Built:
    definition = parse({**BASE, **changes})
    with engine.connect() as connection:
        programme_id, _, _ = programme_named(connection, PILOT)
        return cohorts.build(connection, programme_id, definition, key, known_at, heard)


def released(engine: Engine, key: bytes = KEY, *, known_at: datetime = NOW, **changes: Any) -> int:
    definition = parse({**BASE, **changes})
    found = built(engine, key, known_at=known_at, **changes)
    with entering(engine, purpose=PURPOSE, **BY) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        number = cohorts.enter_export(entry, programme_id, definition, found, key, known_at, "f", date(2021, 9, 1))
    assert number is not None
    return number
