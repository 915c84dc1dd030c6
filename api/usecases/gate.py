"""Which wearers an actor may be shown: those whose gate is open throughout a crime's window, by the record of now.

A score that came late closes the gate for matches made before it too: a person who may not be matched is not shown.
"""

from collections import defaultdict
from datetime import datetime

import polars as pl
from sqlalchemy import Engine

from tracker.eligibility.service import EligibleWearers, eligible_wearers
from tracker.review.queries import Spans, may_be_shown


class Gate:
    """The eligible intervals of the record at one moment.

    Where no programme on record maps crimes, the record does not decide: runs were made by files, and are shown as they
    were made.
    """

    def __init__(self, found: EligibleWearers) -> None:
        spans: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        for wearer, since, until in found.eligible.iter_rows():
            spans[wearer].append((since, until))
        self.spans: Spans = dict(spans)
        self.eligible = found.eligible
        self.by_files = not found.programmes

    @classmethod
    def of(cls, engine: Engine) -> "Gate":
        return cls(eligible_wearers(engine))

    def shows(self, wearer: str, t_from: datetime, t_to: datetime) -> bool:
        return self.by_files or may_be_shown(self.spans, wearer, t_from, t_to)

    def open_rows(self, rows: pl.LazyFrame, crimes: pl.LazyFrame) -> pl.LazyFrame:
        """Rows (force, crime_ref, version, wearer_id, ...) of those who may be shown at their crime."""
        if self.by_files:
            return rows
        key = ["force", "crime_ref", "version"]
        windows = crimes.select(*key, "t_from", "t_to")
        spans = self.eligible.lazy().rename({"from": "_since", "to": "_until"})
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
