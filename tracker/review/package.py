"""The released package: the crime, the wearer's identity, the fixes that support the match, its meaning, and when to
destroy it.

Only here do a name and a location appear together. A package is made once, at release, and its exact text is stored.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

DISCLAIMER = (
    "A lead for investigation, not proof: a tag was recorded near a place within a period of time. It does not show "
    "that its wearer committed or witnessed the crime, and it does not rule anyone else out."
)

RATIO_SHOWN: tuple[float, float] | None = None
"""Between which bounds a strength is shown as a ratio: where it agrees with truth within a factor of three in every
world that it was checked in (`matcher/analysis/README.md`). None: nowhere, so it is said in words only."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that supports the match: metres of EPSG:27700; `accuracy_m` is the 68 % radius that the match took, None if
    the device stated none, `label` the letter of its visit and its number in it."""

    t: datetime
    device_id: str
    easting_m: float
    northing_m: float
    longitude: float
    latitude: float
    accuracy_m: float | None
    distance_m: float
    inside: bool
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person who receives the package."""

    name: str
    rank: str
    unit: str


@dataclass(frozen=True, slots=True)
class Who:
    """The wearer's identity on the day of the crime; None: not on record."""

    name: str
    born: date | None
    pnc_id: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Basis:
    """The basis for comparing the wearer's movements with crimes."""

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
    visits: Sequence[Mapping[str, Any]] = (),
    against: Sequence[Mapping[str, Any]] = (),
    confirmed_by: str,
    confirmed_at: datetime,
    released_by: str,
    released_at: datetime,
    destroy_by: date,
) -> str:
    """The package as JSON with sorted keys: the same content gives the same text and digest.

    `visits` are the match's visits, each with its own figures; `against` is what speaks against it, each a code, a
    sentence and figures.
    """
    content = {
        "crime": dict(crime),
        "wearer": asdict(who),
        "fixes": [asdict(fix) for fix in fixes],
        "figures": _disclosed(figures),
        "inWords": words,
        "visits": [dict(visit) for visit in visits],
        "speaksAgainst": [dict(point) for point in against],
        "basis": asdict(basis),
        "recipient": asdict(recipient),
        "confirmed": {"by": confirmed_by, "at": confirmed_at},
        "released": {"by": released_by, "at": released_at},
        "destroyBy": destroy_by,
        "disclaimer": DISCLAIMER,
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1, default=_plain)


def may_be_shown(strength: float) -> bool:
    """Whether a strength is shown as a ratio, here and wherever it is told."""
    return RATIO_SHOWN is not None and RATIO_SHOWN[0] <= strength <= RATIO_SHOWN[1]


def _disclosed(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures without a strength, and what it is made of, that may be said in words only."""
    strength = figures.get("strength")
    if strength is None or may_be_shown(strength):
        return dict(figures)
    return {name: value for name, value in figures.items() if name not in ("strength", "nearness")}


def digest(text: str) -> str:
    """sha256 of the exact text."""
    return hashlib.sha256(text.encode()).hexdigest()


def geojson(text: str) -> dict[str, Any]:
    """The same package as GeoJSON (RFC 7946: WGS84): one feature for each fix, and one for the crime's place."""
    content = json.loads(text)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [fix["longitude"], fix["latitude"]]},
            "properties": {"kind": "fix", **{k: v for k, v in fix.items() if k not in ("longitude", "latitude")}},
        }
        for fix in content["fixes"]
    ]
    crime = content["crime"]
    place = {"type": "Point", "coordinates": [crime["longitude"], crime["latitude"]]}
    features.append({"type": "Feature", "geometry": place, "properties": {"kind": "crime", **crime}})
    rest = {name: value for name, value in content.items() if name not in ("crime", "fixes")}
    return {"type": "FeatureCollection", "features": features, "package": rest}


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a package cannot hold a {type(value).__name__}")
