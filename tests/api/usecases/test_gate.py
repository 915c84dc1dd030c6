"""Which wearers an actor may be shown: the gate at one moment, asked of one window and of whole tables alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from api.usecases.gate import Gate
from tracker.eligibility.service import INTERVALS, EligibleWearers

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


def gate(**programmes: int) -> Gate:
    eligible = pl.DataFrame(SPANS, schema=INTERVALS, orient="row")
    return Gate(EligibleWearers(pl.DataFrame(), eligible, eligible, programmes, 2))


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


@pytest.mark.parametrize("window", list(WINDOWS))
def test_a_wearer_is_shown_if_one_open_interval_holds_the_whole_window(window: str) -> None:
    t_from, t_to = WINDOWS[window]
    assert {(window, each) for each in ("u", "v", "w") if gate(pilot=2).shows(each, t_from, t_to)} == {
        pair for pair in SHOWN if pair[0] == window
    }


def test_of_a_table_the_same_rows_are_shown_once_each_and_whole() -> None:
    rows, crimes = tables()
    found = gate(pilot=2).open_rows(rows, crimes).collect()
    assert sorted(found.select("crime_ref", "wearer_id").rows()) == sorted(SHOWN)
    assert found.columns == rows.collect_schema().names()


def test_a_crimes_window_is_that_of_its_own_version() -> None:
    rows, crimes = tables(versions=2)
    moved = crimes.with_columns(
        pl.when(pl.col("version") == 2).then(pl.lit(AT - 9 * HOUR)).otherwise(pl.col("t_from")).alias("t_from")
    )
    found = gate(pilot=2).open_rows(rows, moved).collect()
    assert set(found["version"]) == {1}
    assert sorted(found.select("crime_ref", "wearer_id").rows()) == sorted(SHOWN)


def test_where_no_programme_maps_crimes_runs_by_files_are_shown_as_they_were_made() -> None:
    rows, crimes = tables()
    assert gate().open_rows(rows, crimes).collect().equals(rows.collect())
    assert all(gate().shows(wearer, *window) for wearer in ("u", "w") for window in WINDOWS.values())
    assert gate().by_files
    assert not gate(pilot=2).by_files
