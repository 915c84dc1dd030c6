"""The columns that may be exported, what each means, and for which purposes. Other columns are never exported.

`quasi`: a quasi-identifier, which others may know about a person already; the risk is measured by these together
(`risk`). How long a tag was worn is one, and when it came on and off: of a tag that is still on the one gives the week
of release away, of one that was fitted on release the other the month. So is what follows from age and address, as
whether a screening was passed, and what says how long ago at least a release was, as the week of a recall. Type `day`:
exported as whole weeks since release or as a month. Durations are in whole weeks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.evaluation.cohort.definition import Dates, Definition, Purpose
from tracker.evaluation.people import bands
from tracker.evaluation.people.comparator import Comparator
from tracker.evaluation.people.subject import FOLLOW_UP, WAITING, RecordedOffence, Subject, is_proven
from tracker.licences.spans import Span, both, joined, without
from tracker.licences.states import AlertMove
from tracker.times import day_after, london_day

_P = Purpose
_WEEK = 7
_ALL = frozenset(Purpose)
_STUDY = frozenset({_P.PROCESS, _P.IMPACT})
_IMPACT = frozenset({_P.IMPACT})


@dataclass(frozen=True, slots=True)
class Signal:
    """Long silences of a tag, and how they are known; `gaps` None: not known."""

    gaps: tuple[Span, ...] | None
    basis: str


@dataclass(frozen=True, slots=True)
class Context:
    """The definition, and each wearer's signal."""

    definition: Definition
    signal: Mapping[str, Signal]

    def day(self, on: date | None, release: date | None) -> int | str | None:
        if on is None:
            return None
        if self.definition.dates is Dates.MONTHS:
            return f"{on:%Y-%m}"
        return None if release is None else (on - release).days // _WEEK


