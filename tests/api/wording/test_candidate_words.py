"""A candidate's worth as the analyst reads it."""

from datetime import UTC, datetime
from typing import Any

from api.wording.candidate import in_words, strength_lines


def candidate(**changes: Any) -> dict[str, Any]:
    return {
        "verdict": "present",
        "closest_at": datetime(2019, 9, 14, 20, 4, tzinfo=UTC),
        "closest_m": 18.2,
        "p_present": 0.93,
        "reference_days": 56,
        "reference_hits": 0,
        "same_weekday_days": 8,
        "same_weekday_hits": 0,
        "e_value": 57.0,
        "nearness": 3.2,
        "strength": 182.4,
        "q_value": 0.08,
        "note": None,
        **changes,
    }


def test_what_was_seen_comes_first_then_how_unusual_then_how_probable() -> None:
    assert in_words(candidate()) == (
        "fix inside at 21:04, 18 m; inside on 0 of 56 other days; probability of presence 0.93"
    )


def test_a_wearer_who_was_probably_not_inside_is_described_so() -> None:
    told = in_words(candidate(verdict="passed", p_present=0.31))
    assert told.startswith("path crosses at 21:04")
    assert told.endswith("probability of presence 0.31; probably not inside")


def test_exactly_one_half_is_not_called_improbable() -> None:
    assert "probably not" not in in_words(candidate(p_present=0.5))


def test_days_are_not_compared_where_the_crimes_own_day_was_not_seen() -> None:
    told = in_words(candidate(note="crime_day_not_covered", e_value=None, strength=None, q_value=None))
    assert "other days are not compared" in told
    assert "inside on" not in told


def test_an_unknown_probability_gives_the_reason() -> None:
    told = in_words(candidate(p_present=None, note="accuracy_unknown"))
    assert "states no accuracy, so the probability of presence is not known" in told
    assert "0." not in told


def test_numbers_that_are_not_known_have_no_sentence() -> None:
    assert len(strength_lines(candidate())) == 3
    assert strength_lines(candidate(e_value=None, strength=None, q_value=None)) == []
