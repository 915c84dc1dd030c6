"""Columns of a file of crimes that hold offences or places in words, by their values and not by their titles."""

import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from api.wording import imports as words
from geo.borough_names import NoSuchBorough, borough_named
from geo.csv_records import Records, as_text, delimiter_named
from tracker.crimes.types import crime_types

_ROWS = 200
_LONGEST = 60
"""Characters of a value that names an offence or a place; what is longer tells a story."""
_OFFENCE = re.compile(
    r"\b(robber\w*|burglar\w*|theft|thefts|stealing|stolen|shoplifting|assault\w*|wounding|violen\w*|harassment|stalking"
    r"|gbh|abh|affray|murder|homicide|manslaughter|rape|sexual|arson|fraud|handling|possession|knife|stabbing|weapons?"
    r"|firearms?|drugs?|trafficking|criminal damage|public order|twoc|kidnap\w*|blackmail|threats?)\b"
)
_PLACE = re.compile(
    r"\b(road|rd|street|st|lane|ln|avenue|ave|close|gardens|gdns|terrace|crescent|drive|way|walk|square|sq|hill|park"
    r"|grove|mews|court|house|estate|station|bridge|market|green|common|high street|junction|borough"
    r"|[a-z]{1,2}[0-9][0-9a-z]? ?[0-9][a-z]{2})\b"
)


class ToldOfColumns(NamedTuple):
    notes: list[str]
    warnings: list[str]


def told_of(path: Path, delimiter: str, read_as: Mapping[str, str]) -> ToldOfColumns:
    """What is to be said of columns that hold offences or places in words. `read_as`: our names to the titles that are
    read."""
    offences, places = _held(path, delimiter)
    read = {title: ours for ours, theirs in read_as.items() for title in (theirs, *theirs.split("+"))}
    unread = [title for title in offences if title not in read]
    notes = [words.holds_offences(title, read_as.get("crime_type")) for title in unread]
    notes += [words.holds_places(title) for title in places if title not in read]
    wrong = [title for title in places if read.get(title) == "crime_type"]
    return ToldOfColumns(notes, [words.place_read_as_offence(title, unread) for title in wrong])


def _held(path: Path, delimiter: str) -> tuple[list[str], list[str]]:
    """Titles of the columns most of whose values are offences, and of those most of whose values are places."""
    with path.open("rb") as raw:
        records = Records(as_text(raw))
        records.delimiter = delimiter_named(delimiter) or records.delimiter
        titles = [title.strip() for title in records.header()[0]]
        rows = [
            each.fields for each in islice(records, _ROWS) if each.fault is None and len(each.fields) == len(titles)
        ]
    offences, places = [], []
    for at, title in enumerate(titles):
        values = {row[at].strip().casefold() for row in rows} - {""}
        short = {value for value in values if len(value) <= _LONGEST}
        of_offence = {value for value in short if _is_offence(value)}
        of_place = {value for value in short - of_offence if _is_place(value)}
        if title and 2 * len(of_offence) > len(values):
            offences.append(title)
        elif title and 2 * len(of_place) > len(values):
            places.append(title)
    return offences, places


def _is_offence(text: str) -> bool:
    known = {each.casefold() for of in crime_types() for each in (of.code, of.words)}
    return text in known or _OFFENCE.search(text) is not None


def _is_place(text: str) -> bool:
    try:
        borough_named(text)
    except NoSuchBorough:
        return _PLACE.search(text) is not None
    return True
