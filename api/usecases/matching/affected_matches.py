"""The matches that a change of the mapping gate affects: of one wearer, at crimes on the days it opens or closes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from api.usecases.actor import Actor
from api.usecases.matching.runs import readable_runs
from matcher.schemas import CRIME_KEY
from tracker.ogrs.gate import GateChange
from tracker.times import london_midnight


def affected_matches(actor: Actor, runs_dir: Path) -> Callable[[str, Sequence[GateChange]], list[str]]:
    """Looks in every run that is kept; each crime is named once, with the latest run that has the match."""

    def find(wearer_ref: str, changes: Sequence[GateChange]) -> list[str]:
        found: dict[tuple[str, str], str] = {}
        runs = readable_runs(actor, runs_dir)
        for run in runs.whole:
            mine = run.candidates().filter(pl.col("wearer_id") == wearer_ref).select(CRIME_KEY)
            rows = mine.join(run.crimes().select(*CRIME_KEY, "t_from", "t_to"), on=list(CRIME_KEY)).sort(CRIME_KEY)
            for row in rows.collect().iter_rows(named=True):
                for change in changes:
                    over = change.until is not None and row["t_from"] >= london_midnight(change.until)
                    if row["t_to"] >= london_midnight(change.since) and not over:
                        words = f"{row['force']} {row['crime_ref']} in run {run.run_id}: the gate {change.in_words()}"
                        found.setdefault((row["force"], row["crime_ref"]), words)
        damaged = [f"run {each.name} is damaged, so its matches are not listed: {each.why}" for each in runs.damaged]
        return [*found.values(), *damaged]

    return find
