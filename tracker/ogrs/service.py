"""Recording, computing and withdrawing scores; reports how the gate changes and which matches are affected."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from tracker.errors import NotFound
from tracker.ogrs.gate import GateChange, Score, differs, gate_changes, gate_intervals
from tracker.ogrs.given import COMPUTED_VERSION, computed_scores, given_score
from tracker.ogrs.ogrs3 import Ogrs3Inputs
from tracker.ogrs.queries import RecordedScore, horizon_of, scores
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.queries import person_of
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

PURPOSE = "risk of reconviction"
AffectedMatches = Callable[[str, Sequence[GateChange]], list[str]]
"""Names the matches of a wearer whose crime falls on days on which the gate changed."""


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """A score as recorded and its effect. `changes`: days on which it opens or closes the gate; `affected_matches`:
    the wearer's matches on those days. `new`: it was not on record before."""

    score: Score
    new: bool
    warnings: tuple[str, ...]
    changes: tuple[GateChange, ...]
    affected_matches: tuple[str, ...]
    horizon_years: int


def give_score(
    engine: Engine,
    programme: str,
    wearer_ref: str,
    text: str,
    *,
    instrument: str,
    horizon_years: int,
    scored_on: date,
    given_by: str,
    version: str | None = None,
    inputs: Ogrs3Inputs | None = None,
    by: str,
    now: datetime,
    today: date,
    matches: AffectedMatches | None = None,
) -> ScoreReport:
    """Record a score that an assessor gave. It is in force from its own day, also if that day has passed.

    With `inputs` OGRS3 is computed too, with a warning if the two differ. A second entry of the same instrument,
    horizon and day corrects the first.

    Raises
    ------
    BadEntry
        An impossible score, horizon, day or input.
    """
    score = given_score(text, instrument=instrument, horizon_years=horizon_years, scored_on=scored_on, today=today)
    computed = () if inputs is None else computed_scores(inputs, scored_on)
    return _enter(engine, programme, wearer_ref, (score, *computed), version, given_by, inputs, by, now, matches)


def compute_score(
    engine: Engine,
    programme: str,
    wearer_ref: str,
    inputs: Ogrs3Inputs,
    scored_on: date,
    *,
    by: str,
    now: datetime,
    matches: AffectedMatches | None = None,
) -> ScoreReport:
    """Compute and record OGRS3 of both horizons, unrounded; it is in force as long as no score was given."""
    computed = computed_scores(inputs, scored_on)
    return _enter(engine, programme, wearer_ref, computed, None, "computed here", inputs, by, now, matches)


def _enter(
    engine: Engine,
    programme: str,
    wearer_ref: str,
    entered: tuple[Score, ...],
    version: str | None,
    given_by: str,
    inputs: Ogrs3Inputs | None,
    by: str,
    now: datetime,
    matches: AffectedMatches | None,
) -> ScoreReport:
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        person_id = person_of(entry.connection, wearer_ref)
        horizon = horizon_of(entry.connection, programme_id, AsOf(date.max))
        before = _scores_of(entry.connection, person_id)
        new = [
            record_score(entry, person_id, score, before, version=version, given_by=given_by, inputs=inputs)
            for score in entered
        ]
        after = _scores_of(entry.connection, person_id)
    changes = gate_changes(
        gate_intervals([each.score for each in before], horizon),
        gate_intervals([each.score for each in after], horizon),
    )
    affected = tuple(matches(wearer_ref, changes)) if matches is not None and changes else ()
    # Of scores that were only computed, the report has the one of the gate's horizon.
    shown = next((s for s in entered if s.horizon_years == horizon), entered[0]) if entered[0].computed else entered[0]
    return ScoreReport(shown, any(new), warnings_of(entered), tuple(changes), affected, horizon)


def warnings_of(entered: Sequence[Score]) -> tuple[str, ...]:
    """Warnings about scores entered together: a given one that differs from the one computed from its inputs."""
    given = [score for score in entered if not score.computed and score.instrument == "OGRS3"]
    computed = [score for score in entered if score.computed]
    return tuple(words for g in given for c in computed if (words := differs(g, c)) is not None)


def record_score(
    entry: Entry,
    person_id: int,
    score: Score,
    on_record: Sequence[RecordedScore],
    *,
    version: str | None,
    given_by: str,
    inputs: Ogrs3Inputs | None,
) -> bool:
    """Record a score within an entry; returns whether it is new or differs from the one on record."""
    values: dict[str, Any] = {
        "version": COMPUTED_VERSION if score.computed else version,
        "pct_hundredths": score.pct_hundredths,
        "rounded": score.rounded,
        "given_by": "computed here" if score.computed else given_by,
        "inputs": None if inputs is None else inputs_plain(inputs),
    }
    of_day = next((each for each in on_record if _key(each.score) == _key(score)), None)
    if of_day is None:
        entry.add(
            OgrsScore,
            person_id=person_id,
            instrument=Instrument(score.instrument),
            horizon_years=score.horizon_years,
            computed=score.computed,
            scored_on=score.scored_on,
            **values,
        )
        return True
    if values["inputs"] is None:
        # A correction without inputs keeps those on record.
        values["inputs"] = of_day.inputs
    was = (of_day.version, of_day.score.pct_hundredths, of_day.score.rounded, of_day.given_by, of_day.inputs)
    if was == tuple(values.values()):
        return False
    entry.supersede(OgrsScore, of_day.id, **values)
    return True


def withdraw_score(
    engine: Engine,
    programme: str,
    wearer_ref: str,
    scored_on: date,
    *,
    reason: str,
    by: str,
    now: datetime,
    matches: AffectedMatches | None = None,
) -> tuple[tuple[GateChange, ...], tuple[str, ...]]:
    """Withdraw every score of a day, for example one of another person; returns the gate's changes and the matches
    affected."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        person_id = person_of(entry.connection, wearer_ref)
        horizon = horizon_of(entry.connection, programme_id, AsOf(date.max))
        before = _scores_of(entry.connection, person_id)
        of_day = [each for each in before if each.score.scored_on == scored_on]
        if not of_day:
            days = ", ".join(str(each.score.scored_on) for each in before)
            known = f"The wearer has scores dated {days}." if days else "The wearer has no scores."
            raise NotFound(f"Wearer {wearer_ref} has no score dated {scored_on}. {known}")
        for each in of_day:
            entry.withdraw(OgrsScore, each.id, reason=reason, about=person_id)
        after = _scores_of(entry.connection, person_id)
    changes = gate_changes(
        gate_intervals([each.score for each in before], horizon),
        gate_intervals([each.score for each in after], horizon),
    )
    return tuple(changes), tuple(matches(wearer_ref, changes)) if matches is not None and changes else ()


def inputs_plain(inputs: Ogrs3Inputs) -> dict[str, Any]:
    """The inputs as they are stored with the score."""
    plain = asdict(inputs)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}


def _scores_of(connection: Connection, person_id: int) -> list[RecordedScore]:
    return scores(connection, AsOf(date.max), [person_id]).get(person_id, [])


def _key(score: Score) -> tuple[str, int, date, bool]:
    """A second score with the same key corrects the first."""
    return score.instrument, score.horizon_years, score.scored_on, score.computed
