"""What an evaluation knows about one person: facts and their days, as at a day and as known at an instant.

Each person counts once, by the first licence in the programme; later licences are ignored. Nothing here is pseudonymous
yet: `cohort` and `disclosure` turn it into what may be released.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tracker.evaluation.disclosure.space import Catalogue, Unit
from tracker.evaluation.people import bands
from tracker.evaluation.statistics.outcomes import FOLLOW_UP_DAYS, WAITING_DAYS
from tracker.licences.spans import Span
from tracker.times import day_after, london_day, whole_years

MEASURES = (
    "screened",
    "eligible",
    "proportionate",
    "imposed",
    "fitted",
    "mapped",
    "matched",
    "confirmed",
    "released",
    "outcome",
    "breached",
    "recalled",
    "reoffended",
)
"""In the order of the programme. Each counts people who reached it at least once:

screened (a screening was made), eligible (one was passed), proportionate (probation's decision), imposed (the
condition), fitted (a tag), mapped (monitored while the gate was open), matched (a candidate was found), confirmed
(by a reviewer), released (to the police), outcome (one was reported), breached (an alert was verified), recalled,
reoffended (proven).
"""
CHAIN = ("fitted", "mapped", "matched", "confirmed", "released", "outcome")
"""Each can be reached only after the one before it."""


@dataclass(frozen=True, slots=True)
class RecordedOffence:
    """A reoffence as imported; `convicted_on` is None without a known conviction."""

    offence_on: date
    code: str
    convicted_on: date | None


FOLLOW_UP = timedelta(days=FOLLOW_UP_DAYS)
WAITING = timedelta(days=WAITING_DAYS)
"""Time for a conviction after the follow-up: six months, as the Ministry of Justice counts proven reoffending."""


def is_proven(since: date, offence: RecordedOffence) -> bool:
    """An offence within 12 months of release, convicted within those or the six months after."""
    return (
        since <= offence.offence_on <= since + FOLLOW_UP
        and offence.convicted_on is not None
        and offence.convicted_on <= since + FOLLOW_UP + WAITING
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person. `reached`: the day on which each measure was first reached."""

    person_id: int
    wearer_ref: str
    pnc_id: str | None = None
    born: date | None = None
    sex: str | None = None
    ethnicity: str | None = None
    borough: str | None = None
    phase: str | None = None
    offence_code: str | None = None
    prison: str | None = None
    release_on: date | None = None
    released_at: datetime | None = None
    ends_on: date | None = None
    ogrs_pct_hundredths: int | None = None
    ogrs_instrument: str | None = None
    ogrs_horizon: int | None = None
    ogrs_rounded: bool | None = None
    prior_sanctions: int | None = None
    answer: str | None = None
    failed: tuple[str, ...] = ()
    """Criteria of the last screening that failed, or are not known."""
    proportionate: bool | None = None
    reached: Mapping[str, date] = field(default_factory=dict)
    worn: tuple[Span, ...] = ()
    monitored: tuple[Span, ...] = ()
    mapped: tuple[Span, ...] = ()
    alerts: Mapping[str, int] = field(default_factory=dict)
    """Verified alerts by kind; decisions on them by name."""
    recalls: int = 0
    recall_type: str | None = None
    released_again: bool = False
    left_on: date | None = None
    """Died or was deported; what would have happened later is not known."""
    matches: Mapping[str, int] = field(default_factory=dict)
    offences: tuple[RecordedOffence, ...] = ()
    characteristics: Mapping[str, str] = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        """On release, in whole years."""
        return None if self.born is None or self.release_on is None else whole_years(self.born, self.release_on)

    @property
    def bcu(self) -> str:
        return bands.bcu_level(self.borough, self.release_on)

    def followed_by(self, day: date) -> bool:
        """Whether 12 months and the waiting period for convictions are over."""
        return self.release_on is not None and self.release_on + FOLLOW_UP + WAITING <= day

    def worn_at_end_of(self, day: date) -> bool:
        end = day_after(day)
        return any(span.since < end and (span.until is None or span.until >= end) for span in self.worn)

    def unit(self, worn_on: Iterable[date] = ()) -> Unit:
        """The unit that tables count; `worn_on`: days for which wearing a tag is a measure of its own."""
        month = bands.NOT_RECORDED if self.release_on is None else f"{self.release_on:%Y-%m}"
        levels = {
            "bcu": self.bcu,
            "phase": self.phase or bands.NOT_RECORDED,
            "month": month,
            "sex": bands.sex_level(self.sex),
            "age": bands.age_band(self.age),
            "ethnicity": bands.ethnicity_group(self.ethnicity),
        }
        worn = {worn_measure(day): day for day in worn_on if self.worn_at_end_of(day)}
        return Unit(levels, {**self.reached, **worn})


