"""The evaluator's pages, for the table of pages (`pages`)."""

from datetime import UTC, date, datetime

from api.usecases.stores import open_record
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.evaluation.releases.tables import TableRelease
from tracker.programme.queries import programme_named
from tracker.record.entry import entering

_EVALUATOR = frozenset({Role.EVALUATOR})

PAGES: dict[str, tuple[str, frozenset[Role], int]] = {
    "/app/evaluation": ("/app/evaluation", _EVALUATOR, 60),
    "/app/tables": ("/app/tables", _EVALUATOR, 60),
    "/app/tables/new": ("/app/tables/new", _EVALUATOR, 60),
    "/app/tables/{number}": ("/app/tables/1", _EVALUATOR, 60),
    "/app/ledger": ("/app/ledger", _EVALUATOR, 60),
}
"""By path template: an address of `furnished`, who may open it, and how many kilobytes it may weigh."""

NO_PAGES: dict[str, frozenset[Role]] = dict.fromkeys(
    ("/app/evaluation/{name}", "/app/tables/{number}/table.csv", "/app/tables/{number}/table.xlsx"), _EVALUATOR
)

POSTS: dict[str, frozenset[Role]] = dict.fromkeys(("/app/tables/new",), _EVALUATOR)


_DAY = "2019-08-31"
_SHA256 = "ab" * 32


def furnish(world: World) -> None:
    """One table on the ledger, as if more people had been there when it left."""
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
    engine.dispose()
