"""A match or a trail as places on a map: GeoJSON (RFC 7946), KML (simplekml), GPX (gpxpy), all in WGS84.

Fixes are points. Between two of them a line is drawn in GPX alone, and not over a gap: where somebody was between fixes
is not known. No file, place or line has anybody's name.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

from api.schemas.matching.review import MatchDetail
from api.schemas.matching.trails import Trail
from api.wording.meanings import DISCLAIMER
from api.wording.text import utc
from geo.bng import to_wgs84
from matcher.params import Params

GEOJSON, KML, GPX = "application/geo+json", "application/vnd.google-earth.kml+xml", "application/gpx+xml"
Said = str | float | bool | None
_GAP_S = Params().max_gap_s
_ONE_KML = Lock()
"""simplekml numbers its elements, and sets how they are written, for the whole process."""
_NOT_OF_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MARKED = "OFFICIAL-SENSITIVE. A lead for a person to judge, not proof."


class Place(NamedTuple):
    """A point: a fix, with its time, or the crime's place. `on_path`: of the path that the match took."""

    kind: str
    name: str
    longitude: float
    latitude: float
    at: datetime | None
    on_path: bool
    says: dict[str, Said]


class Places(NamedTuple):
    title: str
    about: tuple[str, ...]
    places: Sequence[Place]


def places_of_match(found: MatchDetail) -> Places:
    """The crime's place, and the fixes in its window. A match whose fixes are kept."""
    evidence, match = found.evidence, found.match
    assert evidence is not None
    crime = evidence.crime
    metres = [(crime.easting_m or 0.0, crime.northing_m or 0.0), *((x.easting_m, x.northing_m) for x in evidence.fixes)]
    (longitude, latitude), *of_fixes = _degrees(metres)
    says: dict[str, Said] = {
        "force": crime.force,
        "reference": crime.crime_ref,
        "version": crime.version,
        "type": crime.crime_type_in_words or crime.crime_type,
        "text": crime.text,
        "from": utc(crime.t_from),
        "to": utc(crime.t_to),
        "location_accuracy_m": crime.location_accuracy_m,
    }
    scene = Place("crime", f"{crime.force} {crime.crime_ref}", longitude, latitude, None, False, says)
    fixes = [
        Place(
            "fix",
            fix.label or utc(fix.t),
            *at,
            fix.t,
            fix.used,
            {
                "accuracy_m": fix.accuracy_m,
                "distance_m": round(fix.distance_m, 3),
                "inside": fix.inside,
                "used": fix.used,
                "not_used": fix.not_used,
            },
        )
        for fix, at in zip(evidence.fixes, of_fixes, strict=True)
    ]
    settings = f"Matched {match.settings.in_words}."
    about = (f"Match {match.id}, wearer {match.wearer_ref}: {match.in_words}", settings, *DISCLAIMER, _MARKED)
    return Places(f"Match {match.id}", about, [scene, *fixes])


def places_of_trail(found: Trail) -> Places:
    at = _degrees([(fix.easting_m, fix.northing_m) for fix in found.items])
    fixes = [
        Place("fix", utc(fix.t), *where, fix.t, True, {"accuracy_m": fix.accuracy_m, "mechanism": fix.mechanism})
        for fix, where in zip(found.items, at, strict=True)
    ]
    about = (f"Wearer {found.wearer_ref}, fixes: {found.total:,}. Opened for: {found.purpose}", _MARKED)
    return Places("Trail", about, fixes)


def as_geojson(found: Places) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
            "properties": {"kind": place.kind, "name": place.name, **_when(place), **place.says},
        }
        for place in found.places
    ]
    # Members that the standard does not know, which it allows.
    said = {"title": found.title, "about": list(found.about)}
    return json.dumps({"type": "FeatureCollection", **said, "features": features}, ensure_ascii=False).encode()


def as_kml(found: Places) -> bytes:
    from simplekml import Kml

    with _ONE_KML:
        # The same places are the same bytes: ids begin at 0 in each file.
        Kml.resetidcounter()
        made = Kml(name=found.title, description=_xml("\n".join(found.about)))
        for place in found.places:
            point = made.newpoint(name=_xml(place.name), coords=[(place.longitude, place.latitude)])
            point.description = _described(place)
            if place.at is not None:
                point.timestamp.when = utc(place.at)
        return bytes(made.kml().encode())


def as_gpx(found: Places) -> bytes:
    """The crime's place and the fixes that were left out as waypoints; the others as a track, in a new segment after a
    gap."""
    from gpxpy.gpx import GPX as Gpx
    from gpxpy.gpx import GPXTrack, GPXTrackPoint, GPXTrackSegment, GPXWaypoint

    made = Gpx()
    made.creator, made.name, made.description = "TagPilot", found.title, _xml("\n".join(found.about))
    on_path = [place for place in found.places if place.on_path]
    for place in found.places:
        if not place.on_path:
            made.waypoints.append(
                GPXWaypoint(
                    place.latitude, place.longitude, time=place.at, name=_xml(place.name), description=_described(place)
                )
            )
    track = GPXTrack(name=found.title)
    for run in _runs(on_path):
        points = [
            GPXTrackPoint(x.latitude, x.longitude, time=x.at, name=_xml(x.name), comment=_described(x)) for x in run
        ]
        track.segments.append(GPXTrackSegment(points))
    if on_path:
        made.tracks.append(track)
    return bytes(made.to_xml(version="1.1").encode())


def _runs(places: Sequence[Place]) -> list[list[Place]]:
    """Apart where more time lies between two than a match draws a path over."""
    runs = [list(places[:1])]
    for before, place in pairwise(places):
        if before.at is None or place.at is None or (place.at - before.at).total_seconds() > _GAP_S:
            runs.append([])
        runs[-1].append(place)
    return runs


def _degrees(metres: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if not metres:
        return []
    longitude, latitude = to_wgs84([x for x, _ in metres], [y for _, y in metres])
    return [(round(float(x), 7), round(float(y), 7)) for x, y in zip(longitude, latitude, strict=True)]


def _when(place: Place) -> dict[str, Said]:
    return {} if place.at is None else {"t": utc(place.at)}


def _described(place: Place) -> str:
    return _xml("\n".join(f"{name}: {value}" for name, value in place.says.items() if value is not None))


def _xml(text: str) -> str:
    """Without the characters that no XML can hold, with which the file could not be read."""
    return _NOT_OF_XML.sub("\ufffd", text)
