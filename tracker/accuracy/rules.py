"""At what level a device model states its accuracy, and by how much its real radius differs from it.

A *level* is the share of errors, in per cent, that lie within a stated radius. A *factor* multiplies the 68 % radius:
it is the real one, as a report found it, divided by the stated one. An *adoption* says both for the fixes of one device
model from a day on, and holds until the next of that model.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from tracker.errors import BadEntry
from tracker.times import london_midnight

LEVELS = (68, 90, 95)
MOST_FACTOR = 10
NO_FACTOR = 1_000
"""A factor of 1, in thousandths."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """`level` None: no level is declared, so that of a fix that declares none is 68."""

    model: str
    effective_on: date
    level: int | None
    factor_thousandths: int

    @property
    def factor(self) -> float:
        return self.factor_thousandths / 1_000

    def in_words(self) -> str:
        level = "no level" if self.level is None else f"level {self.level}"
        return f"{level}, factor {self.factor:g}"


class DeviceLevel(NamedTuple):
    """What holds for the fixes of one device in [since, until); `until` None: until further notice."""

    device_id: str
    since: datetime
    until: datetime | None
    level: int | None
    factor: float


def checked_adoption(
    model: str, effective_on: date, level: int | None, factor: float | None, *, known: Iterable[str], today: date
) -> Adoption:
    """An adoption as it may be entered.

    Parameters
    ----------
    known : the models of the devices on record

    Raises
    ------
    BadEntry
        No device is of this model, the day is in the future, the level is none of `LEVELS`, the factor is out of
        range, or neither is given.
    """
    models = sorted(set(known))
    if model not in models:
        there_are = f"the models on record are {', '.join(models)}" if models else "no device has a model on record"
        raise BadEntry(
            f"No device on record is of the model {model!r}; {there_are}. Enter the model of its tags first "
            "(tagpilot tag model)."
        )
    if effective_on > today:
        raise BadEntry(f"The day is {effective_on}, which is in the future: today is {today}. Give today or earlier.")
    if level is not None and level not in LEVELS:
        raise BadEntry(f"The level is {level}. Give 68, 90 or 95.")
    if level is None and factor is None:
        raise BadEntry("Give a level (68, 90 or 95), a factor, or both.")
    thousandths = NO_FACTOR if factor is None else _thousandths(factor)
    return Adoption(model, effective_on, level, thousandths)


def _thousandths(factor: float) -> int:
    # Also false for what is no number.
    if not 0 < factor <= MOST_FACTOR or round(factor * 1_000) == 0:
        raise BadEntry(
            f"The factor is {factor:g}. Give the real 68 % radius divided by the stated one, 0.001 to {MOST_FACTOR}."
        )
    return round(factor * 1_000)


def require_both_said(new: Adoption, factor_given: bool, before: Adoption | None) -> None:
    """A level or a factor that is in force ends by an entry that says so, never by one that is silent about it.

    Raises BadEntry.
    """
    if before is None:
        return
    since = f"is in force for {new.model} from {before.effective_on} on"
    if before.level not in (None, 68) and new.level is None:
        raise BadEntry(f"The level {before.level} {since}. Give the level too: {before.level} again, or 68 to end it.")
    if before.factor_thousandths != NO_FACTOR and not factor_given:
        raise BadEntry(
            f"The factor {before.factor:g} {since}. Give the factor too: {before.factor:g} again, or 1 to end it."
        )


def in_force(adoptions: Iterable[Adoption], model: str, on: date) -> Adoption | None:
    """What holds for fixes of a model on a day: the latest adoption that has begun."""
    begun = [each for each in adoptions if each.model == model and each.effective_on <= on]
    return max(begun, key=lambda each: each.effective_on, default=None)


def device_levels(models: Mapping[str, str], adoptions: Iterable[Adoption]) -> list[DeviceLevel]:
    """What holds for each device, by device and time; from midnight in London of an adoption's day on.

    Parameters
    ----------
    models : the model of each device; a device that is not in it is left out
    adoptions : at most one of a model and day
    """
    of_model: dict[str, list[Adoption]] = defaultdict(list)
    for each in sorted(adoptions, key=lambda each: each.effective_on):
        of_model[each.model].append(each)
    out = []
    for device in sorted(models):
        mine = of_model.get(models[device], [])
        begins = [london_midnight(each.effective_on) for each in mine]
        for each, since, until in zip(mine, begins, [*begins[1:], None], strict=False):
            out.append(DeviceLevel(device, since, until, each.level, each.factor))
    return out
