"""The settings of a match in words."""

from collections.abc import Mapping
from typing import Any


def settings_in_words(values: Mapping[str, Any], *, standing: bool = True, what_if: str | None = None) -> str:
    """As "within 50 m, in the crime's window and 5 min at both ends; windows of up to 12 h"."""
    buffer = f" and {_lasting(values['buffer_s'])} at both ends" if values["buffer_s"] else ""
    others = len(values) - 3
    more = f"; {others} other setting{'s' if others > 1 else ''} not standard" if others else ""
    kind = "" if standing else "; not the standing settings" if what_if is None else f"; what-if {what_if}"
    longest = f"windows of up to {values['max_window_h']:g} h"
    return f"within {values['radius_m']:g} m, in the crime's window{buffer}; {longest}{more}{kind}"


def _lasting(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 6 == 0 else f"{seconds:g} s"
