"""A cohort's definition as another program or a file gives it: read, and checked against the columns there are."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any

from tracker.errors import BadEntry
from tracker.evaluation.cohort.columns import COLUMNS
from tracker.evaluation.cohort.definition import Dates, Definition, Purpose, SmallClasses
from tracker.evaluation.people.subject import ATTRIBUTES, MEASURES


def parse(plain: Mapping[str, Any]) -> Definition:
    """A checked definition. Raises BadEntry for what is no definition."""
    unknown = sorted(set(plain) - {each.name for each in fields(Definition)})
    if unknown:
        raise BadEntry(
            f"a definition has no {', '.join(unknown)}; it has {', '.join(f.name for f in fields(Definition))}"
        )
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
    return checked(Definition(**given))


def checked(definition: Definition) -> Definition:
    """The same definition. Raises BadEntry, naming the field and what would be right."""
    if len(definition.justification.strip()) < 10:
        raise BadEntry("say in justification what it is needed for, in ten characters or more; it is audited")
    if definition.reached not in MEASURES:
        raise BadEntry(f"there is no step {definition.reached!r}; there are {', '.join(MEASURES)}")
    for name in definition.where:
        if name not in ATTRIBUTES:
            raise BadEntry(f"there is no {name!r} to choose by; there are {', '.join(ATTRIBUTES)}")
    for name in definition.columns:
        if name not in COLUMNS:
            raise BadEntry(f"there is no column {name!r} that may be exported; there are {', '.join(COLUMNS)}")
        if definition.purpose not in COLUMNS[name].purposes:
            allowed = ", ".join(c.name for c in COLUMNS.values() if definition.purpose in c.purposes)
            raise BadEntry(f"{name} is not for {definition.purpose}; for that there are {allowed}")
    if len(set(definition.columns)) != len(definition.columns):
        raise BadEntry("columns names something twice")
    if not 3 <= definition.class_at_least <= 1000:
        raise BadEntry(f"class_at_least is {definition.class_at_least}; give 3 to 1000, by default 5")
    if not 1 <= definition.no_signal_over_hours <= 24 * 30:
        raise BadEntry(f"no_signal_over_hours is {definition.no_signal_over_hours}; give 1 to 720, by default 24")
    if definition.linked_to is not None and len((definition.linked_why or "").strip()) < 10:
        raise BadEntry("an export linked to an earlier one has its pseudonyms: say in linked_why what for")
    weighted = definition.weights and definition.covariates and definition.comparison
    if "weight" in definition.columns and not weighted:
        raise BadEntry("the column weight needs comparison, weights (a method) and covariates")
    return definition


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
