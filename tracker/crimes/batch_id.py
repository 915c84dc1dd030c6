"""A batch id: the force's code, a date, perhaps a number and a letter: MPS20251110, MPS20251110-2-R.

R and A are kept as they stand: that they mean a re-run and an amendment is not documented anywhere we know.
"""

import re
from datetime import date
from typing import NamedTuple

from tracker.crimes.forces import BY_IDENTIFIER

# Anchored at both ends: the ministry's own has no end, and takes MPS20251110-and-anything for a batch id.
_FORM = re.compile(r"(?P<code>[A-Za-z]+)(?P<date>[0-9]{8})(?P<number>-[0-9])?(?P<suffix>-[RAra])?")
_CODES = frozenset(force.code for force in BY_IDENTIFIER.values())


class BatchIdFault(NamedTuple):
    """The reason why a text is not a batch id of the force."""

    rule: str
    why: str


def batch_id_fault(text: str, force: str | None) -> BatchIdFault | None:
    """What is wrong with a batch id of `force`, an identifier. With None, if the row's force cannot be read, the id may
    have any force's code."""
    if not text:
        return BatchIdFault("MISSING_BATCH_ID", "")
    codes = _CODES if force is None else {BY_IDENTIFIER[force].code}
    match = _FORM.fullmatch(text)
    if match is None or match["code"] not in codes:
        like = "a force's code" if force is None else BY_IDENTIFIER[force].code
        return BatchIdFault("INVALID_BATCH_ID_FORMAT", f"this is not {like} and a date, such as {_example(force)}")
    digits = match["date"]
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        return BatchIdFault("INVALID_BATCH_ID_DATE", f"{digits} is not a date: {error}")
    return None


def _example(force: str | None) -> str:
    return f"{'MPS' if force is None else BY_IDENTIFIER[force].code}20190218-2-R"
