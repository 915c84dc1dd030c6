"""The 33 boroughs by code and name, and the police command unit (BCU) of each on a date. Standard library only."""

import re
from datetime import date
from typing import NamedTuple


class Borough(NamedTuple):
    """A London borough or the City of London; `inner` is Inner London as the ONS defines it."""

    gss: str
    name: str
    inner: bool


BOROUGHS: tuple[Borough, ...] = tuple(
    Borough(f"E090000{number:02}", name, inner)
    for number, (name, inner) in enumerate(
        [
            ("City of London", True),
            ("Barking and Dagenham", False),
            ("Barnet", False),
            ("Bexley", False),
            ("Brent", False),
            ("Bromley", False),
            ("Camden", True),
            ("Croydon", False),
            ("Ealing", False),
            ("Enfield", False),
            ("Greenwich", False),
            ("Hackney", True),
            ("Hammersmith and Fulham", True),
            ("Haringey", True),
            ("Harrow", False),
            ("Havering", False),
            ("Hillingdon", False),
            ("Hounslow", False),
            ("Islington", True),
            ("Kensington and Chelsea", True),
            ("Kingston upon Thames", False),
            ("Lambeth", True),
            ("Lewisham", True),
            ("Merton", False),
            ("Newham", True),
            ("Redbridge", False),
            ("Richmond upon Thames", False),
            ("Southwark", True),
            ("Sutton", False),
            ("Tower Hamlets", True),
            ("Waltham Forest", False),
            ("Wandsworth", True),
            ("Westminster", True),
        ],
        start=1,
    )
)
"""In order of GSS code; a borough's position here is its index everywhere."""


class BcuPeriod(NamedTuple):
    """A borough's Basic Command Unit from `valid_from` to the day before `valid_to`."""

    gss: str
    bcu: str
    valid_from: date
    valid_to: date | None
    source: str


class NoSuchBorough(LookupError):
    """The text or code is not a London borough."""


class NoBcu(LookupError):
    """No command unit is recorded for the borough on the date."""


BCU_NAMES = {
    "AW": "Central West",
    "SW": "South West",
    "SN": "South",
    "SE": "South East",
    "EA": "East",
    "WA": "West",
    "AS": "Central South",
    "NA": "North",
    "CE": "Central East",
    "CN": "Central North",
    "NW": "North West",
    "NE": "North East",
}
CITY_POLICE = "CoLP"
"""What `bcu_of` returns for the City of London, which has its own force."""

# Boroughs of each command: the Met's announcement, localgovernmentlawyer.co.uk, news 37215. The change began in early
# 2017 and "was completed in early 2019 when the last BCU went live" (Mayor's answer 2019/6437, 21 March 2019); the days
# are not known, so the table starts with that year and has no earlier entry. The letters are in general use; no
# document that defines them was found.
_LIVE_FROM = date(2019, 1, 1)
_SOURCE = "localgovernmentlawyer.co.uk 37215; london.gov.uk questions 2019/6437"
_MEMBERS = {
    "AW": (13, 20, 33),
    "SW": (21, 24, 27, 32),
    "SN": (6, 8, 29),
    "SE": (4, 11, 23),
    "EA": (2, 16, 26),
    "WA": (9, 17, 18),
    "AS": (22, 28),
    "NA": (10, 14),
    "CE": (12, 30),
    "CN": (7, 19),
    "NW": (3, 5, 15),
    "NE": (25, 31),
}
BCU_PERIODS: tuple[BcuPeriod, ...] = tuple(
    BcuPeriod(BOROUGHS[number - 1].gss, bcu, _LIVE_FROM, None, _SOURCE)
    for bcu, numbers in _MEMBERS.items()
    for number in numbers
)


def borough_named(text: str) -> Borough:
    """The borough of a name or GSS code: in any case, "&" or "and", with or without "London Borough of" and the like.

    Raises
    ------
    NoSuchBorough
    """
    found = _BY_KEY.get(_key(text))
    if found is None:
        raise NoSuchBorough(f"{text!r} is not a London borough; give a name such as {BOROUGHS[1].name!r} or a GSS code")
    return found


def bcu_of(gss: str, on: date) -> str:
    """The letters of the Basic Command Unit of a borough on a date, or CITY_POLICE for the City of London.

    Raises
    ------
    NoSuchBorough
        `gss` is not a borough's code.
    NoBcu
        No unit is recorded for that date.
    """
    if gss == BOROUGHS[0].gss:
        return CITY_POLICE
    name = next((borough.name for borough in BOROUGHS if borough.gss == gss), None)
    if name is None:
        raise NoSuchBorough(f"{gss!r} is not the code of a London borough; codes are E09000001 to E09000033")
    for period in BCU_PERIODS:
        if period.gss == gss and period.valid_from <= on and (period.valid_to is None or on < period.valid_to):
            return period.bcu
    raise NoBcu(f"no command unit is recorded for {name} on {on}; the table starts on {_LIVE_FROM}")


def bcus_on(on: date) -> list[str]:
    """The letters of the command units that there are on a date, in order; none before the table starts."""
    return sorted({p.bcu for p in BCU_PERIODS if p.valid_from <= on and (p.valid_to is None or on < p.valid_to)})


def _key(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", text.lower().replace("&", " and ")).split()
    plain = " ".join(words)
    for title in ("london borough of ", "royal borough of "):
        plain = plain.removeprefix(title)
    # "London" alone must not become the City of London, so "City of" is removed for Westminster only.
    return "westminster" if plain == "city of westminster" else plain.removesuffix(" upon thames")


_BY_KEY = {_key(spelling): borough for borough in BOROUGHS for spelling in (borough.gss, borough.name)}
