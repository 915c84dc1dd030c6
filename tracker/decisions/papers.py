"""Reads a file of programme entries in TOML: the five papers, or a later decision as an officer writes it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from geo.errors import UnreadableFile
from tracker.errors import BadEntry
from tracker.programme.read_entry import read_entry
from tracker.programme.sections import SECTIONS

PAPERS = ("pcd-570", "pcd-767", "pcd-907", "pcd-1069", "pcd-1581")


@dataclass(frozen=True, slots=True)
class Entered:
    """One entry, read and checked by itself; `where` is its position in the file, for messages."""

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
    """Its entries are entered once: later corrections and withdrawals by users stand."""


def read_file(path: Path) -> ProgrammeFile:
    """Read a file. Raises UnreadableFile if it is not TOML, BadEntry with every fault of every entry."""
    try:
        return read_text(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{path.name} is not UTF-8 text: byte {error.start} cannot be read. Save the file as UTF-8."
        ) from error


def papers() -> Iterator[ProgrammeFile]:
    """The five decision papers as data."""
    for name in PAPERS:
        file = resources.files("tracker.decisions") / "papers" / f"{name}.toml"
        yield replace(read_text(file.read_text(encoding="utf-8"), f"{name}.toml"), once=True)


def read_text(text: str, name: str) -> ProgrammeFile:
    """Read the text of a file. An entry without `decision` or `effective_on` takes the first decision's; `places` is a
    list of names that share the other fields."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{name} is not valid TOML: {error}") from error
    programme = content.pop("programme", None)
    if not isinstance(programme, dict) or not isinstance(programme.get("key"), str) or not programme["key"].strip():
        raise BadEntry(f"{name}: [programme] with a key is missing. Give it, for example key = 'gps-knife-licence'.")
    if not programme.keys() <= {"key", "name"}:
        unknown = ", ".join(sorted(programme.keys() - {"key", "name"}))
        raise BadEntry(
            f"{name}: [programme] has no field {unknown}. Its fields are key and name; entries begin with [[line]]."
        )
    given = list(_each(content, name))
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


def _each(content: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """(section, fields as given, position in the file) of each entry; for `places`, of each place."""
    for section, rows in content.items():
        for number, given in enumerate(rows if isinstance(rows, list) else [rows], start=1):
            where = f"{name}, {section} {number}"
            if not isinstance(given, dict):
                raise BadEntry(f"{where}: {given!r} is not a table. Begin each entry with [[{section}]].")
            if section != "places":
                yield section, given, where
                continue
            names = given.get("names")
            if not isinstance(names, list) or not names:
                raise BadEntry(f"{where}: the names are missing. Give a list, for example names = ['Ealing', 'Brent'].")
            common = {field: value for field, value in given.items() if field != "names"}
            yield from (("place", {**common, "place": place}, where) for place in names)
