"""Instants, durations and tables as text."""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from shlex import quote
from shutil import which

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def program() -> str:
    """How this program is to be called, for commands to be pasted: by its path where its name alone would not do."""
    called = Path(sys.argv[0])
    if called.name != "tagpilot" or which("tagpilot"):
        return "tagpilot"
    return quote(os.path.relpath(called))


def utc(instant: datetime) -> str:
    """ISO 8601 in UTC with a Z, as everything that other programs read has it."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def london(instant: datetime) -> str:
    """London's clock, for people, with BST or GMT: 2019-09-14 21:03:20 BST."""
    from geo.clock import to_london

    return to_london(instant).strftime("%Y-%m-%d %H:%M:%S %Z")


def day_in_words(day: date) -> str:
    """2 September 2019, whatever the machine's language is."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def lasting(seconds: float) -> str:
    """As people say it: 45 s, 3 min 20 s, 2 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def table(titles: list[str], rows: list[list[str]]) -> str:
    """Columns in line, numbers to the right; plain text, so that it pipes and pastes as it looks."""
    numeric = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(titles))]
    widths = [max(len(row[i]) for row in [titles, *rows]) for i in range(len(titles))]
    lines = [
        "  ".join(
            cell.rjust(w) if right else cell.ljust(w) for cell, w, right in zip(row, widths, numeric, strict=True)
        )
        for row in [titles, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "").replace(" m", "").replace("%", "").strip().isdigit() or text == "-"
