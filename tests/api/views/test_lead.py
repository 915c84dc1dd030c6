"""The sentence over a match is made from its visits, each with figures of its own; the list against it, by rule."""

import msgspec
import pytest

from api.schemas.matching.review import MatchDetail
from api.views.matching.lead import lead, speaks_against
from tests.support.by_visit import as_match, told_by_visit


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    return told_by_visit(tmp_path_factory.mktemp("lead"))[0]


def changed(match: MatchDetail, **changes: object) -> MatchDetail:
    """With other figures of its first visit."""
    assert match.evidence is not None
    first, *rest = match.evidence.visits
    visits = [msgspec.structs.replace(first, **changes), *rest]
    return msgspec.structs.replace(match, evidence=msgspec.structs.replace(match.evidence, visits=visits))


def test_a_stay_at_the_edge_and_a_drive_past_are_told_apart(evidence) -> None:  # type: ignore[no-untyped-def]
    assert lead(as_match(evidence, reference_days=28, reference_hits=0, note=None)) == (
        "Stood 96 to 108 m away for 22 min, at the edge; then passed 4 m away at car speed (72 km/h) at 13:33. On none "
        "of 28 other days at this hour."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speed_kmh": 4.0, "fixes_at_edge": 3}, "Moved about 96 to 108 m away for 22 min; then"),
        ({"fixes": 0, "speed_kmh": 5.0}, "Passed 96 m away at 5 km/h at 13:00, with no position inside; then"),
        (
            {"fixes": 1, "fixes_at_edge": 0, "speed_kmh": 30.0},
            "Passed 96 m away at car speed (30 km/h) at 13:00, with one position; then",
        ),
        (
            {"fixes": 1, "fixes_at_edge": 1, "speed_kmh": 30.0},
            "Passed 96 m away at car speed (30 km/h) at 13:00, with one position, at the edge; then",
        ),
        ({"fixes": 40, "speed_kmh": 30.0, "fixes_at_edge": 0}, "Moved about 96 to 108 m away for 22 min; then"),
        ({"fixes": 0, "speed_kmh": None, "closest_m": None}, "Passed at 13:00, with no position inside; then"),
    ],
)
def test_a_visit_is_told_by_what_was_seen_of_it(evidence, changes, words) -> None:  # type: ignore[no-untyped-def]
    assert lead(changed(as_match(evidence), **changes)).startswith(words)


def test_one_position_is_told_as_one(evidence) -> None:  # type: ignore[no-untyped-def]
    match = as_match(evidence)
    first = match.evidence.visits[0]  # type: ignore[union-attr]
    told = changed(match, last_at=first.first_at, fixes=1, fixes_at_edge=0)
    assert lead(told).startswith("Was 96 m away at 13:00, by one position; then")


def test_more_visits_than_are_named_are_counted(evidence) -> None:  # type: ignore[no-untyped-def]
    match = as_match(evidence)
    many = msgspec.structs.replace(match, evidence=msgspec.structs.replace(evidence, visits=[evidence.visits[0]] * 5))
    assert "; then 2 more visits. " in lead(many)


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"reference_days": 28, "reference_hits": 5, "note": None}, "On 5 of 28 other days at this hour too."),
        ({"reference_days": 0, "reference_hits": 0, "note": None}, "Other days could not be compared."),
        (
            {"reference_days": 28, "reference_hits": 0, "note": "crime_day_not_covered"},
            "Other days could not be compared.",
        ),
    ],
)
def test_other_days_are_said_last(evidence, figures, words) -> None:  # type: ignore[no-untyped-def]
    assert lead(as_match(evidence, p_present=0.9, **figures)).endswith(words)


def test_one_who_was_probably_not_inside_is_said_to_be_so(evidence) -> None:  # type: ignore[no-untyped-def]
    assert lead(as_match(evidence, p_present=0.31)).endswith(
        "Probably not inside: the probability of presence is 0.31."
    )


def test_a_match_without_its_positions_says_so(evidence) -> None:  # type: ignore[no-untyped-def]
    gone = msgspec.structs.replace(as_match(evidence), evidence=None)
    assert lead(gone).startswith("The positions are no longer kept. ")
    assert [point.code for point in speaks_against(gone)] == ["chance_not_known"]


def test_what_speaks_against_it_is_one_list(evidence) -> None:  # type: ignore[no-untyped-def]
    crime = msgspec.structs.replace(evidence.crime, location_accuracy_m=80.0)
    told = as_match(
        msgspec.structs.replace(evidence, crime=crime),
        others=2,
        q_value=0.75,
        reference_days=28,
        reference_hits=20,
    )
    said = {point.code: point.sentence for point in speaks_against(told)}
    assert said["chance"] == "Of all leads as strong as this one, about 75% come by chance."
    assert said["coarse_place"] == "The crime's place is known to 80 m only, and the circle is 100 m."
    assert said["home"].startswith("The wearer is here at this hour on most days (20 of 28)")
    assert said["others_match"] == "2 other wearers match this crime too."
    assert said["edge"].startswith("All 12 fixes of visit A may have been outside")
    assert said["drive_past"].startswith("Visit B was passing through at 72 km/h")
    # What the JSON lists is all there, but for what `home` says better.
    assert {point.code for point in evidence.speaks_against} - {"other_days"} <= set(said)


def test_what_does_not_hold_is_not_said(evidence) -> None:  # type: ignore[no-untyped-def]
    said = {point.code for point in speaks_against(as_match(evidence, reference_days=28, reference_hits=14))}
    assert not said & {"home", "coarse_place", "others_match", "chance"}
