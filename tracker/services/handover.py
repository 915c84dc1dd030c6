"""What the matcher is told of people: who wore what, who was monitored, who may be mapped; and nothing else.

Three frames of references and instants, made from the record at one moment. Whoever is in no licence of the programme,
or has no score, is not in them; the matcher reads nobody who is not.
"""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import Engine

from tracker.store.engine import reading
from tracker.store.queries.assignments import current_assignments
from tracker.store.queries.portfolio import programme_named
from tracker.store.queries.tags import gates, horizon_of, monitored_spans
from tracker.times import AsOf, london_midnight

_INSTANT = pl.Datetime("us", "UTC")
INTERVALS: dict[str, pl.DataType] = {"wearer_id": pl.String(), "from": _INSTANT, "to": _INSTANT}
"""Columns of `monitored` and `eligible`, which are the matcher's; a null `to` is open."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """`assignments` (device_id, wearer_id, from, to), `monitored` and `eligible` (`INTERVALS`); sorted.
    `horizon_years` is that of the gate."""

    assignments: pl.DataFrame
    monitored: pl.DataFrame
    eligible: pl.DataFrame
    horizon_years: int


def hand_over(engine: Engine, programme: str, *, as_known_at: datetime | None = None) -> HandOver:
    """As things stand, or as they were known at an instant.

    A score opens and closes the gate at midnight in London. Only wearers who are in `eligible` are in the other two:
    of nobody else is anything handed over.
    """
    as_of = AsOf(date.max, as_known_at)
    with reading(engine).connect() as connection:
        programme_id, _, _ = programme_named(connection, programme)
        spans = monitored_spans(connection, programme_id, as_of)
        horizon = horizon_of(connection, programme_id, as_of)
        open_ = gates(connection, programme_id, as_of, horizon)
    eligible = [
        (wearer, london_midnight(i.since), None if i.until is None else london_midnight(i.until))
        for wearer, intervals in open_.items()
        for i in intervals
    ]
    gated = {wearer for wearer, _, _ in eligible}
    monitored = [(wearer, *span) for wearer, held in spans.items() if wearer in gated for span in held]
    worn = current_assignments(engine, as_known_at=as_known_at)
    return HandOver(
        assignments=worn.filter(pl.col("wearer_id").is_in(gated)),
        monitored=_frame(monitored),
        eligible=_frame(eligible),
        horizon_years=horizon,
    )


def _frame(rows: list[tuple[str, datetime, datetime | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=INTERVALS, orient="row").sort("wearer_id", "from")
