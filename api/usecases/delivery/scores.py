"""OGRS scores: what is on record of a wearer, and entering a score with what it changes."""

from datetime import date
from typing import Any

from api.schemas.delivery.scores import (
    Ogrs3Out,
    ScoreEntered,
    ScoresWithdrawn,
    WearerScores,
    gate_out,
    score_out,
)
from api.usecases.actor import LOCAL
from api.usecases.delivery.licences import PURPOSE
from api.usecases.matching.affected_matches import affected_matches
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.ogrs import service
from tracker.ogrs.gate import band, gate_intervals
from tracker.ogrs.ogrs3 import Ogrs3Inputs, ogrs3
from tracker.ogrs.queries import horizon_of, scores
from tracker.ogrs.service import ScoreReport
from tracker.people.queries import person_of
from tracker.times import AsOf


def show(context: RequestContext, programme: Programme, wearer: str, as_of: AsOf) -> WearerScores:
    """A wearer's scores, and the days on which the mapping gate is open by them. Raises NotFound."""
    context.require(Right.READ_CASES)
    with context.reader.connect() as connection:
        person_id = person_of(connection, wearer)
        held = scores(connection, as_of, [person_id]).get(person_id, [])
        horizon = horizon_of(connection, programme.id, as_of)
    context.record_reading(Right.READ_CASES, "ogrs_score", [wearer], purpose=PURPOSE, person_id=person_id)
    return WearerScores(
        **context.heading(as_of),
        wearer=wearer,
        horizon_years=horizon,
        scores=[score_out(each) for each in held],
        gate=[gate_out(each) for each in gate_intervals([each.score for each in held], horizon)],
    )


def give(
    context: RequestContext,
    programme: Programme,
    wearer: str,
    score: str,
    *,
    instrument: str,
    version: str | None,
    horizon_years: int,
    on: date,
    given_by: str,
    inputs: Ogrs3Inputs | None = None,
) -> ScoreEntered:
    """A score as it was given, in per cent: it acts from its day on. With `inputs`, OGRS3 is computed to check it."""
    context.require(Right.ENTER_CASES)
    put = service.give_score(
        context.engine,
        programme.key,
        wearer,
        score,
        instrument=instrument,
        horizon_years=horizon_years,
        scored_on=on,
        given_by=given_by,
        version=version,
        inputs=inputs,
        today=context.today.day,
        matches=_every_match(context),
        **context.entered,
    )
    return _entered_out(context, wearer, put)


def compute(inputs: Ogrs3Inputs) -> Ogrs3Out:
    """OGRS3 from its inputs, with the terms of the sum; nothing is read or entered."""
    return _computed_out(inputs, None)


def enter_computed(
    context: RequestContext, programme: Programme, wearer: str, inputs: Ogrs3Inputs, on: date | None
) -> Ogrs3Out:
    """OGRS3 from its inputs, entered for a wearer as of `on`, None: today. It serves where no score was given."""
    context.require(Right.ENTER_CASES)
    put = service.compute_score(
        context.engine,
        programme.key,
        wearer,
        inputs,
        context.happened_on(on, "The score"),
        matches=_every_match(context),
        **context.entered,
    )
    return _computed_out(inputs, _entered_out(context, wearer, put))


def withdraw(context: RequestContext, programme: Programme, wearer: str, on: date, reason: str) -> ScoresWithdrawn:
    """Withdraw every score of a day; it stays on record as known until now."""
    context.require(Right.ENTER_CASES)
    changes, affected = service.withdraw_score(
        context.engine, programme.key, wearer, on, reason=reason, matches=_every_match(context), **context.entered
    )
    return ScoresWithdrawn(
        wearer=wearer,
        on=on,
        gate=[each.in_words() for each in changes],
        matches_affected=len(affected),
        matches=_named(context, affected),
    )


def _every_match(context: RequestContext) -> Any:
    # Everyone who enters a score sees how many matches in all runs it affects; only those who may read runs see which.
    return affected_matches(LOCAL, context.settings.runs_dir)


def _named(context: RequestContext, affected: tuple[str, ...]) -> list[str] | None:
    return list(affected) if Right.READ_RUNS in context.actor.rights else None


def _entered_out(context: RequestContext, wearer: str, put: ScoreReport) -> ScoreEntered:
    return ScoreEntered(
        wearer=wearer,
        score=put.score.in_words(),
        band=band(put.score.pct_hundredths),
        horizon_years=put.horizon_years,
        new=put.new,
        warnings=list(put.warnings),
        gate=[each.in_words() for each in put.changes],
        matches_affected=len(put.affected_matches),
        matches=_named(context, put.affected_matches),
    )


def _computed_out(inputs: Ogrs3Inputs, entered: ScoreEntered | None) -> Ogrs3Out:
    found = ogrs3(inputs)
    return Ogrs3Out(
        one_year_pct=found.one_year_pct,
        two_year_pct=found.two_year_pct,
        band=band(int(found.two_year_pct * 100)),
        terms=dict(found.terms),
        entered=entered,
    )
