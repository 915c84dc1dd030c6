"""A reading of the record reads what it shows: the same rows of a record twice as large, and no growing table whole."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.settings import read_settings
from api.usecases.actor import LOCAL
from api.usecases.request_context import RequestContext
from benchmarks.service.grown_record import TODAY, grow
from benchmarks.service.reads import readings
from tests.support.statements import Asked, asked, read_whole
from tracker.projections.marks import FOR_EVERYBODY, NO_PROJECTION, PAPERS

BY_FACTS = {"licences as known then, a page"}
OF_EVERYBODY = {"list tag-with-failed-criterion as known then"}
"""Computed of everybody where papers were entered since, as they were here: a stated limit of `tracker/projections`."""
"""As known at a past instant the number of licences is counted, which reads their index."""
NOT_GROWING = {name for name, why in NO_PROJECTION.items() if why == PAPERS} | FOR_EVERYBODY
"""What officers decide and enter by hand: these do not grow with the people of a programme."""
BY_HAND = {"commitment", "actual", "virement", "line_forecast", "audit_head"}
EMPTY_HERE = {"candidate_match", "crime"}
"""No match is on this record, so PostgreSQL takes any way through them: `tests/api/http/test_lists.py` has many."""
PAGE = 10
SINCE = datetime(2019, 7, 10, 9, tzinfo=UTC)
"""First release: of the small record, too, a page of licences that wait for probation has not ended."""
LOSSES = "tag_event.move = 'reported lost'"
"""Asked of an index of those rows alone that are shown."""


def _asked(engine: Engine, home: Path, licences: int) -> dict[str, Asked]:
    home.mkdir()
    (home / "today").write_text(f"{TODAY}\n", encoding="utf-8")
    grow(engine, licences, days=40, since=SINCE)
    context = RequestContext(replace(LOCAL, name="test"), read_settings(home=home), engine)
    out = {}
    for name, read in readings(context, 60, rows=PAGE).items():
        with asked() as out[name]:
            read()
    return out


@pytest.mark.slow
def test_readings_give_the_same_rows_and_go_through_no_table_whatever_the_record_has_grown_to(
    new_engine: Callable[[], Engine], tmp_path: Path
) -> None:
    small, large = new_engine(), new_engine()
    before, after = _asked(small, tmp_path / "small", 120), _asked(large, tmp_path / "large", 240)
    # Of some lists the small record has nobody, or too few to fill a page.
    a_page = {name: PAGE if name.startswith("list ") else 0 for name in after}
    more = {name: after[name].rows - before[name].rows for name in after if name not in OF_EVERYBODY}
    assert {name: n for name, n in more.items() if not 0 <= n <= a_page[name]} == {}
    assert before["licences not decided, a page"].rows > PAGE
    through = {}
    with large.connect() as connection:
        for name, found in after.items():
            assert found.rows > 0
            for statement, values in found.queries:
                growing = read_whole(connection, statement, values) - NOT_GROWING - BY_HAND - EMPTY_HERE
                if growing and name not in BY_FACTS | OF_EVERYBODY and LOSSES not in statement:
                    through[name, statement] = growing
    assert through == {}
