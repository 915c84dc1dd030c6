"""Why a factor of a device model is adopted, in words."""

from datetime import date


def reason_to_adopt(first: date, last: date, nights: int, people: int, low: float, high: float) -> str:
    """`nights from 2019-09-01 to 2019-09-30: 412 of 61 people, 1.31 to 1.52`: what a report found."""
    return f"nights from {first} to {last}: {nights:,} of {people:,} people, {low:.2f} to {high:.2f}"
