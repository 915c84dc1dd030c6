"""Single fields: text that may be stored, and plain decimal numbers."""

import re

MAX_NAME_CHARS = 200
"""Longest reference, identifier or name: it stands in indexes."""

# float() would also take nan, inf, 1_000 and full-width digits. 5.3E+05 means that a spreadsheet has rounded; but
# 2.8e-05 is how some programs write a longitude near Greenwich (seen in data.police.uk files).
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE]-[0-9]{1,2})?")


def text_fault(value: str, max_chars: int) -> str | None:
    """Why `value` cannot be kept as text, or None."""
    if len(value) > max_chars:
        return f"is {len(value):,} characters long; give at most {max_chars}"
    return None


def decimal(value: str) -> float | None:
    """A plain decimal number in ASCII digits; None for anything else, the empty text included."""
    return float(value) if _DECIMAL.fullmatch(value) else None
