"""The definition of a cohort export: which people, as at which day, which columns, how coarse, for what purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """PCD 570, 1.8, 1.9 and 7.3: monitoring, process, impact; and 7.4: who is included."""

    MONITORING = "performance monitoring"
    PROCESS = "process evaluation"
    IMPACT = "impact analysis"
    EQUALITY = "equality review"


class Dates(StrEnum):
    OFFSETS = "weeks since release"
    MONTHS = "months"


class SmallClasses(StrEnum):
    """What to do about people who share their bands with too few others: refuse the export, or blank their values."""

    REFUSE = "refuse"
    BLANK = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Checked by `checked`; the same definition, record and key give the same bytes."""

    purpose: Purpose
    justification: str
    columns: tuple[str, ...]
    as_at: date
    reached: str = "screened"
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    comparison: bool = False
    dates: Dates = Dates.OFFSETS
    wide_ages: bool = False
    no_signal_over_hours: int = 24
    small_classes: SmallClasses = SmallClasses.REFUSE
    class_at_least: int = 5
    linked_to: int | None = None
    linked_why: str | None = None
    weights: str | None = None
    """A method of `comparison`, by which the comparison people are weighted."""
    covariates: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON, for the record and the manifest."""
        out: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, date):
                value = value.isoformat()
            elif isinstance(value, Mapping):
                value = {name: sorted(levels) for name, levels in sorted(value.items())}
            elif isinstance(value, tuple):
                value = list(value)
            elif isinstance(value, StrEnum):
                value = value.value
            out[each.name] = value
        return out
