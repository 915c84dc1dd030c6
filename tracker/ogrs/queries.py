"""Queries of OGRS scores, and the mapping gate computed from them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tracker.licences.tables import Licence
from tracker.ogrs.gate import GateInterval, Score, gate_intervals
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Person
from tracker.programme.statement_queries import stated
from tracker.record.as_known import facts, known
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class RecordedScore:
    """A score on record: as the gate uses it, with its version, assessor and inputs."""

    id: int
    score: Score
    version: str | None
    given_by: str
    inputs: dict[str, Any] | None
    recorded_at: datetime


def scores(
    connection: Connection, as_of: AsOf, person_ids: Iterable[int] | None = None
) -> dict[int, list[RecordedScore]]:
    """The scores of each person dated up to the day, in order."""
    wanted = () if person_ids is None else (OgrsScore.person_id.in_(sorted(set(person_ids))),)
    out: dict[int, list[RecordedScore]] = defaultdict(list)
    for r in facts(connection, OgrsScore, as_of, OgrsScore.scored_on, *wanted):
        if r["scored_on"] <= as_of.at:
            score = Score(
                r["scored_on"],
                r["horizon_years"],
                r["pct_hundredths"],
                r["instrument"].value,
                rounded=r["rounded"],
                computed=r["computed"],
            )
            recorded = RecordedScore(r["id"], score, r["version"], r["given_by"], r["inputs"], r["recorded_at"])
            out[r["person_id"]].append(recorded)
    return out


def gates(
    connection: Connection,
    programme_id: int,
    as_of: AsOf,
    horizon_years: int,
    person_ids: Collection[int] | None = None,
) -> dict[str, list[GateInterval]]:
    """The mapping gate of each wearer of a programme, by the wearer's reference; of all, or of these people."""
    query = (
        select(
            Person.wearer_ref,
            OgrsScore.scored_on,
            OgrsScore.horizon_years,
            OgrsScore.pct_hundredths,
            OgrsScore.instrument,
            OgrsScore.rounded,
            OgrsScore.computed,
        )
        .join(Person, Person.id == OgrsScore.person_id)
        .where(
            known(OgrsScore, as_of.known_at),
            OgrsScore.person_id.in_(
                select(Licence.person_id).where(Licence.programme_id == programme_id)
                if person_ids is None
                else person_ids
            ),
        )
        .order_by(OgrsScore.id)
    )
    scores = defaultdict(list)
    for wearer, *score in connection.execute(query):
        scores[wearer].append(Score(*score))
    return {wearer: gate_intervals(of_wearer, horizon_years) for wearer, of_wearer in scores.items()}


def horizon_of(connection: Connection, programme_id: int, as_of: AsOf) -> int:
    """The horizon of the gate: the programme's statement *OGRS horizon*, else two years."""
    values = [value for value in stated(connection, programme_id, as_of, "OGRS horizon") if value in ("1", "2")]
    return int(values[-1]) if values else 2
