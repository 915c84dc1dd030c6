"""What an evaluation knows of one person: facts and their days, as at a day and as known at an instant.

People, once each, by the first licence they have in the programme; what came on later licences is not looked at.
Nothing here is pseudonymous yet: `cohort` and `disclosure` make of it what may leave.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tracker.evaluation import bands
from tracker.evaluation.disclosure.space import Catalogue, Unit
from tracker.tags.monitored import Span
from tracker.times import london_day, whole_years

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
"""In the order of the programme. Each counts people for whom it has come about at least once:

screened (a screening was made), eligible (one was passed), proportionate (probation said so), imposed (the condition),
fitted (a tag), mapped (monitored while the gate was open), matched (a candidate was found), confirmed (by a reviewer),
released (to the police), outcome (something came back), breached (an alert was verified), recalled, reoffended
(proven).
"""
CHAIN = ("fitted", "mapped", "matched", "confirmed", "released", "outcome")
"""Each can come about only once the one before it has."""


@dataclass(frozen=True, slots=True)
class Offence:
    """A reoffence as imported; `convicted_on` None: not convicted, as far as is known."""

    offence_on: date
    code: str
    convicted_on: date | None


FOLLOW_UP = timedelta(days=365)
WAITING = timedelta(days=183)
"""For a conviction, after the follow-up: six months, as the Ministry of Justice counts proven reoffending."""


def is_proven(since: date, offence: Offence) -> bool:
    """An offence within 12 months of release, convicted within these or the six months after."""
    return (
        since <= offence.offence_on < since + FOLLOW_UP
        and offence.convicted_on is not None
        and offence.convicted_on < since + FOLLOW_UP + WAITING
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person. Days are those on which something first came about, None if it has not."""

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
    matches: Mapping[str, int] = field(default_factory=dict)
    offences: tuple[Offence, ...] = ()
    characteristics: Mapping[str, str] = field(default_factory=dict)

    @property
    def age(self) -> int | None:
        """On release, in whole years."""
        return None if self.born is None or self.release_on is None else whole_years(self.born, self.release_on)

    @property
    def bcu(self) -> str:
        return bands.bcu_level(self.borough, self.release_on)

    def unit(self) -> Unit:
        """As tables count them."""
        month = bands.NOT_RECORDED if self.release_on is None else f"{self.release_on:%Y-%m}"
        levels = {
            "bcu": self.bcu,
            "phase": self.phase or bands.NOT_RECORDED,
            "month": month,
            "sex": bands.sex_level(self.sex),
            "age": bands.age_band(self.age),
            "ethnicity": bands.ethnicity_group(self.ethnicity),
        }
        return Unit(levels, self.reached)


ATTRIBUTES = ("bcu", "phase", "month", "sex", "age", "ethnicity")
"""What tables divide by: the command of the address on release, that borough's phase, the month of release, ..."""


def catalogue(subjects: Sequence[Subject], phase_of: Mapping[str, str | None]) -> Catalogue:
    """The levels there are. BCUs and phases of the programme and those somebody is in; months from the first release
    to the last, with none left out.

    `phase_of`: the phase of each borough of the programme, which everybody knows.
    """
    units = [subject.unit() for subject in subjects]
    phases = list(dict.fromkeys(phase for phase in phase_of.values() if phase))
    of_boroughs = {(bands.bcu_level(borough, None), phase) for borough, phase in phase_of.items() if phase}
    used = {name: {unit.levels[name] for unit in units} for name in ATTRIBUTES}
    bcus = {bcu for bcu, _ in of_boroughs} | used["bcu"]
    levels = {
        "bcu": tuple(name for name in bands.BCUS if name in bcus),
        "phase": (*phases, *sorted(used["phase"] - set(phases))),
        "month": tuple(_months(used["month"])),
        "sex": bands.SEXES,
        "age": tuple(band for band in bands.AGE_BANDS if band != "under 18" or band in used["age"]),
        "ethnicity": bands.ETHNICITIES,
    }
    pairs = of_boroughs | {(unit.levels["bcu"], unit.levels["phase"]) for unit in units}
    # Boroughs of a command that are not in the programme: addresses there have no phase, as everybody knows too.
    pairs |= {(bcu, bands.NOT_RECORDED) for bcu in levels["bcu"]}
    return Catalogue(levels, MEASURES, {("bcu", "phase"): frozenset(pairs)}, (("screened", "eligible"), CHAIN))


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
    """The first civil day of some spans."""
    return london_day(min(span.since for span in spans)) if spans else None
