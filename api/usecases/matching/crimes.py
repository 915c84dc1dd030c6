"""Crimes on record: searched by reference, place and time; one with its versions; one entered by hand."""

import csv
import io
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import polars as pl

from api.schemas.matching.crimes import (
    CrimeEntered,
    CrimeOut,
    CrimePage,
    CrimeTypeOut,
    CrimeTypePage,
    NewCrime,
    crime_row,
    version_out,
)
from api.usecases.matching import jobs
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import make_home
from api.wording.text import utc
from tracker.access.roles import Right
from tracker.crimes.importer import import_crimes
from tracker.crimes.queries import latest_crimes, versions_of
from tracker.crimes.types import crime_types, type_named
from tracker.errors import BadEntry, NotFound
from tracker.imports.report import ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class CrimeFilter:
    """Which crimes are asked for; None asks for all. `near` is easting and northing in metres of EPSG:27700."""

    force: str | None = None
    crime_ref: str | None = None
    crime_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    near: tuple[float, float] | None = None
    within_m: float = 500.0

    def conditions(self) -> list[pl.Expr]:
        given = {"force": self.force, "crime_ref": self.crime_ref, "crime_type": self.crime_type}
        out = [pl.col(name) == value for name, value in given.items() if value is not None]
        if self.near is not None:
            easting, northing = self.near
            away = ((pl.col("easting_m") - easting) ** 2 + (pl.col("northing_m") - northing) ** 2).sqrt()
            out.append(away <= self.within_m)
        return out


def aware(name: str, instant: datetime | None) -> datetime | None:
    """The same instant. Raises BadEntry, naming the parameter, for one without a zone."""
    if instant is not None and instant.tzinfo is None:
        raise BadEntry(f"`{name}` is {instant.isoformat()}, without a zone; end it with Z, or +01:00")
    return instant


def list_crimes(context: RequestContext, wanted: CrimeFilter, page: Page) -> CrimePage:
    """The latest version of each crime that fits, by time."""
    context.require(Right.READ_CRIMES)
    since, until = aware("from", wanted.since), aware("to", wanted.until)
    rows = latest_crimes(context.reader, t_from=since, t_to=until).filter(pl.lit(True), *wanted.conditions())
    rows = rows.sort("t_from", "force", "crime_ref")
    by_type = dict(rows["crime_type"].value_counts(sort=True).iter_rows())
    shown = rows.slice(page.offset, page.limit or None)
    return CrimePage(
        items=[crime_row(row) for row in shown.iter_rows(named=True)],
        total=rows.height,
        by_type=by_type,
        types_in_no_table=sorted(name for name in by_type if type_named(name, context.today.day) is None),
        limit=page.limit,
        offset=page.offset,
    )


def list_types(context: RequestContext) -> CrimeTypePage:
    """The dated table of types: which are acquisitive, which is knife crime."""
    context.require(Right.READ_CRIMES)
    items = [msgspec.convert(each, CrimeTypeOut, from_attributes=True) for each in crime_types()]
    return CrimeTypePage(items=items, total=len(items))


def crime(context: RequestContext, force: str, crime_ref: str) -> CrimeOut:
    """Every version of one crime, with what changed. Raises NotFound."""
    context.require(Right.READ_CRIMES)
    return _versions(context, force, crime_ref)


def enter(context: RequestContext, new: NewCrime) -> CrimeEntered:
    """Enter one crime by hand, by the same rules as a row of a file; with `match` a job of it alone is stored.

    Raises
    ------
    BadEntry
        `to` is before `from`, or a rule of the import rejects it.
    """
    context.require(Right.ENTER_CRIMES)
    if new.to < new.from_:
        raise BadEntry(f"`to` is {new.to.isoformat()}, before `from`, {new.from_.isoformat()}")
    report = _import(context, new)
    if report.rejected:
        faults = ", ".join(report.by_rule) or ", ".join(fault.rule for fault in report.batch_faults)
        raise BadEntry(f"the crime was rejected: {faults}")
    return CrimeEntered(
        new=report.kept > 0,
        crime=_versions(context, new.force, new.crime_ref),
        warnings=[sign.words for sign in report.warnings],
        job=jobs.match_one_crime(context, new.force, new.crime_ref) if new.match else None,
    )


def _import(context: RequestContext, new: NewCrime) -> ImportReport:
    """As a file of one row."""
    row = {
        "force": new.force,
        "crime_ref": new.crime_ref,
        "crime_type": new.crime_type,
        "t_from": utc(new.from_),
        "t_to": utc(new.to),
        "easting": repr(new.easting),
        "northing": repr(new.northing),
        "location_accuracy_m": "" if new.location_accuracy_m is None else repr(new.location_accuracy_m),
        "text": new.text,
    }
    text = io.StringIO()
    csv.writer(text).writerows([row.keys(), row.values()])
    home = context.settings.home
    make_home(home)
    with tempfile.TemporaryDirectory(prefix=".by-hand-", dir=home) as folder:
        path = Path(folder) / "by hand.csv"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return import_crimes(
            context.engine,
            path,
            format="headed",
            rejects_dir=Path(folder),
            by=context.actor.name,
            received_at=context.today.now,
        )


def _versions(context: RequestContext, force: str, crime_ref: str) -> CrimeOut:
    found = versions_of(context.reader, force, crime_ref)
    if not found:
        raise NotFound(f"there is no crime {crime_ref!r} of {force!r}")
    return CrimeOut(force=force, crime_ref=crime_ref, versions=[version_out(each) for each in found])
