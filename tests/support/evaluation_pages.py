"""The evaluator's pages, for the table of pages (`pages`)."""

from datetime import UTC, date, datetime
from typing import Any

from api.usecases.stores import open_record
from tests.support.pilot import PILOT
from tests.support.worlds import World, run_jobs
from tracker.access.roles import RIGHTS, Right, Role
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.releases.tables import CohortExport, TableRelease
from tracker.programme.queries import programme_named
from tracker.record.entry import entering

_EVALUATOR = frozenset({Role.EVALUATOR})
_WITH_OUTCOMES = frozenset(role for role in Role if Right.ENTER_OUTCOMES in RIGHTS[role])
_READERS = frozenset(role for role in Role if Right.READ_REVIEW in RIGHTS[role])

PAGES: dict[str, tuple[str, frozenset[Role], int]] = {
    "/app/evaluation": ("/app/evaluation", _EVALUATOR, 60),
    "/app/plans": ("/app/plans", _EVALUATOR, 60),
    "/app/comparison-sets": ("/app/comparison-sets", _WITH_OUTCOMES, 60),
    "/app/rollout-effect": ("/app/rollout-effect", _EVALUATOR, 60),
    "/app/tables": ("/app/tables", _EVALUATOR, 60),
    "/app/tables/new": ("/app/tables/new", _EVALUATOR, 60),
    "/app/tables/{number}": ("/app/tables/1", _EVALUATOR, 60),
    "/app/cohorts": ("/app/cohorts", _EVALUATOR, 60),
    "/app/cohorts/new": ("/app/cohorts/new?purpose=impact%20analysis", _EVALUATOR, 60),
    "/app/cohorts/jobs/{job_id}": ("/app/cohorts/jobs/3", _EVALUATOR, 60),
    "/app/cohorts/{number}": ("/app/cohorts/1", _EVALUATOR, 60),
    "/app/equality": ("/app/equality", _EVALUATOR, 60),
    "/app/equality/restricted": ("/app/equality/restricted", _READERS, 60),
    "/app/ledger": ("/app/ledger", _EVALUATOR, 60),
}
"""By path template: an address of `furnished`, who may open it, and how many kilobytes it may weigh."""

NO_PAGES: dict[str, frozenset[Role]] = dict.fromkeys(
    (
        "/app/evaluation/{name}",
        "/app/cohorts/jobs/{job_id}/events",
        "/app/tables/{number}/table.csv",
        "/app/tables/{number}/table.xlsx",
        "/app/cohorts/{number}/files/{name}",
    ),
    _EVALUATOR,
)

POSTS: dict[str, frozenset[Role]] = dict.fromkeys(
    (
        "/app/plans",
        "/app/rollout-effect",
        "/app/tables/new",
        "/app/cohorts/new",
        "/app/cohorts/{number}/destroy",
        "/app/cohorts/{number}/linkage",
        "/app/equality",
    ),
    _EVALUATOR,
) | {"/app/comparison-sets": _WITH_OUTCOMES, "/app/equality/restricted": _READERS}


_DAY = "2019-08-31"
_COHORT: dict[str, Any] = {
    "purpose": "performance monitoring",
    "justification": "evaluation plan, section 4",
    "columns": ["group"],
}
_SHA256 = "ab" * 32


def furnish(world: World) -> None:
    """A table and an export on the ledger, as if more people had been there when they left; and a cohort that was
    refused for too few people: job 3."""
    limits = [{}, {"sex": ["male"]}, {"sex": ["female"]}]
    cells = [
        {"measure": "fitted", "asAt": _DAY, "limits": where, "value": value}
        for where, value in zip(limits, (40, None, None), strict=True)
    ]
    engine = open_record(world.settings)
    with entering(engine, by="evaluator", now=datetime(2019, 9, 1, tzinfo=UTC)) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        entry.add(
            TableRelease,
            programme_id=programme_id,
            kind="tables",
            as_at=date.fromisoformat(_DAY),
            k=10,
            asked={"tables": [{"measure": "fitted", "asAt": _DAY, "by": ["sex"], "where": {}}]},
            told={"cells": cells, "below": 1, "beside": 1, "besideFor": [], "groups": 2},
            words="2 cells are withheld, as below 10 or to protect others",
            sha256=_SHA256,
        )
        definition = parse({**_COHORT, "as_at": _DAY}).plain()
        files = {"cohort.csv": {"sha256": _SHA256, "bytes": 1200}}
        flow = [{"step": "screened", "people": 40}, {"step": "fitted", "people": "withheld"}]
        equality = [{"characteristic": "sex", "group": "male", "people": 40}]
        risk = {"people": 40, "by": ["sex"], "classes": 1, "smallestClass": 40, "unique": 0, "belowLimit": 0}
        entry.add(
            CohortExport,
            programme_id=programme_id,
            definition=definition,
            purpose=_COHORT["justification"],
            as_at=date.fromisoformat(_DAY),
            known_at=datetime(2019, 9, 1, tzinfo=UTC),
            members={"people": [], "comparison": [], "by": [], "shown": {}},
            risk={**risk, "limit": 5, "blankedValues": 0, "mostLikelyToBeTold": 0.025},
            manifest={
                "files": files, "people": 40, "comparison": 0, "flow": flow, "equality": equality, "tableRelease": 1,
            },
            sha256=_SHA256,
            folder="none",
            expires_on=date(2099, 1, 1),
        )  # fmt: skip
    engine.dispose()
    with world.client_as(Role.EVALUATOR) as eva:
        asked = eva.post(f"/programmes/{PILOT}/cohorts", json=_COHORT)
        assert (asked.status_code, asked.json()["id"]) == (202, 3), asked.text
    assert run_jobs(world) == 1
