"""Signs of a shifted batch: the whole file is an hour or some metres out, although each row looks valid. They only
warn.

README.md, "Signs of a shifted batch", says what can be detected and what cannot. Counts and at most 1,000 pairs are
kept.
"""

from collections import Counter
from datetime import datetime, timedelta
from math import hypot
from statistics import median

from geo.rejects import Reject
from tracker.crimes.changes import Content
from tracker.crimes.forces import LONDON_FORCES
from tracker.crimes.row import CrimeRow, Datum, ReadCrime
from tracker.imports.faults import Sign
from tracker.imports.fields import decimal

HOUR = timedelta(hours=1)
_MIN_SEEN = 5
_MOST = 0.5
_NEARLY_ALL = 0.8
_MAX_PAIRS = 1000
# Greater London with a margin, in metres: easting, northing.
_LONDON_E, _LONDON_N = (490_000, 575_000), (140_000, 215_000)


class Signs:
    """Observes every row and every changed crime; `found` returns the signs."""

    def __init__(self, received_at: datetime) -> None:
        self._received_at = received_at
        self._n: Counter[str] = Counter()
        self._moves_m: list[tuple[float, float]] = []

    def observe(self, read: ReadCrime) -> None:
        """Count a row as read."""
        self._n["rows"] += 1
        if read.crime is not None:
            self._observe_good(read.crime)
        self._n.update({look for fault in read.faults if (look := _looks_like(fault)) is not None})

    def _observe_good(self, crime: CrimeRow) -> None:
        self._n["exact"] += crime.location_accuracy_m == 0
        ahead = crime.t_to - self._received_at
        if ahead > timedelta(0):
            self._n["future"] += 1
            self._n["future_within_hour"] += ahead <= HOUR
        if crime.given is not None and crime.given.datum is Datum.OSGB36 and crime.force in LONDON_FORCES:
            self._n["london_grid"] += 1
            self._n["london_turned"] += _in_london(crime.given.y, crime.given.x) and not _in_london(
                crime.given.x, crime.given.y
            )

    def observe_change(self, before: Content, after: Content) -> None:
        """Count a crime on record that was sent again with different content."""
        self._n["changes"] += 1
        shift = after.t_from - before.t_from
        if shift == after.t_to - before.t_to and abs(shift) == HOUR:
            self._n["later" if shift > timedelta(0) else "earlier"] += 1
        places = (before.x_mm, before.y_mm, after.x_mm, after.y_mm)
        if len(self._moves_m) < _MAX_PAIRS and places[:2] != places[2:]:
            x0, y0, x1, y1 = places
            if x0 is not None and y0 is not None and x1 is not None and y1 is not None:
                self._moves_m.append(((x1 - x0) / 1000, (y1 - y0) / 1000))

    def found(self) -> list[Sign]:
        """The signs of the whole file."""
        return [sign for sign in (*self._hour_signs(), *self._place_signs(), self._move_sign()) if sign is not None]

    def _hour_signs(self) -> list[Sign]:
        n, signs = self._n, []
        for way in ("later", "earlier"):
            if n[way] >= _MIN_SEEN and n[way] >= _MOST * n["changes"]:
                words = (
                    f"{n[way]} of {n['changes']} changed crimes are exactly one hour {way} than the version on record"
                )
                signs.append(Sign("TIMES_AN_HOUR_OUT", words, "Check the time zone of this file; see --zone."))
        if n["future"]:
            words = f"{n['future']} windows end after the file was received, {n['future_within_hour']} by up to an hour"
            hint = "Check the sender's clock"
            if n["future_within_hour"] == n["future"]:
                hint = "This happens if London time is sent as UTC in summer: check the time zone"
            signs.append(Sign("TIMES_IN_THE_FUTURE", words, f"{hint}."))
        return signs

    def _place_signs(self) -> list[Sign]:
        n, signs = self._n, []
        if n["exact"]:
            words = f"{n['exact']} of {n['rows']} rows state a location accuracy of 0 m, taken as not known"
            signs.append(Sign("ACCURACY_ZERO", words, "Leave it empty where it is not known."))
        turned = n["swapped"] + n["london_turned"]
        if turned >= _MIN_SEEN and turned >= _MOST * n["rows"]:
            words = f"{turned} of {n['rows']} rows would be in range if their two coordinates were swapped"
            signs.append(Sign("COORDINATES_SWAPPED", words, "Swap the two columns and send the file again."))
        for key, code, words in (
            ("metres", "METRES_IN_DEGREES", "have metres in the columns for degrees"),
            ("degrees", "DEGREES_IN_METRES", "have degrees in the columns for metres"),
        ):
            if n[key] >= _MIN_SEEN and n[key] >= _MOST * n["rows"]:
                words = f"{n[key]} of {n['rows']} rows {words}"
                signs.append(Sign(code, words, "Put each pair into its own columns, with its datum."))
        return signs

    def _move_sign(self) -> Sign | None:
        if len(self._moves_m) < _MIN_SEEN:
            return None
        east_m, north_m = median(m[0] for m in self._moves_m), median(m[1] for m in self._moves_m)
        length_m = hypot(east_m, north_m)
        # Real corrections move places in different directions; a datum moves them all alike, within a few per cent.
        alike_m = max(0.5, 0.1 * length_m)
        alike = sum(hypot(e - east_m, n - north_m) <= alike_m for e, n in self._moves_m)
        if length_m < 1.0 or alike < _NEARLY_ALL * len(self._moves_m):
            return None
        words = f"{alike} of {len(self._moves_m)} moved places moved alike, {length_m:.1f} m from the place on record"
        hint = "Check the datum of this file and of the one before"
        if 80 <= length_m <= 160:
            hint = "This happens if degrees on OSGB36 are read as WGS84: check the datum"
        elif length_m <= 6:
            hint = "This happens with a seven-parameter shift instead of OSTN15: check how the sender converts"
        return Sign("PLACES_ALL_SHIFTED", words, f"{hint}.")


def _looks_like(fault: Reject) -> str | None:
    """What the refused position looks like, by its rule or its value: swapped, metres, degrees."""
    if fault.rule in ("LAT_LON_SWAPPED", "EASTING_NORTHING_SWAPPED"):
        return "swapped"
    numbers = [decimal(part) for part in fault.value.split(", ")]
    if fault.rule == "INVALID_LOCATION_DATA_RANGE" and numbers[0] is not None:
        if fault.field == "latitude":
            return "metres" if abs(numbers[0]) > 360 else "swapped" if -8.5 <= numbers[0] <= 2.6 else None
        return "degrees" if fault.field in ("easting", "northing") and -100 < numbers[0] < 0 else None
    if fault.rule == "NOT_ON_BRITISH_GRID" and all(n is not None and abs(n) <= 180 for n in numbers):
        return "degrees"
    return None


def _in_london(easting_m: float, northing_m: float) -> bool:
    return _LONDON_E[0] <= easting_m <= _LONDON_E[1] and _LONDON_N[0] <= northing_m <= _LONDON_N[1]