Value = Callable[[Subject, Context], Any]
ComparatorValue = Callable[[Comparator, Context], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """`of_subject` and `of_comparator`: the value for a person of the programme, and of the comparison group."""

    name: str
    type: str
    words: str
    purposes: frozenset[Purpose]
    of_subject: Value
    of_comparator: ComparatorValue | None = None
    quasi: bool = False
    source: str = "the record"
    awaits_follow_up: bool = False
    """Empty until the follow-up is complete."""
    tells_group: bool = False
    """Some of its values only people have who wore a tag, or only others: whoever reads a row knows which it is."""


def _weeks(spans: tuple[Span, ...] | list[Span], until: date) -> int:
    """Whole weeks."""
    end = day_after(until)
    seconds = sum(((min(s.until, end) if s.until else end) - s.since).total_seconds() for s in spans if s.since < end)
    return int(seconds // (_WEEK * 86_400))


def _no_signal(s: Subject, c: Context) -> int | None:
    signal = c.signal.get(s.wearer_ref)
    if signal is None or signal.gaps is None:
        return None
    return _weeks(both(list(s.monitored), joined(signal.gaps)), c.definition.as_at)


def _exposure(s: Subject, c: Context) -> int | None:
    signal = c.signal.get(s.wearer_ref)
    if signal is None or signal.gaps is None:
        return None
    return _weeks(without(s.monitored, signal.gaps), c.definition.as_at)


def _basis(s: Subject, c: Context) -> str:
    signal = c.signal.get(s.wearer_ref)
    return "not known" if signal is None else signal.basis


def _proven(since: date | None, offences: tuple[RecordedOffence, ...]) -> list[RecordedOffence]:
    return [] if since is None else [o for o in offences if is_proven(since, o)]


def _complete(since: date | None, exit_: date | None, c: Context) -> bool | None:
    """Whether 12 months and the waiting period for convictions have passed."""
    if since is None:
        return None
    return since + FOLLOW_UP + WAITING <= min(exit_ or date.max, c.definition.as_at)


def _followed(since: date | None, exit_: date | None, c: Context) -> int | None:
    if since is None:
        return None
    return max(0, min((min(exit_ or date.max, c.definition.as_at) - since).days, FOLLOW_UP.days)) // _WEEK


def _reoffended(
    since: date | None, exit_: date | None, offences: tuple[RecordedOffence, ...], c: Context
) -> bool | None:
    return bool(_proven(since, offences)) if _complete(since, exit_, c) else None


def _reoffences(
    since: date | None, exit_: date | None, offences: tuple[RecordedOffence, ...], c: Context
) -> str | None:
    """None, one, or two and more: who has exactly five is easily told."""
    n = len(_proven(since, offences))
    return ("none", "one", "two or more")[min(n, 2)] if _complete(since, exit_, c) else None


def _first(since: date | None, exit_: date | None, offences: tuple[RecordedOffence, ...], c: Context) -> int | None:
    first = min((o.offence_on for o in _proven(since, offences)), default=None)
    # Never as a month: that would say about when the release was, of those convicted alone.
    return (first - since).days // _WEEK if since and first and _complete(since, exit_, c) else None


def _step(measure: str) -> Value:
    return lambda s, _: measure in s.reached


def _on(measure: str) -> Value:
    return lambda s, c: c.day(s.reached.get(measure), s.release_on)


def _alerts(move: AlertMove) -> Value:
    return lambda s, _: s.alerts.get(move.value, 0)


def _matches(measure: str) -> Value:
    return lambda s, _: s.matches.get(measure, 0)


def _removed(s: Subject, c: Context) -> int | str | None:
    ended = [span.until for span in s.worn if span.until is not None and span.until < day_after(c.definition.as_at)]
    last = max((span.until for span in s.worn if span.until is not None), default=None)
    return c.day(london_day(last), s.release_on) if last is not None and last in ended else None


def _pct(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


_QUASI = [
    Column("group", "string", "tagged (a tag was fitted), screened (not fitted) or comparison", _ALL,
           lambda s, _: "tagged" if "fitted" in s.reached else "screened", lambda *_: "comparison", True),
    Column("age_band", "string", "age on release, in bands", _ALL,
           lambda s, c: bands.age_band(s.age, wide=c.definition.wide_ages),
           lambda o, c: bands.age_band(o.age, wide=c.definition.wide_ages), True),
    Column("sex", "string", "as recorded by the prison", _ALL, lambda s, _: bands.sex_level(s.sex),
           lambda o, _: bands.sex_level(o.sex), True),
    Column("ethnicity", "string", "self-defined, 5+1", _ALL, lambda s, _: bands.ethnicity_group(s.ethnicity),
           lambda o, _: bands.ethnicity_group(o.ethnicity), True),
    Column("bcu", "string", "police command of the address on release", _ALL, lambda s, _: s.bcu,
           lambda o, _: bands.bcu_level(o.borough, o.released_on), True),
    Column("phase", "string", "phase of the rollout the borough is in", _ALL,
           lambda s, _: s.phase or bands.NOT_RECORDED, quasi=True),
    Column("release_month", "string", "month of release", _ALL,
           lambda s, _: None if s.release_on is None else f"{s.release_on:%Y-%m}",
           lambda o, _: f"{o.released_on:%Y-%m}", True),
    Column("prison", "string", "released from", _STUDY, lambda s, _: s.prison or bands.NOT_RECORDED, quasi=True),
    Column("offence_group", "string", "index offence, in groups", _ALL,
           lambda s, _: bands.offence_group(s.offence_code, s.release_on),
           lambda o, _: bands.offence_group(o.offence_code, o.released_on), True),
    Column("offence_code", "string", "index offence, five digits", _IMPACT, lambda s, _: s.offence_code,
           lambda o, _: o.offence_code, True),
]  # fmt: skip
_RISK = [
    Column("ogrs_score", "number", "the score that governs, per cent", _STUDY,
           lambda s, _: _pct(s.ogrs_pct_hundredths), lambda o, _: _pct(o.ogrs_pct_hundredths)),
    Column("ogrs_band", "string", "low, medium, high, very high: from 50, 75, 90", _ALL,
           lambda s, _: bands.ogrs_band(s.ogrs_pct_hundredths), lambda o, _: bands.ogrs_band(o.ogrs_pct_hundredths)),
    Column("ogrs_instrument", "string", "instrument of the score", _STUDY, lambda s, _: s.ogrs_instrument),
    Column("ogrs_horizon", "integer", "years the score looks ahead", _STUDY, lambda s, _: s.ogrs_horizon),
    Column("ogrs_rounded", "boolean", "given as a whole per cent", _STUDY, lambda s, _: s.ogrs_rounded),
    Column("prior_sanctions", "integer", "sanctions before the index one, where the score's inputs say", _STUDY,
           lambda s, _: s.prior_sanctions, lambda o, _: o.prior_sanctions),
    Column("custody_weeks", "integer", "whole weeks in custody before release; of the comparison group only: the "
           "record does not hold it", _IMPACT, lambda *_: None,
           lambda o, _: None if o.custody_days is None else o.custody_days // _WEEK, source="import"),
]  # fmt: skip
_STEPS = [
    Column("screening", "string", "passed, failed or not known, at the last screening", _ALL, lambda s, _: s.answer,
           quasi=True),
    Column("screened_out_by", "string", "criteria that failed or are not known, separated by ;", _ALL,
           lambda s, _: "; ".join(s.failed), quasi=True),
    Column("eligible", "boolean", "a screening was passed", _ALL, _step("eligible"), quasi=True),
    Column("proportionate", "boolean", "probation's decision; empty: none", _ALL, lambda s, _: s.proportionate,
           tells_group=True),
    Column("imposed", "boolean", "a GPS condition was imposed", _ALL, _step("imposed"), tells_group=True),
    Column("fitted", "boolean", "a tag was fitted", _ALL, _step("fitted"), tells_group=True),
    Column("mapped", "boolean", "monitored while OGRS was 50 % or more", _ALL, _step("mapped"), tells_group=True),
    Column("imposed_on", "day", "day of the condition", _STUDY, _on("imposed"), quasi=True),
    Column("fitted_on", "day", "first fitting", _STUDY, _on("fitted"), quasi=True),
    Column("removed_on", "day", "last removal; empty while worn", _STUDY, _removed, quasi=True),
    Column("licence_ends_on", "day", "last day of the licence", _STUDY, lambda s, c: c.day(s.ends_on, s.release_on),
           quasi=True),
    Column("fittings", "integer", "stretches with a tag on", _STUDY, lambda s, _: len(s.worn), tells_group=True),
]  # fmt: skip
_TIME = [
    Column("worn_weeks", "integer", "with a tag on, whole weeks", _ALL,
           lambda s, c: _weeks(s.worn, c.definition.as_at), quasi=True),
    Column("monitored_weeks", "integer", "tag on, on licence, not recalled, not in custody, whole weeks", _ALL,
           lambda s, c: _weeks(s.monitored, c.definition.as_at), quasi=True),
    Column("mapped_weeks", "integer", "monitored while OGRS was 50 % or more, whole weeks", _ALL,
           lambda s, c: _weeks(s.mapped, c.definition.as_at), quasi=True),
    Column("no_signal_weeks", "integer", "of the monitored ones, in silences longer than the definition's hours; "
           "empty: not known", _STUDY, _no_signal, quasi=True, source="fixes or device events"),
    Column("exposure_weeks", "integer", "monitored time less silences, whole weeks; empty: not known", _STUDY,
           _exposure, quasi=True, source="fixes or device events"),
    Column("signal_basis", "string", "fixes (while they may be mapped), device events, or not known", _STUDY, _basis,
           tells_group=True),
]  # fmt: skip
_AFTER = [
    Column("breaches", "integer", "alerts verified", _ALL, _alerts(AlertMove.VERIFY), tells_group=True),
    Column("false_alerts", "integer", "alerts found false", _STUDY, _alerts(AlertMove.DISMISS), tells_group=True),
    Column("warnings", "integer", "breaches answered by a warning", _STUDY, _alerts(AlertMove.WARN), tells_group=True),
    Column("meetings", "integer", "breaches answered by a meeting", _STUDY, _alerts(AlertMove.MEET), tells_group=True),
    Column("variations", "integer", "breaches answered by a variation", _STUDY, _alerts(AlertMove.VARY),
           tells_group=True),
    Column("recalls", "integer", "recalls of the licence", _ALL, lambda s, _: s.recalls,
           lambda o, _: int(o.recalled_on is not None)),
    Column("recalled_on", "day", "first recall", _STUDY, _on("recalled"),
           lambda o, c: c.day(o.recalled_on, o.released_on), quasi=True),
    Column("recall_type", "string", "of the first recall", _STUDY, lambda s, _: s.recall_type),
    Column("released_again", "boolean", "released again after a recall", _STUDY, lambda s, _: s.released_again),
    Column("matches_considered", "integer", "candidate matches", _STUDY, _matches("matched"), tells_group=True),
    Column("matches_confirmed", "integer", "of them confirmed", _STUDY, _matches("confirmed"), tells_group=True),
    Column("matches_released", "integer", "of them released to the police", _STUDY, _matches("released"),
           tells_group=True),
    Column("match_outcomes", "integer", "of them with an outcome reported", _STUDY, _matches("outcome"),
           tells_group=True),
]  # fmt: skip
_REOFFENDING = [
    Column("followed_weeks", "integer", "whole weeks since release, at most 52", _IMPACT,
           lambda s, c: _followed(s.release_on, None, c), lambda o, c: _followed(o.released_on, o.observed_until, c),
           quasi=True),
    Column("follow_up_complete", "boolean", "12 months and the six to wait for convictions have passed", _IMPACT,
           lambda s, c: _complete(s.release_on, None, c), lambda o, c: _complete(o.released_on, o.observed_until, c),
           quasi=True),
    Column("reoffended", "boolean", "proven: an offence within 12 months, convicted within these or six more", _IMPACT,
           lambda s, c: _reoffended(s.release_on, None, s.offences, c),
           lambda o, c: _reoffended(o.released_on, o.observed_until, o.offences, c), source="import",
           awaits_follow_up=True),
    Column("reoffences", "string", "proven reoffences within 12 months: none, one, two or more", _IMPACT,
           lambda s, c: _reoffences(s.release_on, None, s.offences, c),
           lambda o, c: _reoffences(o.released_on, o.observed_until, o.offences, c), source="import",
           awaits_follow_up=True),
    Column("reoffended_on", "integer", "first proven reoffence, whole weeks since release", _IMPACT,
           lambda s, c: _first(s.release_on, None, s.offences, c),
           lambda o, c: _first(o.released_on, o.observed_until, o.offences, c), source="import",
           awaits_follow_up=True),
]  # fmt: skip
_DESIGN = [
    Column("propensity", "number", "of having been tagged, by the covariates; empty: not compared", _IMPACT,
           lambda *_: None, lambda *_: None, source="the comparison design"),
    Column("weight", "number", "in the comparison: tagged people 1, others so that they are alike; 0: not used; "
           "empty: not compared", _IMPACT, lambda *_: None, lambda *_: None, source="the comparison design"),
    Column("set", "integer", "people of one number are compared with each other; empty: by weights alone", _IMPACT,
           lambda *_: None, lambda *_: None, source="the comparison design"),
]  # fmt: skip
DESIGN = tuple(c.name for c in _DESIGN)
"""Columns that the comparison design fills, in the order of a design's frame."""
COLUMNS: dict[str, Column] = {c.name: c for c in (*_QUASI, *_RISK, *_STEPS, *_TIME, *_AFTER, *_REOFFENDING, *_DESIGN)}
