"""Entries for a person at a terminal."""

from typing import Any

import msgspec

from api.schemas.delivery.records import RecordChanged, RecordHistory, RecordOut, RecordPage
from api.wording.text import london, table


def page_in_words(page: RecordPage) -> list[str]:
    """Each entry in a line: its number, whose it is, what it says."""
    if not page.items:
        return [f"No entries of the kind {page.kind}."]
    rows = [[str(x.number), x.of or "", _fields(x), x.state, _entered(x)] for x in page.items]
    lines = [table(["number", "of", page.kind, "state", "entered (London)"], rows)]
    return lines if page.next is None else [*lines, f"There are more: --before {page.next}"]


def history_in_words(history: RecordHistory) -> list[str]:
    """Every version with who, when, why."""
    lines = []
    for each in history.versions:
        lines.append(f"{history.kind} {each.number}{f' of {each.of}' if each.of else ''}: {_fields(each)}")
        lines.append(f"  entered {_entered(each)}")
        if each.recorded_wall_at is not None and each.recorded_wall_at.date() != each.recorded_at.date():
            lines.append(f"  by the clock on the wall {london(each.recorded_wall_at)}")
        if each.changed_at is not None:
            who = f" by {each.changed_by}" if each.changed_by else ""
            lines.append(f"  {each.state} {london(each.changed_at)}{who}: {each.reason or 'no reason is on record'}")
    return lines


def changed_in_words(changed: RecordChanged) -> list[str]:
    """What counts now, and what to look at."""
    said = f"The {changed.kind} is {changed.state}"
    first = f"{said}; number {changed.number} counts now." if changed.state == "corrected" else f"{said}."
    return [
        first,
        *(f"note: {note}" for note in changed.notes),
        *(f"note: {each}" for each in changed.affected_matches),
    ]


def _fields(held: RecordOut) -> str:
    shown: dict[str, Any] = msgspec.to_builtins(held.record)
    return ", ".join(f"{name} {value}" for name, value in shown.items() if name != "kind" and value is not None)


def _entered(held: RecordOut) -> str:
    return london(held.recorded_at) + (f" by {held.recorded_by}" if held.recorded_by else "")
