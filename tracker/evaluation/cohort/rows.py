"""The people in a cohort and their exported rows: pseudonyms, bands, offsets; no name, number, birth date or place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.errors import Refused
from tracker.evaluation.cohort import risk
from tracker.evaluation.cohort.columns import COLUMNS, DESIGN, Column, Context
from tracker.evaluation.cohort.definition import Definition, SmallClasses
from tracker.evaluation.cohort.risk import PERSON, Risk, Shown
from tracker.evaluation.cohort.weighting import Compared
from tracker.evaluation.cohort.weighting import compared as compared_people
from tracker.evaluation.disclosure.differences import Counted
from tracker.evaluation.people import bands
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.subject import Subject
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.releases.convictions import OF_CONVICTIONS

TOO_FEW = (
    "this export would tell of too few people, by itself or together with what left before; choose fewer filters, or "
    "ask as at a later month's end"
)
FOLLOWED = "follow_up_complete"
"""Whether an outcome is empty says it, and whoever knows the day of release knows it: a class of the risk, in every
export with outcomes."""
_TAGGED = "tagged"
KEPT_WHOLE = frozenset({"group", FOLLOWED})
"""Columns that are never blanked: an export is useless without the one, and outcomes that are empty or not tell the
other."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Rows in order of pseudonym, each with every column of the definition; the people in them; their risk."""

    rows: list[dict[str, Any]]
    columns: tuple[Column, ...]
    people: frozenset[int]
    compared: frozenset[str]
    risk: Risk
    shown: Shown
    """The quasi-identifiers as exported, for the next export of the same people."""
    compared_how: Compared
    counted: tuple[Counted, ...] = ()
    """The people whose outcome is exported, and those convicted: all, and the tagged."""


def chosen(definition: Definition, subjects: Sequence[Subject]) -> list[Subject]:
    """The people of the programme that the definition selects."""
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
    compared: Sequence[Comparator],
    key: bytes,
    k: int,
    earlier: Sequence[Shown] = (),
) -> Cohort:
    """Make the rows. `earlier`: what earlier exports showed.

    Raises
    ------
    Refused
        There are fewer than k people, or the re-identification risk is too high.
    """
    definition = context.definition
    if len(subjects) < k:
        raise Refused("disclosure", TOO_FEW)
    if compared and len(compared) < k:
        raise Refused("disclosure", TOO_FEW)
    columns = tuple(COLUMNS[name] for name in definition.columns)
    rows = [
        {PERSON: pseudonyms.of_person(key, s.person_id), **{c.name: c.of_subject(s, context) for c in columns}}
        for s in subjects
    ]
    rows += [
        {
            PERSON: pseudonyms.of_comparison(key, o.reference),
            **{c.name: None if c.of_comparator is None else c.of_comparator(o, context) for c in columns},
        }
        for o in compared
    ]
    ids = [str(s.person_id) for s in subjects] + [f"c:{o.reference}" for o in compared]
    id_of = dict(zip((str(row[PERSON]) for row in rows), ids, strict=True))
    rows.sort(key=lambda row: str(row[PERSON]))
    by = [column.name for column in columns if column.quasi]
    convicted: dict[str, bool] = {}
    if outcomes := any(column.awaits_follow_up for column in columns):
        by += [FOLLOWED] if FOLLOWED not in by else []
        convicted = _add_followed(rows, context, subjects, compared, key)
    if definition.small_classes is SmallClasses.BLANK:
        # Values once withheld stay withheld: shown now, they would be disclosed for the earlier export too.
        able = [name for name in by if not (outcomes and name == FOLLOWED)]
        risk.carried(rows, [id_of[str(row[PERSON])] for row in rows], able, earlier)
        keep = KEPT_WHOLE if outcomes else KEPT_WHOLE - {FOLLOWED}
        rows, found = risk.blanked(rows, by, definition.class_at_least, keep, convicted)
        risk.require(rows, by, definition.class_at_least, convicted)
    else:
        found = risk.require(rows, by, definition.class_at_least, convicted)
    shown = Shown(0, tuple(by), {id_of[str(row[PERSON])]: tuple(row[name] for name in by) for row in rows})
    # Outcomes that an earlier export showed are joined to the bands of this one, too.
    if convicted or any(FOLLOWED in each.by for each in earlier):
        convicted = convicted or _convicted(context, subjects, key)
    of_person = {id_of[person]: had for person, had in convicted.items()}
    risk.require_together(shown, earlier, definition.class_at_least, of_person)
    how = compared_people(definition, columns, rows)
    for row in rows:
        for name, value in zip(DESIGN, how.by_unit.get(str(row[PERSON]), ()), strict=False):
            if name in row:
                row[name] = value
    people = frozenset(s.person_id for s in subjects)
    found = replace(found, diversity=risk.diversity(rows, by, _sensitive(columns)))
    counted = tuple(_counted(rows, id_of, convicted)) if outcomes else ()
    if FOLLOWED not in definition.columns:
        for row in rows:
            row.pop(FOLLOWED, None)
    return Cohort(rows, columns, people, frozenset(o.reference for o in compared), found, shown, how, counted)


