"""Keeps the latest version of each crime as one row, and how many there are: in the transaction that writes a version
or deletes a crime."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select, update
from sqlalchemy.engine import Dialect

from tracker.crimes.queries import IS_LATEST, NOT_WITHDRAWN
from tracker.crimes.tables import Crime, CrimeTally, CrimeVersion, LatestCrime
from tracker.pieces import in_pieces
from tracker.record.engine import reading
from tracker.record.prepared.bulk import BulkInsert

_COPIED = ("version", "crime_type", "t_from", "t_to", "x_mm", "y_mm", "location_accuracy_mm")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LatestRows:
    """Rows of the latest versions as the driver takes them, made before the lock is held."""

    def __init__(self, dialect: Dialect) -> None:
        self._names = ("force", "crime_ref", "window_s", *_COPIED)
        self._made = BulkInsert(dialect, LatestCrime, self._names)
        self._whole = BulkInsert(dialect, LatestCrime, ("crime_id", *self._names))

    def taken(self, force: str, crime_ref: str, version: Mapping[str, Any]) -> tuple[Any, ...]:
        row = latest_row(force, crime_ref, {**version, "crime_id": 0})
        return self._made.taken(*(row[name] for name in self._names))

    def add(
        self, connection: Connection, rows: Mapping[int, tuple[Any, ...]], counts: Mapping[tuple[str, str], int]
    ) -> None:
        """These are the latest of their crimes, by number, which have no row yet; `counts` by force and type."""
        self._whole.write(connection, [(crime_id, *row) for crime_id, row in rows.items()])
        _count(connection, counts, 1)


def forget_latest(connection: Connection, crime_ids: Sequence[int]) -> None:
    """Before crimes are deleted, or have another latest version."""
    for some in in_pieces(crime_ids):
        mine = LatestCrime.crime_id.in_(some)
        of = (LatestCrime.force, LatestCrime.crime_type)
        gone = connection.execute(select(*of, func.count()).where(mine).group_by(*of)).all()
        connection.execute(delete(LatestCrime).where(mine))
        _count(connection, {(force, crime_type): number for force, crime_type, number in gone}, -1)


def remake_latest(connection: Connection, crime_ids: Sequence[int]) -> None:
    """Of these crimes anew: a version of theirs, or they, count no more or again."""
    for some in in_pieces(crime_ids):
        forget_latest(connection, some)
        rows = connection.execute(_OF_VERSIONS.where(CrimeVersion.crime_id.in_(some))).mappings().all()
        if rows:
            made = [latest_row(row["force"], row["crime_ref"], dict(row)) for row in rows]
            connection.execute(insert(LatestCrime), made)
            _count(connection, Counter((row["force"], row["crime_type"]) for row in made), 1)


def rebuild_latest(connection: Connection) -> int:
    """Make all rows again from the versions on record; how many crimes there are."""
    for table in (LatestCrime, CrimeTally):
        connection.execute(delete(table))
    made = 0
    result = connection.execute(_OF_VERSIONS, execution_options={"yield_per": 5_000})
    for some in result.mappings().partitions():
        connection.execute(insert(LatestCrime), [latest_row(row["force"], row["crime_ref"], dict(row)) for row in some])
        made += len(some)
    connection.execute(insert(CrimeTally).from_select(["force", "crime_type", "crimes"], _COUNTED))
    return made


def latest_differences(engine: Engine) -> list[str]:
    """Where the rows are not what the versions give; nothing is changed."""
    stands = select(LatestCrime.force, LatestCrime.crime_ref, LatestCrime.crime_id, *_of(LatestCrime))
    tally = select(CrimeTally.force, CrimeTally.crime_type, CrimeTally.crimes)
    with reading(engine).connect() as connection:
        found = {
            "latest_crime": _differ(connection, stands, _OF_VERSIONS),
            "crime_tally": _differ(connection, tally, _COUNTED),
        }
        lengths = select(LatestCrime.force, LatestCrime.crime_ref, LatestCrime.t_from, LatestCrime.t_to, _WINDOW_S)
        found["latest_crime"] += [
            row for row in connection.execute(lengths) if row.window_s != _seconds(row.t_to) - _seconds(row.t_from)
        ]
    return [
        f"{table} of {number} is not what the versions of crimes give: make it anew with tagpilot db rebuild"
        for table, rows in found.items()
        for number in sorted({f"{row[0]} {row[1]}" for row in rows})
    ]


def _differ(connection: Connection, one: Select[Any], other: Select[Any]) -> list[Any]:
    """The rows of either that the other has not."""
    return [row for a, b in ((one, other), (other, one)) for row in connection.execute(a.except_(b))]


def _of(table: type[CrimeVersion] | type[LatestCrime]) -> list[Any]:
    return [getattr(table, name) for name in _COPIED]


_WINDOW_S = LatestCrime.window_s
_COUNTED = select(LatestCrime.force, LatestCrime.crime_type, func.count()).group_by(
    LatestCrime.force, LatestCrime.crime_type
)
_OF_VERSIONS: Select[Any] = (
    select(Crime.force, Crime.crime_ref, CrimeVersion.crime_id, *_of(CrimeVersion))
    .join(Crime, Crime.id == CrimeVersion.crime_id)
    .where(IS_LATEST, NOT_WITHDRAWN)
)


def latest_row(force: str, crime_ref: str, version: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a crime whose latest version is this one."""
    copied = {name: version[name] for name in ("crime_id", *_COPIED)}
    window_s = _seconds(version["t_to"]) - _seconds(version["t_from"])
    return {"force": force, "crime_ref": crime_ref, "window_s": window_s, **copied}


def _seconds(instant: datetime) -> int:
    since = instant - _EPOCH
    return since.days * 86_400 + since.seconds


def _count(connection: Connection, numbers: Mapping[tuple[str, str], int], sign: int) -> None:
    for (force, crime_type), number in numbers.items():
        mine = CrimeTally.force == force, CrimeTally.crime_type == crime_type
        more = {"crimes": CrimeTally.crimes + sign * number}
        if connection.execute(update(CrimeTally).where(*mine).values(**more)).rowcount == 0:
            new = {"force": force, "crime_type": crime_type, "crimes": sign * number}
            connection.execute(insert(CrimeTally), new)
    connection.execute(delete(CrimeTally).where(CrimeTally.crimes == 0))
