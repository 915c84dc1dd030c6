"""A record that has grown: so many crimes, and matches at them that wait for review, written past the entries in bulk.

    python -m benchmarks.service.grown_record HOME --licences 30000
    python -m benchmarks.service.grown_matches HOME --crimes 1000000 --matches 100000

Made up throughout, as many crimes a month as the demo has (25,000). Every match is of a wearer of the record who may
be matched then, so that none is hidden; its figures are of a plausible size, one in eight has a q-value under a half,
and each month has its pool. There are no fixes and no runs: a match is shown without evidence.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, text

from api.settings import read_settings
from api.usecases.stores import open_record
from matcher.params import ALGORITHM
from tracker.crimes.row import Precision
from tracker.crimes.tables import Crime, CrimeVersion
from tracker.imports.tables import FileKind, ImportFile, ImportStatus
from tracker.record.base import Table
from tracker.review.states import MatchState
from tracker.review.tables import Match, Pool

NOW = datetime(2019, 11, 1, 9, tzinfo=UTC)
_FIRST = datetime(2016, 7, 1, tzinfo=UTC)
_APART = timedelta(seconds=105)
_TYPES = ("Burglary", "Robbery", "Theft from the person", "Vehicle crime", "Violence with injury")
_PIECE = 5_000
_SETTINGS = "made up"


class Wearer(NamedTuple):
    """Someone who may be matched from `since` on, for so many hours at least."""

    person_id: int
    wearer_ref: str
    since: datetime
    hours: int


def grow(engine: Engine, crimes: range, matches: range, wearers: Sequence[Wearer]) -> None:
    """The crimes of these numbers, and the matches of these; each match is at the crime of its number."""
    with engine.begin() as connection:
        file_id = _file(connection)
        _put(connection, Crime, ({"id": n, "force": _force(n), "crime_ref": _ref(n)} for n in crimes))
        _put(connection, CrimeVersion, (_version(n, file_id, matches, wearers) for n in crimes))
        pools = _pools(connection, {_month(_begins(n, matches, wearers)) for n in matches})
        _put(connection, Match, (_match(n, matches, wearers, pools) for n in matches))
        _follow(connection)
        _number_on(connection)


def eligible(connection: Connection) -> list[Wearer]:
    """Everyone on record who may be matched at some time."""
    from tracker.projections.tables import EligibleSpan

    query = select(EligibleSpan.person_id, EligibleSpan.wearer_ref, EligibleSpan.since, EligibleSpan.until)
    rows = connection.execute(query.order_by(EligibleSpan.person_id, EligibleSpan.since))
    return [
        Wearer(person_id, wearer, since, int(((until or NOW) - since) / timedelta(hours=1)))
        for person_id, wearer, since, until in rows
        if (until or NOW) - since > timedelta(hours=3)
    ]


def _follow(connection: Connection) -> None:
    try:
        from tracker.crimes.latest_service import rebuild_latest
        from tracker.review.shown_service import rebuild
    except ImportError:
        # An earlier version, measured beside this one.
        return
    rebuild_latest(connection)
    rebuild(connection)


def _number_on(connection: Connection) -> None:
    """PostgreSQL numbers rows by a sequence, which does not know of rows that came with a number."""
    if connection.dialect.name == "postgresql":
        for table in (Crime, Match):
            name = table.__tablename__
            last = f"(SELECT max(id) FROM {name})"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))


def _file(connection: Connection) -> int:
    found = connection.scalar(select(func.max(ImportFile.id)).where(ImportFile.options_sha256 == _SETTINGS))
    if found is not None:
        return found
    values: dict[str, Any] = {
        "kind": FileKind.CRIMES,
        "name": "made up.csv",
        "sha256": _SETTINGS,
        "options": {},
        "options_sha256": _SETTINGS,
        "recorded_at": NOW,
        "status": ImportStatus.SUCCESSFUL,
        "rows": 0,
        "kept": 0,
        "same": 0,
        "rejected": 0,
        "report": {},
    }
    return connection.execute(insert(ImportFile).values(**values).returning(ImportFile.id)).scalar_one()


def _force(n: int) -> str:
    return "Metropolitan" if n % 50 else "City of London"


def _ref(n: int) -> str:
    return f"GC{n:07}"


def _begins(n: int, matches: range, wearers: Sequence[Wearer]) -> datetime:
    """Of the crime of this number: while the wearer whom it matches may be matched, or at any time."""
    if n in matches:
        wearer = wearers[n % len(wearers)]
        return wearer.since + timedelta(hours=1 + n * 7_919 % (wearer.hours - 2))
    return _FIRST + n * _APART


def _version(n: int, file_id: int, matches: range, wearers: Sequence[Wearer]) -> dict[str, Any]:
    begins = _begins(n, matches, wearers)
    return {
        "id": n,
        "crime_id": n,
        "version": 1,
        "file_id": file_id,
        "row": n,
        "crime_type": _TYPES[n * 31 % 7 % len(_TYPES)],
        "t_from": begins,
        "t_to": begins + timedelta(minutes=5 + n % 55),
        "x_mm": 505_000_000 + n * 7_907 % 55_000_000,
        "y_mm": 158_000_000 + n * 6_619 % 42_000_000,
        "location_accuracy_mm": 10_000,
        "precision": Precision.INSTANT,
        "text": "",
        "changed": [],
        "recorded_at": NOW,
        "digest": f"{n:032x}",
    }


def _month(begins: datetime) -> str:
    return f"{begins:%Y-%m}"


def _pools(connection: Connection, months: Iterable[str]) -> dict[str, int]:
    held = dict(connection.execute(select(Pool.month, Pool.id).where(Pool.params_sha256 == _SETTINGS)).tuples().all())
    figures = {"crimes": 25_000, "by_stratum": [], "lists": []}
    for month in sorted(set(months) - held.keys()):
        values = {"programme": "", "params_sha256": _SETTINGS, "month": month, "figures": figures, "judged_at": NOW}
        held[month] = connection.execute(insert(Pool).values(**values).returning(Pool.id)).scalar_one()
    return held


def _match(n: int, matches: range, wearers: Sequence[Wearer], pools: dict[str, int]) -> dict[str, Any]:
    wearer, begins = wearers[n % len(wearers)], _begins(n, matches, wearers)
    q_value = None if n % 40 == 0 else (n * 13 % 100 + 1) / 200 if n % 8 == 0 else (n * 13 % 100 + 101) / 200
    p_present, e_value = (n * 17 % 100 + 1) / 100, n * 3 % 30 + 0.5
    figures = {
        "verdict": "present",
        "in_words": "A position was recorded inside the circle in the window, 18 m from the place, for 4 min.",
        "fixes_within": 1 + n % 9,
        "first_at": begins.isoformat(),
        "last_at": (begins + timedelta(minutes=4)).isoformat(),
        "closest_m": 18.0,
        "closest_at": begins.isoformat(),
        "dwell_s": 240.0,
        "coverage": 0.9,
        "visits": 1,
        "p_present": p_present,
        "e_value": e_value,
        "q_value": q_value,
        "note": None,
    }
    return {
        "id": n,
        "force": _force(n),
        "crime_ref": _ref(n),
        "crime_version": 1,
        "crime_type": _TYPES[n * 31 % 7 % len(_TYPES)],
        "t_from": begins,
        "t_to": begins + timedelta(minutes=5 + n % 55),
        "wearer_ref": wearer.wearer_ref,
        "person_id": wearer.person_id,
        "run_id": "made-up",
        "params_sha256": _SETTINGS,
        "algorithm": ALGORITHM,
        "figures": figures,
        "p_present": p_present,
        "q_value": q_value,
        "pool_id": pools[_month(begins)],
        "e_value": e_value,
        "state": MatchState.NEW,
        "assignee": None,
        "recorded_at": NOW,
        "changed_at": NOW,
    }


def _put(connection: Connection, table: type[Table], rows: Iterator[dict[str, Any]]) -> None:
    piece: list[dict[str, Any]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == _PIECE:
            connection.execute(insert(table), piece)
            piece = []
    if piece:
        connection.execute(insert(table), piece)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--crimes", type=int, default=25_000)
    parser.add_argument("--matches", type=int, default=5_456)
    arguments = parser.parse_args()
    engine = open_record(read_settings(home=arguments.home))
    with engine.connect() as connection:
        wearers = eligible(connection)
    grow(engine, range(1, arguments.crimes + 1), range(1, arguments.matches + 1), wearers)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


if __name__ == "__main__":
    main()
