"""Chance over a run or a pool, worked out by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from matcher import EVERYONE, Params, match
from matcher.analysis.chance import Chance, ChanceRows, chance
from matcher.analysis.decoys import decoys_of
from matcher.schemas import ASSIGNMENTS, COVERED_BY_CRIME, CRIMES, CURVES, DAY_HITS, FIXES, JUDGED_CRIMES

START = datetime(2019, 6, 1, tzinfo=UTC)
CANDIDATE = {
    "force": pl.String,
    "crime_ref": pl.String,
    "version": pl.Int32,
    "wearer_id": pl.String,
    "strength": pl.Float64,
    "note": pl.String,
}
Row = tuple[str, str, float | None]
"""A candidate: crime, wearer, strength."""
Hit = tuple[str, str, int, int, float | None]
"""A day hit: crime, wearer, day, days counted, nearness."""


def rows_of(
    candidates: Sequence[Row],
    hits: Sequence[Hit],
    covered: Sequence[tuple[str, int, int]],
    strata: dict[str, int],
    *,
    east_m: dict[str, int] | None = None,
    minutes: dict[str, float] | None = None,
) -> ChanceRows:
    """Covered: crime, day, pairs. Crimes are 1 km apart and at one time unless said otherwise."""
    places = {c: 1_000 * i for i, c in enumerate(strata)} | (east_m or {})
    crimes = [
        (
            "met",
            c,
            1,
            s,
            START + timedelta(minutes=(minutes or {}).get(c, 0)),
            530_000_000 + 1000 * places[c],
            180_000_000,
        )
        for c, s in strata.items()
    ]
    return ChanceRows(
        pl.DataFrame([("met", c, 1, w, s, None) for c, w, s in candidates], CANDIDATE, orient="row"),
        decoys_of(
            pl.DataFrame([("met", c, 1, w, k, n, 1, x) for c, w, k, n, x in sorted(hits)], DAY_HITS, orient="row")
        ),
        pl.DataFrame([("met", c, 1, k, n) for c, k, n in covered], COVERED_BY_CRIME, orient="row"),
        pl.DataFrame(crimes, JUDGED_CRIMES, orient="row"),
    )


def q_and_note(found: Chance) -> list[tuple[float | None, str | None]]:
    return found.candidates.select("q_value", "note").rows()


HITS: list[Hit] = [
    ("a", "u", 0, 10, 4.0),
    ("a", "v", 0, 10, 2.0),
    ("a", "v", 7, 10, 2.0),
    ("b", "u", -7, 10, 3.0),
    ("b", "v", 0, 10, 2.0),
]
ROWS: list[Row] = [("a", "u", 40.0), ("a", "v", 10.0), ("b", "v", 20.0)]
COVERED = [(c, k, 1 if k == -7 else 2) for c in "ab" for k in (-7, 0, 7, 14)]


def test_q_is_the_expected_share_of_chance_among_what_was_found_and_one_more() -> None:
    # Pair a-v hits on days 0 and 7: on day 7 it has 10 / 2 * 2 = 10. Pair b-u hits on day -7 alone: 10 / 1 * 3 = 30.
    # Day -7 is covered for half as many pairs as day 0, days 7 and 14 for as many.
    found = chance(rows_of(ROWS, HITS, COVERED, {"a": 0, "b": 0}), 1)
    # At 10: (2 + 1 + 0) / 3 of 3 candidates; at 20: (2 + 0 + 0) / 3 of 2; at 40 none.
    assert found.curves.rows() == [(0, 10.0, 3, 1.0), (0, 20.0, 2, 0.666667), (0, 40.0, 1, 0.0)]
    # With one decoy more: 4 / 3 of 3, 3 / 3 of 2, 1 / 3 of 1.
    assert found.candidates["q_value"].to_list() == [0.333333, 0.444444, 0.444444]
    assert found.by_stratum == [{"stratum": 0, "crimes": 2, "observed": 3, "expected_chance": 1.0}]
    assert found.lists == [
        {"q_at_most": 0.1, "listed": 0, "expected_chance": 0.0},
        {"q_at_most": 0.2, "listed": 0, "expected_chance": 0.0},
        {"q_at_most": 0.5, "listed": 3, "expected_chance": 1.0},
    ]
    assert found.curves.schema == pl.Schema(CURVES)


def test_q_is_never_nought() -> None:
    rows = rows_of([("a", "u", 1e6)], [("a", "u", 0, 57, 1.0)], [("a", k, 9) for k in range(-28, 29, 7)], {"a": 0})
    assert chance(rows, 1).candidates["q_value"].to_list() == [0.125]


def test_other_weekdays_are_no_decoys() -> None:
    hits = [*HITS, *[("b", "w", k, 10, 99.0) for k in (-1, 1, 3, 8, 27)]]
    assert chance(rows_of(ROWS, hits, COVERED, {"a": 0, "b": 0}), 1).curves["expected_chance"].to_list() == [
        1.0,
        0.666667,
        0.0,
    ]


def test_a_stronger_candidate_never_has_the_greater_q() -> None:
    # One decoy, at 100: at the threshold 50 two of two candidates are by chance, at 100 two of one.
    rows = rows_of(
        [("a", "u", 100.0), ("b", "u", 50.0)],
        [("a", "u", 0, 10, 10.0), ("a", "v", 7, 10, 10.0), ("b", "u", 0, 10, 5.0)],
        [(c, k, 2) for c in "ab" for k in (0, 7, 14, 21, 28)],
        {"a": 0, "b": 0},
    )
    assert chance(rows, 1).candidates["q_value"].to_list() == [0.25, 0.25]


def test_strata_are_judged_apart_and_what_is_unknown_is_no_decoy() -> None:
    rows = rows_of(
        [("a", "u", 5.0), ("b", "u", 5.0), ("c", "u", None)],
        [("a", "u", 0, 2, 5.0), ("a", "v", 7, 2, None), ("b", "u", 0, 2, 5.0), ("b", "v", 7, 2, 4.0)],
        [("a", 0, 2), ("a", 7, 2), ("a", 14, 2), ("b", 0, 1), ("b", 7, 1), ("b", 14, 1), ("c", 0, 1)],
        {"a": 0, "b": 2, "c": 0},
    )
    found = chance(rows, 1)
    assert q_and_note(found) == [(0.5, None), (1.0, None), (None, None)]
    assert [(c["stratum"], c["crimes"], c["observed"]) for c in found.by_stratum] == [(0, 2, 1), (2, 1, 1)]


def test_without_a_covered_decoy_day_there_is_no_q_and_a_reason() -> None:
    # A programme's first week: days 1 to 6 are covered, but none a week away.
    found = chance(rows_of([("a", "u", 5.0)], [("a", "u", 0, 1, 5.0)], [("a", 0, 1)], {"a": 0}), 1)
    assert q_and_note(found) == [(None, "no_decoys")]
    assert found.by_stratum == [{"stratum": 0, "crimes": 1, "observed": 1, "expected_chance": None}]
    assert found.curves.rows() == [(0, 5.0, 1, None)]


@pytest.mark.parametrize(("least", "q"), [(2, [0.333333, 0.444444, 0.444444]), (3, [None, None, None])])
def test_too_few_crimes_give_no_q_but_the_number_by_chance(least: int, q: list[float | None]) -> None:
    # Crime c was covered by no wearer on its own day, so it was tested for none.
    found = chance(rows_of(ROWS, HITS, COVERED, {"a": 0, "b": 0, "c": 0}), least)
    assert found.candidates["q_value"].to_list() == q
    assert found.candidates["note"].to_list() == [None if least == 2 else "too_few_to_tell"] * 3
    assert found.by_stratum == [{"stratum": 0, "crimes": 2, "observed": 3, "expected_chance": 1.0}]


def test_a_run_that_found_nothing_is_judged_too() -> None:
    found = chance(rows_of([], [], [], {"a": 0}), 200)
    assert found.candidates.height == found.curves.height == 0
    assert found.by_stratum == found.lists == []


def test_judged_again_nothing_of_the_first_judgement_stays() -> None:
    rows = rows_of(ROWS, HITS, COVERED, {"a": 0, "b": 0})
    noted = rows.candidates.with_columns(note=pl.lit("few_reference_days"))
    once = chance(rows._replace(candidates=noted), 200)
    assert set(once.candidates["note"]) == {"few_reference_days,too_few_to_tell"}
    twice = chance(rows._replace(candidates=once.candidates), 1)
    assert twice.candidates.equals(chance(rows._replace(candidates=noted), 1).candidates)


# --- event crimes -----------------------------------------------------------------------------------------------------


def crowd(
    there: int, usually: Sequence[int], crimes: dict[str, int] | None = None, minutes: dict[str, float] | None = None
) -> ChanceRows:
    """`there` wearers at crime e; on decoy days 7, 14 ... as many as `usually` says; a match at crime f far away."""
    days = [7, 14, 21, 28, -7, -14, -21, -28][: len(usually)]
    names = {"e": 0, "f": 0} | dict.fromkeys(crimes or {}, 0)
    at_e = [(f"w{i}", "e") for i in range(there)]
    return rows_of(
        [*[(c, w, 9.0) for w, c in at_e], ("f", "u", 50.0)],
        [("e", f"x{i}", k, 57, 9.0) for k, n in zip(days, usually, strict=True) for i in range(n)],
        [(c, k, 40) for c in names for k in (0, *days)],
        names,
        east_m=crimes,
        minutes=minutes,
    )


def test_a_crowd_is_an_event_and_decides_no_one_elses_q() -> None:
    alone = rows_of([("f", "u", 50.0)], [], [("f", k, 40) for k in (0, 7, 14)], {"f": 0})
    rows = crowd(30, (2, 4))
    found = chance(rows, 1)
    at_e, at_f = found.candidates.filter(crime_ref="e"), found.candidates.filter(crime_ref="f")
    assert at_e.select("q_value", "at_event", "usually", "note").unique().rows() == [(None, 30, 3.0, "event")]
    assert at_f.select("q_value", "at_event", "usually", "note").rows() == [(0.5, None, None, None)]
    assert at_f["q_value"].to_list() == chance(alone, 1).candidates["q_value"].to_list()
    assert found.by_stratum == [{"stratum": 0, "crimes": 1, "observed": 1, "expected_chance": 0.0}]


@pytest.mark.parametrize(
    ("there", "usually", "event"),
    [
        (4, (0, 0), False),  # fewer than five
        (5, (0, 0), True),  # 5 > 0 + 3 and > 4 * sqrt(1)
        (5, (2, 0), False),  # 5 is no more than 2 + 3
        (9, (1, 1), True),  # 9 > 1 + 4 * sqrt(2) = 6.66
        (6, (1, 1), False),  # 6 > 1 + 3 but not > 6.66
        (30, (0, 27), False),  # as full three weeks ago
        (40, (0, 30, 0, 0), True),  # 40 > 33 and > 7.5 + 11.7
        (30, (3,), False),  # only one decoy day is covered
    ],
)
def test_an_event_is_many_more_than_on_any_other_week(there: int, usually: Sequence[int], event: bool) -> None:
    assert ("event" in chance(crowd(there, usually), 1).candidates["note"].to_list()) is event


@pytest.mark.parametrize(
    ("metres", "minutes", "event"),
    [(250, 0.0, True), (251, 0.0, False), (-250, 180.0, True), (0, -180.0, True), (0, 180.1, False)],
)
def test_a_crime_near_a_crowds_crime_is_part_of_the_event(metres: int, minutes: float, event: bool) -> None:
    rows = crowd(30, (0, 0), {"g": metres}, {"g": minutes})
    at_g = pl.DataFrame([("met", "g", 1, "w3", 9.0, None)], CANDIDATE, orient="row")
    found = chance(rows._replace(candidates=pl.concat([rows.candidates, at_g])), 1).candidates.filter(crime_ref="g")
    assert found["at_event"].to_list() == ([30] if event else [None])


def test_a_wearer_at_several_crimes_of_one_event_is_one_wearer() -> None:
    # Four wearers, each at five crimes in the same street: 20 candidates, and no crowd.
    names = {f"c{i}": 0 for i in range(5)}
    rows = rows_of(
        [(c, f"w{i}", 5.0) for c in names for i in range(4)],
        [],
        [(c, k, 9) for c in names for k in (0, 7, 14)],
        names,
        east_m=dict.fromkeys(names, 0),
    )
    assert chance(rows, 1).candidates["at_event"].null_count() == 20


# --- through the matcher ----------------------------------------------------------------------------------------------


def test_one_wearer_at_the_edge_of_one_crimes_circle_is_not_said_to_be_no_chance() -> None:
    """Seen with a fault's files: one crime, one wearer at 97 m of 100 that evening and 2 km away on all others. It was
    told "strength 8.1e-194" and "about 0 % would come by chance"."""
    nine = START.replace(hour=21)
    fixes = [
        (
            "D1",
            nine + timedelta(days=day, minutes=m),
            "gnss",
            530_268.0,
            179_640.0 + (97.0 if day == 14 else 2_000.0),
            8.0,
        )
        for day in range(29)
        for m in range(30)
    ]
    crime = ("met", "C1", 1, "RB", nine + timedelta(days=14, minutes=5), nine + timedelta(days=14, minutes=20))
    frames = {
        "fixes": pl.DataFrame(fixes, FIXES, orient="row"),
        "crimes": pl.DataFrame([(*crime, 530_268.0, 179_640.0, 1.0)], CRIMES, orient="row"),
        "assignments": pl.DataFrame([("D1", "W1", START, None)], ASSIGNMENTS, orient="row"),
    }
    of_one = match(**frames, monitored=EVERYONE, eligible=EVERYONE)
    row = of_one.candidates.row(0, named=True)
    assert (row["closest_m"], row["reference_hits"], row["reference_days"]) == (97.0, 0, 28)
    assert (row["q_value"], row["note"]) == (None, "too_few_to_tell")
    assert of_one.chance == [{"stratum": 0, "crimes": 1, "observed": 1, "expected_chance": 0.0}]
    judged = match(**frames, monitored=EVERYONE, eligible=EVERYONE, params=Params(min_pool_crimes=1))
    # Four decoy days, none a hit, one more allowed for: a quarter.
    assert judged.candidates["q_value"].to_list() == [0.25]
