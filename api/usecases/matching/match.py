"""Where the record and the tag stream meet: who may be matched and which crimes, handed to the matcher."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import polars as pl
from sqlalchemy import Engine

from api.console.progress import stage
from api.settings import Settings
from api.usecases.matching.interval_files import read_intervals
from api.usecases.stores import open_events, open_fixes, open_record
from api.wording.text import utc
from matcher.errors import BadInput
from matcher.params import Params
from matcher.permitted import EVERYONE, Intervals
from matcher.runs.folder import RunFolder
from matcher.runs.run import run
from tracker.assignments.queries import current_assignments
from tracker.crimes.queries import latest_crimes
from tracker.eligibility.service import eligible_wearers


@dataclass(frozen=True, slots=True)
class ByRecord:
    """Who may be matched, and who was monitored, as the record has it; of one programme, or of all that map crimes.
    `as_known_at`: as it was known at an instant, whatever was entered later."""

    programme: str | None = None
    as_known_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A match as somebody asked for it. `eligible`, `monitored`: a file of intervals; None says everyone, aloud.
    `by_record`, if given, says both in their place. `previous`: an earlier run, from which is taken what has not
    changed since."""

    eligible: Path | None = None
    monitored: Path | None = None
    by_record: ByRecord | None = None
    t_from: datetime | None
    t_to: datetime | None
    params: Params
    previous: RunFolder | None = None
    crime: tuple[str, str] | None = None
    """Force and reference of the only crime to match."""


def match_stores(settings: Settings, asked: Asked) -> RunFolder:
    """Match the latest versions of the crimes asked for against the stored fixes.

    Raises BadIntervals for a file with a bad row, BadInput where there is nothing to match.
    """
    store = open_fixes(settings)
    engine = open_record(settings)
    try:
        crimes, people = prepared(engine, asked)
    finally:
        engine.dispose()
    if people.said:
        click.echo(f"note: {people.said}", err=True)
    with stage(f"Matching {crimes.height:,} crimes") as told:
        return run(
            store,
            crimes,
            assignments=people.assignments,
            monitored=people.monitored,
            eligible=people.eligible,
            params=asked.params,
            events=open_events(settings),
            runs_dir=settings.runs_dir,
            threads=settings.threads,
            progress=lambda progress: told(progress.done, progress.total),
            previous=asked.previous,
        )


def prepared(engine: Engine, asked: Asked) -> "tuple[pl.DataFrame, People]":
    """The crimes asked for, and who may be matched. Raises as `match_stores`."""
    crimes = latest_crimes(engine, t_from=asked.t_from, t_to=asked.t_to)
    if asked.crime is not None:
        force, crime_ref = asked.crime
        crimes = crimes.filter(pl.col("force") == force, pl.col("crime_ref") == crime_ref)
    people = _by_files(engine, asked) if asked.by_record is None else _by_record(engine, asked.by_record)
    if crimes.is_empty():
        raise BadInput("there are no crimes to match: import some (tagpilot import crimes), or widen --from and --to")
    return crimes, people


@dataclass(frozen=True, slots=True)
class People:
    """What a run takes of people; `said`, if anything, is for whoever asked."""

    assignments: pl.DataFrame
    monitored: Intervals
    eligible: Intervals
    said: str


def _by_files(engine: Engine, asked: Asked) -> People:
    eligible = EVERYONE if asked.eligible is None else read_intervals(asked.eligible)
    monitored = EVERYONE if asked.monitored is None else read_intervals(asked.monitored)
    assignments = current_assignments(engine)
    if assignments.is_empty():
        raise BadInput("nobody is known to have worn a tag: tagpilot import assignments, or tagpilot tag fit")
    return People(assignments, monitored, eligible, _unknown(asked, eligible, assignments))


def _by_record(engine: Engine, by: ByRecord) -> People:
    told = eligible_wearers(engine, by.programme, as_known_at=by.as_known_at)
    known = "" if by.as_known_at is None else f", as known at {utc(by.as_known_at)}"
    if not told.programmes:
        raise BadInput(
            f"no programme on record maps crimes{known}, so nobody may be matched by the record: load the programme "
            "(tagpilot programme load), or say who may be matched (--eligible FILE or --everyone) and who was "
            "monitored (--monitored FILE or --everyone-monitored)"
        )
    gates = ", ".join(f"{key} ({years}-year OGRS)" for key, years in told.programmes.items())
    if told.eligible.is_empty():
        raise BadInput(
            f"nobody may be matched by the record{known}: of {told.on_licence:,} people on licence in {gates} none was "
            "tagged and had a score of 50 % or over; give --eligible FILE and --monitored FILE to go by files instead"
        )
    may = told.eligible["wearer_id"].n_unique()
    said = f"{may:,} of {told.on_licence:,} people on licence may be matched, by the record{known}: {gates}"
    return People(told.assignments, told.monitored, told.eligible, said)


def _unknown(asked: Asked, eligible: Intervals, assignments: pl.DataFrame) -> str:
    """Wearers of the eligible file who never wore a tag: often a reference written another way."""
    if asked.eligible is None or not isinstance(eligible, pl.DataFrame):
        return ""
    unknown = set(eligible["wearer_id"]) - set(assignments["wearer_id"])
    if not unknown:
        return ""
    return (
        f"{len(unknown):,} of {eligible['wearer_id'].n_unique():,} wearers of {asked.eligible.name} never wore a tag "
        "that is known, so they cannot match; are references written the same way in both files?"
    )
