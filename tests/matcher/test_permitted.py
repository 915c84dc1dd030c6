"""Who may be read when, held against the same question asked at every instant by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import BadInput
from matcher.kernels.arrays import IntervalArrays
from matcher.permitted import EVERYONE, Permitted, permitted
from matcher.schemas import ACCURACY_LEVELS

START = datetime(2019, 10, 1, tzinfo=UTC)
INSTANTS = range(-1, 15)
DEVICES, WEARERS = "DE", "uvw"
Row = tuple[str, int, int | None]
Held = tuple[str, str, int, int | None]


def at(us: int | None) -> datetime | None:
    return None if us is None else START + timedelta(microseconds=us)


def assigned(rows: Sequence[Held]) -> pl.DataFrame:
    instant = pl.Datetime("us", "UTC")
    schema = {"device_id": pl.String, "wearer_id": pl.String, "from": instant, "to": instant}
    return pl.DataFrame([(d, w, at(a), at(b)) for d, w, a, b in rows], schema=schema, orient="row")


def intervals(rows: Sequence[Row]) -> pl.DataFrame:
    instant = pl.Datetime("us", "UTC")
    schema = {"wearer_id": pl.String, "from": instant, "to": instant}
    return pl.DataFrame([(w, at(a), at(b)) for w, a, b in rows], schema=schema, orient="row")


@st.composite
def holdings(draw: st.DrawFn) -> list[Held]:
    """Who had which device on: a device has one wearer at an instant, and may change hands at once."""
    rows = []
    for device in DEVICES:
        edges = sorted(draw(st.lists(st.integers(0, 12), max_size=5)))
        for since, until in pairwise(edges):
            if draw(st.booleans()):
                rows.append((device, draw(st.sampled_from(WEARERS)), since, until))
        if edges and draw(st.booleans()):
            rows.append((device, draw(st.sampled_from(WEARERS)), edges[-1], None))
    return draw(st.permutations(rows))


@st.composite
def spans(draw: st.DrawFn) -> list[Row]:
    """Intervals in any order, which may touch, overlap and be empty."""
    rows = []
    for _ in range(draw(st.integers(0, 7))):
        since = draw(st.integers(0, 12))
        until = draw(st.none() | st.integers(since, 12))
        rows.append((draw(st.sampled_from(WEARERS)), since, until))
    return rows


def includes(rows: Sequence[Row] | None, wearer: str, t: int) -> bool:
    return rows is None or any(w == wearer and a <= t and (b is None or t < b) for w, a, b in rows)


def instants(arrays: IntervalArrays, i: int) -> list[int]:
    """The instants within the intervals of one, which are in order and apart."""
    own = [(int(arrays.from_us[k]), int(arrays.to_us[k])) for k in range(arrays.offset[i], arrays.offset[i + 1])]
    assert all(before[1] <= after[0] for before, after in pairwise(own))
    first = int(START.timestamp()) * 1_000_000
    return [t for t in INSTANTS if any(a <= first + t < b for a, b in own)]


def read(may: Permitted) -> set[tuple[str, str, int]]:
    """(device, wearer, instant) of what may be read."""
    first = int(START.timestamp()) * 1_000_000
    return {(d, w, t) for d, w, a, b in may.windows().iter_rows() for t in INSTANTS if a <= first + t < b}


@settings(max_examples=80)
@given(holdings(), st.none() | spans(), st.none() | spans(), st.data())
def test_a_device_is_read_exactly_while_its_wearer_has_it_on_is_monitored_and_eligible(
    held: list[Held], monitored: list[Row] | None, eligible: list[Row] | None, data: st.DataObject
) -> None:
    by = [EVERYONE if rows is None else intervals(rows) for rows in (monitored, eligible)]
    may = permitted(assigned(held), *by)
    wanted = {
        (d, w, t)
        for d, w, a, b in held
        for t in INSTANTS
        if a <= t and (b is None or t < b) and includes(monitored, w, t) and includes(eligible, w, t)
    }
    assert read(may) == wanted
    assert may.wearers == sorted({row[0] for row in eligible} if eligible is not None else {row[1] for row in held})
    for i, wearer in enumerate(may.wearers):
        of_wearer = [[t for t in INSTANTS if includes(rows, wearer, t)] for rows in (eligible, monitored)]
        assert [instants(may.eligible, i), instants(may.monitored, i)] == of_wearer
        assert instants(may.watched, i) == sorted(set(of_wearer[0]) & set(of_wearer[1]))
    _trails_agree(may, held, wanted)
    chosen = data.draw(st.lists(st.sampled_from(range(len(may.wearers))), unique=True)) if may.wearers else []
    fewer = may.for_wearers(chosen)
    names = [may.wearers[w] for w in chosen]
    assert fewer.wearers == names
    assert read(fewer) == {each for each in wanted if each[1] in names}
    assert [instants(fewer.eligible, i) for i in range(len(chosen))] == [instants(may.eligible, w) for w in chosen]
    assert [instants(fewer.monitored, i) for i in range(len(chosen))] == [instants(may.monitored, w) for w in chosen]


def _trails_agree(may: Permitted, held: list[Held], wanted: set[tuple[str, str, int]]) -> None:
    """A trail is what one device recorded of one wearer, in the order of wearers and their devices."""
    trails = [may.trail_name(i) for i in range(len(may.trail_wearer))]
    assert trails == sorted(trails)
    assert {(w, d) for d, w, _ in wanted} <= set(trails)
    assert [w for i, w in enumerate(may.wearers) for _ in range(*may.first_trail[i : i + 2])] == [w for w, _ in trails]
    for i, (wearer, device) in enumerate(trails):
        assert instants(may.worn, i) == sorted(t for d, w, t in wanted if (d, w) == (device, wearer))
    chosen = [device == "E" for _, device in trails]
    for by_trail, of_wearers in ((may.eligibility().eligible, may.eligible), (may.eligibility().watched, may.watched)):
        assert [instants(by_trail, i) for i in range(len(trails))] == [
            instants(of_wearers, int(w)) for w in may.trail_wearer
        ]
    if trails:
        of_chosen = may.by_trail(may.watched, pl.Series(chosen).to_numpy())
        assert [instants(of_chosen, i) for i in range(len(trails))] == [
            instants(may.watched, int(w)) if one else [] for w, one in zip(may.trail_wearer, chosen, strict=True)
        ]
    # What is assigned and may not be read is known to be so, whoever had it on.
    first = int(START.timestamp()) * 1_000_000
    for d, device in enumerate(may.devices):
        known = list(range(may.offset[d], may.offset[d + 1]))
        on = {t for t in INSTANTS for k in known if may.from_us[k] <= first + t < may.to_us[k]}
        assert on == {t for t in INSTANTS for x, _, a, b in held if x == device and a <= t and (b is None or t < b)}
        for k in known:
            trail = may.trail_of[k]
            assert (trail == -1) == (may.held_by[k] == -1)
            assert trail == -1 or trails[trail] == (may.wearers[may.held_by[k]], device)


def test_a_device_with_two_wearers_at_an_instant_is_refused_and_says_until_when() -> None:
    rows: list[Held] = [("D", "u", 0, 5), ("D", "v", 4, 9)]
    with pytest.raises(BadInput, match=r"wearer u until 2019-10-01T00:00:00\.000005Z and wearer v from 2019-10-01T"):
        permitted(assigned(rows), EVERYONE, EVERYONE)
    with pytest.raises(BadInput, match="wearer u until further notice and wearer v"):
        permitted(assigned([("D", "u", 0, None), ("D", "v", 4, 9)]), EVERYONE, EVERYONE)
    permitted(assigned([("D", "u", 0, 5), ("D", "v", 5, 9)]), EVERYONE, EVERYONE)


@pytest.mark.parametrize("name", ["monitored", "eligible"])
def test_an_interval_that_ends_before_it_starts_is_named_by_its_row(name: str) -> None:
    others: dict[str, Any] = {"monitored": EVERYONE, "eligible": EVERYONE}
    with pytest.raises(BadInput, match=rf"{name} row 2: ends at .*, before it starts at "):
        permitted(assigned([]), **{**others, name: intervals([("u", 3, 3), ("u", 5, 4)])})


def test_the_level_of_accuracy_that_a_device_states_is_kept_for_chosen_wearers() -> None:
    held: list[Held] = [("D", "u", 0, 5), ("E", "v", 0, 5)]
    assert permitted(assigned(held), EVERYONE, EVERYONE).level_rows().equals(pl.DataFrame(schema=ACCURACY_LEVELS))
    values = {"device_id": "D", "from": at(0), "to": None, "accuracy_level": 95}
    levels = pl.DataFrame([{name: values[name] for name in ACCURACY_LEVELS}], schema=ACCURACY_LEVELS)
    may = permitted(assigned(held), EVERYONE, EVERYONE, levels)
    assert may.level_rows()["device_id"].to_list() == ["D"]
    assert may.for_wearers([0]).level_rows().equals(may.level_rows())
    assert may.for_wearers([1]).level_rows().is_empty()
