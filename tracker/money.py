"""Money in whole pence, read and shown in pounds."""

import re

from tracker.errors import BadEntry

_POUNDS = re.compile(r"(-?)£?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?")


def pounds(pence: int) -> str:
    """£1,234.50; whole pounds without pence."""
    sign, pence = ("-" if pence < 0 else ""), abs(pence)
    whole, rest = divmod(pence, 100)
    return f"{sign}£{whole:,}" + (f".{rest:02}" if rest else "")


def pence_of(text: str) -> int:
    """730,000 or £730,000.50 or -12.3 as pence, exactly. Raises BadEntry for text that is not an amount of money."""
    found = _POUNDS.fullmatch(text.strip())
    if found is None:
        raise BadEntry(f"{text!r} is not an amount of money. Give pounds, for example 469000, 469,000 or 1234.50.")
    sign, whole, rest = found.groups()
    pence = int(whole.replace(",", "")) * 100 + int((rest or "0").ljust(2, "0"))
    return -pence if sign else pence
