"""The equality monitor and the six-month review, in the open edition and in the one for named readers. PCD 570, 7.4."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from tracker.duties.service import duties
from tracker.errors import BadEntry, NotFound, Refused
from tracker.evaluation.disclosure.space import Cell, TableAsk
from tracker.evaluation.equality import rules as equality
from tracker.evaluation.equality.rules import ALL, RECORDED, SENTENCED, STEPS, Counts, Population, Ratio
from tracker.evaluation.people.bands import CHARACTERISTICS, IMPORTED_CHARACTERISTICS, NOT_RECORDED, Terms
from tracker.evaluation.people.comparison_queries import BenchmarkCount, benchmarks
from tracker.evaluation.people.subject import Subject, catalogue
from tracker.evaluation.releases.queries import may_read_review
from tracker.evaluation.releases.service import PURPOSE, has_come, k_of, people_at, phases, release_tables
from tracker.evaluation.releases.tables import ReviewReader
from tracker.programme.queries import programme_named
from tracker.record.audit_chain import Action
from tracker.record.engine import reading
from tracker.record.entry import entering
from tracker.times import AsOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One characteristic: how many of each level at each step; `why_not` where nothing is held of it."""

    characteristic: str
    levels: tuple[str, ...] = ()
    counts: Counts
    populations: tuple[Population, ...] = ()
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The whole document. `release`: its number on the ledger, of the open edition."""

    programme: str
    as_at: date
    restricted: bool
    reader: str
    k: int
    release: int | None
    due: str
    terms: tuple[str, ...]
    characteristics: tuple[Counted, ...]
    ratios: tuple[Ratio, ...]
    words: tuple[str, ...]


def open_review(
    engine: Engine, programme: str, as_at: date, terms: Terms | None = None, *, by: str, now: datetime
) -> Review:
    """The edition that anybody may have: nothing below k, nor anything that leads to it; it goes on the ledger.

    Raises
    ------
    Refused
        Beside what was released nothing of it may be shown.
    """
    asks = [TableAsk(step, as_at, (attribute,)) for step in STEPS for attribute in RECORDED.values()]
    found = release_tables(engine, programme, asks, kind="equality review", by=by, now=now)
    cells = found.prepared.protected.cells
    with reading(engine).connect() as connection:
        programme_id, key, _ = programme_named(connection, programme)
        everybody = people_at(connection, programme_id, as_at)
        known = catalogue(everybody, phases(connection, programme_id))
        counts = {
            name: {
                step: {
                    ALL: cells[Cell(step, as_at)],
                    **{
                        level: cells[Cell(step, as_at, ((attribute, frozenset({level})),))]
                        for level in known.levels[attribute]
                    },
                }
                for step in STEPS
            }
            for name, attribute in RECORDED.items()
        }
        k = found.prepared.protected.k
        return _review(
            connection, programme_id, key, as_at, counts, everybody, terms or Terms(), k, by, found.number,
            (found.prepared.protected.words(),),
        )  # fmt: skip


def restricted_review(
    engine: Engine, programme: str, as_at: date, terms: Terms | None = None, *, by: str, now: datetime, today: date
) -> Review:
    """The unsuppressed edition. Raises NotFound for whoever is not named to read it, as if there were none."""
    has_come(as_at, now)
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, key, _ = programme_named(entry.connection, programme)
        if not may_read_review(entry.connection, programme_id, by, today):
            raise NotFound(
                f"{by} is not named to read the restricted edition of the review of {key}; "
                "the data protection officer names readers, each until a day"
            )
        entry.note(Action.CONSULT, "equality review", key, edition="restricted", as_at=as_at.isoformat())
    with reading(engine).connect() as connection:
        everybody = people_at(connection, programme_id, as_at)
        known = catalogue(everybody, phases(connection, programme_id))
        counts = {name: _count(everybody, known.levels[of], of, as_at) for name, of in RECORDED.items()}
        k = k_of(connection, programme_id, AsOf(as_at))
        return _review(
            connection, programme_id, key, as_at, counts, everybody, terms or Terms(), k, by, None,
            (f"restricted edition: nothing is withheld; for {by} alone, not to be passed on",),
            restricted=True,
        )  # fmt: skip


def name_reader(
    engine: Engine, programme_id: int, reader: str, until_on: date, reason: str, *, by: str, now: datetime
) -> None:
    """Somebody may read the unsuppressed edition of the equality review, until a day."""
    if reader == by:
        raise Refused("separation of duty", f"{by} cannot name themself a reader")
    if len(reason.strip()) < 10:
        raise BadEntry("say in reason what they need it for, in ten characters or more; it is audited")
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        entry.add(ReviewReader, programme_id=programme_id, reader=reader, until_on=until_on, reason=reason)


def _count(people: Sequence[Subject], levels: Sequence[str], attribute: str, as_at: date) -> Counts:
    out: dict[str, dict[str, int | None]] = {}
    for step in STEPS:
        here = [p.unit().levels[attribute] for p in people if step in p.reached and p.reached[step] <= as_at]
        held = Counter(here)
        out[step] = {ALL: len(here), **{level: held[level] for level in levels}}
    return out


def _review(
    connection: Connection,
    programme_id: int,
    key: str,
    as_at: date,
    counts: Mapping[str, Counts],
    everybody: Sequence[Subject],
    terms: Terms,
    k: int,
    by: str,
    release: int | None,
    words: tuple[str, ...],
    restricted: bool = False,
) -> Review:
    held_against = _populations(benchmarks(connection, programme_id, AsOf(as_at)))
    ratios: list[Ratio] = []
    told: list[Counted] = []
    for name in CHARACTERISTICS:
        populations = held_against.get(name, [])
        if name not in counts:
            told.append(_imported(name, everybody, as_at, restricted, k, populations))
            continue
        mine = counts[name]
        levels = tuple(level for level in mine[STEPS[0]] if level != ALL)
        told.append(Counted(characteristic=name, levels=levels, counts=mine, populations=tuple(populations)))
        for population in populations:
            ratios += equality.inclusion(name, mine, population, k)
        ratios += equality.passage(name, mine, levels, k)
        together = equality.gathered(name, mine, terms)
        ratios += equality.passage(name, together, [x for x in together[STEPS[0]] if x != ALL], k)
    if not any(p.name == SENTENCED for held in held_against.values() for p in held):
        words = (*words, f"no benchmark of the population {SENTENCED!r} is on record: import one to compare inclusion")
    compared = sum(ratio.p is not None for ratio in ratios)
    words = (
        *words,
        f"{compared} comparisons could be made; probabilities are corrected for that many (Holm), intervals are not",
        f"groups with fewer than {k} people are too small to say anything of: chance alone moves them that much",
        "a ratio is no finding of discrimination, nor is its absence one of fairness; it says where to look",
    )
    return Review(
        programme=key,
        as_at=as_at,
        restricted=restricted,
        reader=by,
        k=k,
        release=release,
        due=_due(connection, key, as_at),
        terms=tuple(terms.words()),
        characteristics=tuple(told),
        ratios=tuple(equality.corrected(ratios)),
        words=words,
    )


def _populations(rows: Sequence[BenchmarkCount]) -> dict[str, list[Population]]:
    grouped: dict[tuple[str, str, str], list[BenchmarkCount]] = defaultdict(list)
    for row in rows:
        grouped[row.characteristic, row.population, row.period].append(row)
    out: dict[str, list[Population]] = defaultdict(list)
    for (characteristic, name, period), held in grouped.items():
        sources = "; ".join(sorted({row.source for row in held}))
        out[characteristic].append(Population(name, period, sources, {row.level: row.count for row in held}))
    return out


def _imported(
    name: str, everybody: Sequence[Subject], as_at: date, restricted: bool, k: int, populations: Sequence[Population]
) -> Counted:
    """A characteristic that only imports have: how much of it is recorded; its levels for named readers alone."""
    assert name in IMPORTED_CHARACTERISTICS
    recorded = sum(name in person.characteristics for person in everybody)
    if not recorded:
        return Counted(characteristic=name, counts={}, populations=tuple(populations), why_not=NOT_RECORDED)
    if not restricted:
        some = f"recorded of {recorded}" if k <= recorded <= len(everybody) - k else "recorded of some"
        return Counted(characteristic=name, counts={}, why_not=f"{some}; levels are in the restricted edition")
    levels = tuple(sorted({p.characteristics[name] for p in everybody if name in p.characteristics}))
    counts: dict[str, dict[str, int | None]] = {}
    for step in STEPS:
        here = [p for p in everybody if step in p.reached and p.reached[step] <= as_at]
        held = Counter(p.characteristics.get(name, NOT_RECORDED) for p in here)
        counts[step] = {ALL: len(here), **{level: held[level] for level in (*levels, NOT_RECORDED)}}
    return Counted(characteristic=name, levels=(*levels, NOT_RECORDED), counts=counts, populations=tuple(populations))


def _due(connection: Connection, key: str, as_at: date) -> str:
    """What the record says of the review: when it is due, and whether it was done."""
    held = [d for d in duties(connection, key, AsOf(as_at)) if "equality" in d.key or "equality" in d.words.lower()]
    return "; ".join(f"{d.words}: {d.in_words()}" for d in held) or "no duty of an equality review is on record"
