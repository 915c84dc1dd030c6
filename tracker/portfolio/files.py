"""A file of entries: TOML, as the papers here are written and as an officer may write a later decision."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from tracker.errors import BadEntry, UnreadableFile
from tracker.portfolio.sections import SECTIONS, read_entry

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


def read_file(path: Path) -> ProgrammeFile:
    """Raises UnreadableFile for what is no TOML, BadEntry with every fault of every entry."""
    try:
        return read_text(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path.name} is no UTF-8 text: byte {error.start} is not") from error


def papers() -> Iterator[ProgrammeFile]:
    """The five decision papers as data."""
    for name in PAPERS:
        file = resources.files("tracker.portfolio") / "papers" / f"{name}.toml"
        yield read_text(file.read_text(encoding="utf-8"), f"{name}.toml")


def read_text(text: str, name: str) -> ProgrammeFile:
    """`decision` and `effective_on` are the first decision's where an entry does not say otherwise; `places` is a list
    of names with the rest in common."""
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{name} is no TOML: {error}") from error
    programme = held.pop("programme", None)
    if not isinstance(programme, dict) or not programme.get("key"):
        raise BadEntry(f"{name}: no [programme] with a key, as key = 'gps-knife-licence'")
    first = (held.get("decision") or [{}])[0]
    usual = {"decision": first.get("reference"), "effective_on": first.get("effective_on")}
    entries: list[Entered] = []
    faults: list[str] = []
    for section, rows in held.items():
        for number, given in enumerate(rows if isinstance(rows, list) else [rows], start=1):
            where = f"{name}, {section} {number}"
            for one in _each_place(given) if section == "places" else [given]:
                kind = "place" if section == "places" else section
                known = SECTIONS[kind].fields if kind in SECTIONS else {}
                filled = {**{k: v for k, v in usual.items() if k in known and v}, **one}
                try:
                    entries.append(Entered(kind, read_entry(kind, filled, where), where))
                except BadEntry as wrong:
                    faults.append(str(wrong))
    if faults:
        raise BadEntry("\n".join(faults))
    return ProgrammeFile(str(programme["key"]), programme.get("name"), tuple(entries))


def _each_place(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place in given.get("names", []):
        yield {**{name: value for name, value in given.items() if name != "names"}, "place": place}