def _add_followed(
    rows: list[dict[str, Any]],
    context: Context,
    subjects: Sequence[Subject],
    compared: Sequence[Comparator],
    key: bytes,
) -> dict[str, bool]:
    """Add to each row whether the follow-up is complete; who of the programme was convicted, where it is."""
    followed = COLUMNS[FOLLOWED]
    assert followed.of_comparator is not None
    is_followed = {pseudonyms.of_comparison(key, o.reference): followed.of_comparator(o, context) for o in compared}
    is_followed |= {pseudonyms.of_person(key, s.person_id): followed.of_subject(s, context) for s in subjects}
    for row in rows:
        row[FOLLOWED] = is_followed[row[PERSON]]
    return _convicted(context, subjects, key)


def _convicted(context: Context, subjects: Sequence[Subject], key: bytes) -> dict[str, bool]:
    """Whether they were, by pseudonym, of those whose follow-up is complete."""
    had = {pseudonyms.of_person(key, s.person_id): COLUMNS["reoffended"].of_subject(s, context) for s in subjects}
    return {person: value for person, value in had.items() if value is not None}


def _counted(
    rows: Sequence[Mapping[str, Any]], id_of: Mapping[str, str], convicted: Mapping[str, bool]
) -> Iterator[Counted]:
    """Of all whose outcome is exported, then of the tagged among them."""
    mine = [row for row in rows if row[PERSON] in convicted]
    for some in (mine, [row for row in mine if row.get("group") == _TAGGED]):
        if some:
            yield Counted(
                family=OF_CONVICTIONS,
                people=frozenset(int(id_of[row[PERSON]]) for row in some),
                having=frozenset(int(id_of[row[PERSON]]) for row in some if convicted[row[PERSON]]),
            )


def _sensitive(columns: Sequence[Column]) -> list[str]:
    """What is learned of somebody who is recognised: all that others do not know, but the design."""
    return [column.name for column in columns if not column.quasi and column.name not in DESIGN]


def members_within(definition: Definition, compared: Sequence[Comparator]) -> list[Comparator]:
    """The comparison people with the definition's levels (they have no phase); none where it asks for none."""
    if not definition.comparison:
        return []
    return [other for other in compared if other.released_on <= definition.as_at and _fits(other, definition)]


def _fits(other: Comparator, definition: Definition) -> bool:
    levels = {
        "bcu": bands.bcu_level(other.borough, other.released_on),
        "month": f"{other.released_on:%Y-%m}",
        "sex": bands.sex_level(other.sex),
        "age": bands.age_band(other.age),
        "ethnicity": bands.ethnicity_group(other.ethnicity),
    }
    return all(levels[name] in wanted for name, wanted in definition.where.items() if name in levels)
