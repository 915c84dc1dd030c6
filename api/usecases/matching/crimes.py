"""Crimes on record: searched by reference, place and time; one with its versions; one entered by hand."""

import csv
import io
import tempfile
from datetime import datetime
from pathlib import Path

import msgspec

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
from api.schemas.withdrawals import withdrawn_out
from api.usecases.cursor import next_of, place_of
from api.usecases.matching import jobs
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import make_home
from api.wording.meanings import NOT_MATCHABLE
from api.wording.text import utc
from geo.bng import in_window
from tracker.access.roles import Right
from tracker.batches.queries import why_not
from tracker.crimes.importer import import_crimes
from tracker.crimes.page_queries import CrimeFilter, CrimePlace, crimes_page
from tracker.crimes.queries import versions_of
from tracker.crimes.types import crime_types, type_named
from tracker.errors import BadEntry, NotFound
from tracker.imports.report import ImportReport
from tracker.withdrawals.queries import standing_of_crime

_NAMES_OF_BODY = {
    "crime_ref": "crimeRef",
    "crime_type": "crimeType",
    "t_from": "from",
    "t_to": "to",
    "grid_reference": "gridReference",
    "location_accuracy_m": "locationAccuracyM",
}
_OF_A_PLACE = ("easting", "northing", "latitude", "longitude", "grid_reference", "location_accuracy_m")


def aware(name: str, instant: datetime | None) -> datetime | None:
    """The same instant. Raises BadEntry, naming the parameter, for one without a zone."""
    if instant is not None and instant.tzinfo is None:
        raise BadEntry(f"`{name}` is {instant.isoformat()}, without a zone; end it with Z, or +01:00")
    return instant


def list_crimes(context: RequestContext, wanted: CrimeFilter, page: Page, after: str | None = None) -> CrimePage:
    """The latest version of each crime that fits, by time; with `after` those behind the page whose `next` it is."""
    context.require(Right.READ_CRIMES)
    aware("from", wanted.since)
    aware("to", wanted.until)
    with context.reader.connect() as connection:
        place = place_of(after, CrimePlace)
        found = crimes_page(connection, wanted, limit=page.limit, offset=page.offset, after=place)
    last = found.rows[-1] if len(found.rows) == page.limit else None
    return CrimePage(
        items=[crime_row(row) for row in found.rows],
        total=sum(found.by_type.values()),
        by_type=found.by_type,
        types_in_no_table=sorted(name for name in found.by_type if type_named(name, context.today.day) is None),
        next=next_of(None if last is None else CrimePlace(last["t_from"], last["force"], last["crime_ref"])),
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
    # As the import reads a file: blanks round a value are none of it.
    new = msgspec.structs.replace(new, force=new.force.strip(), crime_ref=new.crime_ref.strip())
    if new.to < new.from_:
        raise BadEntry(f"`to` is {new.to.isoformat()}, before `from`, {new.from_.isoformat()}")
    context.happened_at(new.to, "The end of the crime's window")
    ways = {"easting": "northing", "latitude": "longitude", "grid_reference": "grid_reference"}
    if len(given := [one for one, other in ways.items() if None not in (getattr(new, one), getattr(new, other))]) != 1:
        said = "no whole one is given" if not given else "it is given in several"
        raise BadEntry(
            f"Give the place in one way, and {said}: `easting` and `northing`, or `latitude` and `longitude`, or "
            "`gridReference`."
        )
    report = _import(context, new)
    reason = _why_not(context, new.force, new.crime_ref)
    return CrimeEntered(
        new=report.kept > 0,
        crime=_versions(context, new.force, new.crime_ref),
        why_not=reason,
        why_not_in_words=None if reason is None else NOT_MATCHABLE[reason],
        warnings=[sign.words for sign in report.warnings],
        job=jobs.match_one_crime(context, new.force, new.crime_ref) if new.match else None,
    )


def _why_not(context: RequestContext, force: str, crime_ref: str) -> str | None:
    """Why no match can test a crime, in the order in which a match asks."""
    latest = versions_of(context.reader, force, crime_ref)[0]
    if latest.x_mm is not None and latest.y_mm is not None:
        inside = in_window([latest.x_mm / 1_000], [latest.y_mm / 1_000])
        if not inside[0]:
            return "outside_window"
    with context.reader.connect() as connection:
        return why_not(connection, force, crime_ref)


def _import(context: RequestContext, new: NewCrime) -> ImportReport:
    """As a file of one row. Raises BadEntry with the words of each fault."""
    row = {
        "force": new.force,
        "crime_ref": new.crime_ref,
        "crime_type": new.crime_type,
        "t_from": utc(new.from_),
        "t_to": utc(new.to),
        "text": new.text,
    }
    row |= {name: "" if (value := getattr(new, name)) is None else str(value) for name in _OF_A_PLACE}
    text = io.StringIO()
    csv.writer(text).writerows([row.keys(), row.values()])
    home = context.settings.home
    make_home(home)
    with tempfile.TemporaryDirectory(prefix=".by-hand-", dir=home) as folder:
        path = Path(folder) / "by hand.csv"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        report = import_crimes(
            context.engine,
            path,
            format="headed",
            rejects_dir=Path(folder),
            by=context.actor.name,
            received_at=context.today.now,
        )
        if report.rejected:
            raise BadEntry(f"The crime was rejected. {_faults(report)}")
        return report


def _faults(report: ImportReport) -> str:
    if report.rejects_path is None:
        return ", ".join(report.by_rule)
    with report.rejects_path.open(newline="", encoding="utf-8") as source:
        of_rows = [fault for fault in csv.DictReader(source) if fault["row"] != "0"]
    return " ".join(f"{_as_sent(fault['field'])}, {fault['value']}: {fault['what_to_do']}" for fault in of_rows)


def _as_sent(fields: str) -> str:
    """The fields of a fault by the names of the body."""
    return ", ".join(f"`{_NAMES_OF_BODY.get(name, name)}`" for name in fields.split(", "))


def _versions(context: RequestContext, force: str, crime_ref: str) -> CrimeOut:
    found = versions_of(context.reader, force, crime_ref)
    if not found:
        raise NotFound(f"there is no crime {crime_ref!r} of {force!r}")
    with context.reader.connect() as connection:
        withdrawn = withdrawn_out(standing_of_crime(connection, force, crime_ref))
    versions = [version_out(each) for each in found]
    return CrimeOut(force=force, crime_ref=crime_ref, versions=versions, withdrawn=withdrawn)
