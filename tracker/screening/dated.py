"""What the papers leave to be looked up and time can change: London prisons, offence codes, lengths set by law.

Each row has the days it is valid for and its source; none of them is a constant of the rules. The files are in `data/`.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Protocol, TypeVar

from tracker.errors import NotFound

_FILES = ("prisons.csv", "offences.csv", "durations.csv")
_TITLES = re.compile(r"\b(?:hm|hmp|hmyoi|yoi|prison|young offender institution)\b|[^a-z]+")
_HOME_OFFICE = re.compile(r"0*([0-9]{1,3})\s*/\s*0*([0-9]{1,2})")


class _Dated(Protocol):
    @property
    def since(self) -> date: ...
    @property
    def until(self) -> date | None: ...


T = TypeVar("T", bound=_Dated)


@dataclass(frozen=True, slots=True)
class Prison:
    """Whether it is a London prison from `since` on, up to but without `until`."""

    name: str
    in_london: bool
    since: date
    until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence by its five digits; `blade`: the offence itself is about a blade or a point."""

    code: str
    words: str
    blade: bool
    ogrs3_group: str
    since: date
    until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Duration:
    """A length in days that the law sets."""

    key: str
    words: str
    days: int
    since: date
    until: date | None
    source: str


@cache
def prisons() -> tuple[Prison, ...]:
    return tuple(
        Prison(r["name"], r["in_london"] == "yes", _day(r["from"]), _day_or_none(r["until"]), r["source"])
        for r in _rows("prisons.csv")
    )


@cache
def offences() -> tuple[Offence, ...]:
    return tuple(
        Offence(
            r["code"],
            r["words"],
            r["blade"] == "yes",
            r["ogrs3_group"],
            _day(r["from"]),
            _day_or_none(r["until"]),
            r["source"],
        )
        for r in _rows("offences.csv")
    )


@cache
def durations() -> tuple[Duration, ...]:
    return tuple(
        Duration(r["key"], r["words"], int(r["days"]), _day(r["from"]), _day_or_none(r["until"]), r["source"])
        for r in _rows("durations.csv")
    )


@cache
def version() -> str:
    """Eight characters that change whenever a table does."""
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update(_text(name).encode())
    return digest.hexdigest()[:8]


def prison_named(name: str, on: date) -> Prison | None:
    """By its name, with or without HMP, YOI and the like; None if the table has nothing for that day."""
    plain = _plain(name)
    return _on(prisons(), lambda prison: _plain(prison.name) == plain, on)


def offence_of(code: str, on: date) -> Offence | None:
    """By its code, 00826 or 8/26; None if the table has nothing for that day."""
    plain = offence_code(code)
    return _on(offences(), lambda offence: offence.code == plain, on)


def offence_code(text: str) -> str:
    """8/26 and 826 as 00826, how the Ministry of Justice writes it; anything else as it is."""
    found = _HOME_OFFICE.fullmatch(text.strip())
    if found is not None:
        return f"{int(found[1]):03}{int(found[2]):02}"
    plain = text.strip()
    return plain.zfill(5) if plain.isascii() and plain.isdigit() else plain


def duration(key: str, on: date) -> Duration:
    """The length that the law set, on a day. Raises NotFound."""
    found = _on(durations(), lambda row: row.key == key, on)
    if found is None:
        keys = ", ".join(each.key for each in durations())
        raise NotFound(f"No length of {key!r} is on record for {on}. The lengths on record are: {keys}.")
    return found


def _on(rows: tuple[T, ...], fits: Callable[[T], bool], on: date) -> T | None:
    valid = (row for row in rows if fits(row) and row.since <= on and (row.until is None or on < row.until))
    return next(valid, None)


def _plain(name: str) -> str:
    return _TITLES.sub("", name.lower())


def _text(name: str) -> str:
    return (files("tracker.screening") / "data" / name).read_text(encoding="utf-8")


def _rows(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(_text(name).splitlines())


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _day_or_none(text: str) -> date | None:
    return _day(text) if text else None
