"""Single fields: text that may be stored, and plain decimal numbers."""

import re

MAX_NAME_CHARS = 200
"""Longest reference, identifier or name: it stands in indexes."""

# NUL cannot be stored by PostgreSQL, lone surrogates are bytes that were no UTF-8, the rest serve no reader.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# float() would also take nan, inf, 1_000 and full-width digits. 5.3E+05 means that a spreadsheet has rounded; but
# 2.8e-05 is how some programs write a longitude near Greenwich (seen in data.police.uk files).
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE]-[0-9]{1,2})?")
_SHOWN_CHARS = 200


def printable(value: str) -> str:
    r"""`value` as it may be written down: unfit characters as \xNN, cut to 200 characters."""
    shown = _UNFIT.sub(_escaped, value[: _SHOWN_CHARS + 1])
    return shown if len(value) <= _SHOWN_CHARS else shown[:_SHOWN_CHARS] + "…"


def text_fault(value: str, max_chars: int | None = None) -> str | None:
    """Why `value` cannot be kept as text, or None."""
    unfit = _UNFIT.search(value)
    if unfit is not None:
        if "\ud800" <= unfit[0] <= "\udfff":
            return f"holds the byte {_escaped(unfit)}, which is not UTF-8; save the file as UTF-8"
        return f"holds the control character {_escaped(unfit)}; remove it"
    if max_chars is not None and len(value) > max_chars:
        return f"is {len(value):,} characters long; give at most {max_chars}"
    return None


def decimal(value: str) -> float | None:
    """A plain decimal number in ASCII digits; None for anything else, the empty text included."""
    return float(value) if _DECIMAL.fullmatch(value) else None


def _escaped(match: re.Match[str]) -> str:
    # Python keeps an undecodable byte NN as U+DCNN.
    return f"\\x{ord(match[0]) & 0xFF:02x}"
