"""Writes `outlines_20m.npz` into this folder: the boroughs and the tidal Thames for the base of a map.

Run by hand (`python geo/data/make_outlines.py`) when the boroughs change. The shapes are those of `geo.boroughs`,
simplified to 20 m so that borders still fit each other; a test makes them anew and compares.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.boroughs import river, simplified

OUTLINES_FILE = Path(__file__).with_name("outlines_20m.npz")
TOLERANCE_M = 20.0


def made() -> dict[str, NDArray[np.int32]]:
    """`xy_dm`: vertices in decimetres; `ring`, `part`, `shape`: where each ring's vertices, each polygon's rings and
    each shape's polygons begin, and where the last ends. Shapes are the boroughs in order, then the Thames."""
    import shapely

    shapes = [*simplified(TOLERANCE_M), shapely.simplify(river(), TOLERANCE_M)]
    xy: list[NDArray[np.int32]] = []
    ring, part, shape = [0], [0], [0]
    for each in shapes:
        for polygon in shapely.get_parts(each):
            for line in shapely.get_rings(polygon):
                xy.append(np.rint(shapely.get_coordinates(line) * 10).astype(np.int32))
                ring.append(ring[-1] + len(xy[-1]))
            part.append(len(ring) - 1)
        shape.append(len(part) - 1)
    ends = {name: np.array(of, np.int32) for name, of in (("ring", ring), ("part", part), ("shape", shape))}
    return {"xy_dm": np.concatenate(xy), **ends}


if __name__ == "__main__":
    np.savez_compressed(OUTLINES_FILE, allow_pickle=False, **made())
    print(f"{OUTLINES_FILE}: {OUTLINES_FILE.stat().st_size:,} bytes")
