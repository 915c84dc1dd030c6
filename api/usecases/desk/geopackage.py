"""Shapes of a GeoPackage within a box: a SQLite database with tables of shapes in one projection each.

Only what is in EPSG:27700 is read. A file that does not hold what it says it holds is refused, naming the layer and the
row; nothing of it is believed because of its name.
"""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import FileError
from geo.outlines import Box

BRITISH_GRID = 27_700
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


class NoGeoPackage(FileError, ValueError):
    """The file is no GeoPackage, or not one whose shapes can be used."""


class ShapeRow(NamedTuple):
    """A shape as shapely has it, cut at the box, and the columns that were asked for; None where there is no such
    column."""

    shape: Any
    values: tuple[Any, ...]


class Package:
    """An open GeoPackage. `layers`: by name of those in EPSG:27700, the column of their shapes."""

    def __init__(self, connection: sqlite3.Connection, layers: dict[str, str], others: dict[str, int]) -> None:
        self._connection, self.layers, self.others = connection, layers, others

    def shapes(self, layer: str, box: Box, columns: tuple[str, ...] = ()) -> Iterator[ShapeRow]:
        """Those of a layer that lie in the box, cut at its edge. Raises NoGeoPackage."""
        import shapely

        geometry = self.layers[layer]
        there = {str(row[1]) for row in self._rows(f"PRAGMA table_info({_quoted(layer)})")}
        chosen = ", ".join(_quoted(each) if each in there else "NULL" for each in columns)
        table, index = _quoted(layer), f"rtree_{layer}_{geometry}"
        query = f"SELECT rowid, {_quoted(geometry)}{', ' if columns else ''}{chosen} FROM {table}"
        values: tuple[float, ...] = ()
        if self._rows("SELECT 1 FROM sqlite_master WHERE name = ?", (index,)):
            query += (
                f" WHERE rowid IN (SELECT id FROM {_quoted(index)} WHERE maxx >= ? AND minx <= ? AND maxy >= ? "
                "AND miny <= ?)"
            )
            values = (box.west, box.east, box.south, box.north)
        try:
            for row, blob, *rest in self._connection.execute(query, values):
                if blob is None:
                    continue
                shape = shapely.clip_by_rect(_shape(layer, row, blob), *box)
                if not shapely.is_empty(shape):
                    yield ShapeRow(shape, tuple(rest))
        except sqlite3.Error as error:
            raise NoGeoPackage(f"The layer {layer} cannot be read: {error}. Download the file again.") from error

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise NoGeoPackage(f"The file cannot be read: {error}. Download it again.") from error


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Raises NoGeoPackage for a file that is none, or has no layer in EPSG:27700."""
    with path.open("rb") as raw:
        head = raw.read(16)
    if head != b"SQLite format 3\0":
        raise NoGeoPackage(f"{path.name} is no GeoPackage: it does not begin as a SQLite database does.")
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        try:
            found = connection.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns").fetchall()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.Error as error:
            raise NoGeoPackage(
                f"{path.name} is no GeoPackage, or damaged: its table of layers cannot be read ({error}). "
                "Download it again."
            ) from error
        missing = sorted(str(name) for name, _, _ in found if name not in tables)
        if missing:
            raise NoGeoPackage(f"{path.name} names layers that it does not have: {', '.join(missing)}.")
        layers = {str(name): str(column) for name, column, srs in found if srs == BRITISH_GRID}
        others = {str(name): int(srs) for name, _, srs in found if srs != BRITISH_GRID}
        yield Package(connection, layers, others)


def _shape(layer: str, row: int, blob: bytes) -> Any:
    """The shape behind the short header of a GeoPackage. Raises NoGeoPackage."""
    import shapely

    where = f"Row {row} of the layer {layer}"
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        raise NoGeoPackage(f"{where} is no shape of a GeoPackage. Download the file again.")
    flags = blob[3]
    (srs,) = struct.unpack("<i" if flags & 1 else ">i", blob[4:8])
    if srs != BRITISH_GRID:
        raise NoGeoPackage(f"{where} says EPSG:{srs}, and its layer says EPSG:{BRITISH_GRID}. One of them is wrong.")
    envelope = _ENVELOPE_BYTES.get(flags >> 1 & 7)
    if envelope is None:
        raise NoGeoPackage(f"{where} has an envelope of no known kind. Download the file again.")
    try:
        shape = shapely.from_wkb(blob[8 + envelope :])
    except shapely.errors.GEOSException as error:
        raise NoGeoPackage(f"{where} cannot be read as a shape: {error}. Download the file again.") from error
    if not shapely.is_empty(shape):
        west, south, east, north = shapely.bounds(shape)
        if not (-100_000 <= west <= east <= 800_000 and -100_000 <= south <= north <= 1_400_000):
            raise NoGeoPackage(f"{where} lies outside Britain's grid: its coordinates are no metres of EPSG:27700.")
    return shape


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
