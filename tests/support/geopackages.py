"""A small GeoPackage, as OS Open Zoomstack is one: layers in British National Grid, with their R-trees."""

import sqlite3
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

STREET = shapely.linestrings([(529_000.0, 180_000.0), (530_000.0, 180_010.0), (531_000.0, 180_000.0)])
PARK = shapely.box(530_020, 180_020, 530_120, 180_090)
ELSEWHERE = shapely.linestrings([(300_000.0, 500_000.0), (300_100.0, 500_100.0)])
PUB = shapely.points(530_050.0, 179_960.0)
ZOOMSTACK: Mapping[str, Sequence[tuple[Any, str | None]]] = {
    "roads_local": [(STREET, "High Street"), (ELSEWHERE, "A lane far off")],
    "greenspace": [(PARK, None)],
    "names": [(PUB, "Elephant & <Castle>")],
}


def blob_of(shape: Any, srs: int = 27_700) -> bytes:
    return b"GP\x00\x01" + struct.pack("<i", srs) + bytes(shapely.to_wkb(shape))


def write_geopackage(
    path: Path,
    layers: Mapping[str, Sequence[tuple[Any, str | None]]] = ZOOMSTACK,
    *,
    srs: int = 27_700,
    blobs: Mapping[str, bytes] | None = None,
    indexed: bool = True,
) -> Path:
    """`blobs`: by layer, what stands in the place of its first shape."""
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, srs_id INTEGER)")
        for layer, rows in layers.items():
            made.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?)", (layer, srs))
            made.execute(f"CREATE TABLE {layer} (fid INTEGER PRIMARY KEY, geom BLOB, name1 TEXT)")
            if indexed:
                made.execute(f"CREATE VIRTUAL TABLE rtree_{layer}_geom USING rtree(id, minx, maxx, miny, maxy)")
            for number, (shape, name) in enumerate(rows, start=1):
                blob = (blobs or {}).get(layer) if number == 1 else None
                made.execute(f"INSERT INTO {layer} VALUES (?, ?, ?)", (number, blob or blob_of(shape, srs), name))
                west, south, east, north = shapely.bounds(shape)
                if indexed:
                    made.execute(f"INSERT INTO rtree_{layer}_geom VALUES (?, ?, ?, ?, ?)",
                                 (number, west, east, south, north))  # fmt: skip
        made.commit()
    return path
