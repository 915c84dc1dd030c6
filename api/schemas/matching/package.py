"""A release's package, which leaves as a file: names in it are as they were written, and never change.

Here alone a person's name stands next to a place.
"""

from datetime import date, datetime

import msgspec

Scalar = str | float | bool | None


class PackageCrime(msgspec.Struct, frozen=True, kw_only=True):
    """The crime, with its place in EPSG:27700 and in WGS84, and the circle that was matched. `text` is what the force
    sent with it, null where it sent none; packages made before it was in them have neither it nor the type in words."""

    force: str
    reference: str
    version: int
    type: str
    from_: datetime = msgspec.field(name="from")
    to: datetime
    easting_m: float
    northing_m: float
    longitude: float
    latitude: float
    location_accuracy_m: float | None
    radius_m: float
    buffer_s: float | None = None
    max_window_h: float | None = None
    settings_in_words: str | None = None
    coverage: float
    command_unit: str | None
    type_in_words: str | None = None
    text: str | None = None


class PackageWearer(msgspec.Struct, frozen=True, kw_only=True):
    """The wearer, as of the crime's day; null where it is not on record."""

    name: str
    born: date | None
    pnc_id: str | None
    address: str | None


class PackageFix(msgspec.Struct, frozen=True, kw_only=True):
    """A fix that proves the match; `accuracy_m` is the 68 % radius if the device stated one, `label` the letter of
    its visit and its number in it."""

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


class PackageVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One stay in the circle with its own figures."""

    visit: str
    first_at: datetime
    last_at: datetime
    fixes: int
    dwell_s: float
    closest_m: float | None
    closest_at: datetime | None
    speed_kmh: float | None
    fixes_at_edge: int | None


class PackagePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that speaks against the match."""

    code: str
    sentence: str
    figures: dict[str, Scalar]


class PackageBasis(msgspec.Struct, frozen=True, kw_only=True):
    """Why the wearer's movements could be compared with crimes."""

    gate: str
    licence: str
    programme: str


class PackageRecipient(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    rank: str
    unit: str


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    by: str
    at: datetime


class PackageRest(msgspec.Struct, frozen=True, kw_only=True):
    """A package but for its places. Those made before visits were in them have none."""

    wearer: PackageWearer
    figures: dict[str, Scalar]
    in_words: str = msgspec.field(name="inWords")
    visits: list[PackageVisit] = msgspec.field(default_factory=list)
    speaks_against: list[PackagePoint] = msgspec.field(name="speaksAgainst", default_factory=list)
    basis: PackageBasis
    recipient: PackageRecipient
    confirmed: Signed
    released: Signed
    destroy_by: date = msgspec.field(name="destroyBy")
    disclaimer: str


class Package(PackageRest, frozen=True, kw_only=True):
    """What left, to the byte."""

    crime: PackageCrime
    fixes: list[PackageFix]


class GeoPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Longitude and latitude in WGS84."""

    type: str
    coordinates: list[float]


class GeoFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A fix, or the crime's place; `kind` in `properties` says which."""

    type: str
    geometry: GeoPoint
    properties: dict[str, Scalar]


class PackageGeoJson(msgspec.Struct, frozen=True, kw_only=True):
    """The same package as GeoJSON (RFC 7946)."""

    type: str
    features: list[GeoFeature]
    package: PackageRest
