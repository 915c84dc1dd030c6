"""The three sizes, and the question that is asked of everyone: points within a radius, in the window and a buffer."""

from dataclasses import dataclass
from datetime import date

RADIUS_M, BUFFER_S = 100.0, 900.0
FIRST_DAY = date(2019, 9, 1)
SEED = 1
TOLERANCE = 0.3
"""How far fixes and candidates may be from those of the published sizes; beyond it a table says so."""


@dataclass(frozen=True, slots=True)
class Size:
    """A world's size, and about how many fixes and candidates (by points, by points or path) it should give; None: as
    it comes."""

    name: str
    wearers: int
    days: int
    crimes: int
    fixes: int | None = None
    points: int | None = None
    path: int | None = None
    moved: float = 0.0
    """The share of crimes, planted ones aside, that are set a kilometre or two off: with ten times the wearers the
    generator's crimes, half of them at the same hubs, would give half as many candidates again as the published."""

    @property
    def words(self) -> str:
        return f"{self.wearers:,} wearers × {self.days} days, {self.crimes:,} crimes"


SIZES = {
    size.name: size
    for size in (
        Size("toy", 12, 2, 300),
        Size("S", 300, 7, 5_000, 2_930_000, 1_188, 1_759),
        Size("M", 300, 30, 25_000, 12_550_000, 5_987, 8_847),
        Size("L", 3_000, 30, 100_000, 125_500_000, 137_851, 248_662, moved=0.75),
    )
}
