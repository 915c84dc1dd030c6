"""Which wearers an actor may be shown: those whose gate is open throughout a crime's window, by the record of now.

A score that came late closes the gate for matches made before it too: a person who may not be matched is not shown.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from tracker.eligibility.service import INTERVALS
from tracker.projections.queries import record_decides, spans_of
from tracker.record.engine import reading

Spans = dict[str, list[tuple[datetime, datetime | None]]]


class Gate:
    """When wearers may be matched by the record as it is now; asked for those in question alone.

    Where no programme on record maps crimes, the record does not decide: runs were made by files, and are shown as they
    were made.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)
        with self._engine.connect() as connection:
            self.by_files = not record_decides(connection)

    def spans(self, wearers: Collection[str]) -> Spans:
        """The times in which each of these wearers may be matched."""
        spans: Spans = defaultdict(list)
        with self._engine.connect() as connection:
            for wearer, since, until in spans_of(connection, set(wearers)):
                spans[wearer].append((since, until))
        return dict(spans)

    def open_for(self, wearers: Collection[str], t_from: datetime, t_to: datetime) -> set[str]:
        """Those of these wearers who may be matched throughout a crime's window."""
        if self.by_files:
            return set(wearers)
        return {wearer for wearer, spans in self.spans(wearers).items() if covers(spans, t_from, t_to)}

    def open_rows(self, rows: pl.LazyFrame, crimes: pl.LazyFrame) -> pl.LazyFrame:
        """Rows (force, crime_ref, version, wearer_id, ...) of those who may be shown at their crime."""
        if self.by_files:
            return rows
        key = ["force", "crime_ref", "version"]
        wearers = rows.select(pl.col("wearer_id").unique()).collect()["wearer_id"].to_list()
        found = [(wearer, *span) for wearer, spans in self.spans(wearers).items() for span in spans]
        eligible = pl.DataFrame(found, schema=INTERVALS, orient="row")
        windows = crimes.select(*key, "t_from", "t_to")
        spans = eligible.lazy().rename({"from": "_since", "to": "_until"})
        open_ = (
            rows.select(*key, "wearer_id")
            .join(windows, on=key)
            .join(spans, on="wearer_id")
            .filter(
                pl.col("_since") <= pl.col("t_from"),
                pl.col("_until").is_null() | (pl.col("t_to") < pl.col("_until")),
            )
            .select(*key, "wearer_id")
            .unique()
        )
        return rows.join(open_, on=[*key, "wearer_id"], how="semi")


def covers(spans: Collection[tuple[datetime, datetime | None]], t_from: datetime, t_to: datetime) -> bool:
    """Whether one of these times has the whole window in it."""
    return any(since <= t_from and (until is None or t_to < until) for since, until in spans)
