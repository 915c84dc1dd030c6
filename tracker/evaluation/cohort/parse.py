"""A cohort's definition from a file or request: read, and checked against the columns that may be exported."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any

from tracker.errors import BadEntry
from tracker.evaluation.cohort.columns import COLUMNS, DESIGN
from tracker.evaluation.cohort.definition import Dates, Definition, Purpose, SmallClasses
from tracker.evaluation.cohort.weighting import require_covariates
from tracker.evaluation.people.subject import ATTRIBUTES, MEASURES

REACHED = tuple(measure for measure in MEASURES if measure != "reoffended")
"""Steps that an export can be of the people of: a file of those convicted would tell it of each of them."""


def parse(plain: Mapping[str, Any]) -> Definition:
    """A checked definition. Raises BadEntry, naming the field and a valid value."""
    unknown = sorted(set(plain) - {each.name for each in fields(Definition)})
    if unknown:
        raise BadEntry(
            f"unknown field {', '.join(unknown)}; a definition has {', '.join(f.name for f in fields(Definition))}"
        )
    missing = [name for name in ("purpose", "justification", "columns", "as_at") if not plain.get(name)]
    if missing:
        raise BadEntry(f"the definition has no {', '.join(missing)}; give {'it' if len(missing) == 1 else 'them'}")
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
    """The same definition. Raises BadEntry, naming the field and a valid value."""
    if len(definition.justification.strip()) < 10:
        raise BadEntry(
            "justification is too short; say in ten characters or more what the export is needed for (it is audited)"
        )
    if definition.reached not in REACHED:
        raise BadEntry(f"reached is {definition.reached!r}; give one of {', '.join(REACHED)}")
    for name in definition.where:
        if name not in ATTRIBUTES:
            raise BadEntry(f"people cannot be selected by {name!r}; where takes {', '.join(ATTRIBUTES)}")
    for name in definition.columns:
        if name not in COLUMNS:
            raise BadEntry(f"there is no column {name!r} for export; the columns are {', '.join(COLUMNS)}")
        if definition.purpose not in COLUMNS[name].purposes:
            allowed = ", ".join(c.name for c in COLUMNS.values() if definition.purpose in c.purposes)
            raise BadEntry(
                f"the column {name} may not be exported for {definition.purpose}; the columns for it are {allowed}"
            )
    if len(set(definition.columns)) != len(definition.columns):
        raise BadEntry(f"columns is {', '.join(definition.columns)}; give each column once")
    if not 3 <= definition.class_at_least <= 1000:
        raise BadEntry(f"class_at_least is {definition.class_at_least}; give 3 to 1000 (the default is 5)")
    if not 1 <= definition.no_signal_over_hours <= 24 * 30:
        raise BadEntry(f"no_signal_over_hours is {definition.no_signal_over_hours}; give 1 to 720 (the default is 24)")
    if definition.linked_to is not None and len((definition.linked_why or "").strip()) < 10:
        raise BadEntry(
            "linked_why is too short; say in ten characters or more why the pseudonyms of an earlier export are needed"
        )
    if definition.comparison and "group" not in definition.columns:
        raise BadEntry(
            "columns has no group; give it with comparison, so that nobody stands among people who are known"
        )
    weighted = definition.weights and definition.covariates and definition.comparison
    if (wanted := sorted(set(DESIGN) & set(definition.columns))) and not weighted:
        raise BadEntry(f"the column {wanted[0]} needs comparison, weights (a method) and covariates")
    missing = [name for name in ("group", *definition.covariates) if wanted and name not in definition.columns]
    require_covariates(definition.covariates)
    if missing:
        raise BadEntry(
            f"columns has no {', '.join(missing)}; {wanted[0]} is worked out from the columns that leave, so that it "
            "can be worked out again: give the group and every covariate"
        )
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
        raise BadEntry(f"{name} is {given!r}; give a date, for example 2019-11-01") from None
