"""Ratios of inclusion and passage, groups too small for them, and the quality of matches."""

import random
from datetime import date

import pytest

from tracker.errors import BadEntry
from tracker.evaluation.equality.rules import (
    ALL,
    STEPS,
    Population,
    combined_groups,
    holm_corrected,
    inclusion,
    passage,
    ratio_of,
)
from tracker.evaluation.people.bands import (
    AGE_BANDS,
    Terms,
    age_band,
    bcu_level,
    ethnicity_group,
    offence_group,
    ogrs_band,
)
from tracker.evaluation.statistics.match_quality import Reviewed, quality
from tracker.evaluation.statistics.proportions import wilson

SENTENCED = Population("sentenced", "2018/19", "a test", {"male": 900, "female": 100})


def steps(**by_level: list[int | None]) -> dict[str, dict[str, int | None]]:
    return {
        step: {ALL: None if any(v[n] is None for v in by_level.values()) else sum(v[n] or 0 for v in by_level.values()),
               **{level: held[n] for level, held in by_level.items()}}
        for n, step in enumerate(STEPS)
    }  # fmt: skip


def test_a_ratio_is_katz_s() -> None:
    """Worked by hand: 0.30 over 0.20, log 0.405, SE sqrt(1/30 - 1/100 + 1/20 - 1/100) = 0.252."""
    found = ratio_of(30, 100, 20, 100)
    assert found is not None
    ratio, low, high, p = found
    assert ratio == pytest.approx(1.5)
    assert (low, high) == (pytest.approx(0.916, abs=1e-3), pytest.approx(2.457, abs=1e-3))
    assert p == pytest.approx(0.107, abs=1e-3)
    assert ratio_of(0, 100, 20, 100) is None


def test_a_group_half_as_common_as_among_the_sentenced_stands_out() -> None:
    counts = steps(male=[1900] * 6, female=[100] * 6)
    ratios = holm_corrected(inclusion("sex", counts, SENTENCED, 10))
    women = [r for r in ratios if r.level == "female"]
    # The same people at each step: the first comparison is the only one, and the others say so.
    assert women[0].ratio == pytest.approx(0.5)
    assert women[0].stands_out
    assert {r.why_not for r in women[1:]} == {
        f"cannot differ: the same people as at the step before ({step})" for step in STEPS[:-1]
    }
    assert ratios[0].stands_out
    assert all(r.p_holm >= r.p for r in ratios if r.p is not None and r.p_holm is not None)


def test_groups_too_small_for_a_ratio_and_withheld_ones_have_none() -> None:
    few = inclusion("sex", steps(male=[200] * 6, female=[4] * 6), SENTENCED, 10)
    women = [r for r in few if r.level == "female"]
    assert all(r.p is None and r.why_not == "too few people: fewer than 10" for r in women)
    gone = inclusion("sex", steps(male=[200] * 6, female=[None] * 6), SENTENCED, 10)
    assert {r.why_not for r in gone} == {"withheld: too few people"}


def test_passage_compares_with_everyone_else_from_one_step_to_the_next() -> None:
    counts = steps(male=[400, 400, 200, 100, 50, 25], female=[100, 100, 100, 50, 25, 12])
    held = {(r.level, r.step): r for r in passage("sex", counts, ("male", "female"), 10)}
    assert held["female", "imposed"].ratio == pytest.approx(2.0)
    assert held["male", "imposed"].ratio == pytest.approx(0.5)
    assert held["female", "mapped"].ratio == pytest.approx(1.0)


def test_the_papers_own_groups_are_combined_and_their_definition_printed() -> None:
    counts = steps(**{"18-20": [10] * 6, "21-24": [20] * 6, "25-29": [40] * 6})
    assert combined_groups("age", counts, Terms())["eligible"] == {ALL: 70, "young adult": 30}
    assert combined_groups("age", counts, Terms(young_adult_to=20))["eligible"]["young adult"] == 10
    assert (
        combined_groups("race", steps(White=[9] * 6, Black=[4] * 6, Mixed=[None] * 6), Terms())["mapped"]["BAME"]
        is None
    )
    assert any("18 to 24" in line for line in Terms().words())
    with pytest.raises(BadEntry, match="would split an age band"):
        combined_groups("age", counts, Terms(young_adult_to=22))


@pytest.mark.slow
def test_holm_keeps_chance_from_standing_out() -> None:
    """No group differs; of 15 reviews with a dozen comparisons each three have one that would stand out by itself."""
    made, false, uncorrected = random.Random(7), 0, 0
    for _ in range(15):
        men = [sum(made.random() < 0.9 for _ in range(600)) for _ in STEPS]
        found = inclusion("sex", steps(male=[*men], female=[600 - n for n in men]), SENTENCED, 10)
        uncorrected += any(r.p is not None and r.p < 0.05 for r in found)
        false += any(r.stands_out for r in holm_corrected(found))
    assert (false, uncorrected) == (0, 3)


