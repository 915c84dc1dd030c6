"""The package that leaves: the crime, who, the fixes that prove it and no others, what it means, and until when.

Here alone a name stands beside a place. It is made once, when it is released; what is kept is its very text.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

DISCLAIMER = (
    "A lead for a person to judge, and no proof: a tag was recorded near a place within a span of time. It does not "
    "say that its wearer did the crime, or saw it, and rules nobody else out."
)


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that proves the match: metres of EPSG:27700, `accuracy_m` the 68 % radius if the device stated one."""

    t: datetime
    device_id: str
    easting_m: float
    northing_m: float
    longitude: float
    latitude: float
    accuracy_m: float | None
    distance_m: float
    inside: bool


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told, by name."""

    name: str
    rank: str
    unit: str


@dataclass(frozen=True, slots=True)
class Who:
    """The wearer, as of the crime's day; None is not on record."""

    name: str
    born: date | None
    pnc_id: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """Why the wearer's movements might be compared at all."""

    gate: str
    licence: str
    programme: str


def package_text(
    crime: Mapping[str, Any],
    who: Who,
    fixes: Sequence[Fix],
    figures: Mapping[str, Any],
    words: str,
    basis: Basis,
    recipient: Recipient,
    *,
    confirmed_by: str,
    confirmed_at: datetime,
    released_by: str,
    released_at: datetime,
    destroy_by: date,
) -> str:
    """The package as JSON, keys in order: the same content is the same text, and the text has one digest."""
    told = {
        "crime": dict(crime),
        "wearer": asdict(who),
        "fixes": [asdict(fix) for fix in fixes],
        "figures": dict(figures),
        "inWords": words,
        "basis": asdict(basis),
        "recipient": asdict(recipient),
        "confirmed": {"by": confirmed_by, "at": confirmed_at},
        "released": {"by": released_by, "at": released_at},
        "destroyBy": destroy_by,
        "disclaimer": DISCLAIMER,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=1, default=_plain)


def digest(text: str) -> str:
    """sha256 of the very text."""
    return hashlib.sha256(text.encode()).hexdigest()


def geojson(text: str) -> dict[str, Any]:
    """The same package as GeoJSON (RFC 7946: WGS84): a feature for each fix, and one for the crime's place."""
    told = json.loads(text)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [fix["longitude"], fix["latitude"]]},
            "properties": {"kind": "fix", **{k: v for k, v in fix.items() if k not in ("longitude", "latitude")}},
        }
        for fix in told["fixes"]
    ]
    crime = told["crime"]
    place = {"type": "Point", "coordinates": [crime["longitude"], crime["latitude"]]}
    features.append({"type": "Feature", "geometry": place, "properties": {"kind": "crime", **crime}})
    rest = {name: value for name, value in told.items() if name not in ("crime", "fixes")}
    return {"type": "FeatureCollection", "features": features, "package": rest}


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a package")
