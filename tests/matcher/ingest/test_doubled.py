"""A file whose fixes are stored already a zone apart is warned of; one that only looks like it is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matcher.ingest.doubled import Doubled
from matcher.ingest.fixes import import_fixes
from matcher.store.fixes import FixStore

BEGIN = datetime(2019, 7, 3, 20, tzinfo=UTC)
Rows = list[tuple[str, float, float]]
"""Device, minutes after the beginning, easting."""


def walk(device: str = "TAG1", minutes: int = 30, east: float = 530_000.0) -> Rows:
    return [(device, k, east + 20 * k) for k in range(minutes)]


def doubled(folder: Path, *files: Rows) -> Doubled | None:
    store = FixStore.open(folder / "store")
    report = None
    for number, rows in enumerate(files):
        lines = [
            f"{device},{(BEGIN + timedelta(minutes=minutes)).isoformat()},{east:.3f},180000"
            for device, minutes, east in rows
        ]
        path = folder / f"{number}.csv"
        path.write_text("\n".join(["device_id,t,easting_m,northing_m", *lines]) + "\n")
        report = import_fixes(store, path, rejects_dir=folder, now=BEGIN + timedelta(days=30))
    assert report is not None
    return report.doubled


def later(rows: Rows, minutes: float) -> Rows:
    return [(device, at + minutes, east) for device, at, east in rows]


@pytest.mark.parametrize("minutes", [60, -60, 330, -345, 840], ids=lambda m: f"{m} minutes")
def test_the_same_places_a_zone_apart_are_warned_of_whichever_came_first(tmp_path: Path, minutes: int) -> None:
    found = doubled(tmp_path, later(walk(), minutes), walk())
    assert found is not None
    assert (found.devices, found.fixes, found.minutes) == (("TAG1",), 30, minutes)
    assert len(found.origins) == 1


def test_a_file_that_overlaps_in_part_is_warned_of(tmp_path: Path) -> None:
    found = doubled(tmp_path, later(walk()[20:], 60), walk(minutes=200))
    assert found is not None
    assert found.fixes == 10


def test_one_device_of_many_is_found(tmp_path: Path) -> None:
    others = [row for n in range(9) for row in walk(f"T{n}", east=520_000 + 1000 * n)]
    found = doubled(tmp_path, [*others, *later(walk(), 60)], [*later(others, 24 * 60), *walk()])
    assert found is not None
    assert found.devices == ("TAG1",)


@pytest.mark.parametrize(
    "before",
    [
        walk(),
        later(walk(), 24 * 60),
        later(walk(), 47),
        walk("TAG2"),
        later(walk()[:3], 60),
        [("TAG1", minute + 60, 530_000.0) for minute in range(30)],
    ],
    ids=["the same", "a day apart", "no zone apart", "another device", "three places", "at rest"],
)
def test_what_is_no_zone_apart_is_not_warned_of(tmp_path: Path, before: Rows) -> None:
    assert doubled(tmp_path, before, [*walk(), *((("TAG1", 100 + k, 530_000.0)) for k in range(30))]) is None
