"""How full a programme is, in a sentence."""

from datetime import date


def capacity_in_words(
    imposed: int,
    fitted: int,
    worn: int,
    reserved: int,
    maximum: int | None,
    maximum_said: str,
    headroom: int | None,
    over: int,
) -> str:
    """The three numbers, never added up with one another, the places reserved, and those still free."""
    room = "no maximum is stated" if headroom is None else f"{headroom} free of {maximum}"
    if over:
        room = f"over by {over}, of {maximum}"
    conditions = "1 condition" if imposed == 1 else f"{imposed} conditions"
    return f"{conditions} imposed, {fitted} fitted, {worn} worn now; {reserved} reserved; {room} ({maximum_said})"


def maximum_in_words(
    *,
    maximum: int | None,
    maximum_said: str,
    over: int,
    full_since: date | None,
    reached_on: date | None,
    last_to_impose: date | None,
    as_at: date,
) -> str:
    """What the course of a programme shows: the title of its chart.

    Parameters
    ----------
    reached_on
        The day on which the maximum is reached at the present rate; None: never, at this rate.
    """
    if over:
        return f"Over by {over:,}"
    if not maximum:
        return f"{maximum_said[:1].upper()}{maximum_said[1:]}"
    if full_since is not None:
        return f"The maximum was reached on {day_in_words(full_since, as_at)}"
    if reached_on is None:
        return "At this rate the maximum is not reached: no condition was imposed in the last 28 days"
    if last_to_impose is not None and reached_on > last_to_impose:
        return (
            f"At this rate the maximum of {maximum:,} is not reached by {day_in_words(last_to_impose, as_at)}, the "
            "last day to impose"
        )
    return f"At this rate it binds on {day_in_words(reached_on, as_at)}"


def day_in_words(day: date, beside: date) -> str:
    """2 September; with its year where that is not the other day's."""
    return f"{day.day} {day:%B}" + ("" if day.year == beside.year else f" {day.year}")
