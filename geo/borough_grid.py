"""Which of many polygons a point is in, exactly, by a raster of cells and whole numbers.

Coordinates are whole millimetres, so the side of an edge a point is on is an exact integer product and no rounding can
put a point on the wrong side of a border. Cells wholly inside one polygon answer at once; in the others only the edges
that cross the point's row of cells are looked at. The last polygon is the tidal river, whose points go to the nearest
of the others.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.jit import compiled

IntArray = NDArray[np.int64]

CELL_MM = 200_000
REACH_MM = 500_000
"""How far from a bank a point on the river still counts as the borough's."""

MIXED, NOWHERE = -2, -1


class Grid(NamedTuple):
    """Polygons cut up for `locate`. Lists of lists are CSR: `*_at` (n + 1,) offsets into the array before it."""

    edges: IntArray
    """(n, 5): x0, y0, x1, y1 in mm, and the polygon."""
    polygons: int
    west_mm: int
    south_mm: int
    status: IntArray
    """(rows, columns): the polygon that has the whole cell, NOWHERE or MIXED."""
    row_edges: IntArray
    row_edges_at: IntArray
    """Edges that meet row r of cells, for polygon p, at p * rows + r."""
    members: IntArray
    members_at: IntArray
    """Polygons that have a share of a MIXED cell, ascending."""
    cell_edges: IntArray
    cell_edges_at: IntArray
    """Edges of all polygons but the river whose box meets a cell."""


def build(edges: IntArray, polygons: int) -> Grid:
    """Cut polygons 0 to `polygons` - 1 up; the last is the river.

    Parameters
    ----------
    edges : int64, shape (n, 5)
        Every edge of every ring, x0, y0, x1, y1 in mm and the polygon. A point is in a polygon by the even-odd rule
        over all its edges, so islands and holes need no more.
    """
    west, south = int(edges[:, [0, 2]].min()) - CELL_MM, int(edges[:, [1, 3]].min()) - CELL_MM
    columns = (int(edges[:, [0, 2]].max()) - west) // CELL_MM + 2
    rows = (int(edges[:, [1, 3]].max()) - south) // CELL_MM + 2
    first_row, last_row = (
        (extreme(edges[:, 1], edges[:, 3]) - south) // CELL_MM for extreme in (np.minimum, np.maximum)
    )
    first_column, last_column = (
        (extreme(edges[:, 0], edges[:, 2]) - west) // CELL_MM for extreme in (np.minimum, np.maximum)
    )
    row_edges, row_edges_at = _lists(edges[:, 4] * rows + first_row, edges[:, 4] * rows + last_row, polygons * rows)

    spans = np.stack([first_row, last_row, first_column, last_column], axis=1)
    edge, cell = _cells_of_edges(spans, columns)
    touched = np.zeros((polygons, rows * columns), np.bool_)
    touched[edges[edge, 4], cell] = True
    grid = Grid(
        edges, polygons, west, south, np.empty((0, 0), np.int64), row_edges, row_edges_at, *(np.zeros(1, np.int64),) * 4
    )
    inside = _cells_inside(grid, touched, rows, columns)

    mixed = touched.any(axis=0)
    status = np.where(inside.any(axis=0), inside.argmax(axis=0), NOWHERE)
    status[mixed] = MIXED
    polygon_of, cell_of = np.nonzero((touched | inside) & mixed)
    members, members_at = _grouped(polygon_of, cell_of, rows * columns)
    land = edges[edge, 4] < polygons - 1
    cell_edges, cell_edges_at = _grouped(edge[land], cell[land], rows * columns)
    return grid._replace(
        status=status.reshape(rows, columns).astype(np.int64),
        members=members,
        members_at=members_at,
        cell_edges=cell_edges,
        cell_edges_at=cell_edges_at,
    )


