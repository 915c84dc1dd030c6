"""Rules of the ledger of tables: the programme's k, a release of each kind, and shares of figures both shown."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.evaluation_world import NOW, populate
from tests.support.pilot import PILOT, enter_pilot
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.disclosure.suppression import DEFAULT_K, Protected
from tracker.evaluation.releases.service import K_STATEMENT, Ledger, Prepared, k_of, release_tables, shares
from tracker.programme.queries import TABLES, programme_named, rows_of
from tracker.record.entry import entering
from tracker.times import AsOf

DAY = date(2021, 5, 31)
SAID: dict[str, Any] = {"by": "eva", "now": NOW}


@pytest.mark.begins_with(fill=enter_pilot)
def test_the_programmes_k_is_the_latest_stated_by_that_day_and_at_least_three(engine: Engine) -> None:
    with entering(engine, by="officer", now=NOW) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        like = next(iter(rows_of(entry.connection, "statement", programme_id, None)))
        kept = {name: value for name, value in like.items() if name in TABLES["statement"].__table__.columns}
        for name in ("id", "recorded_at", "recorded_by", "superseded_at"):
            kept.pop(name, None)
        # Entered in another order than that in which they hold.
        for value, month in (("12", 3), ("2", 4), ("20", 1), ("a few", 5), ("15", 2)):
            values = {**kept, "subject": K_STATEMENT, "value": value, "effective_on": date(2020, month, 1)}
            entry.add(TABLES["statement"], **values)
    with engine.connect() as connection:
        found = [k_of(connection, programme_id, AsOf(date(2020, month, 15))) for month in (1, 2, 3, 4, 5)]
        assert found == [20, 15, 12, 3, 3]
        assert k_of(connection, programme_id, AsOf(date(2019, 12, 31))) == DEFAULT_K


def test_a_release_of_another_kind_has_a_number_of_its_own(engine: Engine) -> None:
    populate(engine, 4, 40)
    asks = [TableRequest("screened", DAY)]
    kinds = ("equality", "tables", "accuracy", "tables", "equality")
    assert [release_tables(engine, PILOT, asks, kind=kind, **SAID).number for kind in kinds] == [1, 2, 3, 2, 1]


def test_a_share_is_of_two_figures_of_the_same_people_that_are_both_shown() -> None:
    men, women = ((("sex", frozenset({sex})),) for sex in ("male", "female"))
    figures: dict[Cell, int | None] = {
        Cell("fitted", DAY): 40,
        Cell("fitted", DAY, men): 32,
        Cell("fitted", DAY, women): None,
        Cell("recalled", DAY): 10,
        Cell("recalled", DAY, men): None,
        Cell("recalled", DAY, women): 10,
        Cell("recalled", DAY - timedelta(days=1)): 5,
        Cell("mapped", DAY): 20,
        Cell("mapped", DAY, men): 16,
    }
    asked = tuple(TableRequest(measure, DAY, ("sex",)) for measure in ("fitted", "recalled", "mapped"))
    found = shares(Prepared(Protected(figures, 10, 0, 0, (), 0), asked, DAY, Ledger(0, 0)))
    assert [(each["of"], each["among"], each["cell"].limits, each["share"]) for each in found] == [
        ("recalled", "fitted", (), 0.25),
        ("mapped", "fitted", (), 0.5),
        ("mapped", "fitted", men, 0.5),
        ("mapped", "recalled", (), 2.0),
    ]
