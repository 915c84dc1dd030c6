"""What is said of a candidate is said by visit: a stay at the edge and a drive past are never put together."""

from datetime import timedelta

import pytest

from api.schemas.matching.candidates import Candidate, CandidateDetail
from api.views.matching.candidates import candidate_in_words
from api.views.matching.run import candidate_table
from tests.support.by_visit import MINUTE, NOON, told_by_visit


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[CandidateDetail, Candidate]:
    return told_by_visit(tmp_path_factory.mktemp("by_visit"))


def test_a_stay_at_the_edge_and_a_drive_past_are_two_visits(told: tuple[CandidateDetail, Candidate]) -> None:
    stay, drive = told[0].visits
    assert (stay.visit, stay.fixes, stay.fixes_at_edge, stay.closest_m) == ("A", 12, 12, 96.0)
    assert 22 * MINUTE <= stay.last_at - stay.first_at < 22 * MINUTE + timedelta(seconds=1)
    assert (drive.visit, drive.fixes, drive.closest_m) == ("B", 0, 4.0)
    assert drive.dwell_s == pytest.approx(10, abs=0.1)
    assert drive.speed_kmh == pytest.approx(72)
    assert drive.closest_at == NOON + 33.5 * MINUTE


def test_the_sentence_of_a_candidate_gives_each_visit_its_own_figures(told: tuple[CandidateDetail, Candidate]) -> None:
    words = told[0].candidate.in_words
    assert words.startswith(
        "visit A: fix inside, 13:00 to 13:22, inside for 7 min 20 s, closest 96 m; "
        "visit B: path crosses, 13:33, inside for 10 s, closest 4 m; "
    )
    assert told[1].in_words == words
    assert told[1].by_visit == told[0].visits


def test_fixes_are_lettered_by_visit(told: tuple[CandidateDetail, Candidate]) -> None:
    labels = [fix.label for fix in told[0].fixes if fix.label is not None]
    assert labels == [f"A{number}" for number in range(1, 13)]
    assert {fix.device_id for fix in told[0].fixes if fix.label is None} == {"TAG", "SPARE"}


def test_what_speaks_against_it_is_one_list_that_names_the_visit(told: tuple[CandidateDetail, Candidate]) -> None:
    found = {point.code: point for point in told[0].speaks_against}
    assert found["edge"].sentence == (
        "All 12 fixes of visit A may have been outside the circle of 100 m: the stated error reaches its edge, and the "
        "visit came no closer than 96 m."
    )
    assert found["drive_past"].sentence == (
        "Visit B was passing through at 72 km/h, inside for 10 s with no fix inside."
    )
    assert found["second_device"].sentence == (
        "The wearer also had device SPARE: none of its 50 fixes in the window is inside the circle, the nearest is "
        "600 m away."
    )
    assert "gaps" not in found
    lines = candidate_in_words(told[0])
    assert "What speaks against it" in lines
    assert "  - Visit B was passing through at 72 km/h, inside for 10 s with no fix inside." in lines


def test_a_row_of_a_table_is_of_one_visit(told: tuple[CandidateDetail, Candidate]) -> None:
    row = candidate_table([told[1]]).splitlines()[1]
    assert "B of 2" in row
    assert " 4.0 m" in row
    assert "10 s" in row
    assert "7 min" not in row
