"""People followed from the first of January 2024, with offences and departures by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tracker.evaluation.statistics.outcomes import Followed, Offence

START = date(2024, 1, 1)


def day(n: int) -> date:
    return START + timedelta(days=n)


def person(unit: str = "a", *, until: int = 2_000, group: str = "tagged", **more: Any) -> Followed:
    return Followed(unit=unit, group=group, started_on=START, data_until=day(until), **more)


def offended(on: int, convicted: int | None) -> tuple[Offence, ...]:
    return (Offence(day(on), None if convicted is None else day(convicted)),)


def of_spells(spells: Sequence[tuple[int, bool]], name: str = "tagged") -> list[Followed]:
    return [
        person(str(i), group=name, offences=offended(days, days + 1))
        if event
        else person(str(i), group=name, exited_on=day(days))
        for i, (days, event) in enumerate(spells)
    ]
