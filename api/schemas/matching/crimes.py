"""Crimes on record."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from api.schemas.fields import Instant
from api.schemas.matching.jobs import JobOut
from api.schemas.wire import Body, PageAnswer, Wire
from api.schemas.withdrawals import WithdrawnOut
from tracker.crimes.queries import ReportedVersion
from tracker.crimes.types import type_in_words

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class NewCrime(Body, frozen=True, kw_only=True):
    """One crime entered by hand, its place in one of three ways: `easting` and `northing` (metres of the National
    Grid), `latitude` and `longitude` (degrees, WGS84), or `gridReference` (TQ 302 796), which is a square: its middle
    is taken, known to half a side unless `locationAccuracyM` says otherwise. `match`: ask for a match of it alone at
    once."""

    force: Text
    crime_ref: Text
    crime_type: Text
    from_: Instant = msgspec.field(name="from")
    to: Instant
    easting: Annotated[float, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    northing: Annotated[float, msgspec.Meta(ge=0, le=2_000_000)] | None = None
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    grid_reference: Annotated[str, msgspec.Meta(min_length=4, max_length=20)] | None = None
    location_accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=10_000)] | None = None
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    match: bool = True


class CrimeVersionOut(Wire, frozen=True, kw_only=True):
    """One report of a crime. `text` is what the force sent with it, null where it sent none; `changed` names what
    differs from the version before."""

    version: int
    crime_type: str
    crime_type_in_words: str | None
    text: str | None
    from_: datetime = msgspec.field(name="from")
    to: datetime
    easting_m: float | None
    northing_m: float | None
    location_accuracy_m: float | None
    changed: list[str]
    recorded_at: datetime
    file: str
    file_number: int
    batch: str | None
    withdrawn: bool


class CrimeOut(Wire, frozen=True, kw_only=True):
    """A crime with its versions, the latest first; the latest that is not withdrawn with its import counts, unless the
    crime is (`withdrawn`)."""

    force: str
    crime_ref: str
    versions: list[CrimeVersionOut]
    withdrawn: WithdrawnOut | None


class CrimeRow(Wire, frozen=True, kw_only=True):
    """The latest version of a crime. `crimeTypeInWords`: null for a type in no table, which is as it was sent; `text`:
    what the force sent with it, null where it sent none."""

    force: str
    crime_ref: str
    version: int
    crime_type: str
    crime_type_in_words: str | None
    text: str | None
    from_: datetime = msgspec.field(name="from")
    to: datetime
    easting_m: float | None
    northing_m: float | None
    location_accuracy_m: float | None


class CrimeTypeOut(Wire, frozen=True, kw_only=True):
    """A type in the dated table, valid from `since` until the day before `until`."""

    code: str
    words: str
    acquisitive: bool
    knife: bool
    since: date
    until: date | None
    source: str


class CrimeTypePage(Wire, frozen=True, kw_only=True):
    items: list[CrimeTypeOut]
    total: int


class CrimePage(PageAnswer, frozen=True, kw_only=True):
    """`byType`: how many of all that fit are of each crime type; `typesInNoTable`: those of these types that are not in
    the table of types. Such crimes are kept and matched too. `next`: given as `after`, the page behind this one."""

    items: list[CrimeRow]
    by_type: dict[str, int]
    types_in_no_table: list[str]
    next: str | None


class CrimeEntered(Wire, frozen=True, kw_only=True):
    """`new` false: the same report was on record already. `whyNot`: why no match can test the crime, null where
    one can. `job`: the match that was asked for."""

    new: bool
    crime: CrimeOut
    why_not: str | None
    why_not_in_words: str | None
    warnings: list[str]
    job: JobOut | None


def crime_row(row: dict[str, Any]) -> CrimeRow:
    return CrimeRow(
        force=row["force"],
        crime_ref=row["crime_ref"],
        version=row["version"],
        crime_type=row["crime_type"],
        crime_type_in_words=type_in_words(row["crime_type"], row["t_from"]),
        text=row["text"],
        from_=row["t_from"],
        to=row["t_to"],
        easting_m=row["easting_m"],
        northing_m=row["northing_m"],
        location_accuracy_m=row["location_accuracy_m"],
    )


def version_out(found: ReportedVersion) -> CrimeVersionOut:
    return CrimeVersionOut(
        version=found.version,
        crime_type=found.crime_type,
        crime_type_in_words=type_in_words(found.crime_type, found.t_from),
        text=found.text,
        from_=found.t_from,
        to=found.t_to,
        easting_m=None if found.x_mm is None else found.x_mm / 1000,
        northing_m=None if found.y_mm is None else found.y_mm / 1000,
        location_accuracy_m=None if found.location_accuracy_mm is None else found.location_accuracy_mm / 1000,
        changed=list(found.changed),
        recorded_at=found.recorded_at,
        file=found.file,
        file_number=found.file_number,
        batch=found.batch,
        withdrawn=found.withdrawn,
    )
