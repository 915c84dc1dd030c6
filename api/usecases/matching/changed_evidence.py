"""What a run shows of the matches that were confirmed or released: figures, what speaks against each, and why it may
say something else than the run before."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import Engine

from api.schemas.matching.candidates import against_of
from api.settings import Settings
from api.usecases.gate import Gate
from api.usecases.stores import open_fixes
from matcher.errors import CrimeNotFound, RunNotFound, StoreError, VerdictsNotComputed
from matcher.files import scan_rows
from matcher.runs.folder import RunFolder
from matcher.views.detail import detail
from tracker.record.engine import reading
from tracker.review.candidate_service import Candidate
from tracker.review.changed import Cause
from tracker.review.changed_queries import matches_said
from tracker.review.changed_service import Points, Seen
from tracker.review.queries import Key

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seen_of(
    settings: Settings,
    engine: Engine,
    found: RunFolder,
    candidates: Iterable[Candidate],
    crimes: Iterable[tuple[str, str]],
    settings_sha256: str,
) -> dict[Key, Seen]:
    """By match with the run's settings, which `settings_sha256` tells. Left out are wearers who were not tested at that
    version of the crime, or may not be matched now; and matches that this same run found last."""
    with reading(engine).connect() as connection:
        rows = matches_said(connection, set(crimes), settings_sha256)
    if not rows:
        return {}
    gate, of_run = Gate(engine), {each.key: each for each in candidates}
    seen, kept = {}, {name: _kept_run(settings, name) for name in {row.run_id for row in rows}}
    for row in rows:
        key = (row.force, row.crime_ref, row.wearer_ref)
        candidate, before = of_run.get(key), kept[row.run_id]
        if candidate is not None and row.run_id == found.run_id:
            continue
        causes = _causes(before, found, row, candidate)
        if candidate is not None:
            seen[key] = Seen(
                figures=candidate.figures,
                crime_version=candidate.crime_version,
                against=_against(settings, found, key, candidate.crime_version),
                against_before=None if before is None else _against(settings, before, key, row.crime_version),
                causes=causes,
            )
        elif gate.open_for([row.wearer_ref], row.t_from, row.t_to) and (said := _verdict(found, row)) is not None:
            seen[key] = Seen(figures=said, crime_version=row.crime_version, causes=causes)
    return seen


def _kept_run(settings: Settings, run_id: str) -> RunFolder | None:
    try:
        return RunFolder.open(settings.runs_dir / run_id)
    except RunNotFound:
        return None


def _against(settings: Settings, run: RunFolder, key: Key, version: int) -> Points:
    try:
        found = detail(run, open_fixes(settings), *key, version)
    except (RunNotFound, StoreError):
        return None
    return [{"code": point.code, "sentence": point.sentence} for point in against_of(found)]


def _verdict(found: RunFolder, row: Any) -> dict[str, Any] | None:
    """The verdict of one who is no candidate; None where the pair was not tested."""
    same = found.crimes().filter(pl.col("force") == row.force, pl.col("crime_ref") == row.crime_ref)
    if same.select(pl.col("version").max()).collect().item() != row.crime_version:
        return None
    try:
        verdicts = found.verdicts_at(row.force, row.crime_ref, row.crime_version)
    except VerdictsNotComputed:
        return {"verdict": None}
    except CrimeNotFound:
        return None
    mine = verdicts.filter(pl.col("wearer_id") == row.wearer_ref)["verdict"].to_list()
    return {"verdict": mine[0]} if mine else None


def _causes(before: RunFolder | None, now: RunFolder, row: Any, candidate: Candidate | None) -> tuple[str, ...]:
    """Each difference of what the two runs were given that can have changed this match."""
    causes = []
    if row.algorithm != now.manifest["algorithm"]:
        causes.append(Cause.ALGORITHM)
    if candidate is not None and candidate.crime_version != row.crime_version:
        causes.append(Cause.CRIME)
    if before is not None and before.run_id != now.run_id:
        causes += _of_inputs(before, now, row)
    return tuple(cause.value for cause in causes or [Cause.NOT_KNOWN])


def _of_inputs(before: RunFolder, now: RunFolder, row: Any) -> list[Cause]:
    found = []
    then, today = before.manifest["params"], now.manifest["params"]
    if any(then[name] != today[name] for name in then.keys() & today.keys()):
        found.append(Cause.SETTINGS)
    if _digest(before.manifest, "levels") != _digest(now.manifest, "levels"):
        found.append(Cause.ACCURACY)
    days = _days(row)
    if _fixes(before, row.wearer_ref, days) != _fixes(now, row.wearer_ref, days):
        found.append(Cause.FIXES)
    if _windows(before, row.wearer_ref) != _windows(now, row.wearer_ref):
        found.append(Cause.PEOPLE)
    if not found and _digest(before.manifest, "events") != _digest(now.manifest, "events"):
        found.append(Cause.EVENTS)
    return found


def _digest(manifest: Mapping[str, Any], about: str) -> list[tuple[str, str]]:
    """The digests of what a run was given under names with this word."""
    return sorted((name, given["digest"]) for name, given in manifest["inputs"].items() if about in name)


def _days(row: Any) -> tuple[int, int]:
    """The days of the window and one on either side, since 1970."""
    return (row.t_from - _EPOCH).days - 1, (row.t_to + timedelta(days=1) - _EPOCH).days


def _fixes(run: RunFolder, wearer: str, days: tuple[int, int]) -> list[Any]:
    path = run.path / "inputs" / "fix_digests.parquet"
    mine = scan_rows(path).filter(pl.col("wearer") == wearer, pl.col("day").is_between(*days))
    return mine.sort("day").collect().rows()


def _windows(run: RunFolder, wearer: str) -> list[Any]:
    mine = run.windows().filter(pl.col("wearer_id") == wearer).collect()
    return sorted(mine.rows(), key=str)
