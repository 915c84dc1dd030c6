"""A candidate's worth as the analyst reads it."""

from api.wording.candidate import in_words, strength_lines
from tests.support.candidate_rows import candidate


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


def test_a_small_probability_by_coarse_fixes_says_how_little_that_means() -> None:
    told = in_words(candidate(p_present=0.01, note="too_coarse"))
    assert "probability of presence 0.01; probably not inside; the fixes are too coarse to tell this place from" in told


def test_numbers_that_are_not_known_have_no_sentence() -> None:
    assert len(strength_lines(candidate())) == 3
    assert strength_lines(candidate(e_value=None, strength=None, q_value=None)) == []
