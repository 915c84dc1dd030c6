"""Comparison people are accepted as a set: once, by somebody else, as their rows stood."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.evaluation_world import NOW, TODAY
from tests.support.pilot import PILOT, enter_pilot
from tracker.errors import BadEntry, NotFound, Refused
from tracker.evaluation.imports.files import Kind
from tracker.evaluation.imports.importer import import_evaluation_file
from tracker.evaluation.imports.set_service import accept_comparison_set
from tracker.evaluation.people.comparison_queries import accepted_set, comparators, latest_sets
from tracker.times import AsOf

pytestmark = pytest.mark.begins_with(fill=enter_pilot)
OLU: dict[str, Any] = {"by": "olu", "now": NOW}


def send(engine: Engine, folder: Path, people: range, *, age: int = 30) -> None:
    path = folder / f"{people.start}-{people.stop}-{age}.csv"
    rows = [f"C{n:03},2018-03-01,{age},a test" for n in people]
    path.write_text("\n".join(["reference,released_on,age_on_release,source", *rows]) + "\n")
    said: dict[str, Any] = {"rejects_dir": folder / "rejects", "by": "eva", "received_at": NOW, "today": TODAY}
    import_evaluation_file(engine, path, Kind.COMPARISON, PILOT, **said)


def test_a_set_is_accepted_once_by_somebody_else_and_stays_as_it_was(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadEntry, match="Fewer than 10 comparison people are on record; import them first"):
        accept_comparison_set(engine, 1, "first", **OLU)
    send(engine, tmp_path, range(20))
    with pytest.raises(Refused, match="eva sent some of these comparison people, so somebody else has to accept them"):
        accept_comparison_set(engine, 1, "first", by="eva", now=NOW)
    first = accept_comparison_set(engine, 1, "first", **OLU)
    assert (first.name, first.people, first.accepted_by) == ("first", 20, "olu")
    with pytest.raises(BadEntry, match="'first' was accepted already, and is not changed; give another name"):
        accept_comparison_set(engine, 1, "first", **OLU)
    # Others who come later, and changed rows, are in it no more than before.
    send(engine, tmp_path, range(15, 25), age=60)
    with engine.connect() as connection:
        mine = comparators(connection, 1, AsOf(date(2021, 5, 31)), first)
        everyone = comparators(connection, 1, AsOf(date(2021, 5, 31)))
    assert [each.reference for each in mine] == [f"C{n:03}" for n in range(20)]
    assert {each.age for each in mine} == {30}
    assert len(everyone) == 25
    second = accept_comparison_set(engine, 1, "second", **OLU)
    assert second.sha256 != first.sha256
    with engine.connect() as connection:
        assert accepted_set(connection, 1) == second
        assert accepted_set(connection, 1, "first") == first
        assert latest_sets(connection, 1, limit=1) == ([second], 2)
        with pytest.raises(NotFound, match="No comparison set 'third' was accepted"):
            accepted_set(connection, 1, "third")
