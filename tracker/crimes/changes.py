"""The content of a crime's version, its digest, and what changed between two versions."""

from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from tracker.crimes.row import CrimeRow


class Content(NamedTuple):
    """The content of a version. The batch is not part of it: the same crime sent again is the same version."""

    crime_type: str
    t_from: datetime
    t_to: datetime
    x_mm: int | None
    y_mm: int | None
    location_accuracy_mm: int | None
    precision: str
    text: str

    def digest(self) -> str:
        """128 bits in hex over the content. Equal places are equal however they were given."""
        text = "\x1f".join(v.isoformat() if isinstance(v, datetime) else "" if v is None else str(v) for v in self)
        return blake2b(text.encode(), digest_size=16).hexdigest()


PARTS = {
    "crime_type": ("crime_type",),
    "t_from": ("t_from",),
    "t_to": ("t_to",),
    "place": ("x_mm", "y_mm"),
    "location_accuracy": ("location_accuracy_mm",),
    "precision": ("precision",),
    "text": ("text",),
}
"""The name of each part that can change, and its fields."""


def content_of(row: CrimeRow) -> Content:
    """The content of a placed row, in the units of the tables."""
    accuracy_mm = None if row.location_accuracy_m is None else round(row.location_accuracy_m * 1000)
    return Content(row.crime_type, row.t_from, row.t_to, row.x_mm, row.y_mm, accuracy_mm, row.precision.value, row.text)


def changed(before: Content, after: Content) -> list[str]:
    """Names of the parts that differ, in the order of `PARTS`."""
    return [
        part for part, names in PARTS.items() if any(getattr(before, name) != getattr(after, name) for name in names)
    ]
