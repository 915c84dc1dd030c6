"""The address a person is released to: the borough stated, the borough of the coordinates, and whether they agree."""

from dataclasses import dataclass

OUTSIDE_LONDON = "outside London"
"""Stated instead of a borough, or found for coordinates that are in none."""


@dataclass(frozen=True, slots=True)
class Home:
    """`stated` by the list, `found` by the coordinates. Either can be missing; both are kept."""

    stated: str | None = None
    found: str | None = None

    def boroughs(self) -> tuple[str, ...]:
        """The boroughs on record, each once: none, one, or two that disagree."""
        return tuple(dict.fromkeys(name for name in (self.found, self.stated) if name is not None))

    def conflict(self) -> str | None:
        """The conflict in words, if the two disagree."""
        if self.stated is None or self.found is None or self.stated == self.found:
            return None
        return f"stated as {self.stated}, but the coordinates are in {self.found}"
