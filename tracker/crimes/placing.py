"""Converts coordinates as reported to whole millimetres of the National Grid, many rows at once."""

from collections.abc import Iterable
from dataclasses import replace
from math import hypot

from geo.bng import HELMERT_ERROR_M, Placed, place, place_grid
from geo.britain import Fault, fault_text, faults_grid, faults_lonlat
from tracker.crimes.codes import ACTIONS
from tracker.crimes.row import CrimeRow, Datum, ReadCrime
from tracker.imports.faults import RowFaults

_FIELDS = {Datum.WGS84: ("longitude", "latitude"), Datum.OSGB36: ("easting", "northing")}


def placed(rows: Iterable[ReadCrime]) -> list[ReadCrime]:
    """The rows in order, good ones with `x_mm`, `y_mm`; rows outside Britain become faults.

    It makes one call into compiled code for each datum, so pass thousands of rows, not one.
    """
    out = list(rows)
    for datum in Datum:
        at = [i for i, r in enumerate(out) if r.crime is not None and r.crime.given and r.crime.given.datum is datum]
        if at:
            _place_on(datum, out, at)
    return out


def _place_on(datum: Datum, rows: list[ReadCrime], at: list[int]) -> None:
    given = [crime.given for i in at if (crime := rows[i].crime) is not None and crime.given is not None]
    x, y = [g.x for g in given], [g.y for g in given]
    codes = (faults_lonlat if datum is Datum.WGS84 else faults_grid)(x, y).tolist()
    good = [k for k, code in enumerate(codes) if code == Fault.OK]
    found = (place if datum is Datum.WGS84 else place_grid)([x[k] for k in good], [y[k] for k in good])
    for k, code in enumerate(codes):
        if code != Fault.OK:
            rows[at[k]] = _refused(rows[at[k]], datum, code, x[k], y[k])
    for k, (x_mm, y_mm, outside) in zip(good, _as_lists(found), strict=True):
        read = rows[at[k]]
        if read.crime is not None:
            rows[at[k]] = read._replace(crime=_moved(read.crime, datum, x_mm, y_mm, outside))


def _moved(crime: CrimeRow, datum: Datum, x_mm: int, y_mm: int, outside: bool) -> CrimeRow:
    accuracy_m = crime.location_accuracy_m
    if outside and datum is Datum.WGS84 and accuracy_m:
        accuracy_m = round(hypot(accuracy_m, HELMERT_ERROR_M), 3)
    return replace(crime, x_mm=x_mm, y_mm=y_mm, outside_window=outside, location_accuracy_m=accuracy_m)


def _refused(read: ReadCrime, datum: Datum, code: int, x: float, y: float) -> ReadCrime:
    faults = RowFaults(read.row, ACTIONS)
    x_name, y_name = _FIELDS[datum]
    faults.add(f"{x_name}, {y_name}", f"{x:.12g}, {y:.12g}", Fault(code).name, fault_text(code, x, y).rstrip("."))
    return read._replace(crime=None, faults=tuple(faults.found))


def _as_lists(found: Placed) -> Iterable[tuple[int, int, bool]]:
    return zip(found.x_mm.tolist(), found.y_mm.tolist(), found.outside_window.tolist(), strict=True)
