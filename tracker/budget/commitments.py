"""Whether a new commitment fits: within its budget line, and within what is approved."""

from tracker.budget.position import Position
from tracker.errors import Refused
from tracker.money import pounds
from tracker.programme.figures import Year


def refusal(position: Position, line: str, year: Year, pence: int, *, moved: bool = False) -> Refused | None:
    """None if the amount fits; otherwise the refusal with its figures, which an officer may override.

    `moved`: the money is promised already, on another line, so the approvals hold it. For commitments only: an actual
    has happened, so it is recorded in any case and flagged if it is over.
    """
    mine = next((each for each in position.lines if (each.line, each.year) == (line, year)), None)
    name = f"{line}{f' {year}' if year else ''}"
    free = mine.free if mine is not None else 0
    other = position.other
    reading = ""
    if other is not None and (line, year) in other.lines:
        why = "; ".join(f"“{words}” ({source})" for words, source in other.why)
        reading = f" By another reading, {why}, the line has {pounds(other.lines[line, year])}."
    if pence > free:
        allocated, in_use = (mine.allocated, mine.in_use) if mine is not None else (0, 0)
        return Refused(
            "line",
            f"{pounds(pence)} is more than is free on {name}: {pounds(allocated)} allocated, {pounds(in_use)} "
            f"committed or spent, {pounds(free)} free. Move money to the line by a decision, or override with a "
            f"reason.{reading}",
        )
    if not moved and pence > position.free:
        return Refused(
            "approval",
            f"{pounds(pence)} is more than the approvals leave: {pounds(position.approved)} approved, "
            f"{pounds(position.in_use)} committed or spent, {pounds(position.free)} free. "
            "Enter the decision that approves more, or override with a reason.",
        )
    return None
