"""Where somebody is released to: the borough stated, the borough by the place, and whether they agree."""

from dataclasses import dataclass

OUTSIDE_LONDON = "outside London"
"""Stated in the place of a borough, or found by a place in none."""


@dataclass(frozen=True, slots=True)
class Home:
    """`stated` by the list; `found` by the coordinates. Either can be missing, and neither is dropped for the other."""

    stated: str | None = None
    found: str | None = None

    def boroughs(self) -> tuple[str, ...]:
        """Each borough there is word of, once: one, two that disagree, or none."""
        return tuple(dict.fromkeys(name for name in (self.found, self.stated) if name is not None))

    def conflict(self) -> str | None:
        """In words, where the two disagree."""
        if self.stated is None or self.found is None or self.stated == self.found:
            return None
        return f"stated as {self.stated}, but the place is in {self.found}"
