"""The scene of a crime alone: its place, how well it is known, and earlier places of it."""

from api.documents.maps.base import ATTRIBUTION
from api.documents.maps.scene import Circle, Layer, Mark, Scene, framed
from api.schemas.matching.crimes import CrimeOut

AROUND_M = 250.0


def scene_of_crime(found: CrimeOut) -> Scene | None:
    """None where no version that counts has a place. The latest has the cross, earlier places hollow dots."""
    placed = [
        (each, (each.easting_m, each.northing_m))
        for each in found.versions
        if each.easting_m is not None and each.northing_m is not None and not each.withdrawn
    ]
    if not placed:
        return None
    (latest, at), *earlier = placed
    accuracy = latest.location_accuracy_m or 0.0
    shapes: list[Circle | Mark] = []
    if accuracy:
        shapes.append(Circle("map-place-accuracy", at, accuracy, f"Place known to {accuracy:g} m"))
    shapes += [
        Mark("map-outside", "ring", before, f"The place in version {each.version}")
        for each, before in earlier
        if before != at
    ]
    shapes.append(Mark("map-cross", "cross", at, f"The place in version {latest.version}"))
    moved = len(shapes) - 1 - bool(accuracy)
    box = framed([at, *(before for _, before in earlier)], max(accuracy, AROUND_M))
    known = f", known to {accuracy:g} m" if accuracy else ""
    words = f"The place of the crime as reported last{known}."
    if moved:
        words += f" {moved} earlier {'place is' if moved == 1 else 'places are'} shown too."
    return Scene(
        title=f"Map of crime {found.crime_ref} of {found.force}",
        description=words,
        extent=box,
        whole=box,
        layers=(Layer("crime", "Crime", shapes),),
        letters=(),
        attribution=ATTRIBUTION,
    )
