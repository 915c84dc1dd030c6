"""What spreadsheets and other programs leave in files: their words for nothing, and ids that they have destroyed.

A device id or a reference of many digits becomes 3.52E+14 when a spreadsheet opens the file, and two devices become
one. What was lost cannot be had back from the file, so such a value is rejected and never taken for an id.
"""

import re

from geo.csv_records import RecordFault

NOTHING = frozenset({"null", "nan", "n/a", "#n/a", "na", "<na>", "-", "--", "\\n"})
"""Spellings of an empty value, in small letters."""
NOTHING_IN_NUMBERS = NOTHING | {
    "none",
    "nil",
    "(null)",
    "<null>",
    "#value!",
    "#div/0!",
    "#num!",
    "#ref!",
    "#name?",
    "#null!",
}
"""And those that are certain only where a number stands: *none* may be a word of a text."""

_ROUNDED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}|[+-]?[0-9][.,][0-9]+[eE][0-9]{1,3}")
_DECIMAL = re.compile(r"[+-]?[0-9]+\.0+")
_ERROR = re.compile(r"#(?:REF|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC)[!?]|#{3,}")
_DATE = re.compile(
    r"[0-9]{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-[0-9]{2}"
    r"|(?:[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.0*)?")
_CUT_OFF = re.compile(r"[1-9][0-9]{14}0{4,}")
_MARKED = re.compile(r"'.*|=\".*\"?")
_SHORT_IMEI = re.compile(r"[0-9]{8,13}")
_DAMAGED = re.compile(
    "|".join(f"(?:{each.pattern})" for each in (_ROUNDED, _DECIMAL, _ERROR, _CUT_OFF, _GROUPED, _MARKED))
    + f"|(?i:{_DATE.pattern})"
)
DAMAGED = f"^(?:{_DAMAGED.pattern})$"
"""A pattern that every damaged id has, and no other; without what depends on its column."""


def without_nothing(text: str) -> str:
    """The text, or an empty one for a spelling of nothing."""
    return "" if text.casefold() in NOTHING else text


def damaged_id(value: str, title: str = "") -> RecordFault | None:
    """Why a text is no id or reference any more; None for one that may be. `title`: of its column in the file."""
    if _DAMAGED.fullmatch(value):
        return RecordFault("DAMAGED_ID", _why(value))
    if "imei" in title.casefold() and _SHORT_IMEI.fullmatch(value):
        return RecordFault(
            "DAMAGED_ID", f"an IMEI has 15 digits and this has {len(value)}: a spreadsheet drops zeros at the beginning"
        )
    return None


def _why(value: str) -> str:
    if _ROUNDED.fullmatch(value):
        return "this is what a spreadsheet makes of a long number, and several ids look the same afterwards"
    if _DECIMAL.fullmatch(value):
        return "this was read as a decimal number by a program, and the .0 is not part of it"
    if _ERROR.fullmatch(value):
        return "this is a spreadsheet's error, and no id"
    if _CUT_OFF.fullmatch(value):
        return "a spreadsheet keeps 15 digits and writes zeros for the others"
    if _GROUPED.fullmatch(value):
        return "this was written as a number with commas between its thousands, and they are not part of it"
    if _MARKED.fullmatch(value):
        return "this has a spreadsheet's mark for text (an apostrophe, or an equals sign), which is not part of it"
    return "this is a date that a spreadsheet has made of something else"
