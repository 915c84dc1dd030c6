"""What a file seems to hold, on the wire. Nothing of it was stored."""

import msgspec

from api.schemas.imports import RowFault
from api.schemas.wire import Wire


class InspectedColumn(Wire, frozen=True, kw_only=True):
    """A column of the file, and which of ours it would be read as; null: it would not be read."""

    title: str
    read_as: str | None


class OtherReading(Wire, frozen=True, kw_only=True):
    """What an option would change: `good` of the rows seen would be kept with it."""

    option: str
    good: int


class Inspection(Wire, frozen=True, kw_only=True):
    """What a file seems to hold, by its first `rows` rows, and what would become of them.

    `kind` and `format` are what it fits best, `alsoFits` the other kinds that it could be; `kind` null: it fits none,
    and `why` says what the nearest one lacks. `pass` is the command's options that are needed or advised. `faults` are
    the first of the rows that would be refused. `more`: the file goes on behind the rows seen. Nothing was stored.
    """

    file: str
    kind: str | None
    format: str | None
    also_fits: list[str]
    delimiter: str | None
    columns: list[InspectedColumn]
    rows: int
    more: bool
    good: int
    rejected: int
    blank: int
    by_rule: dict[str, int]
    faults: list[RowFault]
    other_readings: list[OtherReading]
    pass_: list[str] = msgspec.field(name="pass")
    notes: list[str]
    warnings: list[str]
    why: str | None
