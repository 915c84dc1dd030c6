"""OGRS3 against worked examples that others published, and what it refuses."""

from datetime import date
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadEntry
from tracker.ogrs.ogrs3 import INTERCEPT, OffenceGroup, Ogrs3Inputs, ogrs3

SHOPLIFTER = Ogrs3Inputs(
    male=True,
    born=date(1991, 7, 17),
    convicted_on=date(2021, 8, 5),
    in_community_on=date(2021, 12, 12),
    sanctions=2,
    age_at_first_sanction=21,
    offence=OffenceGroup.OTHER,
)


def test_the_ministrys_worked_example_comes_out_term_by_term() -> None:
    score = ogrs3(SHOPLIFTER)
    assert dict(score.terms) == pytest.approx(
        {"age and sex": -1.326, "status": 0.46306, "copas": -2.81664, "offence": -0.0607}, abs=5e-6
    )
    assert (round(score.one_year_pct), round(score.two_year_pct)) == (9, 17)


def test_the_published_total_gives_the_published_probabilities() -> None:
    one, two = (1 / (1 + exp(-(INTERCEPT[years] - 2.776835807))) for years in (1, 2))
    assert (one, two) == pytest.approx((0.20193, 0.34183), abs=5e-6)


def test_a_knife_case_is_over_fifty_on_the_two_year_score_only() -> None:
    score = ogrs3(
        Ogrs3Inputs(
            male=True,
            born=date(1997, 1, 1),
            convicted_on=date(2018, 6, 1),
            in_community_on=date(2019, 6, 1),
            sanctions=6,
            age_at_first_sanction=14,
            offence=OffenceGroup.VIOLENCE,
        )
    )
    assert round(score.one_year_pct, 1) == 38.0
    assert round(score.two_year_pct, 1) == 55.7


def _with(**other: object) -> Ogrs3Inputs:
    fields = {name: getattr(SHOPLIFTER, name) for name in Ogrs3Inputs.__slots__}
    return Ogrs3Inputs(**{**fields, **other})


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"born": date(2015, 1, 1), "in_community_on": date(2034, 1, 1)}, "the youngest age of conviction is 10"),
        ({"in_community_on": date(2021, 8, 4)}, "before the conviction on 2021-08-05"),
        ({"born": date(2004, 1, 1), "age_at_first_sanction": 12}, "Aged 17 when in the community"),
        ({"sanctions": 0}, "0 sanctions"),
        ({"age_at_first_sanction": 9}, "First sanctioned at the age of 9"),
        ({"age_at_first_sanction": 31}, "after this conviction at 30"),
        ({"sanctions": 1}, "1 sanction in all"),
    ],
)
def test_impossible_inputs_are_refused_by_name(other: dict[str, object], said: str) -> None:
    with pytest.raises(BadEntry, match=said):
        _with(**other)


def test_every_fault_of_the_inputs_is_reported_at_once() -> None:
    with pytest.raises(BadEntry, match=r"sanctions.*\. First sanctioned at the age of 9"):
        _with(sanctions=0, age_at_first_sanction=9)


@given(
    st.integers(1, 60),
    st.integers(10, 30),
    st.sampled_from(OffenceGroup),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(1989, 1, 1)),
)
def test_more_sanctions_never_lower_the_score_and_two_years_exceed_one(
    sanctions: int, first: int, offence: OffenceGroup, male: bool, born: date
) -> None:
    fewer, more = (
        ogrs3(_with(sanctions=n, age_at_first_sanction=first, offence=offence, male=male, born=born))
        for n in (sanctions + 1, sanctions + 2)
    )
    assert 0 < fewer.one_year_pct < fewer.two_year_pct < 100
    assert more.two_year_pct > fewer.two_year_pct
