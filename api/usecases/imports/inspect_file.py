"""What a file seems to hold, what each of its columns would be read as, and what to pass: without taking any of it."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec

from api.errors import Forbidden
from api.schemas.imports import Dates, FileKind, ImportOptions, RowFault
from api.schemas.inspection import InspectedColumn, Inspection, OtherReading
from api.usecases.imports.columns_of_words import ToldOfColumns, told_of
from api.usecases.imports.emails import attachment_of, is_email
from api.usecases.imports.first_lines import told_of_header
from api.usecases.imports.kinds import RIGHTS
from api.usecases.imports.readers import RowsSeen, rows_seen
from api.usecases.imports.to_pass import to_pass
from api.usecases.request_context import RequestContext
from api.wording import imports as words
from geo.errors import BadMapping, UnreadableFile
from geo.rejects import Reject
from tracker.crimes.ministry import COLUMNS as OF_THE_MINISTRY

SEEN = 1_000
"""Rows that are read of a file."""
SHOWN, SHOWN_ALIKE = 20, 3
"""Faults that are shown, and of those that break one rule in one field."""
EVERY_KIND: tuple[FileKind, ...] = get_args(FileKind)
_FORMATS = ("ministry", "headed", "police-uk")
_STREAMS = ("fixes", "events")
_TIMES = frozenset(
    {
        "NOT_A_TIME",
        "INVALID_FROM_DATE_FORMAT",
        "INVALID_TO_DATE_FORMAT",
        "INVALID_FROM",
        "INVALID_TO",
        "INVALID_AT",
        "INVALID_DATE",
        "INVALID_CORRECTS",
    }
)
"""Rules broken by dates in another order."""


class _Fit(NamedTuple):
    """How a file reads as one kind: `lacks` says why it cannot."""

    kind: FileKind
    options: ImportOptions
    seen: RowsSeen | None
    lacks: str = ""

    @property
    def worth(self) -> tuple[bool, float, int]:
        """More is nearer: it can be read, more rows are good, more of the columns are known."""
        if self.seen is None:
            return False, 0.0, -_lacking(self.lacks)
        return True, self.seen.good / max(1, self.seen.rows), len(self.seen.read_as) - len(self.seen.unread)


def _lacking(why: str) -> int:
    """How many columns a file lacks to be of a kind, by what is said of it; many where it is no matter of columns."""
    if why.startswith("The file has no place"):
        return 1
    # A position is one thing, in whichever columns it is.
    why = why.replace("lat, lon", "position")
    return why.split(". ")[0].count(",") + 1 if why.startswith("The file has no column") else 100


class Read(NamedTuple):
    """How a file is read: at an instant, which is on a day."""

    options: ImportOptions
    now: datetime
    today: date


def inspect_sent(
    context: RequestContext, path: Path, options: ImportOptions, kind: FileKind | None, name: str
) -> Inspection:
    """As `inspect_file`, of the kinds that the actor may send. Raises Forbidden too."""
    if kind is not None:
        context.require(*RIGHTS[kind])
    rights = context.actor.rights
    kinds = [each for each in EVERY_KIND if kind in (None, each) and rights & set(RIGHTS[each])]
    if not kinds:
        raise Forbidden(RIGHTS["crimes"][0])
    return inspect_file(path, Read(options, context.today.now, context.today.day), kinds, name)


def inspect_file(path: Path, how: Read, kinds: Sequence[FileKind], name: str) -> Inspection:
    """Read the first rows of a file as each of these kinds, and say which fits best. `name`: what to call the file.

    Raises UnreadableFile where it is no table at all.
    """
    if is_email(path):
        inner, content = attachment_of(path)
        with tempfile.NamedTemporaryFile(suffix=Path(inner).suffix) as held:
            held.write(content)
            held.flush()
            return inspect_file(Path(held.name), how, kinds, inner)
    fits = [fit for each in kinds for fit in _fits(path, how, each)]
    best = max(fits, key=lambda fit: fit.worth)
    if best.seen is None:
        return _unknown(path, how, name, best)
    like = [fit for fit in fits if fit is not best and fit.seen is not None]
    also = [_label(fit) for fit in like if fit.seen is not None and fit.seen.good == best.seen.good > 0]
    return _found(path, how, name, best, also)


def _fits(path: Path, how: Read, kind: FileKind) -> list[_Fit]:
    forms = [msgspec.structs.replace(how.options, format=form) for form in _FORMATS]
    return [_fit(path, how, kind, options) for options in (forms if kind == "crimes" else [how.options])]


def _fit(path: Path, how: Read, kind: FileKind, options: ImportOptions) -> _Fit:
    try:
        seen = rows_seen(path, kind, options, SEEN, now=how.now, today=how.today)
    except BadMapping as error:
        return _Fit(kind, options, None, str(error))
    except UnreadableFile as error:
        if kind in _STREAMS:
            raise
        return _Fit(kind, options, None, str(error))
    headless = kind == "crimes" and options.format == "ministry"
    if headless and 2 * sum(fault.rule == "INVALID_COLUMN_COUNT" for fault in seen.faults) > seen.rows:
        return _Fit(kind, options, None, "The ministry's batch has thirteen columns and no header")
    return _Fit(kind, options, seen)


def _told(path: Path, how: Read, best: _Fit) -> ToldOfColumns:
    """Of columns that hold offences or places in words, in a file that is one of crimes or nearly."""
    if best.kind != "crimes" or best.options.format != "headed":
        return ToldOfColumns([], [])
    try:
        return told_of(path, how.options.delimiter, {} if best.seen is None else best.seen.read_as)
    except UnreadableFile:
        return ToldOfColumns([], [])


def _unknown(path: Path, how: Read, name: str, nearest: _Fit) -> Inspection:
    return Inspection(
        file=name,
        kind=None,
        format=None,
        also_fits=[],
        delimiter=None,
        columns=[],
        rows=0,
        more=False,
        good=0,
        rejected=0,
        blank=0,
        by_rule={},
        faults=[],
        other_readings=[],
        pass_=[],
        notes=[*told_of_header(path, how.options.delimiter), *_told(path, how, nearest).notes],
        warnings=[],
        why=f"As {_label(nearest)}: {nearest.lacks}",
    )


def _found(path: Path, how: Read, name: str, best: _Fit, also: list[str]) -> Inspection:
    seen = best.seen
    assert seen is not None
    others = _other_readings(path, how, best)
    told = _told(path, how, best)
    return Inspection(
        file=name,
        kind=best.kind,
        format=best.options.format if best.kind == "crimes" else None,
        also_fits=also,
        delimiter=seen.delimiter,
        columns=_columns(seen, headless=best.kind == "crimes" and best.options.format == "ministry"),
        rows=seen.rows,
        more=seen.more,
        good=seen.good,
        rejected=seen.rows - seen.good,
        blank=seen.blank,
        by_rule=_by_rule(seen),
        faults=[RowFault(**_plain(fault)) for fault in _various(seen.faults)],
        other_readings=others,
        pass_=to_pass(best.kind, best.options, _best_orders(others)) if seen.good or others else [],
        notes=[
            *words.of_the_file({}, [], seen.blank, best.options.zone if seen.zoneless else None),
            *(words.not_matchable(why, n) for why, n in sorted(seen.not_matchable.items())),
            *([words.NEVER_MATCHED] if best.kind == "crimes" and best.options.format == "police-uk" else []),
            *told.notes,
        ],
        warnings=[*seen.warnings, *told.warnings],
        why=None if seen.rows else "The file has no rows.",
    )


def _columns(seen: RowsSeen, *, headless: bool) -> list[InspectedColumn]:
    if headless:
        return [
            InspectedColumn(title=f"column {number}", read_as=name) for number, name in enumerate(OF_THE_MINISTRY, 1)
        ]
    ours: dict[str, list[str]] = {}
    for name, title in seen.read_as.items():
        for part in [title] if title in seen.header else title.split("+"):
            ours.setdefault(part, []).append(name)
    return [
        InspectedColumn(title=title, read_as=", ".join(ours[title]) if title in ours else None) for title in seen.header
    ]


def _by_rule(seen: RowsSeen) -> dict[str, int]:
    broke = Counter(rule for _, rule in {(fault.row, fault.rule) for fault in seen.faults})
    return dict(sorted(broke.items()))


def _various(faults: Sequence[Reject]) -> Iterator[Reject]:
    """The first faults, and of those that are alike a few, so that none is hidden behind a thousand of another."""
    alike: Counter[tuple[str, str]] = Counter()
    shown = 0
    for fault in faults:
        alike[fault.field, fault.rule] += 1
        if shown < SHOWN and alike[fault.field, fault.rule] <= SHOWN_ALIKE:
            shown += 1
            yield fault


def _plain(fault: Reject) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in ("row", "field", "value", "rule", "what_to_do")}


def _other_readings(path: Path, how: Read, best: _Fit) -> list[OtherReading]:
    """How many rows would be good with dates in another order, where rows are refused for their times."""
    seen = best.seen
    if seen is None or not any(fault.rule in _TIMES for fault in seen.faults):
        return []
    found = []
    for dates in get_args(Dates):
        if dates != best.options.dates:
            options = msgspec.structs.replace(best.options, dates=dates)
            read = _fit(path, how, best.kind, options).seen
            if read is not None and read.good > seen.good:
                found.append(OtherReading(option=f"--dates {dates}", good=read.good))
    return found


def _best_orders(others: list[OtherReading]) -> list[str]:
    """The orders of dates by which most rows would be kept: where it is one, the file says which it is."""
    most = max((each.good for each in others), default=0)
    return [each.option for each in others if each.good == most]


def _label(fit: _Fit) -> str:
    return f"crimes, {fit.options.format}" if fit.kind == "crimes" else fit.kind
