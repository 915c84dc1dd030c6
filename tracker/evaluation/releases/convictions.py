"""Counts of people who were convicted, in tables: of one family with those that effects and exports tell.

How many people there are at a step follows from totals that are public; who was convicted is what others do not know.
So counts of convictions are held against each other part by part (`disclosure.differences`), beside what `protect`
withholds.
"""

from collections.abc import Callable, Mapping, Sequence, Set

from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.disclosure.space import Cell
from tracker.evaluation.people.subject import Subject

OF_CONVICTIONS = "convictions"
"""The family of all counts of those convicted, whatever answer tells them."""
Withhold = Callable[[Mapping[Cell, Counted]], Set[Cell]]


def convictions(cells: Mapping[Cell, int | None], people: Sequence[Subject]) -> dict[Cell, Counted]:
    """Of each cell of convictions that shows a figure: the people whose follow-up is complete, and those convicted."""
    units = [(subject, subject.unit()) for subject in people if subject.release_on is not None]
    out = {}
    for cell, n in cells.items():
        if cell.measure == "reoffended" and n is not None:
            mine = [
                (subject.person_id, cell.counts(unit))
                for subject, unit in units
                if subject.followed_by(cell.as_at) and all(unit.levels[name] in levels for name, levels in cell.limits)
            ]
            out[cell] = Counted(
                family=OF_CONVICTIONS,
                people=frozenset(number for number, _ in mine),
                having=frozenset(number for number, had in mine if had),
            )
    return out
