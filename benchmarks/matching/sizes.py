"""The sizes, and the question every contestant answers: fixes within a radius, in the window and its buffer."""

from dataclasses import dataclass
from datetime import date

RADIUS_M, BUFFER_S = 100.0, 900.0
FIRST_DAY = date(2019, 9, 1)
SEED = 1
TOLERANCE = 0.3
"""How far the counts of fixes and candidates may be from those published for a size before the run reports it."""


@dataclass(frozen=True, slots=True)
class Size:
    """A world's size, and about how many fixes and candidates (by points; by points or path) it should give. None:
    any."""

    name: str
    wearers: int
    days: int
    crimes: int
    fixes: int | None = None
    points: int | None = None
    path: int | None = None
    moved_share: float = 0.0
    """The share of crimes, except planted ones, that are moved a kilometre or two. With ten times the wearers the
    generator's crimes, half of them at the same hubs, would give 1.5 times as many candidates as published."""
    by_day: bool = False
    """Imported a day at a time, so that making it takes the memory and the temporary files of a day, not of a month."""
    reference: bool = True
    """False: no reference file is written, because no rival reads it."""

    @property
    def description(self) -> str:
        return f"{self.wearers:,} wearers × {self.days} days, {self.crimes:,} crimes"


SIZES = {
    size.name: size
    for size in (
        Size("toy", 12, 2, 300),
        Size("S", 300, 7, 5_000, 2_930_000, 1_188, 1_759),
        Size("M", 300, 30, 25_000, 12_550_000, 5_987, 8_847),
        Size("L", 3_000, 30, 100_000, 125_500_000, 137_851, 248_662, moved_share=0.75),
        Size("XL", 10_000, 30, 300_000, 400_000_000, moved_share=0.75, by_day=True, reference=False),
    )
}
ALONE = ("XL",)
"""Sizes at which TagPilot is measured alone, without decoding and rivals: their memory would not do."""
