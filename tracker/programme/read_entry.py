"""Reads and checks the fields of an entry, from a file or from a form: the same checks for both.

An amount has two names: `amount_pence` takes a whole number of pence, `amount_pounds` pounds as a paper writes them.
"""

from collections.abc import Mapping
from typing import Any

from tracker.errors import BadEntry
from tracker.programme.sections import SECTIONS, Field
from tracker.times import DayPrecision, RoughDay

_ROUGH = ("planned", "due", "begins")
"""Fields that hold an approximate day."""


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
    given = _as_given(given, fields)
    faults = _unknown(section, given, fields)
    values: dict[str, Any] = dict.fromkeys(fields)
    for name, field in fields.items():
        _read_field(section, name, field, given, values, faults)
    if faults:
        raise BadEntry(f"{where}: " + "; ".join(faults))
    return _flat(values)


def read_some(section: str, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Some fields of an entry, to select or to correct one; an empty value is None. Raises as `read_entry` does."""
    fields = _fields_of(section, where)
    given = _as_given(given, fields)
    faults = _unknown(section, given, fields)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in given or (field.read_pounds and _in_pounds(name) in given):
            _read_field(section, name, field, given, values, faults)
    if faults:
        raise BadEntry(f"{where}: " + "; ".join(sorted(faults)))
    return _flat(values)


def _as_given(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """An approximate day as it is read back, in two fields, is the one field in which it is given."""
    out = dict(given)
    for name in _ROUGH:
        on, precision = f"{name}_on", f"{name}_precision"
        if name in fields and on in out and name not in out:
            day = str(out.pop(on) or "")
            match out.pop(precision, None):
                case DayPrecision.YEAR:
                    day = day[:4]
                case DayPrecision.MONTH:
                    day = day[:7]
                case DayPrecision.INFERRED_MONTH:
                    day = f"{day[:7]} inferred"
            out[name] = day
    return out


def _fields_of(section: str, where: str) -> Mapping[str, Field]:
    if section not in SECTIONS:
        raise BadEntry(f"{where}: {section!r} is not a kind of entry. The kinds are {', '.join(SECTIONS)}.")
    return SECTIONS[section].fields


def _read_field(
    section: str, name: str, field: Field, given: Mapping[str, Any], values: dict[str, Any], faults: list[str]
) -> None:
    """Put the field's value into `values`, or what is wrong with it into `faults`; an empty value is None."""
    readers = {name: field.read}
    if field.read_pounds is not None:
        readers[_in_pounds(name)] = field.read_pounds
    filled = [each for each in readers if given.get(each) not in (None, "")]
    values[name] = None
    if len(filled) > 1:
        faults.append(f"{' and '.join(filled)} are both given; give one of them")
    elif filled:
        try:
            values[name] = readers[filled[0]](given[filled[0]])
        except BadEntry as wrong:
            pounds_instead = field.read_pounds is not None and filled == [name] and isinstance(given[name], str)
            advice = f"; to give pounds, name the field {_in_pounds(name)}" if pounds_instead else ""
            faults.append(f"{filled[0]}: {str(wrong).rstrip('.')}{advice}")
    elif field.required:
        faults.append(f"{' or '.join(readers)} is missing; each {section} needs it")


def _in_pounds(name: str) -> str:
    return name.removesuffix("pence") + "pounds"


def _unknown(section: str, given: Mapping[str, Any], fields: Mapping[str, Field]) -> list[str]:
    names = [
        each for name, field in fields.items() for each in (name, *([_in_pounds(name)] if field.read_pounds else ()))
    ]
    return [f"{section} has no field {name}; its fields are {', '.join(names)}" for name in given if name not in names]


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Each approximate day as the two columns in which it is stored."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if name in _ROUGH:
            out[f"{name}_on"] = value.day if isinstance(value, RoughDay) else None
            out[f"{name}_precision"] = value.precision if isinstance(value, RoughDay) else None
        else:
            out[name] = value
    return out
