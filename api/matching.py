"""Where the record and the tag stream meet: who may be matched and which crimes, handed to the matcher."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import polars as pl

from api.interval_files import read_intervals
from api.settings import Settings
from api.stores import open_events, open_fixes, open_record
from api.terminal import stage
from matcher.errors import BadInput
from matcher.params import Params
from matcher.permitted import EVERYONE, Intervals
from matcher.run_folder import RunFolder
from matcher.runner import run
from tracker.store.queries.assignments import current_assignments
from tracker.store.queries.crimes import latest_crimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A match as somebody asked for it. `eligible`, `monitored`: a file of intervals; None says everyone, aloud.
    `previous`: an earlier run, from which is taken what has not changed since."""

    eligible: Path | None
    monitored: Path | None
    t_from: datetime | None
    t_to: datetime | None
    params: Params
    previous: RunFolder | None = None


def match_stores(settings: Settings, asked: Asked) -> RunFolder:
    """Match the latest versions of the crimes asked for against the stored fixes.

    Raises BadIntervals for a file with a bad row, BadInput where there is nothing to match.
    """
    eligible = EVERYONE if asked.eligible is None else read_intervals(asked.eligible)
    monitored = EVERYONE if asked.monitored is None else read_intervals(asked.monitored)
    store = open_fixes(settings)
    engine = open_record(settings)
    try:
        crimes = latest_crimes(engine, t_from=asked.t_from, t_to=asked.t_to)
        assignments = current_assignments(engine)
    finally:
        engine.dispose()
    if crimes.is_empty():
        raise BadInput("there are no crimes to match: import some (tagpilot import crimes), or widen --from and --to")
    if assignments.is_empty():
        raise BadInput("nobody is known to have worn a tag: tagpilot import assignments")
    _tell_unknown(asked, eligible, assignments)
    with stage(f"Matching {crimes.height:,} crimes") as told:
        return run(
            store,
            crimes,
            assignments=assignments,
            monitored=monitored,
            eligible=eligible,
            params=asked.params,
            events=open_events(settings),
            runs_dir=settings.runs_dir,
            threads=settings.threads,
            progress=lambda progress: told(progress.done, progress.total),
            previous=asked.previous,
        )


def _tell_unknown(asked: Asked, eligible: Intervals, assignments: pl.DataFrame) -> None:
    """Wearers of the eligible file who never wore a tag: often a reference written another way."""
    if asked.eligible is None or not isinstance(eligible, pl.DataFrame):
        return
    unknown = set(eligible["wearer_id"]) - set(assignments["wearer_id"])
    if unknown:
        click.echo(
            f"note: {len(unknown):,} of {eligible['wearer_id'].n_unique():,} wearers of {asked.eligible.name} never "
            "wore a tag that is known, so they cannot match; are references written the same way in both files?",
            err=True,
        )
