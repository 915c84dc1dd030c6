"""Which wearers an actor may be shown: the gate at one moment, asked of one window and of whole tables alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, insert, select

from api.usecases.gate import Gate
from tests.support.pilot import enter_pilot
from tracker.people.tables import Person
from tracker.projections.tables import EligibleSpan
from tracker.record.entry import entering

AT = datetime(2019, 10, 15, tzinfo=UTC)
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
SPANS: list[tuple[str, datetime, datetime | None]] = [
    ("u", AT, AT + HOUR),
    ("u", AT + 2 * HOUR, AT + 3 * HOUR),
    ("v", AT + HOUR, None),
]
WINDOWS = {
    "at its beginning": (AT, AT + HOUR - TICK),
    "a tick before it": (AT - TICK, AT + HOUR - TICK),
    "to its end": (AT, AT + HOUR),
    "over the time between": (AT, AT + 3 * HOUR - TICK),
    "in the second": (AT + 2 * HOUR, AT + 2 * HOUR),
    "later": (AT + 9 * HOUR, AT + 10 * HOUR),
}
SHOWN = {("at its beginning", "u"), ("in the second", "u"), ("in the second", "v"), ("later", "v")}


@pytest.fixture
def recorded(engine: Engine) -> Engine:
    """A record that maps crimes, and says when two of its people may be matched."""
    enter_pilot(engine)
    with entering(engine, by="officer", now=AT) as entry:
        for wearer in ("u", "v"):
            entry.add(Person, wearer_ref=wearer)
    with engine.begin() as connection:
        ids = dict(connection.execute(select(Person.wearer_ref, Person.id)).tuples().all())
        for wearer, since, until in SPANS:
            values = {"person_id": ids[wearer], "wearer_ref": wearer, "since": since, "until": until}
            connection.execute(insert(EligibleSpan).values(**values))
    return engine


def tables(versions: int = 1) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """A row for each wearer at each window, the window being a crime's."""
    keys = [("met", name, v) for name in WINDOWS for v in range(1, versions + 1)]
    schema: dict[str, Any] = {"force": pl.String, "crime_ref": pl.String, "version": pl.Int64}
    windows = [WINDOWS[name] for _, name, _ in keys]
    instant = pl.Datetime("us", "UTC")
    crimes = pl.DataFrame(
        [(*key, *window) for key, window in zip(keys, windows, strict=True)],
        schema={**schema, "t_from": instant, "t_to": instant},
        orient="row",
    )
    rows = [(*key, wearer, n) for n, key in enumerate(keys) for wearer in ("u", "v", "w")]
    return pl.LazyFrame(rows, schema={**schema, "wearer_id": pl.String, "n": pl.Int64}, orient="row"), crimes.lazy()


def test_a_wearer_is_shown_if_one_open_interval_holds_the_whole_window(recorded: Engine) -> None:
    gate = Gate(recorded)
    assert not gate.by_files
    found = {(name, each) for name, window in WINDOWS.items() for each in gate.open_for(("u", "v", "w"), *window)}
    assert found == SHOWN
    assert gate.open_for(("u", "w"), *WINDOWS["in the second"]) == {"u"}
    assert gate.spans(["v", "w"]) == {"v": [(AT + HOUR, None)]}
    assert gate.spans(["u"]) == {"u": [span[1:] for span in SPANS[:2]]}


def test_of_a_table_the_same_rows_are_shown_once_each_and_whole(recorded: Engine) -> None:
    rows, crimes = tables()
    found = Gate(recorded).open_rows(rows, crimes).collect()
    assert sorted(found.select("crime_ref", "wearer_id").rows()) == sorted(SHOWN)
    assert found.columns == rows.collect_schema().names()


def test_a_crimes_window_is_that_of_its_own_version(recorded: Engine) -> None:
    rows, crimes = tables(versions=2)
    moved = crimes.with_columns(
        pl.when(pl.col("version") == 2).then(pl.lit(AT - 9 * HOUR)).otherwise(pl.col("t_from")).alias("t_from")
    )
    found = Gate(recorded).open_rows(rows, moved).collect()
    assert set(found["version"]) == {1}
    assert sorted(found.select("crime_ref", "wearer_id").rows()) == sorted(SHOWN)


def test_where_no_programme_maps_crimes_runs_by_files_are_shown_as_they_were_made(engine: Engine) -> None:
    gate, (rows, crimes) = Gate(engine), tables()
    assert gate.by_files
    assert gate.open_rows(rows, crimes).collect().equals(rows.collect())
    assert all(gate.open_for(("u", "w"), *window) == {"u", "w"} for window in WINDOWS.values())
