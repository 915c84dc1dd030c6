"""Scores of risk of reconviction: given, worked out, corrected; what the gate makes of them, and what that touches."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from tracker.errors import NotFound
from tracker.ogrs.gate import GateChange, Score, differs, gate_changes, gate_intervals
from tracker.ogrs.given import COMPUTED_VERSION, computed_scores, given_score
from tracker.ogrs.ogrs3 import Ogrs3Inputs
from tracker.ogrs.queries import ScoreHeld, horizon_of, scores
from tracker.ogrs.tables import Instrument, OgrsScore
from tracker.people.queries import person_of
from tracker.programme.queries import programme_named
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

PURPOSE = "risk of reconviction"
MatchesTouched = Callable[[str, Sequence[GateChange]], list[str]]
"""Names the matches of a wearer whose crime falls in the days on which the gate changed."""


@dataclass(frozen=True, slots=True)
class ScorePut:
    """What came of a score. `changes`: days on which the gate opens or closes by it; `touched`: matches in them."""

    score: Score
    new: bool
    warnings: tuple[str, ...]
    changes: tuple[GateChange, ...]
    touched: tuple[str, ...]
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
    matches: MatchesTouched | None = None,
) -> ScorePut:
    """A score as somebody gives it: it governs from its day on, also from a day that has passed.

    With `inputs` OGRS3 is worked out beside it and warns where the two differ. The same instrument, horizon and day
    entered again corrects.

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
    matches: MatchesTouched | None = None,
) -> ScorePut:
    """OGRS3 worked out from its inputs, of both horizons, unrounded; it serves where no score was given."""
    computed = computed_scores(inputs, scored_on)
    return _enter(engine, programme, wearer_ref, computed, None, "computed here", inputs, by, now, matches)


def _enter(
    engine: Engine,
    programme: str,
    wearer_ref: str,
    put: tuple[Score, ...],
    version: str | None,
    given_by: str,
    inputs: Ogrs3Inputs | None,
    by: str,
    now: datetime,
    matches: MatchesTouched | None,
) -> ScorePut:
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        person_id = person_of(entry.connection, wearer_ref)
        horizon = horizon_of(entry.connection, programme_id, AsOf(date.max))
        before = _held(entry.connection, person_id)
        news = [
            put_score(entry, person_id, score, before, version=version, given_by=given_by, inputs=inputs)
            for score in put
        ]
        after = _held(entry.connection, person_id)
    changes = gate_changes(
        gate_intervals([h.score for h in before], horizon), gate_intervals([h.score for h in after], horizon)
    )
    touched = tuple(matches(wearer_ref, changes)) if matches is not None and changes else ()
    # Of what was worked out alone, the one the gate asks for is told.
    told = next((s for s in put if s.horizon_years == horizon), put[0]) if put[0].computed else put[0]
    return ScorePut(told, any(news), warnings_of(put), tuple(changes), touched, horizon)


def warnings_of(put: Sequence[Score]) -> tuple[str, ...]:
    """Of scores entered together: a given one that is not what its inputs come to."""
    given = [score for score in put if not score.computed and score.instrument == "OGRS3"]
    computed = [score for score in put if score.computed]
    return tuple(words for g in given for c in computed if (words := differs(g, c)) is not None)


def put_score(
    entry: Entry,
    person_id: int,
    score: Score,
    held: Sequence[ScoreHeld],
    *,
    version: str | None,
    given_by: str,
    inputs: Ogrs3Inputs | None,
) -> bool:
    """Within an entry; whether it says something that was not on record."""
    values: dict[str, Any] = {
        "version": COMPUTED_VERSION if score.computed else version,
        "pct_hundredths": score.pct_hundredths,
        "rounded": score.rounded,
        "given_by": "computed here" if score.computed else given_by,
        "inputs": None if inputs is None else inputs_plain(inputs),
    }
    one = (score.instrument, score.horizon_years, score.scored_on, score.computed)
    of_day = next(
        (h for h in held if (h.score.instrument, h.score.horizon_years, h.score.scored_on, h.score.computed) == one),
        None,
    )
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
        # Inputs not said again are not taken back.
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
    matches: MatchesTouched | None = None,
) -> tuple[tuple[GateChange, ...], tuple[str, ...]]:
    """Take back every score of a day, such as one of another person; what the gate makes of it, and the matches."""
    with entering(engine, by=by, now=now, purpose=PURPOSE) as entry:
        programme_id, _, _ = programme_named(entry.connection, programme)
        person_id = person_of(entry.connection, wearer_ref)
        horizon = horizon_of(entry.connection, programme_id, AsOf(date.max))
        before = _held(entry.connection, person_id)
        of_day = [held for held in before if held.score.scored_on == scored_on]
        if not of_day:
            days = ", ".join(str(held.score.scored_on) for held in before) or "none"
            raise NotFound(f"wearer {wearer_ref} has no score of {scored_on}; there are {days}")
        for held in of_day:
            entry.withdraw(OgrsScore, held.id, reason=reason, about=person_id)
        after = _held(entry.connection, person_id)
    changes = gate_changes(
        gate_intervals([h.score for h in before], horizon), gate_intervals([h.score for h in after], horizon)
    )
    return tuple(changes), tuple(matches(wearer_ref, changes)) if matches is not None and changes else ()


def inputs_plain(inputs: Ogrs3Inputs) -> dict[str, Any]:
    """As they are kept with the score."""
    plain = asdict(inputs)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}


def _held(connection: Connection, person_id: int) -> list[ScoreHeld]:
    return scores(connection, AsOf(date.max), [person_id]).get(person_id, [])
