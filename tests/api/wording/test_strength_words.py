"""Strength and chance as a reader meets them: in words of the laboratories' scale, and never "about 0%"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wording.candidate import chance_share, few, percent, strength_lines
from api.wording.chance import match_chance_in_words, pool_in_words
from api.wording.strength import (
    AT_THE_SCENE,
    NEARBY_AS_USUAL,
    NEITHER,
    SCALE,
    ratio_shown,
    strength_in_words,
    support_in_words,
)
from tests.support.candidate_rows import candidate
from tracker.review import package
from tracker.review.package import _disclosed
from tracker.review.strength import STEPS, calibrated, step, step_of_ratio

POOL = {
    "crimes": 1234,
    "by_stratum": [
        {"stratum": 0, "crimes": 1200, "observed": 45, "expected_chance": 12.3},
        {"stratum": 2, "crimes": 34, "observed": 2, "expected_chance": None},
    ],
    "lists": [{"q_at_most": 0.2, "listed": 10, "expected_chance": 0.4}],
}


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1.5, "weak"),
        (10.0, "weak"),
        (10.1, "moderate"),
        (100.0, "moderate"),
        (1_000.0, "moderately strong"),
        (1_001.0, "strong"),
        (10_000.0, "strong"),
        (1_000_000.0, "very strong"),
        (1_000_001.0, "extremely strong"),
    ],
)
def test_the_scale_is_the_laboratories_in_both_directions(ratio: float, words: str) -> None:
    assert SCALE[step_of_ratio(ratio) - 1] == words
    assert step_of_ratio(1 / ratio) == -step_of_ratio(ratio)


def test_no_ratio_has_no_word() -> None:
    assert len(SCALE) == len(STEPS) + 1
    assert (step_of_ratio(1.0), step_of_ratio(0.0)) == (0, -len(SCALE))


@pytest.mark.parametrize(
    ("strength", "words"),
    [
        (0.0, "weak"),
        (8.1e-194, "weak"),
        (0.316, "weak"),
        (0.317, None),
        (1.0, None),
        (31.6, None),
        (31.7, "weak"),
        (99.9, "weak"),
        (100.0, "moderate"),
        (999.0, "moderate"),
        (1_000.0, "moderately strong"),
        (1e12, "moderately strong"),
    ],
)
def test_the_word_is_that_of_the_least_that_was_found_of_such_strengths(strength: float, words: str | None) -> None:
    first, other = (AT_THE_SCENE, NEARBY_AS_USUAL) if strength > 1 else (NEARBY_AS_USUAL, AT_THE_SCENE)
    assert strength_in_words(strength) == (
        NEITHER if words is None else f"{words} support for the proposition that {first}, rather than that {other}"
    )
    assert support_in_words(strength) == (NEITHER if words is None else f"{words} support that {first}")


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_a_greater_strength_never_has_a_weaker_word(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert calibrated(less) <= calibrated(more)
    assert step(less) <= step(more)
    # Nor is a word ever for the other proposition than the strength itself.
    assert step(more) * (more - 1) >= 0


def test_both_propositions_are_named_whatever_the_strength() -> None:
    for strength in (0.0, 8.1e-194, 0.3, 1.0, 57.0, 1e9):
        assert AT_THE_SCENE in strength_in_words(strength)
        assert NEARBY_AS_USUAL in strength_in_words(strength)


def test_a_ratio_is_shown_only_where_it_agrees_with_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "RATIO_SHOWN", (0.01, 1_000.0))
    assert ratio_shown(34.2) == "34.2 to 1"
    assert ratio_shown(0.05) == "20 to 1"
    assert [ratio_shown(s) for s in (None, 0.0, 8.1e-194, 0.0099, 1_000.1)] == [None] * 5
    assert " to 1" not in strength_in_words(8.1e-194)
    assert strength_in_words(0.05).endswith("20 to 1 for the first")


def test_where_it_agrees_nowhere_words_alone_are_shown() -> None:
    assert package.RATIO_SHOWN is None
    assert [ratio_shown(s) for s in (0.05, 1.0, 34.2, 2_000.0)] == [None] * 4
    assert strength_in_words(340.0) == (
        f"moderate support for the proposition that {AT_THE_SCENE}, rather than that {NEARBY_AS_USUAL}"
    )


def test_a_package_holds_no_ratio_that_may_not_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "RATIO_SHOWN", (0.01, 1_000.0))
    figures = {"strength": 8.1e-194, "nearness": 1e-195, "e_value": 57.0}
    assert _disclosed(figures) == {"e_value": 57.0}
    assert _disclosed({**figures, "strength": 34.2}) == {**figures, "strength": 34.2}
    assert _disclosed({"strength": None}) == {"strength": None}
    monkeypatch.setattr(package, "RATIO_SHOWN", None)
    assert _disclosed({**figures, "strength": 34.2}) == {"e_value": 57.0}


def test_a_candidate_far_out_is_not_said_to_be_no_chance() -> None:
    """What was told of one wearer at 97 m of 100: a strength of 8.1e-194, and about 0% by chance one line below."""
    lines = strength_lines(candidate(strength=8.1e-194, q_value=None, note="too_few_to_tell"))
    assert "e-194" not in " ".join(lines)
    assert "0%" not in " ".join(lines)
    assert lines[-1] == "too few crimes were matched to say what share would come by chance"


@pytest.mark.parametrize(("q", "words"), [(1e-9, "under 1%"), (0.0099, "under 1%"), (0.01, "1%"), (0.08, "8%")])
def test_a_share_by_chance_is_never_nought(q: float, words: str) -> None:
    assert percent(q) == words
    assert chance_share(q) == ("<0.01" if q < 0.01 else f"{q:.2f}")
    assert f"about {words} would" in strength_lines(candidate(q_value=q))[-1]


def test_an_expected_number_is_never_nought() -> None:
    assert [few(n) for n in (0.0, 0.4, 1.2, 1_234.0)] == ["fewer than 1", "fewer than 1", "about 1", "about 1,234"]


def test_a_match_says_among_which_crimes_it_was_judged() -> None:
    said = match_chance_in_words({"q_value": 0.08, "note": None}, "2019-10", POOL)
    assert said == (
        "of all candidates as strong as this one, about 8% would come by chance "
        "(among 1,234 crimes of October 2019 matched with the same settings)"
    )
    assert match_chance_in_words({"q_value": None, "note": None}, None, None).startswith("not judged")
    crowd = match_chance_in_words({"q_value": None, "note": "event", "at_event": 30, "usually": 2.5}, "2019-10", POOL)
    assert crowd.startswith("a crowd: 30 wearers were at this crime or near it")


def test_a_pool_says_how_many_of_those_listed_are_expected_by_chance() -> None:
    assert pool_in_words("2019-10", POOL) == [
        "October 2019, windows up to 30 minutes: 45 listed, about 12 expected by chance (1,200 crimes compared)",
        "October 2019, longer windows: 2 listed, how many by chance is not known (34 crimes compared)",
        "of these with at most 20% by chance: 10 listed, fewer than 1 expected by chance",
    ]
