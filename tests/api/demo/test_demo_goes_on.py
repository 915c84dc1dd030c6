"""The demo's stock, money and duties, killed between any two of their entries, go on where they were."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.demo import record
from api.demo.money_queries import OnRecord, on_record
from api.usecases.stores import open_record
from tests.support.worlds import World

NOW = datetime(2019, 11, 1, 9, tzinfo=UTC)
WHOLE = OnRecord(
    devices=frozenset({"SPARE-1", "SPARE-2"}),
    lost=frozenset({"SPARE-2"}),
    priced=frozenset({"gps-tags"}),
    commitments=frozenset({"C-1"}),
    ledger=frozenset(f"LEDGER-{n}" for n in range(1, 7)),
    duties=frozenset({"dpia"}),
)


class _Killed(Exception):
    pass


def test_killed_after_each_entry_it_ends_as_if_it_had_not_been(loaded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_record(loaded.settings)
    made = 0

    def killed_after_one(enter: Callable[..., Any]) -> Callable[..., Any]:
        def entered(*given: Any, **named: Any) -> Any:
            nonlocal made
            if made:
                raise _Killed
            made += 1
            return enter(*given, **named)

        return entered

    entries = [(record.tags, "receive"), (record.tags, "price"), (record.tags, "move_tag")]
    entries += [(record.budget, "commit"), (record.budget, "spend"), (record.duties, "do")]
    for module, name in entries:
        monkeypatch.setattr(module, name, killed_after_one(getattr(module, name)))
    kills = 0
    while True:
        made = 0
        try:
            record._money_and_duties(engine, NOW)
        except _Killed:
            kills += 1
            continue
        break
    with engine.connect() as connection:
        assert on_record(connection) == WHOLE
    engine.dispose()
    # Between each two of eleven entries.
    assert kills == 10


def test_with_its_people_on_record_the_rest_is_asked_for_all_the_same(
    loaded: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was left out where the demo was killed after the tags were entered: then nobody was there to compare with."""
    asked: list[str] = []
    monkeypatch.setattr(record, "has_tags", lambda _: True)
    monkeypatch.setattr(record, "_lower_a_score", lambda *_: asked.append("score"))
    engine, settings = open_record(loaded.settings), loaded.settings
    record.record_pilot(settings, engine, tmp_path)
    with engine.connect() as connection:
        assert on_record(connection) == WHOLE
        compared = connection.exec_driver_sql("select count(*) from comparison_person").scalar()
    engine.dispose()
    assert (compared, asked) == (900, ["score"])
