"""Streets under the maps: cut once out of an OS Open Zoomstack GeoPackage for London, and read for the box of a map.

They are kept in a SQLite file of the home that nothing else rests on: without it maps have boroughs, the Thames and the
grid alone. It holds nobody's data, is in no backup, and is made again from its GeoPackage.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from api.schemas.operation.base_map import BaseMapMade
from api.settings import Settings
from api.usecases.desk.geopackage import BRITISH_GRID, NoGeoPackage, Package, open_package
from api.usecases.progress import Progress, silent
from api.usecases.request_context import RequestContext
from geo.outlines import Box
from matcher.files import sync_to_disk
from tracker.access.roles import Right

FILE = "basemap.sqlite3"
LONDON = Box(500_000.0, 152_000.0, 564_000.0, 204_000.0)
"""All boroughs, and two kilometres round them."""
FORMAT = 1
ATTRIBUTION = "Contains OS data © Crown copyright and database right. Open Government Licence v3.0."


class _Kind(NamedTuple):
    """A kind of shape: from which layer, how much it is simplified, and from how many metres across of a map on it is
    left out."""

    layer: str
    tolerance_m: float
    most_across_m: float


KINDS = {
    "green": _Kind("greenspace", 2.0, 20_000.0),
    "wood": _Kind("woodland", 5.0, 20_000.0),
    "water": _Kind("surfacewater", 2.0, 20_000.0),
    "building": _Kind("local_buildings", 0.5, 1_500.0),
    "rail": _Kind("rail", 2.0, 20_000.0),
    "local road": _Kind("roads_local", 1.0, 4_000.0),
    "regional road": _Kind("roads_regional", 2.0, 20_000.0),
    "national road": _Kind("roads_national", 2.0, 100_000.0),
    "name": _Kind("names", 0.0, 6_000.0),
}
"""In the order in which they are drawn."""
_NAMES = ("name1", "name")
_MAKE = f"""
PRAGMA user_version = {FORMAT};
CREATE TABLE shape (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT, wkb BLOB NOT NULL);
CREATE VIRTUAL TABLE place USING rtree(id, west, east, south, north);
"""


class Street(NamedTuple):
    """A shape of a map: `shape` as shapely has it."""

    kind: str
    name: str | None
    shape: Any


def make_base_map(context: RequestContext, package: Path, progress: Progress = silent) -> BaseMapMade:
    """Cut London out of an OS Open Zoomstack GeoPackage; the file that was there before stays until this one is whole.

    Raises
    ------
    NoGeoPackage
        The file is none, has none of the layers, lies about a shape, or has nothing of London.
    """
    context.require(Right.READ_PROGRAMME)
    context.require_space("the base map", needs=package.stat().st_size // 8)
    made = context.settings.home / FILE
    working = made.with_name(f".{FILE}.{os.getpid()}")
    working.unlink(missing_ok=True)
    try:
        with open_package(package) as opened:
            counts = _cut(opened, working, progress)
        working.chmod(0o600)
        sync_to_disk(working)
        working.replace(made)
    finally:
        working.unlink(missing_ok=True)
    return BaseMapMade(shapes=sum(counts.values()), by_kind=counts, size_mb=round(made.stat().st_size / 1e6, 1))


def _cut(opened: Package, working: Path, progress: Progress) -> dict[str, int]:
    import shapely

    there = [kind for kind, of in KINDS.items() if of.layer in opened.layers]
    if not there:
        wrong = {name: srs for name, srs in opened.others.items() if name in {of.layer for of in KINDS.values()}}
        if wrong:
            told = ", ".join(f"{name} in EPSG:{srs}" for name, srs in sorted(wrong.items()))
            raise NoGeoPackage(f"The layers are {told}. Download the GeoPackage in British National Grid (27700).")
        wanted = ", ".join(of.layer for of in KINDS.values())
        found = ", ".join(sorted(opened.layers)) or "none"
        raise NoGeoPackage(f"The file has none of the layers of OS Open Zoomstack ({wanted}); it has: {found}.")
    counts: dict[str, int] = {}
    with closing(sqlite3.connect(working)) as store:
        store.executescript(_MAKE)
        for number, kind in enumerate(there):
            progress(f"Cutting {KINDS[kind].layer}", number, len(there))
            for row in opened.shapes(KINDS[kind].layer, LONDON, _NAMES):
                tolerance = KINDS[kind].tolerance_m
                shape = shapely.simplify(row.shape, tolerance) if tolerance else row.shape
                if shapely.is_empty(shape):
                    continue
                name = next((str(each) for each in row.values if each), None)
                wkb = shapely.to_wkb(shapely.set_precision(shape, 0.1, mode="pointwise"))
                at = store.execute("INSERT INTO shape (kind, name, wkb) VALUES (?, ?, ?)", (kind, name, wkb)).lastrowid
                west, south, east, north = shapely.bounds(shape)
                store.execute("INSERT INTO place VALUES (?, ?, ?, ?, ?)", (at, west, east, south, north))
                counts[kind] = counts.get(kind, 0) + 1
        store.commit()
    if not counts:
        raise NoGeoPackage(f"The file has nothing of London (EPSG:{BRITISH_GRID}, {LONDON}).")
    return counts


def streets_within(settings: Settings, box: Box) -> Iterator[Street]:
    """What the base map has in a box, as much as a map so wide can show, in the order in which it is drawn; nothing
    where there is no base map."""
    file = settings.home / FILE
    if not file.is_file():
        return
    import shapely

    across = max(box.east - box.west, box.north - box.south)
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as store:
        (version,) = store.execute("PRAGMA user_version").fetchone()
        if version != FORMAT:
            return
        for kind, of in KINDS.items():
            if across > of.most_across_m:
                continue
            rows = store.execute(
                "SELECT name, wkb FROM place JOIN shape USING (id) "
                "WHERE east >= ? AND west <= ? AND north >= ? AND south <= ? AND kind = ? ORDER BY id",
                (box.west, box.east, box.south, box.north, kind),
            )
            for name, wkb in rows:
                shape = shapely.clip_by_rect(shapely.from_wkb(wkb), *box)
                for part in shapely.get_parts(shape):
                    if not shapely.is_empty(part):
                        yield Street(kind, name, part)
