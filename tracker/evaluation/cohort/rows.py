"""Who is in a cohort, and the rows that leave: pseudonyms, bands, offsets; nobody's name, number, birthday or place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.errors import Refused
from tracker.evaluation.cohort import risk
from tracker.evaluation.cohort.columns import COLUMNS, PERSON, Column, Context
from tracker.evaluation.cohort.definition import Definition, SmallClasses
from tracker.evaluation.cohort.risk import Risk, Shown
from tracker.evaluation.people import bands
from tracker.evaluation.people.compared import Compared
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import pseudonyms

KEPT_WHOLE = frozenset({"group"})
"""Of these nothing is blanked: without them an export says nothing."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Rows by pseudonym, each with every column of the definition; whose they are; how easily they could be told."""

    rows: list[dict[str, Any]]
    columns: tuple[Column, ...]
    people: frozenset[int]
    compared: frozenset[str]
    risk: Risk
    shown: Shown
    """What others may know of each, as it leaves; for the next export of the same people."""


def chosen(definition: Definition, subjects: Sequence[Subject]) -> list[Subject]:
    """Those of the programme that the definition means."""
    out = []
    for subject in subjects:
        on = subject.reached.get(definition.reached)
        if on is None or on > definition.as_at:
            continue
        levels = subject.unit().levels
        if any(levels[name] not in wanted for name, wanted in definition.where.items()):
            continue
        out.append(subject)
    return out


def cohort(
    context: Context,
    subjects: Sequence[Subject],
    compared: Sequence[Compared],
    weights: Mapping[str, float],
    key: bytes,
    k: int,
    earlier: Sequence[Shown] = (),
) -> Cohort:
    """Make the rows. `weights` by pseudonym; `earlier`: what earlier exports showed of the same people.

    Raises
    ------
    Refused
        There are fewer than k people, or they could be told too easily.
    """
    definition = context.definition
    if len(subjects) < k:
        raise Refused("disclosure", f"fewer than {k} people fit the definition; nothing of so few is exported")
    if compared and len(compared) < k:
        raise Refused(
            "disclosure", f"fewer than {k} comparison people fit the definition; nothing of so few is exported"
        )
    columns = tuple(COLUMNS[name] for name in definition.columns)
    rows = [
        {PERSON: pseudonyms.of_person(key, s.person_id), **{c.name: c.ours(s, context) for c in columns}}
        for s in subjects
    ]
    rows += [
        {
            PERSON: pseudonyms.of_comparison(key, o.reference),
            **{c.name: None if c.theirs is None else c.theirs(o, context) for c in columns},
        }
        for o in compared
    ]
    for row in rows:
        if "weight" in row:
            row["weight"] = weights.get(row[PERSON])
    who = [str(s.person_id) for s in subjects] + [f"c:{o.reference}" for o in compared]
    whose = dict(zip((str(row[PERSON]) for row in rows), who, strict=True))
    rows.sort(key=lambda row: str(row[PERSON]))
    by = [column.name for column in columns if column.quasi]
    if definition.small_classes is SmallClasses.BLANK:
        # What was withheld once stays so: shown now, it would be known of that time too.
        risk.carried(rows, [whose[str(row[PERSON])] for row in rows], by, earlier)
        rows, found = risk.blanked(rows, by, definition.class_at_least, KEPT_WHOLE)
        if found.below:
            risk.require(rows, by, definition.class_at_least)
    else:
        found = risk.require(rows, by, definition.class_at_least)
    shown = Shown(0, tuple(by), {whose[str(row[PERSON])]: tuple(row[name] for name in by) for row in rows})
    risk.require_together(shown, earlier, definition.class_at_least)
    people = frozenset(s.person_id for s in subjects)
    return Cohort(rows, columns, people, frozenset(o.reference for o in compared), found, shown)


def compared_within(definition: Definition, compared: Sequence[Compared]) -> list[Compared]:
    """The comparison people of the definition's levels, but for those of the rollout's phase, which they have none of;
    nobody where it asks for none."""
    if not definition.comparison:
        return []
    return [other for other in compared if other.released_on <= definition.as_at and _fits(other, definition)]


def _fits(other: Compared, definition: Definition) -> bool:
    levels = {
        "bcu": bands.bcu_level(other.borough, other.released_on),
        "month": f"{other.released_on:%Y-%m}",
        "sex": bands.sex_level(other.sex),
        "age": bands.age_band(other.age),
        "ethnicity": bands.ethnicity_group(other.ethnicity),
    }
    return all(levels[name] in wanted for name, wanted in definition.where.items() if name in levels)
