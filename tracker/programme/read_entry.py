"""Reads and checks the fields of an entry, from a file or from a form: the same checks for both."""

from collections.abc import Mapping
from typing import Any

from tracker.errors import BadEntry
from tracker.programme.sections import SECTIONS, Field
from tracker.times import RoughDay


def read_entry(section: str, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values of one entry; a field with an empty value counts as left out.

    Parameters
    ----------
    where
        What the message names: a file and the entry's place in it, or the command.

    Raises
    ------
    BadEntry
        Every fault of the entry, each with its field, its value and what would be right.
    """
    fields = _fields_of(section, where)
    faults = _unknown(section, given, fields)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        value = given.get(name)
        if value is None or value == "":
            if field.required:
                faults.append(f"{name} is missing; each {section} needs it")
            values[name] = None
            continue
        try:
            values[name] = field.read(value)
        except BadEntry as wrong:
            faults.append(_fault(name, wrong))
    if faults:
        raise BadEntry(f"{where}: " + "; ".join(faults))
    return _flat(values)


def read_some(section: str, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Some fields of an entry, to select or to correct one; an empty value is None. Raises as `read_entry` does."""
    fields = _fields_of(section, where)
    faults = _unknown(section, given, fields)
    values: dict[str, Any] = {}
    for name in given.keys() & fields.keys():
        try:
            values[name] = fields[name].read(given[name]) if given[name] not in (None, "") else None
            if values[name] is None and fields[name].required:
                faults.append(f"{name} is missing; each {section} needs it")
        except BadEntry as wrong:
            faults.append(_fault(name, wrong))
    if faults:
        raise BadEntry(f"{where}: " + "; ".join(sorted(faults)))
    return _flat(values)


def _fields_of(section: str, where: str) -> Mapping[str, Field]:
    if section not in SECTIONS:
        raise BadEntry(f"{where}: {section!r} is not a kind of entry. The kinds are {', '.join(SECTIONS)}.")
    return SECTIONS[section].fields


def _unknown(section: str, given: Mapping[str, Any], fields: Mapping[str, Field]) -> list[str]:
    return [
        f"{section} has no field {name}; its fields are {', '.join(fields)}" for name in given if name not in fields
    ]


def _fault(name: str, wrong: BadEntry) -> str:
    return f"{name}: {str(wrong).rstrip('.')}"


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Each approximate day as the two columns in which it is stored."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("planned", "due"):
            out[f"{name}_on"] = value.day if isinstance(value, RoughDay) else None
            out[f"{name}_precision"] = value.precision if isinstance(value, RoughDay) else None
        else:
            out[name] = value
    return out