def _lists(first: IntArray, last: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """For each of n bins the items i with first[i] <= bin <= last[i], as CSR."""
    item = np.repeat(np.arange(first.size), last - first + 1)
    starts = np.cumsum(last - first + 1) - (last - first + 1)
    bins = np.arange(item.size) - starts[item] + first[item]
    return _grouped(item, bins, n)


def _grouped(items: IntArray, bins: IntArray, n: int) -> tuple[IntArray, IntArray]:
    order = np.lexsort((items, bins))
    return items[order], np.concatenate([[0], np.cumsum(np.bincount(bins, minlength=n))])


def _cells_of_edges(spans: IntArray, columns: int) -> tuple[IntArray, IntArray]:
    """Pairs of edge and cell for all cells that an edge's box meets; more than it crosses does no harm."""
    wide = spans[:, 3] - spans[:, 2] + 1
    count = (spans[:, 1] - spans[:, 0] + 1) * wide
    edge = np.repeat(np.arange(len(spans)), count)
    k = np.arange(edge.size) - (np.cumsum(count) - count)[edge]
    row, column = spans[edge, 0] + k // wide[edge], spans[edge, 2] + k % wide[edge]
    return edge, row * columns + column


@compiled
def _cells_inside(grid: Grid, touched: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.bool_]:
    """Per polygon the cells it has whole. No border lies between two neighbours that none touches."""
    inside = np.zeros_like(touched)
    for polygon in range(grid.polygons):
        for row in range(rows):
            known = False
            for column in range(columns):
                cell = row * columns + column
                if touched[polygon, cell]:
                    known = False
                elif known:
                    inside[polygon, cell] = inside[polygon, cell - 1]
                else:
                    x, y = grid.west_mm + column * CELL_MM, grid.south_mm + row * CELL_MM
                    inside[polygon, cell] = _covers(grid, polygon, row, rows, x, y)
                    known = True
    return inside


@compiled
def _covers(grid: Grid, polygon: int, row: int, rows: int, x: int, y: int) -> bool:
    """Whether a closed polygon has a point of row `row`: exact, the border included."""
    odd = False
    bin_ = polygon * rows + row
    for k in range(grid.row_edges_at[bin_], grid.row_edges_at[bin_ + 1]):
        edge = grid.row_edges[k]
        x0, y0, x1, y1 = grid.edges[edge, 0], grid.edges[edge, 1], grid.edges[edge, 2], grid.edges[edge, 3]
        if (y0 > y and y1 > y) or (y0 < y and y1 < y):
            continue
        side = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        if side == 0 and min(x0, x1) <= x <= max(x0, x1):
            return True
        if (y0 > y) != (y1 > y) and (side > 0) == (y1 > y0):
            odd = not odd
    return odd


@compiled
def locate(
    easting_m: NDArray[np.float64],
    northing_m: NDArray[np.float64],
    index: NDArray[np.int16],
    river: NDArray[np.bool_],
    grid: Grid,
) -> None:
    """Fill `index` with the polygon of each point, rounded to the millimetre, or -1; `river` where the river's rule
    decided."""
    rows, columns = grid.status.shape
    for i in range(easting_m.size):
        index[i], river[i] = NOWHERE, False
        across = np.rint(easting_m[i] * 1000.0) - grid.west_mm
        up = np.rint(northing_m[i] * 1000.0) - grid.south_mm
        if not (0 <= across < columns * CELL_MM and 0 <= up < rows * CELL_MM):
            continue
        x, y = grid.west_mm + int(across), grid.south_mm + int(up)
        row, column = int(up) // CELL_MM, int(across) // CELL_MM
        found = grid.status[row, column]
        if found == MIXED:
            found = NOWHERE
            cell = row * columns + column
            for k in range(grid.members_at[cell], grid.members_at[cell + 1]):
                if _covers(grid, grid.members[k], row, rows, x, y):
                    found = grid.members[k]
                    break
        if found == grid.polygons - 1:
            found = _nearest(grid, row, column, x, y)
            river[i] = found >= 0
        index[i] = found


@compiled
def _nearest(grid: Grid, row: int, column: int, x: int, y: int) -> int:
    """The polygon whose edge is nearest, at most REACH_MM away (the first of equals), or NOWHERE."""
    rows, columns = grid.status.shape
    best, best2 = NOWHERE, float(REACH_MM) * REACH_MM
    to_border = min(
        x - grid.west_mm - column * CELL_MM,
        grid.west_mm + (column + 1) * CELL_MM - x,
        y - grid.south_mm - row * CELL_MM,
        grid.south_mm + (row + 1) * CELL_MM - y,
    )
    for ring in range(REACH_MM // CELL_MM + 2):
        # What lies in this ring or beyond is at least so far away.
        least = float(max(0, (ring - 1) * CELL_MM + to_border)) if ring else 0.0
        if least * least > best2:
            break
        for r in range(max(0, row - ring), min(rows, row + ring + 1)):
            for c in range(max(0, column - ring), min(columns, column + ring + 1)):
                if max(abs(r - row), abs(c - column)) != ring:
                    continue
                cell = r * columns + c
                for k in range(grid.cell_edges_at[cell], grid.cell_edges_at[cell + 1]):
                    edge = grid.cell_edges[k]
                    d2 = _distance2(grid.edges, edge, x, y)
                    polygon = grid.edges[edge, 4]
                    if d2 < best2 or (d2 == best2 and (best == NOWHERE or polygon < best)):
                        best, best2 = polygon, d2
    return best


@compiled
def _distance2(edges: IntArray, edge: int, x: int, y: int) -> float:
    dx, dy = float(edges[edge, 2] - edges[edge, 0]), float(edges[edge, 3] - edges[edge, 1])
    px, py = float(x - edges[edge, 0]), float(y - edges[edge, 1])
    along, length2 = px * dx + py * dy, dx * dx + dy * dy
    if along <= 0.0:
        return px * px + py * py
    if along >= length2:
        return (px - dx) ** 2 + (py - dy) ** 2
    across = px * dy - py * dx
    return across * across / length2
