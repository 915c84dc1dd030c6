"""Silence of tags: from fixes only of who may be mapped and while they may, of the rest from what devices said."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.usecases.evaluation.signal_gaps import signals
from matcher.store.fixes import FixStore
from tests.support.worlds import World
from tracker.evaluation.cohort.columns import Signal
from tracker.evaluation.people.subject import Subject
from tracker.licences.spans import Span

DAY = datetime(2019, 9, 1, tzinfo=UTC)
END = DAY + timedelta(days=10)
WHOLE = Span(DAY, END)


def days(n: float) -> datetime:
    return DAY + timedelta(days=n)


@pytest.fixture
def heard(world: World) -> World:
    """D1 and D2 tell a fix an hour for ten days but for days 3 to 5; D1 is off from day 7 to 9, and D2 said so too."""
    world.may_keep()
    rows = ["device_id,t,easting_m,northing_m,accuracy_m"]
    for device in ("D1", "D2"):
        rows += [
            f"{device},{(DAY + timedelta(hours=h)).isoformat()},530000,180000,5"
            for h in range(240)
            if not 72 <= h < 120 and not (device == "D1" and 168 <= h < 216)
        ]
    (world.files / "hours.csv").write_text("\n".join(rows) + "\n")
    said = ["device_id,t,event"]
    for device in ("D1", "D2"):
        said += [f"{device},{days(7).isoformat()},switched off", f"{device},{days(9).isoformat()},switched on"]
    said += [f"D3,{days(2).isoformat()},battery low", f"D3,{days(8).isoformat()},Signal lost at home"]
    (world.files / "told.csv").write_text("\n".join(said) + "\n")
    assert world.run("import", "fixes", world.files / "hours.csv").exit_code == 0
    assert world.run("import", "events", world.files / "told.csv").exit_code == 0
    return world


def person(wearer: str, mapped: Sequence[Span]) -> Subject:
    return Subject(person_id=1, wearer_ref=wearer, worn=(WHOLE,), monitored=(WHOLE,), mapped=tuple(mapped))


def asked(world: World, who: Subject, device: str, over_hours: int = 24) -> Signal:
    worn = {who.wearer_ref: [(device, WHOLE)]}
    return signals(world.settings, [who], worn, END, timedelta(hours=over_hours))[who.wearer_ref]


def test_a_mapped_wearers_signal_comes_from_their_fixes(heard: World) -> None:
    found = asked(heard, person("W1", [WHOLE]), "D1")
    assert found.basis == "fixes"
    assert found.gaps == (
        Span(days(3) - timedelta(hours=1), days(5)),
        Span(days(7) - timedelta(hours=1), days(9)),
    )
    assert asked(heard, person("W1", [WHOLE]), "D1", over_hours=100).gaps == ()


def test_an_unmapped_wearers_signal_comes_from_device_events(heard: World) -> None:
    found = asked(heard, person("W1", []), "D1")
    assert found.basis == "device events"
    assert found.gaps == (Span(days(7), days(9)),)
    # Never heard of again: silent to the end. What else a device says is not looked at.
    assert asked(heard, person("W3", []), "D3").gaps == (Span(days(8), END),)


def test_no_fix_is_read_of_time_in_which_a_wearer_may_not_be_mapped(
    heard: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mapped for days 1 to 4: of the rest of the time, and of anybody else's device, not one instant is asked for."""
    read: list[tuple[Any, ...]] = []
    whole = FixStore.scan_days

    def watched(store: FixStore, devices: Any, t_from: Any, t_to: Any, columns: Any) -> Any:
        read.append((tuple(devices), t_from, t_to, tuple(columns)))
        return whole(store, devices, t_from, t_to, columns)

    monkeypatch.setattr(FixStore, "scan_days", watched)
    gate = Span(days(1), days(4))
    people = [person("W1", [gate]), person("W2", [])]
    worn = {"W1": [("D1", WHOLE)], "W2": [("D2", WHOLE)]}
    found = signals(heard.settings, people, worn, END, timedelta(hours=24))
    # Of the third day there is no fix at all.
    assert [devices for devices, *_ in read] == [("D1",)] * 2
    assert (read[0][1], read[-1][2]) == (gate.since, days(3))
    assert {columns for *_, columns in read} == {("device_id", "t")}
    assert found["W1"].basis == "fixes and device events"
    # The silence from day 3 on ends, for who looks, where the gate closes: a day and an hour.
    assert found["W1"].gaps == (Span(days(3) - timedelta(hours=1), days(4)), Span(days(7), days(9)))
    read.clear()
    signals(heard.settings, people[1:], worn, END, timedelta(hours=24))
    assert read == []


def test_without_any_import_the_signal_is_not_known(new_world: World) -> None:
    new_world.home.mkdir()
    for mapped in ([WHOLE], []):
        assert asked(new_world, person("W1", mapped), "D1") == Signal(None, "not known")


def test_a_device_that_changed_hands_is_each_wearer_s_own(heard: World) -> None:
    first, second = Span(DAY, days(4)), Span(days(4), END)
    people = [
        Subject(person_id=1, wearer_ref="A", worn=(first,), monitored=(first,), mapped=(first,)),
        Subject(person_id=2, wearer_ref="B", worn=(second,), monitored=(second,), mapped=(second,)),
    ]
    worn = {"A": [("D1", first)], "B": [("D1", second)]}
    found = signals(heard.settings, people, worn, END, timedelta(hours=6))
    assert found["A"].gaps == (Span(days(3) - timedelta(hours=1), days(4)),)
    assert found["B"].gaps == (Span(days(4), days(5)), Span(days(7) - timedelta(hours=1), days(9)))
