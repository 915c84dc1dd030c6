"""What somebody asks to be exported: who, as at when, which columns, how coarse, what for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from tracker.errors import BadEntry
from tracker.evaluation.subject import ATTRIBUTES, MEASURES


class Purpose(StrEnum):
    """PCD 570, 1.8, 1.9 and 7.3: monitoring, process, impact; and 7.4: who is included."""

    MONITORING = "performance monitoring"
    PROCESS = "process evaluation"
    IMPACT = "impact analysis"
    EQUALITY = "equality review"


class Dates(StrEnum):
    OFFSETS = "days since release"
    MONTHS = "months"


class SmallClasses(StrEnum):
    """What becomes of people who share their bands with too few others."""

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
        """For the record and for the manifest."""
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

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Definition":
        """Raises BadEntry for what is no definition."""
        unknown = sorted(set(plain) - {each.name for each in fields(cls)})
        if unknown:
            raise BadEntry(f"a definition has no {', '.join(unknown)}; it has {', '.join(f.name for f in fields(cls))}")
        missing = [name for name in ("purpose", "justification", "columns", "as_at") if not plain.get(name)]
        if missing:
            raise BadEntry(f"the definition lacks {', '.join(missing)}")
        given = dict(plain)
        given["purpose"] = _named(Purpose, "purpose", given["purpose"])
        given["dates"] = _named(Dates, "dates", given.get("dates", Dates.OFFSETS))
        given["small_classes"] = _named(SmallClasses, "small_classes", given.get("small_classes", SmallClasses.REFUSE))
        given["as_at"] = _day("as_at", given["as_at"])
        for name in ("columns", "covariates"):
            given[name] = tuple(given.get(name, ()))
        given["where"] = {name: frozenset(levels) for name, levels in dict(given.get("where", {})).items()}
        return cls(**given).checked()

    def checked(self) -> "Definition":
        from tracker.evaluation.columns import COLUMNS

        if len(self.justification.strip()) < 10:
            raise BadEntry("say in justification what it is needed for, in ten characters or more; it is audited")
        if self.reached not in MEASURES:
            raise BadEntry(f"there is no step {self.reached!r}; there are {', '.join(MEASURES)}")
        for name in self.where:
            if name not in ATTRIBUTES:
                raise BadEntry(f"there is no {name!r} to choose by; there are {', '.join(ATTRIBUTES)}")
        for name in self.columns:
            if name not in COLUMNS:
                raise BadEntry(f"there is no column {name!r} that may be exported; there are {', '.join(COLUMNS)}")
            if self.purpose not in COLUMNS[name].purposes:
                allowed = ", ".join(c.name for c in COLUMNS.values() if self.purpose in c.purposes)
                raise BadEntry(f"{name} is not for {self.purpose}; for that there are {allowed}")
        if len(set(self.columns)) != len(self.columns):
            raise BadEntry("columns names something twice")
        if not 3 <= self.class_at_least <= 1000:
            raise BadEntry(f"class_at_least is {self.class_at_least}; give 3 to 1000, by default 5")
        if not 1 <= self.no_signal_over_hours <= 24 * 30:
            raise BadEntry(f"no_signal_over_hours is {self.no_signal_over_hours}; give 1 to 720, by default 24")
        if self.linked_to is not None and len((self.linked_why or "").strip()) < 10:
            raise BadEntry("an export linked to an earlier one has its pseudonyms: say in linked_why what for")
        if "weight" in self.columns and (not self.weights or not self.covariates or not self.comparison):
            raise BadEntry("the column weight needs comparison, weights (a method) and covariates")
        return self


def _named(kind: type[StrEnum], name: str, given: Any) -> Any:
    try:
        return kind(given)
    except ValueError:
        raise BadEntry(f"{name} is {given!r}; give one of {', '.join(kind)}") from None


def _day(name: str, given: Any) -> date:
    if isinstance(given, date):
        return given
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise BadEntry(f"{name} is {given!r}; give a day such as 2019-11-01") from None
