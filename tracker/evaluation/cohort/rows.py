"""The people in a cohort and their exported rows: pseudonyms, bands, offsets; no name, number, birth date or place."""

from collections.abc import Iterator, Sequence
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
from tracker.evaluation.people.subject import Subject, is_proven
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.releases.convictions import OF_CONVICTIONS

TOO_FEW = (
    "this export would tell of too few people, by itself or together with what left before; choose fewer filters, or "
    "ask as at a later month's end"
)
FOLLOWED = "follow_up_complete"
"""Whether an outcome is empty says it, and whoever knows the day of release knows it: a class of the risk, in every
export with outcomes."""
GROUP = "group"
"""Who wore a tag others know, and many a column says it of a row: a class of the risk in every export with such."""
_TAGGED = "tagged"
KEPT_WHOLE = frozenset({GROUP, FOLLOWED})
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
    """The people whose outcome is exported, and those convicted: all, the tagged, and each class."""


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
    everyone: Sequence[Subject] = (),
) -> Cohort:
    """Make the rows. `earlier`: what earlier exports showed; `everyone`: of the programme, for those who are in these.

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
    outcomes = any(column.awaits_follow_up for column in columns)
    # Classes by what is not in the file, but is told by what is.
    unseen = [FOLLOWED] if outcomes and FOLLOWED not in definition.columns else []
    if GROUP not in definition.columns and any(column.tells_group for column in columns):
        unseen.append(GROUP)
    rows = _rows(context, [*columns, *(COLUMNS[name] for name in unseen)], subjects, compared, key)
    ids = {pseudonyms.of_person(key, s.person_id): str(s.person_id) for s in subjects}
    ids |= {pseudonyms.of_comparison(key, o.reference): f"c:{o.reference}" for o in compared}
    by = [column.name for column in columns if column.quasi] + unseen
    had = {str(s.person_id): _convicted(s) for s in (everyone or subjects)}
    mine = {
        row[PERSON]: had[ids[row[PERSON]]] for row in rows if outcomes and row[FOLLOWED] and ids[row[PERSON]] in had
    }
    here = risk.Outcomes(mine, k if outcomes else 0)
    keep = frozenset(unseen) | (KEPT_WHOLE if outcomes else KEPT_WHOLE - {FOLLOWED})
    if definition.small_classes is SmallClasses.BLANK:
        # Values once withheld stay withheld: shown now, they would be disclosed for the earlier export too.
        able = [name for name in by if name not in keep - {GROUP} and name not in unseen]
        risk.carried(rows, [ids[row[PERSON]] for row in rows], able, earlier)
        rows, first = risk.blanked(rows, by, definition.class_at_least, keep, here)
        theirs = frozenset(person for person, each in ids.items() if each.startswith("c:"))
        more = risk.withheld_alike(rows, [name for name in able if name not in keep], theirs)
        rows, found = risk.blanked(rows, by, definition.class_at_least, keep, here)
        found = replace(found, blanked=first.blanked + more + found.blanked)
        risk.require(rows, by, definition.class_at_least, here)
    else:
        found = risk.require(rows, by, definition.class_at_least, here)
    shown = Shown(0, tuple(by), {ids[row[PERSON]]: tuple(row[name] for name in by) for row in rows})
    # Outcomes that one export shows are joined to the bands of every other.
    told = _told(shown if outcomes else None, earlier)
    asked = outcomes or any(FOLLOWED in each.by for each in earlier)
    together = risk.Outcomes({person: value for person, value in had.items() if person in told}, k if asked else 0)
    classes = risk.require_together(shown, earlier, definition.class_at_least, together)
    how = compared_people(definition, columns, rows)
    for row in rows:
        for name, value in zip(DESIGN, how.by_unit.get(row[PERSON], ()), strict=False):
            if name in row:
                row[name] = value
    people = frozenset(s.person_id for s in subjects)
    found = replace(found, diversity=risk.diversity(rows, by, _sensitive(columns)))
    tagged = [ids[row[PERSON]] for row in rows if row.get(GROUP) == _TAGGED]
    counted = _counted([[ids[person] for person in mine], [each for each in tagged if outcomes], *classes], together)
    for row in rows:
        for name in unseen:
            row.pop(name)
    return Cohort(rows, columns, people, frozenset(o.reference for o in compared), found, shown, how, tuple(counted))


def _rows(
    context: Context,
    columns: Sequence[Column],
    subjects: Sequence[Subject],
    compared: Sequence[Comparator],
    key: bytes,
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
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
    return sorted(rows, key=lambda row: str(row[PERSON]))


def _convicted(subject: Subject) -> bool:
    return subject.release_on is not None and any(is_proven(subject.release_on, o) for o in subject.offences)


def _told(new: Shown | None, earlier: Sequence[Shown]) -> set[str]:
    """Whose outcome one of these exports has."""
    out = set()
    for each in (*earlier, *((new,) if new is not None else ())):
        if FOLLOWED in each.by:
            at = each.by.index(FOLLOWED)
            out |= {person for person, values in each.values.items() if values[at] is True}
    return out


def _counted(groups: Sequence[Sequence[str]], outcomes: risk.Outcomes) -> Iterator[Counted]:
    """Of each group, the people whose outcome left with an export, and those convicted."""
    seen = set()
    for group in groups:
        mine = frozenset(int(each) for each in group if each in outcomes.convicted)
        if mine and mine not in seen:
            seen.add(mine)
            having = frozenset(person for person in mine if outcomes.convicted[str(person)])
            yield Counted(family=OF_CONVICTIONS, people=mine, having=having)


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
