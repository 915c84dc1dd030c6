"""Whether a new commitment may be entered: within its line, and within what is approved."""

from tracker.budget.position import Position
from tracker.errors import Refused
from tracker.money import pounds
from tracker.programme.figures import Year


def room_for(position: Position, line: str, year: Year, pence: int) -> Refused | None:
    """None if there is room; else the refusal, with the figures that stand against it. An officer may override it.

    An actual is never asked: what happened is recorded, and said if it is over.
    """
    of = next((held for held in position.lines if (held.line, held.year) == (line, year)), None)
    said = f"{line}{f' {year}' if year else ''}"
    free = of.free if of is not None else 0
    if pence > free:
        allocated, in_use = (of.allocated, of.in_use) if of is not None else (0, 0)
        return Refused(
            "line",
            f"{pounds(pence)} is more than is free on {said}: {pounds(allocated)} allocated, {pounds(in_use)} "
            f"committed or spent, {pounds(free)} free; move money to the line by a decision, or give a reason to "
            "override",
        )
    if pence > position.free:
        return Refused(
            "approval",
            f"{pounds(pence)} is more than the approvals leave: {pounds(position.approved)} approved, "
            f"{pounds(position.in_use)} committed or spent, {pounds(position.free)} free; "
            "enter the decision that approves more, or give a reason to override",
        )
    return None
