"""The list of crimes: one row for each, kept with the versions, and paged by the database."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from tests.support.crime_files import write_csv
from tracker.crimes.importer import import_crimes
from tracker.crimes.latest_service import latest_differences, rebuild_latest
from tracker.crimes.page_queries import CrimeFilter, CrimePlace, crimes_page
from tracker.crimes.queries import latest_crimes
from tracker.crimes.tables import CrimeTally, LatestCrime
from tracker.retention.policy import Policy, RetentionKind
from tracker.retention.purge_service import purge_crimes

NOW = datetime(2019, 10, 1, 12, tzinfo=UTC)
KEPT = Policy(RetentionKind.CRIMES, 30, NOW.date(), "a test")
HEADING = "force,crime_ref,crime_type,t_from,t_to,easting,northing"


def _row(ref: str, minutes: int, kind: str = "Burglary", x: int = 530_000, lasts: int = 10, force: str = "Met") -> str:
    begins = NOW - timedelta(days=1) + timedelta(minutes=minutes)
    ends = begins + timedelta(minutes=lasts)
    return f"{force},{ref},{kind},{begins:%Y-%m-%dT%H:%M:%SZ},{ends:%Y-%m-%dT%H:%M:%SZ},{x},180000"


def _import(engine: Engine, folder: Path, name: str, rows: list[str]) -> None:
    path = write_csv(folder / name, "\n".join([HEADING, *rows]) + "\n")
    report = import_crimes(engine, path, format="headed", rejects_dir=folder, by="ana", received_at=NOW)
    assert report.rejected == 0


def _kept(engine: Engine) -> tuple[list[Any], list[Any]]:
    with engine.connect() as connection:
        return (
            connection.execute(select(LatestCrime.__table__).order_by(LatestCrime.crime_id)).all(),
            connection.execute(select(CrimeTally.__table__).order_by(CrimeTally.force, CrimeTally.crime_type)).all(),
        )


def _page(engine: Engine, after: CrimePlace | None = None, limit: int = 0, **wanted: Any) -> tuple[list[str], Any]:
    with engine.connect() as connection:
        found = crimes_page(connection, CrimeFilter(**wanted), limit=limit, after=after)
    return [row["crime_ref"] for row in found.rows], found.by_type


def test_the_latest_versions_are_those_of_the_versions_on_record(engine: Engine, tmp_path: Path) -> None:
    """After a first report, corrections (one crime twice in one file, one of another type) and a purge."""
    _import(
        engine, tmp_path, "a.csv", [_row("a", 5), _row("b", 3), _row("c", 3, force="City"), _row("d", 9, "Robbery")]
    )
    _import(engine, tmp_path, "b.csv", [_row("a", 6, "Robbery"), _row("b", 4), _row("b", 40, x=531_000)])
    rows, tally = _kept(engine)
    assert [tuple(row) for row in tally] == [("City", "Burglary", 1), ("Met", "Burglary", 1), ("Met", "Robbery", 2)]
    by_ref = latest_crimes(engine).to_dicts()
    assert [(r.crime_ref, r.version, r.t_from, r.x_mm) for r in sorted(rows, key=lambda r: (r.force, r.crime_ref))] == [
        (each["crime_ref"], each["version"], each["t_from"], each["easting_m"] * 1000) for each in by_ref
    ]
    with engine.begin() as connection:
        assert rebuild_latest(connection) == 4
    assert _kept(engine) == (rows, tally)
    assert latest_differences(engine) == []
    with engine.begin() as connection:
        connection.execute(update(LatestCrime).where(LatestCrime.crime_ref == "a").values(x_mm=1))
        connection.execute(delete(CrimeTally).where(CrimeTally.force == "City"))
    assert [words.split(" is ")[0] for words in latest_differences(engine)] == [
        "latest_crime of Met a",
        "crime_tally of City Burglary",
    ]
    with engine.begin() as connection:
        rebuild_latest(connection)
    assert _kept(engine) == (rows, tally)
    purge_crimes(engine, NOW + timedelta(days=1), KEPT, by="dpo", now=NOW + timedelta(days=2))
    assert _kept(engine) == ([], [])


@pytest.fixture
def listed(engine: Engine, tmp_path: Path) -> Engine:
    short = [_row(f"r{n}", n // 2, "Burglary" if n % 3 else "Robbery", 530_000 + 100 * n) for n in range(8)]
    _import(engine, tmp_path, "a.csv", [*short, _row("Z", 3, "Theft", 540_000, 600), _row("é", 3, "Theft", 540_000, 1)])
    return engine


def test_pages_are_in_order_and_a_cursor_goes_on_where_a_page_ended(listed: Engine) -> None:
    every, by_type = _page(listed)
    assert every == ["r0", "r1", "r2", "r3", "r4", "r5", "Z", "r6", "r7", "é"]
    assert list(by_type.items()) == [("Burglary", 5), ("Robbery", 3), ("Theft", 2)]
    with listed.connect() as connection:
        rows = crimes_page(connection, CrimeFilter(), limit=4).rows
    last = CrimePlace(rows[-1]["t_from"], rows[-1]["force"], rows[-1]["crime_ref"])
    assert _page(listed, after=last)[0] == every[4:]
    assert _page(listed, after=last, limit=2)[0] == every[4:6]


def test_filters_find_what_a_look_at_every_crime_finds(listed: Engine) -> None:
    noon = NOW - timedelta(days=1)
    at = noon + timedelta(minutes=120)
    assert _page(listed, since=at) == (["Z"], {"Theft": 1})
    assert _page(listed, since=noon + timedelta(minutes=13))[0] == ["Z", "r6", "r7"]
    assert _page(listed, until=noon + timedelta(minutes=1))[0] == ["r0", "r1"]
    assert _page(listed, since=datetime(1, 1, 1, tzinfo=UTC), crime_type="Robbery") == (
        ["r0", "r3", "r6"],
        {"Robbery": 3},
    )
    assert _page(listed, near=(530_000.0, 180_000.0), within_m=200.0)[0] == ["r0", "r1", "r2"]
    assert _page(listed, near=(530_000.0, 180_120.0), within_m=199.0)[0] == ["r0", "r1"]
    assert _page(listed, force="Met", crime_ref="é")[0] == ["é"]
    assert _page(listed, force="City") == ([], {})
