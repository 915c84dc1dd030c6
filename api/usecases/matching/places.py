"""A place to search near, in whichever way it is given, as metres of the National Grid."""

from geo.grid_reference import grid_square
from tracker.errors import BadEntry


def place_near(
    easting: float | None,
    northing: float | None,
    latitude: float | None,
    longitude: float | None,
    grid_reference: str | None,
) -> tuple[float, float] | None:
    """Easting and northing, or None where no place is given. Raises BadEntry for half a place, or two."""
    ways = {
        "`easting` and `northing`": (easting, northing),
        "`latitude` and `longitude`": (latitude, longitude),
        "`gridReference`": (grid_reference,),
    }
    begun = [name for name, parts in ways.items() if any(part is not None for part in parts)]
    if not begun:
        return None
    if len(begun) > 1 or None in ways[begun[0]]:
        raise BadEntry(f"Give a place in one way and whole: {', or '.join(ways)}.")
    if easting is not None and northing is not None:
        return easting, northing
    if latitude is not None and longitude is not None:
        return _of_degrees(latitude, longitude)
    square = grid_square(grid_reference or "")
    if square is None:
        raise BadEntry(
            f"`gridReference` is {grid_reference!r}. Give two letters and an even number of digits, such as TQ 302 796."
        )
    return square.easting, square.northing


def _of_degrees(latitude: float, longitude: float) -> tuple[float, float]:
    # Compiled code: nothing that is asked for in metres waits for it.
    from geo.bng import place
    from geo.britain import BadPosition

    try:
        found = place(longitude, latitude)
    except BadPosition as error:
        raise BadEntry(f"`latitude` and `longitude`: {error}") from error
    return float(found.x_mm[0]) / 1000, float(found.y_mm[0]) / 1000
