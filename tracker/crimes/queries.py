"""Queries of crimes: their latest versions, and all versions of one. The *latest version* is the last report."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, Engine, ScalarSelect, func, select
from sqlalchemy.orm import aliased

from tracker.crimes.changes import Content
from tracker.crimes.tables import Crime, CrimeBatch, CrimeVersion
from tracker.imports.tables import ImportFile
from tracker.imports.withdrawal_queries import is_withdrawn_crime, withdrawn_files
from tracker.pieces import in_pieces
from tracker.record.engine import reading

_INSTANT = pl.Datetime("us", "UTC")
LATEST_CRIMES: dict[str, pl.DataType] = {
    "force": pl.String(),
    "crime_ref": pl.String(),
    "version": pl.Int32(),
    "crime_type": pl.String(),
    "t_from": _INSTANT,
    "t_to": _INSTANT,
    "easting_m": pl.Float64(),
    "northing_m": pl.Float64(),
    "location_accuracy_m": pl.Float64(),
}
"""Columns of `latest_crimes`, the same as the matcher reads."""

_later = aliased(CrimeVersion)
IS_LATEST = (
    CrimeVersion.version
    == select(func.max(_later.version))
    .where(_later.crime_id == CrimeVersion.crime_id, _later.file_id.not_in(withdrawn_files()))
    .scalar_subquery()
)
"""The last report whose import is not withdrawn; the crime itself may be (`NOT_WITHDRAWN`)."""
NOT_WITHDRAWN = ~is_withdrawn_crime(Crime.force, Crime.crime_ref)


class LatestVersion(NamedTuple):
    """The latest version of a crime on record."""

    crime_id: int
    version: int
    digest: str
    file_id: int
    content: Content


def latest_versions(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LatestVersion]:
    """The latest versions of crimes by (force, crime_ref), without those not on record. For some thousands at a
    time."""
    refs: dict[str, list[str]] = defaultdict(list)
    for force, crime_ref in keys:
        refs[force].append(crime_ref)
    found = {}
    for force, wanted in refs.items():
        query = (
            select(
                Crime.crime_ref,
                CrimeVersion.crime_id,
                CrimeVersion.version,
                CrimeVersion.digest,
                CrimeVersion.file_id,
                *(getattr(CrimeVersion, name) for name in Content._fields),
            )
            .join(Crime, Crime.id == CrimeVersion.crime_id)
            .where(Crime.force == force, Crime.crime_ref.in_(wanted), IS_LATEST)
        )
        for crime_ref, crime_id, version, digest, file_id, *content in connection.execute(query):
            found[force, crime_ref] = LatestVersion(crime_id, version, digest, file_id, Content(*content))
    return found


def text_of_version(force: Any, crime_ref: Any, version: Any) -> ScalarSelect[str | None]:
    """The text that the force sent with a version of a crime, for the rows of a query that have these three columns;
    null where it sent none."""
    return (
        select(func.nullif(CrimeVersion.text, ""))
        .join(Crime, Crime.id == CrimeVersion.crime_id)
        .where(Crime.force == force, Crime.crime_ref == crime_ref, CrimeVersion.version == version)
        .scalar_subquery()
    )


def texts_of(connection: Connection, force: str, crime_ref: str) -> dict[int, str]:
    """The text of each version of a crime that has one."""
    query = select(CrimeVersion.version, CrimeVersion.text).join(Crime, Crime.id == CrimeVersion.crime_id)
    mine = Crime.force == force, Crime.crime_ref == crime_ref, CrimeVersion.text != ""
    return dict(connection.execute(query.where(*mine)).tuples().all())


class EarlierVersions(NamedTuple):
    """A crime of which a version was withdrawn with its import. `last`: the number of its last version."""

    crime_id: int
    last: int


def with_withdrawn_versions(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], EarlierVersions]:
    """Those of these crimes of which a version is withdrawn: the next one is numbered after it."""
    refs: dict[str, list[str]] = defaultdict(list)
    for force, crime_ref in keys:
        refs[force].append(crime_ref)
    found = {}
    of_withdrawn = select(CrimeVersion.crime_id).where(CrimeVersion.file_id.in_(withdrawn_files()))
    for force, wanted in refs.items():
        query = (
            select(Crime.crime_ref, Crime.id, func.max(CrimeVersion.version))
            .join(CrimeVersion, CrimeVersion.crime_id == Crime.id)
            .where(Crime.force == force, Crime.crime_ref.in_(wanted), Crime.id.in_(of_withdrawn))
            .group_by(Crime.crime_ref, Crime.id)
        )
        for crime_ref, crime_id, last in connection.execute(query):
            found[force, crime_ref] = EarlierVersions(crime_id, last)
    return found


def crimes_of_file(connection: Connection, file_id: int) -> dict[int, tuple[str, str]]:
    """(force, reference) of the crimes of which an import made a version, by number."""
    query = select(Crime.id, Crime.force, Crime.crime_ref).join(CrimeVersion, CrimeVersion.crime_id == Crime.id)
    rows = connection.execute(query.where(CrimeVersion.file_id == file_id))
    return {crime_id: (force, crime_ref) for crime_id, force, crime_ref in rows}


def counting_crimes(connection: Connection, crime_ids: Iterable[int]) -> set[int]:
    """Those of these crimes that count: with a version that is not withdrawn, and not withdrawn themselves."""
    found: set[int] = set()
    for some in in_pieces(sorted(crime_ids)):
        query = select(CrimeVersion.crime_id).join(Crime, Crime.id == CrimeVersion.crime_id)
        found |= set(connection.scalars(query.where(CrimeVersion.crime_id.in_(some), IS_LATEST, NOT_WITHDRAWN)))
    return found


def latest_number(connection: Connection, force: str, crime_ref: str) -> int | None:
    """The number of the version of a crime that counts; None where none does."""
    query = select(CrimeVersion.version).join(Crime, Crime.id == CrimeVersion.crime_id)
    return connection.scalar(query.where(Crime.force == force, Crime.crime_ref == crime_ref, IS_LATEST, NOT_WITHDRAWN))


def crime_named(connection: Connection, force: str, crime_ref: str) -> int | None:
    """The number of a crime on record."""
    return connection.scalar(select(Crime.id).where(Crime.force == force, Crime.crime_ref == crime_ref))


def crimes_reported_since(connection: Connection, file_id: int) -> list[tuple[str, str]]:
    """(force, reference) of the crimes of which an import after this one made a version."""
    query = select(Crime.force, Crime.crime_ref).join(CrimeVersion, CrimeVersion.crime_id == Crime.id)
    return list(connection.execute(query.where(CrimeVersion.file_id > file_id)).tuples())


def latest_crimes(engine: Engine, *, t_from: datetime | None = None, t_to: datetime | None = None) -> pl.DataFrame:
    """The latest version of every crime, in the columns `LATEST_CRIMES`, sorted by force and reference bytewise.

    With `t_from`, `t_to` only crimes whose window has an instant in [t_from, t_to). Crimes that cannot be matched are
    included: the matcher lists them with the reason.
    """
    query = select(
        Crime.force,
        Crime.crime_ref,
        CrimeVersion.version,
        CrimeVersion.crime_type,
        CrimeVersion.t_from,
        CrimeVersion.t_to,
        CrimeVersion.x_mm,
        CrimeVersion.y_mm,
        CrimeVersion.location_accuracy_mm,
    ).join(Crime, Crime.id == CrimeVersion.crime_id)
    query = query.where(IS_LATEST, NOT_WITHDRAWN)
    if t_from is not None:
        query = query.where(CrimeVersion.t_to >= t_from)
    if t_to is not None:
        query = query.where(CrimeVersion.t_from < t_to)
    stored = dict(zip(LATEST_CRIMES, [*list(LATEST_CRIMES.values())[:6], *[pl.Int64()] * 3], strict=True))
    with reading(engine).connect() as connection:
        rows = connection.execute(query).all()
    frame = pl.DataFrame([tuple(row) for row in rows], schema=stored, orient="row")
    metres = [pl.col(name) / 1000.0 for name in ("easting_m", "northing_m", "location_accuracy_m")]
    return frame.with_columns(metres).sort("force", "crime_ref")


class ReportedVersion(NamedTuple):
    """One version of a crime as reported, with its file; places in whole millimetres."""

    version: int
    crime_type: str
    t_from: datetime
    t_to: datetime
    x_mm: int | None
    y_mm: int | None
    location_accuracy_mm: int | None
    text: str | None
    changed: list[str]
    recorded_at: datetime
    file: str
    file_number: int
    batch: str | None
    withdrawn: bool
    """With its import."""


def versions_of(engine: Engine, force: str, crime_ref: str) -> list[ReportedVersion]:
    """Every version of a crime, latest first; empty if there is no such crime."""
    query = (
        select(
            CrimeVersion.version,
            CrimeVersion.crime_type,
            CrimeVersion.t_from,
            CrimeVersion.t_to,
            CrimeVersion.x_mm,
            CrimeVersion.y_mm,
            CrimeVersion.location_accuracy_mm,
            func.nullif(CrimeVersion.text, ""),
            CrimeVersion.changed,
            CrimeVersion.recorded_at,
            ImportFile.name,
            ImportFile.id,
            CrimeBatch.batch_id,
            ImportFile.id.in_(withdrawn_files()),
        )
        .join(Crime, Crime.id == CrimeVersion.crime_id)
        .join(ImportFile, ImportFile.id == CrimeVersion.file_id)
        .outerjoin(CrimeBatch, CrimeBatch.id == CrimeVersion.batch_id)
        .where(Crime.force == force, Crime.crime_ref == crime_ref)
        .order_by(CrimeVersion.version.desc())
    )
    with reading(engine).connect() as connection:
        return [ReportedVersion(*row) for row in connection.execute(query)]
