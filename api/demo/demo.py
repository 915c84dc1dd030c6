"""The demo: a month of a London that does not exist, through the same readers as anybody's files, matched and checked.

Each step leaves a mark once it is done, after the work itself, and each is harmless to do again. So a demo that was
killed goes on where it stopped, and one that was finished has nothing left to do.
"""

import json
import os
import shutil
from calendar import monthrange
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import polars as pl

from api.console.progress import Stages, stage
from api.demo.answers import ask, ask_for_own_data
from api.demo.changed import correct_a_released_crime
from api.demo.desk import review_matches
from api.demo.jobs import import_that_fails, matched_for_review
from api.demo.record import BY, FIRST_DAY, begin_autumn, record_pilot
from api.demo.releases import first_fittings
from api.demo.year_later import let_time_pass
from api.errors import DemoBroken, FolderInUse
from api.schemas.imports import FileKind
from api.settings import Settings
from api.usecases.actor import LOCAL
from api.usecases.imports.import_file import import_file
from api.usecases.request_context import RequestContext
from api.usecases.stores import make_home, open_record
from matcher.params import ALGORITHM
from matcher.runs.folder import MANIFEST, RunFolder
from matcher.synthetic import World, write_world

WORLD, MARKS = "world.json", "demo.json"


@dataclass(frozen=True, slots=True)
class Check:
    """Planted visits and near misses of wearers who may be matched, against what the run reported."""

    planted: int
    found: int
    near_misses: int
    reported: int
    below_gate: int
    """Planted visits of wearers who may not be matched, of whom nothing may be reported."""
    leaked: int

    @property
    def right(self) -> bool:
        return self.found == self.planted and not self.reported and not self.leaked


def demo_home(home: Path, world: World, *, year_later: bool = False) -> Path:
    """A home for each world, apart from the user's own: made-up data is never stored with a real record."""
    later = "-year-later" if year_later else ""
    # Up to midnight of the demo's today, so that its tags have not gone quiet.
    _, month = monthrange(FIRST_DAY.year, FIRST_DAY.month)
    if world == World(days=month, first_day=FIRST_DAY):
        return home / f"demo{later}"
    sizes = f"{world.wearers}-{world.days}-{world.crimes}-{world.seed}-{world.first_day:%Y%m%d}"
    return home / f"demo-{sizes}{later}"


def _recipe(world: World) -> dict[str, Any]:
    return {**asdict(world), "first_day": world.first_day.isoformat()}


def write_world_once(out: Path, world: World) -> None:
    """The world's files in `out`; nothing is done if they are there. Raises FolderInUse if something else is."""
    if (out / WORLD).is_file():
        held = json.loads((out / WORLD).read_text(encoding="utf-8"))
        if held == _recipe(world):
            click.echo(f"{out} has this London already; nothing was done", err=True)
            return
        raise FolderInUse(f"{out} contains another London, made with {held}; give another folder, or remove it")
    if out.exists() and any(out.iterdir()):
        raise FolderInUse(f"{out} contains other files; give a folder that is empty or not there yet")
    partial = out.with_name(f".{out.name}.partial")
    # What a killed one left behind: it is not known how much of it is whole.
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with stage(f"A synthetic London of {world.wearers:,} wearers and {world.days} days") as progress:
        write_world(
            partial,
            wearers=world.wearers,
            days=world.days,
            crimes=world.crimes,
            seed=world.seed,
            first_day=world.first_day,
            progress=progress,
        )
        _write_json(partial / WORLD, _recipe(world))
    if out.exists():
        out.rmdir()
    partial.rename(out)


def _import_all(settings: Settings, kind: FileKind, path: Path) -> None:
    """Import a made-up file, every row of which is good. Raises DemoBroken if one was rejected."""
    engine = open_record(settings)
    try:
        with Stages() as shown:
            account = import_file(RequestContext(replace(LOCAL, name=BY), settings, engine), kind, path, progress=shown)
    finally:
        engine.dispose()
    if account.rejected or account.refused:
        raise DemoBroken(f"{account.file}: {account.rejected:,} of {account.rows:,} rows rejected: {account.by_rule}")


