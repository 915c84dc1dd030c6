"""A match prepared before a person was erased: it is refused, not finished with that person in it."""

from datetime import UTC, datetime

import pytest

from api.usecases.matching.match import ByRecord, Question, prepared, run_of
from api.usecases.operation import erasure
from api.usecases.stores import open_record
from matcher.params import Params
from tests.support.worlds import World
from tracker.errors import Refused
from tracker.retention import erasure_service as record

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_match_is_refused_that_read_people_before_one_was_erased(ready: World) -> None:
    engine = open_record(ready.settings)
    question = Question(by_record=ByRecord(None), t_from=None, t_to=None, params=Params())
    before = prepared(engine, question)
    number = record.begin_erasure(engine, "W-inside", reason="request", by="dpo", now=NOW)
    record.erase_from_record(engine, number, by="dpo", now=NOW)
    with pytest.raises(Refused, match="an erasure is not finished"):
        run_of(ready.settings, prepared(engine, question))
    erasure.finish(ready.settings, engine, by="dpo", now=NOW)
    with pytest.raises(Refused, match="erased while this match was prepared"):
        run_of(ready.settings, before)
    after = run_of(ready.settings, prepared(engine, question))
    assert "W-inside" not in after.candidates().collect()["wearer_id"].to_list()
    engine.dispose()
