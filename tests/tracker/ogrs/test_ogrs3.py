"""OGRS3 against worked examples that others published, and what it refuses."""

from dataclasses import replace
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


AGES = {
    18: (-0.6251, -0.8975), 20: (-0.6251, -0.8975), 21: (-1.0515, -1.0285), 24: (-1.0515, -1.0285),
    25: (-1.1667, -1.0528), 29: (-1.1667, -1.0528), 30: (-1.3260, -1.1291), 34: (-1.3260, -1.1291),
    35: (-1.3680, -1.4219), 39: (-1.3680, -1.4219), 40: (-1.4997, -1.5247), 49: (-1.4997, -1.5247),
    50: (-2.0253, -2.4498), 80: (-2.0253, -2.4498),
}  # fmt: skip
"""Weights of men and women at the first and last age of each band, as the Ministry's own service has them."""
OFFENCES = {
    "violence": 0.0, "robbery": -0.6348, "public order": 0.1819, "sexual, not against a child": 0.0328,
    "sexual, against a child": -0.6534, "soliciting or prostitution": 0.7606, "burglary, domestic": -0.1239,
    "burglary, other": 0.2406, "theft, not of or from a vehicle": 0.6612, "handling stolen goods": 0.3519,
    "fraud and forgery": 0.1599, "absconding or bail offences": 0.7334, "taking and driving away": 0.3801,
    "theft from a vehicle": 0.4272, "other motoring offences": 0.2622, "drink driving": -0.1214,
    "criminal damage": 0.205, "drug import, export, production": -0.7956, "drug possession or supply": 0.0772,
    "other": -0.0607,
}  # fmt: skip
"""The weight of each offence group, likewise."""


@pytest.mark.parametrize("male", [True, False])
def test_each_band_of_ages_has_its_published_weight_from_its_first_day_to_its_last(male: bool) -> None:
    for age, weights in AGES.items():
        birthday = date(2021, 12, 12).replace(year=2021 - age)
        terms = dict(ogrs3(replace(SHOPLIFTER, male=male, born=birthday, age_at_first_sanction=17)).terms)
        assert terms["age and sex"] == weights[0 if male else 1], age


def test_each_offence_group_has_its_published_weight() -> None:
    assert {
        group.value: dict(ogrs3(replace(SHOPLIFTER, offence=group)).terms)["offence"] for group in OffenceGroup
    } == (OFFENCES)
