"""Rules of the ledger of tables: the programme's k, a release of each kind, and shares of figures both shown."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from tests.support.evaluation_world import NOW, peopled
from tests.support.pilot import PILOT, enter_pilot
from tracker.errors import Refused
from tracker.evaluation.disclosure.space import Cell, TableRequest
from tracker.evaluation.disclosure.suppression import DEFAULT_K, Protected
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.releases.service import (
    EMPTY_STATEMENT,
    K_STATEMENT,
    Ledger,
    Prepared,
    declared_empty,
    k_of,
    prepared,
    release_tables,
    shares,
)
from tracker.people.tables import Identity
from tracker.programme.queries import TABLES, programme_named, rows_of
from tracker.record.engine import reading
from tracker.record.entry import Entry, entering
from tracker.times import AsOf

DAY = date(2021, 5, 31)
OLD = date(1950, 1, 1)
SAID: dict[str, Any] = {"by": "eva", "now": NOW}


def state(entry: Entry, subject: str, value: str, on: date) -> None:
    """One statement more in the pilot's papers."""
    programme_id, _, _ = programme_named(entry.connection, PILOT)
    like = next(iter(rows_of(entry.connection, "statement", programme_id, None)))
    kept = {name: value for name, value in like.items() if name in TABLES["statement"].__table__.columns}
    for name in ("id", "recorded_at", "recorded_by", "superseded_at"):
        kept.pop(name, None)
    entry.add(TABLES["statement"], **{**kept, "subject": subject, "value": value, "effective_on": on})


@pytest.mark.begins_with(fill=enter_pilot)
def test_the_programmes_k_is_the_latest_stated_by_that_day_and_at_least_three(engine: Engine) -> None:
    with entering(engine, by="officer", now=NOW) as entry:
        programme_id, _, _ = programme_named(entry.connection, PILOT)
        # Entered in another order than that in which they hold.
        for value, month in (("12", 3), ("2", 4), ("20", 1), ("a few", 5), ("15", 2)):
            state(entry, K_STATEMENT, value, date(2020, month, 1))
    with engine.connect() as connection:
        found = [k_of(connection, programme_id, AsOf(date(2020, month, 15))) for month in (1, 2, 3, 4, 5)]
        assert found == [20, 15, 12, 3, 3]
        assert k_of(connection, programme_id, AsOf(date(2019, 12, 31))) == DEFAULT_K


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.begins_with(fill=peopled(60))
def test_a_level_that_is_declared_to_be_nobodys_withholds_no_other(engine: Engine) -> None:
    """Everybody is 25 or older, which a law says: that nobody is younger may be known, and the others are told."""
    with engine.connect() as connection:
        people = subjects(connection, 1, AsOf(DAY))
    young = ("18-20", "21-24")
    older = [each for each in people if each.unit().levels["age"] not in young]
    with entering(engine, **SAID) as entry:
        for each in people:
            if each not in older:
                entry.connection.execute(update(Identity).where(Identity.person_id == each.person_id).values(born=OLD))

    def told() -> dict[str, int | None]:
        found = release_tables(engine, PILOT, [TableRequest("screened", DAY, ("age",))], **SAID)
        return {
            level: n
            for cell, n in found.prepared.protected.cells.items()
            for name, levels in cell.limits
            for level in levels
        }

    before = told()
    assert {before[level] for level in young} == {None}
    with entering(engine, **SAID) as entry:
        # One that somebody has is told or withheld as ever.
        state(entry, EMPTY_STATEMENT, "age: 18-20; age: 21-24; age: 50 and over; colour: red", date(2021, 1, 1))
    with engine.connect() as connection:
        assert ("age", "18-20") in declared_empty(connection, 1, AsOf(DAY))
        assert declared_empty(connection, 1, AsOf(date(2020, 12, 31))) == frozenset({("", "")})
    with reading(engine).connect() as connection:
        asks = [TableRequest("screened", DAY, ("age",))]
        after = prepared(connection, 1, asks).protected.cells
        # Asked for alone it is refused as a level that a few have is.
        with pytest.raises(Refused, match="too few people"):
            prepared(connection, 1, [TableRequest("screened", DAY, (), {"age": frozenset({"18-20"})})])
    levels = {level for cell in after for _, some in cell.limits for level in some}
    assert not levels & set(young)
    assert "50 and over" in levels


@pytest.mark.begins_with(fill=peopled(40))
def test_a_release_of_another_kind_has_a_number_of_its_own(engine: Engine) -> None:
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