def make_demo(settings: Settings, world: World, *, year_later: bool = False) -> RunFolder:
    """Generate, import, match and review what has not been yet; the run."""
    make_home(settings.home)
    files = settings.home / "files"
    write_world_once(files, world)
    marks = _Marks(settings.home / MARKS)
    engine = open_record(settings)
    begin_autumn(settings, engine)
    engine.dispose()
    for path in sorted(files.glob("fixes*.parquet")):
        if not marks.has(path.name):
            _import_all(settings, "fixes", path)
            marks.set(path.name, True)
    for path in files.glob("events.csv"):
        if not marks.has(path.name):
            _import_all(settings, "events", path)
            marks.set(path.name, True)
    if not marks.has("assignments.csv"):
        _import_all(settings, "assignments", files / "assignments.csv")
        marks.set("assignments.csv", True)
    if not marks.has("record"):
        with stage("The programme record of autumn 2019"):
            engine = open_record(settings)
            record_pilot(settings, engine, files)
            engine.dispose()
        marks.set("record", True)
    if not marks.has("crimes.csv"):
        _import_all(settings, "crimes", files / "crimes.csv")
        marks.set("crimes.csv", True)
    found = _matched(settings, marks)
    _open_the_desk(settings, marks)
    if year_later and not marks.has("a year later"):
        with stage("What happened until May 2021"):
            engine = open_record(settings)
            let_time_pass(settings, engine)
            engine.dispose()
        marks.set("a year later", True)
    return found


def _matched(settings: Settings, marks: "_Marks") -> RunFolder:
    """The run of the job that the analyst asked for; matched again only by a later version of the matcher."""
    done = settings.runs_dir / str(marks.get(f"job by algorithm {ALGORITHM}"))
    if (done / MANIFEST).is_file():
        return RunFolder.open(done)
    engine = open_record(settings)
    run = matched_for_review(settings, engine)
    engine.dispose()
    marks.set(f"job by algorithm {ALGORITHM}", run.run_id)
    return run


def _open_the_desk(settings: Settings, marks: "_Marks") -> None:
    """Leave something for each role to see."""
    if marks.has("desk"):
        return
    with stage("The desk: matches in review, tables that left, requests"):
        engine = open_record(settings)
        review_matches(settings, engine)
        refused = ask(settings, engine)
        ask_for_own_data(settings, engine, next(iter(first_fittings(settings.home / "files"))))
        import_that_fails(settings, engine)
        correct_a_released_crime(settings, engine)
        engine.dispose()
    marks.set("refused", refused)
    marks.set("desk", True)


def check_truth(run: RunFolder, files: Path) -> Check:
    """Planted visits and near misses against the run's candidates. A visit is found if its wearer is a candidate there
    and was seen inside while they truly were inside, give or take the minute between two fixes."""
    may = pl.read_csv(files / "eligible.csv", columns=["wearer_id"])["wearer_id"].unique()
    truth = pl.read_csv(files / "truth.csv", try_parse_dates=True, schema_overrides={"kind": pl.String})
    found = run.candidates().select("crime_ref", "wearer_id", "first_at", "last_at").collect()
    compared = truth.join(found, on=["crime_ref", "wearer_id"], how="left").with_columns(
        pl.col("wearer_id").is_in(may.implode()).alias("may"),
        pl.col("first_at").is_not_null().alias("reported"),
        (
            (pl.col("first_at") <= _utc("inside_to") + timedelta(minutes=1))
            & (pl.col("last_at") >= _utc("inside_from") - timedelta(minutes=1))
        ).alias("in_time"),
    )
    visits, near = compared.filter(pl.col("kind") == "visit"), compared.filter(pl.col("may"), pl.col("kind") != "visit")
    return Check(
        planted=visits.filter("may").height,
        found=visits.filter("may", "in_time").height,
        near_misses=near.height,
        reported=near.filter("reported").height,
        below_gate=visits.filter(~pl.col("may")).height,
        leaked=compared.filter(~pl.col("may"), "reported").height,
    )


def check_in_words(check: Check) -> list[str]:
    return [
        "The truth, which only a made-up London can tell",
        f"  {check.found:,} of {check.planted:,} planted visits were found",
        f"  {check.near_misses - check.reported:,} of {check.near_misses:,} near misses were rightly not reported",
        f"  {check.below_gate:,} visits of wearers who may not be matched: {check.leaked:,} of them reported",
    ]


def _utc(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Datetime("us", "UTC"))


def refused_table(home: Path) -> str | None:
    """The table that the demo's evaluator was refused, and why."""
    found = _Marks(home / MARKS).get("refused")
    return None if found is None else str(found)


class _Marks:
    """What is done, in a file that is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def has(self, name: str) -> bool:
        return name in self._marks

    def get(self, name: str) -> Any:
        return self._marks.get(name)

    def set(self, name: str, value: Any) -> None:
        self._marks[name] = value
        _write_json(self._path, self._marks)


def _write_json(path: Path, value: Any) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8") as out:
        json.dump(value, out, indent=2, sort_keys=True)
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)
