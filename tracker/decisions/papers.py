"""A file of entries: TOML, as the papers here are written and as an officer may write a later decision."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from geo.errors import UnreadableFile
from tracker.errors import BadEntry
from tracker.programme.sections import SECTIONS, read_entry

PAPERS = ("pcd-570", "pcd-767", "pcd-907", "pcd-1069", "pcd-1581")


@dataclass(frozen=True, slots=True)
class Entered:
    """One entry, read and checked by itself; `where` says where it stands."""

    section: str
    values: dict[str, Any]
    where: str


@dataclass(frozen=True, slots=True)
class ProgrammeFile:
    """A programme's key and, if the file gives it, name; its entries in the order of the file."""

    key: str
    name: str | None
    entries: tuple[Entered, ...]
    once: bool = False
    """What it says is entered once; where somebody corrected or withdrew that since, their word stands."""


def read_file(path: Path) -> ProgrammeFile:
    """Raises UnreadableFile for what is no TOML, BadEntry with every fault of every entry."""
    try:
        return read_text(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path.name} is no UTF-8 text: byte {error.start} is not") from error


def papers() -> Iterator[ProgrammeFile]:
    """The five decision papers as data."""
    for name in PAPERS:
        file = resources.files("tracker.decisions") / "papers" / f"{name}.toml"
        yield replace(read_text(file.read_text(encoding="utf-8"), f"{name}.toml"), once=True)


def read_text(text: str, name: str) -> ProgrammeFile:
    """`decision` and `effective_on` are the first decision's where an entry does not say otherwise; `places` is a list
    of names with the rest in common."""
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{name} is no TOML: {error}") from error
    programme = held.pop("programme", None)
    if not isinstance(programme, dict) or not isinstance(programme.get("key"), str) or not programme["key"].strip():
        raise BadEntry(f"{name}: no [programme] with a key, as key = 'gps-knife-licence'")
    if not programme.keys() <= {"key", "name"}:
        odd = ", ".join(sorted(programme.keys() - {"key", "name"}))
        raise BadEntry(f"{name}: {odd} is no field of [programme], which has key and name; entries begin with [[line]]")
    given = list(_each(held, name))
    first = next((values for section, values, _ in given if section == "decision"), {})
    usual = {"decision": first.get("reference"), "effective_on": first.get("effective_on")}
    entries: list[Entered] = []
    faults: list[str] = []
    for section, values, where in given:
        known = SECTIONS[section].fields if section in SECTIONS else {}
        filled = {**{k: v for k, v in usual.items() if k in known and v}, **values}
        try:
            entries.append(Entered(section, read_entry(section, filled, where), where))
        except BadEntry as wrong:
            faults.append(str(wrong))
    if faults:
        raise BadEntry("\n".join(faults))
    named = programme.get("name")
    return ProgrammeFile(programme["key"].strip(), None if named is None else str(named), tuple(entries))


def _each(held: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(section, what is given, where it stands) of each entry; of `places`, each place."""
    for section, rows in held.items():
        for number, given in enumerate(rows if isinstance(rows, list) else [rows], start=1):
            where = f"{name}, {section} {number}"
            if not isinstance(given, dict):
                raise BadEntry(f"{where}: {given!r} is no table; entries of a section begin with [[{section}]]")
            if section != "places":
                yield section, given, where
                continue
            names = given.get("names")
            if not isinstance(names, list) or not names:
                raise BadEntry(f"{where}: no names; give a list of places, as names = ['Ealing', 'Brent']")
            common = {field: value for field, value in given.items() if field != "names"}
            yield from (("place", {**common, "place": place}, where) for place in names)
