"""What to pass to the import of a file that was inspected: the options given to the inspection, and those advised."""

import shlex
from collections.abc import Sequence
from typing import Any

import msgspec

from api.schemas.imports import FileKind, ImportOptions

_DEFAULTS = ImportOptions()
_TIMED = frozenset({"crimes", "fixes", "events", "assignments", "stock"})
_STREAMS = frozenset({"fixes", "events"})
_OF_FIXES = ("crs", "accuracy_level", "metres_per_dop", "speed_unit")
_OF_HEADED = ("before_s", "after_s", "ref_from_row")
_OF_ANY = ("dates", "delimiter")


def given_options(kind: FileKind, options: ImportOptions) -> list[str]:
    """The options that this kind of file has and that are not the usual ones, as the command line takes them."""
    format = options.format if kind == "crimes" else None
    found = [] if format is None else [f"--format {format}"]
    if format in (None, "headed"):
        found += [f"--map {shlex.quote(f'{ours}={theirs}')}" for ours, theirs in options.map.items()]
    names: tuple[str, ...] = _OF_ANY
    names += ("zone",) if kind in _TIMED and format != "police-uk" else ()
    names += ("time_form",) if kind in _STREAMS else ()
    names += _OF_FIXES if kind == "fixes" else ()
    names += _OF_HEADED if format == "headed" else ()
    for name in names:
        value = getattr(options, name)
        if value != getattr(_DEFAULTS, name):
            found.append(_option(name, value))
    return found


def to_pass(kind: FileKind, options: ImportOptions, orders: Sequence[str]) -> list[str]:
    """`orders`: those of dates by which most of the file's rows would be kept, and more than by the one given."""
    if orders:
        options = msgspec.structs.replace(options, dates=_DEFAULTS.dates)
    given = given_options(kind, options)
    if len(orders) > 1:
        return [*given, f"{' or '.join(orders)}: the file alone does not say which"]
    return [*given, *orders]


def _option(name: str, value: Any) -> str:
    flag = f"--{name.replace('_', '-')}"
    return flag if value is True else f"{flag} {value:g}" if isinstance(value, float) else f"{flag} {value}"
