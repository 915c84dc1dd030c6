"""What answers to questions without a crime say of themselves, and what speaks against them."""

from math import hypot
from typing import Protocol

from api.wording.against import Point

NO_CRIME = (
    "No crime was asked about. That a wearer was at a place is no suspicion: the answer says where tags were recorded, "
    "for the purpose stated, and is not kept.",
)


class _Circle(Protocol):
    @property
    def easting_m(self) -> float: ...
    @property
    def northing_m(self) -> float: ...
    @property
    def radius_m(self) -> float: ...


def home_here(home_mm: tuple[int, int] | None, circle: _Circle) -> list[Point]:
    """That the wearer's home on record is in the circle."""
    if home_mm is None:
        return []
    away = hypot(home_mm[0] / 1000 - circle.easting_m, home_mm[1] / 1000 - circle.northing_m)
    if away > circle.radius_m:
        return []
    words = f"The wearer's home on record that day is inside the circle, {away:.0f} m from its middle."
    return [Point("home_here", words, {"homeM": round(away)})]


def not_asked_in_words(in_part: int, not_monitored: int) -> list[str]:
    """`3 wearers may be matched in a part of the interval alone, and were not read`."""
    lines = []
    if in_part:
        lines.append(f"{_wearers(in_part)} may be matched in a part of the interval alone: not read")
    if not_monitored:
        lines.append(f"{_wearers(not_monitored)} may be matched but had no monitored time in the interval: not read")
    return lines


def _wearers(number: int) -> str:
    return f"{number:,} {'wearer' if number == 1 else 'wearers'}"
