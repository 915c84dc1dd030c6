"""Crimes as a page shows them."""

from typing import NamedTuple

from api.schemas.matching.crimes import CrimeOut, CrimeRow
from api.schemas.matching.verdicts import CrimeVerdicts
from api.views.matching.match_words import window_in_words
from api.wording.meanings import VERDICT_MEANINGS
from api.wording.text import london
from geo.grid_reference import reference_of


class CrimeLine(NamedTuple):
    crime: CrimeRow
    type: str
    when: str
    place: str


def crime_line(crime: CrimeRow) -> CrimeLine:
    return CrimeLine(
        crime,
        crime.crime_type_in_words or crime.crime_type,
        window_in_words(crime.from_, crime.to),
        place_in_words(crime.easting_m, crime.northing_m, crime.location_accuracy_m),
    )


def place_in_words(easting_m: float | None, northing_m: float | None, accuracy_m: float | None) -> str:
    """`TQ 30012 79640, known to 20 m`."""
    if easting_m is None or northing_m is None:
        return "no place given"
    at = reference_of(easting_m, northing_m) or f"easting {easting_m:.0f}, northing {northing_m:.0f}"
    return at if accuracy_m is None else f"{at}, known to {accuracy_m:g} m"


class VersionLine(NamedTuple):
    """One report of a crime; `changed`: what differs from the one before, in words."""

    version: int
    type: str
    when: str
    place: str
    text: str
    changed: str
    came: str
    withdrawn: bool


_CHANGED = {
    "crime_type": "the type", "t_from": "the beginning", "t_to": "the end", "place": "the place",
    "location_accuracy": "how well the place is known", "precision": "how exact the times are", "text": "the text",
}  # fmt: skip


def versions_in_words(found: CrimeOut) -> list[VersionLine]:
    return [
        VersionLine(
            version=each.version,
            type=each.crime_type_in_words or each.crime_type,
            when=window_in_words(each.from_, each.to),
            place=place_in_words(each.easting_m, each.northing_m, each.location_accuracy_m),
            text=each.text or "",
            changed=", ".join(dict.fromkeys(_CHANGED.get(name, name) for name in each.changed)),
            came=f"{london(each.recorded_at)}, {each.file}" + (f", batch {each.batch}" if each.batch else ""),
            withdrawn=each.withdrawn,
        )
        for each in found.versions
    ]


def verdict_rows(found: CrimeVerdicts) -> list[tuple[str, str, str]]:
    """How many tested wearers have each verdict: its words, how many, and the name of the figure."""
    return [
        (f"{verdict.capitalize()}: {words}", f"{getattr(found.counts, verdict):,}", f"verdicts.{verdict}")
        for verdict, words in VERDICT_MEANINGS.items()
    ]
