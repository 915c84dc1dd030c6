"""A file of the levels at which devices state their accuracy, as `tagpilot match --accuracy-levels` reads it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.errors import BadIntervals
from api.usecases.matching.accuracy_level_files import read_accuracy_levels
from api.wording.imports import accuracy_levels

HEADER = "device_id,from,to,accuracy_level\n"


def test_a_level_may_have_dates_and_open_ends(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    path.write_text(f"{HEADER}D1,,2019-09-01,95\nD1,2019-09-01T00:00:00+01:00,,90\n")
    turn = datetime(2019, 8, 31, 23, tzinfo=UTC)
    assert read_accuracy_levels(path).rows() == [("D1", None, turn, 95), ("D1", turn, None, 90)]


def test_one_bad_row_and_none_is_used(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    path.write_text(f"{HEADER}D1,,,95\n,,,90\nD2,soon,,50\n")
    with pytest.raises(BadIntervals) as refused:
        read_accuracy_levels(path)
    said = str(refused.value)
    assert all(rule in said for rule in ("MISSING_DEVICE", "UNKNOWN_LEVEL", "NOT_A_TIME"))


def test_an_import_says_which_level_it_took() -> None:
    assert accuracy_levels({0: 9}) == "accuracy taken as the 68 % radius, as no level was declared"
    assert accuracy_levels({95: 9}) == "accuracy taken as the 95 % radius, as declared"
    both = accuracy_levels({0: 1, 90: 1_200})
    assert both == (
        "accuracy taken as the 68 % radius in 1 row, as no level was declared; as the 90 % radius in 1,200 rows, as "
        "declared"
    )
