"""Addresses of wearers, and the way from an identifier to a reference, on the wire. No answer holds a name."""

from datetime import date
from typing import Annotated

import msgspec

from api.schemas.fields import Key, Text
from api.schemas.wire import Body, Wire


class AddressEntered(Wire, frozen=True, kw_only=True):
    """`boroughs`: stated and by the place, two where they disagree, which `conflict` then says. `notes`: which answers
    of the screening the address changed."""

    wearer: str
    from_on: date
    boroughs: list[str]
    conflict: str | None
    notes: list[str]


class PersonFound(Wire, frozen=True, kw_only=True):
    wearer_ref: str
    licence: str


class PeopleFound(Wire, frozen=True, kw_only=True):
    """Every licence of the person, with the wearer's reference."""

    items: list[PersonFound]
    total: int


class AddressIn(Body, frozen=True, kw_only=True):
    """A borough, or easting and northing in metres of the National Grid, or both."""

    from_on: date
    borough: Text | None = None
    easting: float | None = None
    northing: float | None = None
    postcode: Annotated[str, msgspec.Meta(max_length=16)] | None = None
    line: Annotated[str, msgspec.Meta(max_length=400)] | None = None


class FindIn(Body, frozen=True, kw_only=True):
    """A NOMIS number, CRN or PNC id; in the body, because servers log addresses."""

    identifier: Key
