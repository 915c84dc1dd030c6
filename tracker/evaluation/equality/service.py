"""The six-month equality review, in an open edition and a restricted one for named readers. PCD 570, 7.4."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from tracker.duties.service import duties
from tracker.errors import BadEntry, NotNamed, Refused
from tracker.evaluation.disclosure.differences import Counted as Count
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.equality import rules as equality
from tracker.evaluation.equality.rules import ALL, RECORDED, SENTENCED, STEPS, Counts, Population, Ratio
from tracker.evaluation.people.bands import CHARACTERISTICS, IMPORTED_CHARACTERISTICS, NOT_RECORDED, Terms
from tracker.evaluation.people.comparison_queries import BenchmarkCount, benchmarks
from tracker.evaluation.people.subject import Subject, catalogue
from tracker.evaluation.releases.calendar import refuse_future_day
from tracker.evaluation.releases.gate import ReleaseGate
from tracker.evaluation.releases.queries import may_read_review
from tracker.evaluation.releases.service import PURPOSE, declared_empty, k_of, people_at, phases
from tracker.evaluation.releases.tables import ReviewReader
from tracker.evaluation.releases.told import Told
from tracker.programme.queries import programme_named
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.times import AsOf, london_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One characteristic: people of each level at each step; `why_not`: why there are no counts."""

    characteristic: str
    levels: tuple[str, ...] = ()
    counts: Counts
    populations: tuple[Population, ...] = ()
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The whole document. `reader`: who asked for it; `release`: number of the open edition on the ledger."""

    programme: str
    name: str
    as_at: date
    made_on: date
    restricted: bool
    reader: str
    k: int
    release: int | None
    due: str
    terms: tuple[str, ...]
    characteristics: tuple[Counted, ...]
    own_groups: Mapping[str, Mapping[str, int | None]]
    """The paper's own groups, young adults and BAME: how many at each step."""
    ratios: tuple[Ratio, ...]
    words: tuple[str, ...]


def open_review(gate: ReleaseGate, terms: Terms | None = None) -> Told[Review]:
    """The open edition: no count below k, nor any that discloses one; it is recorded on the ledger.

    Raises
    ------
    Refused
        Together with earlier releases nothing of it can be shown.
    """
    as_at, terms = gate.as_of.at, terms or Terms()
    asks = [TableRequest(step, as_at, (attribute,)) for step in STEPS for attribute in RECORDED.values()]
    found = gate.tell_tables(asks, kind="equality review").answer
    cells = found.prepared.protected.cells
    with reading(gate.engine).connect() as connection:
        people = people_at(connection, gate.programme_id, as_at, gate.as_of.known_at)
        declared = declared_empty(connection, gate.programme_id, AsOf(as_at))
        known = catalogue(people, phases(connection, gate.programme_id), declared=declared)
        recorded = {name: _recorded(name, people) for name in IMPORTED_CHARACTERISTICS}
        counts = {
            name: {
                step: {
                    ALL: cells[Cell(step, as_at)],
                    **{
                        level: cells[cell]
                        for level in known.levels[attribute]
                        # One that was declared to be nobody's when these tables left is in none of them.
                        if (cell := Cell(step, as_at, ((attribute, frozenset({level})),))) in cells
                    },
                }
                for step in STEPS
            }
            for name, attribute in RECORDED.items()
        }
        shown = frozenset(name for name, count in recorded.items() if count.people and gate.allows(count))
        review = _review(
            connection, gate.programme_id, gate.programme, as_at, counts, people, terms, gate.k, gate.by, found.number,
            (found.prepared.protected.words(),), made_on=london_day(gate.now), shown=shown,
        )  # fmt: skip
    asked = {"release": found.number, "youngAdultTo": terms.young_adult_to}
    return gate.tell("equality review", asked, review, [recorded[name] for name in sorted(shown)])


def restricted_review(
    engine: Engine, programme: str, as_at: date, terms: Terms | None = None, *, by: str, now: datetime, today: date
) -> Review:
    """The unsuppressed edition. Raises NotFound for anyone who is not a named reader."""
    refuse_future_day(as_at, now)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        if not may_read_review(entry.connection, programme_id, by, today):
            raise NotNamed(
                f"{by} is not named as a reader of the restricted edition for {key}. The data protection officer names "
                "readers, each until a given day."
            )
        entry.note(Action.CONSULT, "equality review", key, edition="restricted", as_at=as_at.isoformat())
    with reading(engine).connect() as connection:
        people = people_at(connection, programme_id, as_at)
        declared = declared_empty(connection, programme_id, AsOf(as_at))
        known = catalogue(people, phases(connection, programme_id), declared=declared)
        counts = {name: _count(people, known.levels[of], of, as_at) for name, of in RECORDED.items()}
        k = k_of(connection, programme_id, AsOf(as_at))
        return _review(
            connection, programme_id, key, as_at, counts, people, terms or Terms(), k, by, None,
            (f"restricted edition: nothing is withheld; for {by} only, not to be passed on",),
            made_on=today, restricted=True,
        )  # fmt: skip


def name_reader(
    engine: Engine, programme_id: int, reader: str, until_on: date, reason: str, *, by: str, now: datetime
) -> None:
    """Name a reader of the unsuppressed edition of the equality review, until a day."""
    if reader == by:
        raise Refused(
            "separation of duty", f"{by} cannot name themselves as a reader; another data protection officer has to"
        )
    if len(reason.strip()) < 10:
        raise BadEntry("reason is too short; say in ten characters or more what they need it for (it is audited)")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        entry.add(ReviewReader, programme_id=programme_id, reader=reader, until_on=until_on, reason=reason)


