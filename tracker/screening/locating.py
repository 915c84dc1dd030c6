"""Places addresses on the National Grid, many rows at once, and finds the borough of each."""

from collections.abc import Iterable
from dataclasses import replace

from geo.bng import place_grid
from geo.boroughs import BOROUGHS, borough_of
from geo.britain import Fault, faults_grid
from tracker.imports.faults import RowFaults
from tracker.imports.rows import ReadRow
from tracker.screening.codes import ACTIONS
from tracker.screening.home import OUTSIDE_LONDON, Home
from tracker.screening.release_row import ReleaseRow


def located(rows: Iterable[ReadRow[ReleaseRow]]) -> list[ReadRow[ReleaseRow]]:
    """The rows in order, with the borough of those that have coordinates; coordinates outside Britain are faults."""
    out = list(rows)
    at = [i for i, row in enumerate(out) if row.good is not None and row.good.x_m is not None]
    x = [float(r.x_m) for i in at if (r := out[i].good) is not None and r.x_m is not None]
    y = [float(r.y_m) for i in at if (r := out[i].good) is not None and r.y_m is not None]
    for i, place in zip(at, places_of(x, y), strict=True):
        row = out[i]
        if isinstance(place, str):
            rule, _, why = place.partition(": ")
            faults = RowFaults(row.row, ACTIONS)
            # The coordinates are left out: they are a home address.
            faults.add("easting, northing", "", rule, why)
            out[i] = row._replace(good=None, faults=tuple(faults.found))
        elif row.good is not None:
            x_mm, y_mm, borough = place
            home = Home(row.good.home.stated, borough)
            out[i] = row._replace(good=replace(row.good, x_mm=x_mm, y_mm=y_mm, home=home))
    return out


def places_of(x_m: list[float], y_m: list[float]) -> list[tuple[int, int, str] | str]:
    """Of each point whole millimetres and its borough, or `RULE: why` for a point outside Britain."""
    if not x_m:
        return []
    codes = faults_grid(x_m, y_m).tolist()
    good = [k for k, code in enumerate(codes) if code == Fault.OK]
    found = place_grid([x_m[k] for k in good], [y_m[k] for k in good])
    boroughs = borough_of(found.x_mm / 1000.0, found.y_mm / 1000.0).borough.tolist()
    placed = {
        k: (int(x), int(y), BOROUGHS[b].name if b >= 0 else OUTSIDE_LONDON)
        for k, x, y, b in zip(good, found.x_mm.tolist(), found.y_mm.tolist(), boroughs, strict=True)
    }
    return [placed[k] if code == Fault.OK else f"{Fault(code).name}: it {_why(code)}" for k, code in enumerate(codes)]


def _why(code: int) -> str:
    return {
        Fault.NOT_A_NUMBER: "is not a pair of numbers",
        Fault.ZERO_POSITION: "is zero, which many programs write for an unknown place",
        Fault.EASTING_NORTHING_SWAPPED: "would be in Britain if easting and northing were swapped",
    }.get(Fault(code), "is not in Britain")
