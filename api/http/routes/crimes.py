"""Crimes on record: searched by reference, place and time; one with its versions; one entered by hand."""

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import polars as pl
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from api.http.auth import needs
from api.http.middleware import escaped
from api.http.paging import Limit, Offset
from api.http.problems import answers
from api.http.request_context import Desk
from api.schemas.matching.crimes import (
    CrimeEntered,
    CrimeOut,
    CrimePage,
    CrimeTypeOut,
    CrimeTypePage,
    CrimeVersionOut,
    NewCrime,
    plain,
)
from api.schemas.matching.jobs import job_out
from api.usecases.stores import make_home
from api.wording.text import utc
from tracker.access.roles import Right
from tracker.crimes.importer import import_crimes
from tracker.crimes.queries import latest_crimes, versions_of
from tracker.crimes.types import crime_types, type_named
from tracker.errors import BadEntry, NotFound
from tracker.jobs import service as jobs


@get(
    "/crimes",
    operation_id="listCrimes",
    tags=["crimes"],
    opt=needs(Right.READ_CRIMES),
    responses=answers(400, 401, 403, 422),
    sync_to_thread=True,
)
def list_crimes(
    desk: NamedDependency[Desk],
    limit: Limit = 50,
    offset: Offset = 0,
    force: Annotated[str | None, QueryParameter(description="Crimes of this force.")] = None,
    crime_ref: Annotated[str | None, QueryParameter(name="crimeRef", description="With this reference.")] = None,
    crime_type: Annotated[str | None, QueryParameter(name="crimeType", description="Of this type.")] = None,
    since: Annotated[datetime | None, QueryParameter(name="from", description="Windows from this instant on.")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to", description="Windows before this instant.")] = None,
    easting: Annotated[float | None, QueryParameter(ge=0, le=1_000_000, description="With northing: near.")] = None,
    northing: Annotated[float | None, QueryParameter(ge=0, le=2_000_000, description="With easting.")] = None,
    within_m: Annotated[float, QueryParameter(name="withinM", gt=0, le=50_000, description="How near.")] = 500.0,
) -> CrimePage:
    """The latest version of each, by time. Times carry a zone; distances are in metres of EPSG:27700."""
    desk.actor.must(Right.READ_CRIMES)
    if (easting is None) != (northing is None):
        raise BadEntry("give easting and northing, or neither")
    for name, instant in (("from", since), ("to", until)):
        if instant is not None and instant.tzinfo is None:
            raise BadEntry(f"{name} is {instant.isoformat()}, without a zone; end it with Z, or +01:00")
    found = latest_crimes(desk.reader, t_from=since, t_to=until)
    wanted = {"force": force, "crime_ref": crime_ref, "crime_type": crime_type}
    conditions = [pl.col(name) == value for name, value in wanted.items() if value is not None]
    if easting is not None and northing is not None:
        away = ((pl.col("easting_m") - easting) ** 2 + (pl.col("northing_m") - northing) ** 2).sqrt()
        conditions.append(away <= within_m)
    rows = found.filter(*conditions).sort("t_from", "force", "crime_ref") if conditions else found.sort("t_from")
    by_type = dict(rows["crime_type"].value_counts(sort=True).iter_rows())
    page = [plain(row) for row in rows.slice(offset, limit).iter_rows(named=True)]
    unknown = sorted(name for name in by_type if type_named(name, desk.today.day) is None)
    return CrimePage(
        items=page, total=rows.height, by_type=by_type, types_in_no_table=unknown, limit=limit, offset=offset
    )


@get(
    "/crimes/types",
    operation_id="listCrimeTypes",
    tags=["crimes"],
    opt=needs(Right.READ_CRIMES),
    responses=answers(401, 403),
    sync_to_thread=False,
)
def list_types(desk: NamedDependency[Desk]) -> CrimeTypePage:
    """The dated table of types: which are acquisitive, which is knife crime. Any other type loads too."""
    desk.actor.must(Right.READ_CRIMES)
    items = [msgspec.convert(each, CrimeTypeOut, from_attributes=True) for each in crime_types()]
    return CrimeTypePage(items=items, total=len(items))


@get(
    "/crimes/{force:str}/{crime_ref:str}",
    operation_id="getCrime",
    tags=["crimes"],
    opt=needs(Right.READ_CRIMES),
    responses=answers(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_crime(force: FromPath[str], crime_ref: FromPath[str], desk: NamedDependency[Desk]) -> CrimeOut:
    """Every version of one crime, with what changed; a slash in a reference is sent as %2F."""
    desk.actor.must(Right.READ_CRIMES)
    return _crime(desk, escaped(force), escaped(crime_ref))


@post(
    "/crimes",
    operation_id="enterCrime",
    tags=["crimes"],
    opt=needs(Right.ENTER_CRIMES),
    responses=answers(400, 401, 403, 409, 422),
    sync_to_thread=True,
)
def enter_crime(data: JSONBody[NewCrime], desk: NamedDependency[Desk]) -> CrimeEntered:
    """One crime by hand, by the same rules as a file's row; with `match` a job of it alone begins at once."""
    desk.actor.must(Right.ENTER_CRIMES)
    if data.to < data.from_:
        raise BadEntry(f"to is {data.to.isoformat()}, before from, {data.from_.isoformat()}")
    report = _by_hand(desk, data)
    if report.rejected:
        faults = ", ".join(report.by_rule) or ", ".join(fault.rule for fault in report.batch_faults)
        raise BadEntry(f"the crime cannot be taken: {faults}")
    job = None
    if data.match:
        asked = {"crime": [data.force, data.crime_ref], "forReview": True}
        job = jobs.create(desk.engine, asked, clock=datetime.now(UTC), **desk.said)
        desk.wake.set()
    return CrimeEntered(
        new=report.kept > 0,
        crime=_crime(desk, data.force, data.crime_ref),
        warnings=[sign.words for sign in report.warnings],
        job=None if job is None else job_out(job),
    )


def _by_hand(desk: Desk, data: NewCrime) -> Any:
    text = io.StringIO()
    columns = {
        "force": data.force,
        "crime_ref": data.crime_ref,
        "crime_type": data.crime_type,
        "t_from": utc(data.from_),
        "t_to": utc(data.to),
        "easting": repr(data.easting),
        "northing": repr(data.northing),
        "location_accuracy_m": "" if data.location_accuracy_m is None else repr(data.location_accuracy_m),
        "text": data.text,
    }
    writer = csv.writer(text)
    writer.writerows([columns.keys(), columns.values()])
    make_home(desk.settings.home)
    with tempfile.TemporaryDirectory(prefix=".by-hand-", dir=desk.settings.home) as folder:
        path = Path(folder) / "by hand.csv"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return import_crimes(
            desk.engine,
            path,
            format="headed",
            rejects_dir=Path(folder),
            by=desk.actor.name,
            received_at=desk.today.now,
        )


def _crime(desk: Desk, force: str, crime_ref: str) -> CrimeOut:
    found = versions_of(desk.reader, force, crime_ref)
    if not found:
        raise NotFound(f"there is no crime {crime_ref!r} of {force!r}")
    versions = [
        CrimeVersionOut(
            version=v.version,
            crime_type=v.crime_type,
            from_=v.t_from,
            to=v.t_to,
            easting_m=None if v.x_mm is None else v.x_mm / 1000,
            northing_m=None if v.y_mm is None else v.y_mm / 1000,
            location_accuracy_m=None if v.location_accuracy_mm is None else v.location_accuracy_mm / 1000,
            changed=list(v.changed),
            recorded_at=v.recorded_at,
            file=v.file,
            batch=v.batch,
        )
        for v in found
    ]
    return CrimeOut(force=force, crime_ref=crime_ref, versions=versions)


HANDLERS = (list_crimes, list_types, get_crime, enter_crime)