def _recorded(name: str, people: Sequence[Subject]) -> Count:
    having = frozenset(person.person_id for person in people if name in person.characteristics)
    return Count(family=f"people whose {name} is recorded", people=having)


def _count(people: Sequence[Subject], levels: Sequence[str], attribute: str, as_at: date) -> Counts:
    out: dict[str, dict[str, int | None]] = {}
    for step in STEPS:
        here = [p.unit().levels[attribute] for p in people if step in p.reached and p.reached[step] <= as_at]
        by_level = Counter(here)
        out[step] = {ALL: len(here), **{level: by_level[level] for level in levels}}
    return out


def _review(
    connection: Connection,
    programme_id: int,
    key: str,
    as_at: date,
    counts: Mapping[str, Counts],
    people: Sequence[Subject],
    terms: Terms,
    k: int,
    by: str,
    release: int | None,
    words: tuple[str, ...],
    *,
    made_on: date,
    restricted: bool = False,
    shown: frozenset[str] = frozenset(),
) -> Review:
    by_characteristic = _populations(benchmarks(connection, programme_id, AsOf(as_at)))
    ratios: list[Ratio] = []
    counted: list[Counted] = []
    own_groups: dict[str, Mapping[str, int | None]] = {}
    for name in CHARACTERISTICS:
        populations = by_characteristic.get(name, [])
        if name not in counts:
            counted.append(_imported(name, people, as_at, restricted, populations, number=name in shown))
            continue
        mine = counts[name]
        levels = tuple(level for level in mine[STEPS[0]] if level != ALL)
        counted.append(Counted(characteristic=name, levels=levels, counts=mine, populations=tuple(populations)))
        for population in populations:
            ratios += equality.inclusion(name, mine, population, k)
        ratios += equality.passage(name, mine, levels, k)
        together = equality.combined_groups(name, mine, terms)
        for group in [x for x in together[STEPS[0]] if x != ALL]:
            own_groups[group] = {step: together[step][group] for step in STEPS}
        ratios += equality.passage(name, together, [x for x in together[STEPS[0]] if x != ALL], k)
    if not any(p.name == SENTENCED for of_one in by_characteristic.values() for p in of_one):
        words = (*words, f"there is no benchmark for the population {SENTENCED!r}: import one to compare inclusion")
    compared = sum(ratio.p is not None for ratio in ratios)
    words = (
        *words,
        f"{compared} comparisons were made; probabilities are corrected for that number (Holm), intervals are not; one "
        "that cannot differ is not among them",
        f"groups with fewer than {k} people are too small for a conclusion: chance alone explains such differences",
        "a ratio is not proof of discrimination, and its absence is not proof of fairness; it shows where to look",
    )
    return Review(
        programme=key,
        name=programme_named(connection, key)[2],
        as_at=as_at,
        made_on=made_on,
        restricted=restricted,
        reader=by,
        k=k,
        release=release,
        due=_due(connection, key, as_at),
        terms=tuple(terms.words()),
        characteristics=tuple(counted),
        own_groups=own_groups,
        ratios=tuple(equality.holm_corrected(ratios)),
        words=words,
    )


FEW_RECORDED = "not recorded, or of too few people for it to be told"


def _populations(rows: Sequence[BenchmarkCount]) -> dict[str, list[Population]]:
    grouped: dict[tuple[str, str, str], list[BenchmarkCount]] = defaultdict(list)
    for row in rows:
        grouped[row.characteristic, row.population, row.period].append(row)
    out: dict[str, list[Population]] = defaultdict(list)
    for (characteristic, name, period), counts in grouped.items():
        sources = "; ".join(sorted({row.source for row in counts}))
        out[characteristic].append(Population(name, period, sources, {row.level: row.count for row in counts}))
    return out


def _imported(
    name: str,
    people: Sequence[Subject],
    as_at: date,
    restricted: bool,
    populations: Sequence[Population],
    *,
    number: bool,
) -> Counted:
    """An imported characteristic: for how many people it is recorded; its levels for named readers only."""
    assert name in IMPORTED_CHARACTERISTICS
    recorded = sum(name in person.characteristics for person in people)
    if not restricted:
        # Of nobody as of a few: that somebody has it recorded is not told.
        why = f"recorded for {recorded} people; levels are in the restricted edition" if number else FEW_RECORDED
        return Counted(characteristic=name, counts={}, populations=tuple(populations), why_not=why)
    if not recorded:
        return Counted(characteristic=name, counts={}, populations=tuple(populations), why_not=NOT_RECORDED)
    levels = tuple(sorted({p.characteristics[name] for p in people if name in p.characteristics}))
    counts: dict[str, dict[str, int | None]] = {}
    for step in STEPS:
        here = [p for p in people if step in p.reached and p.reached[step] <= as_at]
        by_level = Counter(p.characteristics.get(name, NOT_RECORDED) for p in here)
        counts[step] = {ALL: len(here), **{level: by_level[level] for level in (*levels, NOT_RECORDED)}}
    return Counted(characteristic=name, levels=(*levels, NOT_RECORDED), counts=counts, populations=tuple(populations))


def _due(connection: Connection, key: str, as_at: date) -> str:
    """The recorded duty of a review: when it is due, and whether it was done."""
    found = [d for d in duties(connection, key, AsOf(as_at)) if "equality" in d.key or "equality" in d.words.lower()]
    return "; ".join(f"{d.words}: {d.in_words()}" for d in found) or "no duty of an equality review is on record"
