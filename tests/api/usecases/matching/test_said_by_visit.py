"""What is said of a candidate is said by visit: a stay at the edge and a drive past are never put together."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from api.schemas.matching.candidates import Candidate, CandidateDetail, candidates_of, detail_of
from api.views.matching.candidates import candidate_in_words
from api.views.matching.run import candidate_table
from matcher import EVERYONE, Params
from matcher.runs.run import run
from matcher.schemas import ASSIGNMENTS, CRIMES, STORED_FIXES
from matcher.store.fixes import FixStore
from matcher.views.detail import detail

NOON = datetime(2019, 9, 10, 12, tzinfo=UTC)
EAST, NORTH = 530_000_000, 180_000_000
MINUTE = timedelta(minutes=1)


def fixes() -> list[tuple[str, int, float, float]]:
    """Device, minute, metres east and north of the scene. TAG stood 96 to 108 m away for 23 minutes, went 600 m off,
    and then drove past at 4 m; SPARE lay 600 m off throughout."""
    stood = [("TAG", minute, 0.0, 96.0 if minute % 2 == 0 else 108.0) for minute in range(23)]
    away = [("TAG", minute, 0.0, 600.0) for minute in range(23, 31)]
    away += [("TAG", minute, -600.0, 4.0) for minute in range(31, 34)]
    drove = [("TAG", 34, 600.0, 4.0), *[("TAG", minute, 900.0, 4.0) for minute in range(35, 60)]]
    return [*stood, *away, *drove, *[("SPARE", minute, 0.0, 600.0) for minute in range(50)]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[CandidateDetail, Candidate]:
    root: Path = tmp_path_factory.mktemp("by_visit")
    store = FixStore.open(root / "fixes")
    rows = [
        {
            **dict.fromkeys(STORED_FIXES),
            "device_id": device,
            "t": NOON + minute * MINUTE,
            "mechanism": "gnss",
            "x_mm": EAST + round(east * 1000),
            "y_mm": NORTH + round(north * 1000),
            "accuracy_mm": 5_000,
            "outside_window": False,
        }
        for device, minute, east, north in fixes()
    ]
    store.append([pl.DataFrame(rows, schema=STORED_FIXES)])
    worn = [(device, "W1", NOON - timedelta(days=1), None) for device in ("TAG", "SPARE")]
    crime = ("Met", "1/19", 1, "RB", NOON, NOON + 50 * MINUTE, EAST / 1000, NORTH / 1000, 0.0)
    folder = run(
        store,
        pl.DataFrame([crime], schema=CRIMES, orient="row"),
        assignments=pl.DataFrame(worn, schema=ASSIGNMENTS, orient="row"),
        monitored=EVERYONE,
        eligible=EVERYONE,
        params=Params(reference_days=0),
        runs_dir=root / "runs",
    )
    (row,) = candidates_of(folder.run_id, folder.candidates().collect(), folder.visits().collect())
    return detail_of(folder.run_id, detail(folder, store, "Met", "1/19", "W1"), {}), row


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