def test_bands() -> None:
    assert [age_band(n) for n in (17, 18, 20, 21, 49, 50, None)] == [
        "under 18", "18-20", "18-20", "21-24", "40-49", "50 and over", "not recorded",
    ]  # fmt: skip
    assert set(AGE_BANDS) >= {age_band(n) for n in range(18, 99)}
    assert [ethnicity_group(c) for c in ("W3", "B9", "NS", None)] == ["White", "Black", "not stated", "not stated"]
    assert bcu_level("Lambeth", date(2019, 3, 1)) == bcu_level("Southwark", None) == "Central South"
    assert bcu_level("outside London", date(2019, 3, 1)) == "outside London"
    assert bcu_level("City of London", date(2019, 3, 1)) == "City of London"
    assert [offence_group(c, date(2019, 3, 1)) for c in ("00826", "03440", "00501", "09999", None)] == [
        "possession of a weapon", "robbery", "violence", "other", "not recorded",
    ]  # fmt: skip
    assert [ogrs_band(n) for n in (4_999, 5_000, 7_500, 9_000, None)] == [
        "low, under 50", "medium, 50 to 74", "high, 75 to 89", "very high, 90 and over", "not recorded",
    ]  # fmt: skip


def _reviewed(n: int, made: random.Random) -> list[Reviewed]:
    out = []
    for person in range(n):
        p = made.random()
        confirmed = None if made.random() < 0.2 else made.random() < p
        out.append(Reviewed(date(2019, 9, 1), made.random() * 500, p, p * 50, confirmed, bool(confirmed), None, person))
    return out


def test_a_p_present_that_is_borne_out_is_seen_to_be() -> None:
    found = quality(_reviewed(4000, random.Random(2)), 10)
    told = [share for share in found.by_p_present if share.share is not None]
    assert len(told) >= 5
    for share in told:
        assert share.predicted == pytest.approx(share.share, abs=0.06)
        assert share.low is not None
        assert share.low <= share.share <= (share.high or 0)
    assert found.brier == pytest.approx(1 / 6, abs=0.02)
    assert [s.name for s in found.by_e_value] == ["0 to 1", "1 to 3", "3 to 10", "10 to 30", "30 to 100"]


def test_bands_of_few_matches_are_withheld() -> None:
    found = quality(_reviewed(30, random.Random(2)), 10)
    for held in (found.by_strength, found.by_p_present, found.by_e_value, found.by_month):
        for share in held:
            assert share.matches is None or share.matches >= 10
            assert share.confirmed is None or share.confirmed == 0 or share.confirmed >= 10
    assert quality([], 10).brier is None


def test_many_matches_of_few_people_are_withheld() -> None:
    """Of twelve people one has all the matches that were confirmed, another all of a band."""
    some = [Reviewed(date(2019, 9, 1), 5.0, 0.4, 2.0, False, False, None, person) for person in range(12)]
    one = [Reviewed(date(2019, 9, 1), 5.0, 0.4, 2.0, True, True, True, 0) for _ in range(30)]
    other = [Reviewed(date(2019, 9, 1), 50.0, 0.8, 20.0, True, True, True, 1) for _ in range(30)]
    of_people = lambda _, mine: len({match.person for match in mine}) >= 10  # noqa: E731
    [band] = quality([*some, *one], 10, of_people).by_strength
    assert (band.matches, band.decided, band.confirmed, band.released, band.upheld) == (42, None, None, None, None)
    found = quality([*some, *one, *other], 10, of_people)
    assert found.by_strength == ()
    assert found.total.matches is None


def test_wilson_s_interval_is_the_textbook_s() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_a_comparison_that_cannot_differ_does_not_weaken_the_others() -> None:
    counts = steps(male=[200, 120, 120, 90, 60, 40], female=[100, 80, 80, 60, 40, 20])
    ratios = passage("sex", counts, ["male", "female"], 10)
    everyone = [r for r in ratios if r.step == "imposed"]
    assert {r.why_not for r in everyone} == {"cannot differ: everyone passed this step"}
    able = holm_corrected(ratios)
    alone = holm_corrected([r for r in ratios if r.step != "imposed"])
    assert [r.p_holm for r in able if r.p is not None] == [r.p_holm for r in alone]
    # A step of which a count is withheld is not known to be the same.
    hidden = steps(male=[900, None, None, 900, 900, 900], female=[100] * 6)
    found = inclusion("sex", hidden, SENTENCED, 10)
    hidden_words = "withheld: too few people"
    assert [r.why_not for r in found if r.level == "female"][:3] == [None, hidden_words, hidden_words]
