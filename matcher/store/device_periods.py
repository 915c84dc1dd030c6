"""Periods of devices, whose rows the store erases or counts."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import polars as pl

from matcher.errors import BadInput

DevicePeriod = tuple[str, datetime | None, datetime | None]
"""A device from an instant (included) to another (excluded); None means open."""


def midnight(day: date) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def reaches(day: date, t_from: datetime | None, t_to: datetime | None) -> bool:
    """Whether [t_from, t_to) includes an instant of the UTC day."""
    start = midnight(day)
    return (t_from is None or t_from < start + timedelta(days=1)) and (t_to is None or t_to > start)


class DevicePeriods:
    """Any number of periods of any number of devices; they may overlap."""

    def __init__(self, periods: Iterable[DevicePeriod]) -> None:
        self._of: dict[str, list[tuple[datetime | None, datetime | None]]] = {}
        for device, t_from, t_to in periods:
            for instant in (t_from, t_to):
                if instant is not None and instant.tzinfo is None:
                    raise BadInput(f"{instant} has no zone; give a time with its zone")
            self._of.setdefault(device, []).append((t_from, t_to))

    @property
    def devices(self) -> set[str]:
        return set(self._of)

    def reach(self, day: date) -> bool:
        """Whether any period includes an instant of the UTC day."""
        return any(reaches(day, t_from, t_to) for ends in self._of.values() for t_from, t_to in ends)

    def on(self, day: date) -> "DevicePeriods":
        """The same for rows of one UTC day: open where they include all of it, and none that include nothing of it."""
        start, end = midnight(day), midnight(day) + timedelta(days=1)
        return DevicePeriods(
            (
                device,
                None if t_from is not None and t_from <= start else t_from,
                None if t_to is not None and t_to >= end else t_to,
            )
            for device, ends in self._of.items()
            for t_from, t_to in ends
            if reaches(day, t_from, t_to)
        )

    def open(self) -> set[str]:
        """The devices of which every row is in a period, whenever it was."""
        return {device for device, ends in self._of.items() if (None, None) in ends}

    def expression(self) -> pl.Expr:
        """True for rows (device_id, t) in any of the periods."""
        whole = self.open()
        parts = [pl.col("device_id").is_in(sorted(whole))]
        for device, ends in self._of.items():
            if device in whole:
                continue
            for t_from, t_to in ends:
                part = pl.col("device_id") == device
                if t_from is not None:
                    part &= pl.col("t") >= t_from
                if t_to is not None:
                    part &= pl.col("t") < t_to
                parts.append(part)
        return pl.any_horizontal(parts)