def worn_measure(day: date) -> str:
    """The measure of a tag worn at the end of a day. It can be worn and later not, so each day is its own measure."""
    return f"{_WORN}{day.isoformat()}"


def worn_days(measures: Iterable[str]) -> list[date]:
    """The days of such measures."""
    return sorted({date.fromisoformat(m.removeprefix(_WORN)) for m in measures if m.startswith(_WORN)})


_WORN = "worn on "
ATTRIBUTES = ("bcu", "phase", "month", "sex", "age", "ethnicity")
"""What tables divide by: the command of the address on release, that borough's phase, the month of release, ..."""


def catalogue(
    subjects: Sequence[Subject],
    phase_of: Mapping[str, str | None],
    worn_on: Iterable[date] = (),
    declared: Set[tuple[str, str]] = frozenset(),
    asked: Iterable[tuple[str, str]] = (),
) -> Catalogue:
    """The levels in use: BCUs and phases of the programme and of its people; every month from the first release to the
    last.

    `phase_of`: the phase of each borough of the programme, which is public. `declared`: attributes with a level that
    nobody has, which is public, too; one that somebody has is in use all the same. `asked`: attributes with a level of
    a filter, which is in use where there could be one like it: a filter on what nobody has is answered like one on what
    a few have.
    """
    units = [subject.unit() for subject in subjects]
    phases = list(dict.fromkeys(phase for phase in phase_of.values() if phase))
    possible = {**_POSSIBLE, "phase": (*phases, bands.NOT_RECORDED)}
    of_boroughs = {(bands.bcu_level(borough, None), phase) for borough, phase in phase_of.items() if phase}
    used = {name: {unit.levels[name] for unit in units} for name in ATTRIBUTES}
    bcus = {bcu for bcu, _ in of_boroughs} | used["bcu"]
    levels = {
        "bcu": tuple(name for name in bands.BCUS if name in bcus),
        "phase": (*phases, *sorted(used["phase"] - set(phases))),
        "month": tuple(_months(used["month"])),
        "sex": _in_use(bands.SEXES, used["sex"]),
        "age": _in_use(bands.AGE_BANDS, used["age"]),
        "ethnicity": _in_use(bands.ETHNICITIES, used["ethnicity"]),
    }
    levels |= {
        name: tuple(level for level in of if level in used[name] or (name, level) not in declared)
        for name, of in levels.items()
    }
    pairs = of_boroughs | {(unit.levels["bcu"], unit.levels["phase"]) for unit in units}
    for name, level in asked:
        if level not in levels.get(name, (level,)) and (
            level in possible[name] or (name == "month" and _MONTH.fullmatch(level))
        ):
            levels[name] = (*levels[name], level)
    # Boroughs of a command that are not in the programme: addresses there have no phase, which is public too.
    pairs |= {(bcu, bands.NOT_RECORDED) for bcu in levels["bcu"]}
    worn = tuple(worn_measure(day) for day in worn_on)
    chains = (("screened", "eligible"), CHAIN, *(("fitted", measure) for measure in worn))
    return Catalogue(levels, (*MEASURES, *worn), {("bcu", "phase"): frozenset(pairs)}, chains, possible)


_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")
_POSSIBLE = {**bands.LEVELS, "month": ("months such as 2019-03", bands.NOT_RECORDED)}
"""The levels that there could be, whoever is on record."""


def _in_use(levels: tuple[str, ...], used: set[str]) -> tuple[str, ...]:
    """Without empty levels that are no characteristic or cannot occur in this programme: an empty group that is not
    recorded needs no protection, and protecting it would withhold other cells."""
    return tuple(x for x in levels if x in used or x not in ("under 18", bands.NOT_RECORDED, "not stated"))


def _months(used: set[str]) -> list[str]:
    known = sorted(month for month in used if month != bands.NOT_RECORDED)
    out = []
    if known:
        (year, month), last = map(int, known[0].split("-")), known[-1]
        while f"{year:04}-{month:02}" <= last:
            out.append(f"{year:04}-{month:02}")
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return out + sorted(used - set(known))


def first_day(spans: Sequence[Span]) -> date | None:
    """The first civil day of the spans."""
    return london_day(min(span.since for span in spans)) if spans else None
