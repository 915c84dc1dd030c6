"""National Grid references in letters and digits, such as TQ 302 796, as eastings and northings in metres.

Two letters name a square of 100 km; the digits, the first half easting and the second half northing, name a smaller
square in it by its south-west corner. A reference is therefore a square and not a point: its middle is taken, and half
its side is how well the place is known.
"""

import re
from math import floor
from typing import NamedTuple

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_FORM = re.compile(r"(?P<letters>[A-Za-z]{2})\s*(?P<digits>[0-9]{2,10}|[0-9]{1,5}[\s,]+[0-9]{1,5})")
_SQUARE_M = 100_000


class GridSquare(NamedTuple):
    """The middle of the square, and half its side, in metres."""

    easting: float
    northing: float
    half_side_m: float


def grid_square(text: str) -> GridSquare | None:
    """The square that a reference names; None for what is no reference to Great Britain's grid.

    References to a whole square of 100 km, without digits, are none: they place nothing.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    parts = re.split(r"[\s,]+", found["digits"])
    east, north = parts if len(parts) == 2 else (found["digits"][: len(parts[0]) // 2], parts[0][len(parts[0]) // 2 :])
    if len(east) != len(north):
        return None
    corner = _corner(found["letters"].upper())
    if corner is None:
        return None
    side = _SQUARE_M / 10 ** len(east)
    half = side / 2
    return GridSquare(corner[0] + int(east) * side + half, corner[1] + int(north) * side + half, half)


def _corner(letters: str) -> tuple[int, int] | None:
    """The south-west corner of a square of 100 km."""
    if "I" in letters:
        return None
    first, second = (_LETTERS.index(letter) for letter in letters)
    # Both letters count rows of five from the north-west; the first is of squares of 500 km, the second of 100 km. The
    # false origin is the corner of square SV.
    east = (first % 5 - 2) * 5 + second % 5
    north = (3 - first // 5) * 5 + 4 - second // 5
    if not (0 <= east < 7 and 0 <= north < 13):
        return None
    return east * _SQUARE_M, north * _SQUARE_M


def reference_of(easting_m: float, northing_m: float) -> str | None:
    """The square of a metre in which a point lies, as TQ 30012 79640; None outside Great Britain's grid."""
    east, north = floor(easting_m), floor(northing_m)
    square_e, square_n = east // _SQUARE_M, north // _SQUARE_M
    if not (0 <= square_e < 7 and 0 <= square_n < 13):
        return None
    first = (3 - square_n // 5) * 5 + square_e // 5 + 2
    second = (4 - square_n % 5) * 5 + square_e % 5
    return f"{_LETTERS[first]}{_LETTERS[second]} {east % _SQUARE_M:05} {north % _SQUARE_M:05}"
