"""What someone would see of the accuracy that a file states: nought, dilutions, columns called precision."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from geo.errors import BadMapping
from matcher.errors import BadInput
from matcher.ingest.fixes import FixImportReport, import_fixes
from matcher.store.fixes import FixStore

NOW = datetime(2019, 6, 20, 12, tzinfo=UTC)


def imported(folder: Path, titles: str, *values: str, **how: Any) -> tuple[FixImportReport, list[int | None]]:
    """The report, and the accuracies stored, in mm, of a file with these columns besides device, time and place."""
    rows = [f"A,2019-06-15T12:{n:02}:00Z,530000,180000,{value}" for n, value in enumerate(values)]
    path = folder / "fixes.csv"
    path.write_text("\n".join([f"device_id,t,easting,northing,{titles}", *rows]) + "\n")
    store = FixStore.open(folder / "store")
    report = import_fixes(store, path, rejects_dir=folder, now=NOW, **how)
    day = NOW.date().replace(day=15)
    return report, store.read(day, day)["accuracy_mm"].to_list()


def test_an_accuracy_of_nought_is_not_known_and_counted(tmp_path: Path) -> None:
    report, accuracies = imported(tmp_path, "accuracy", "0", "8.5", "", "0.0", "0.0004")
    assert accuracies == [None, 8_500, None, None, None]
    assert report.zero_accuracies == 3


def test_a_row_that_is_rejected_is_not_counted_among_those_that_state_nought(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, "accuracy,speed", "0,5", "0,fast")
    assert (report.rejected, report.zero_accuracies) == (1, 1)


@pytest.mark.parametrize("title", ["hdop", "HDOP", "pdop", "dop", "gps_hdop", "vdop"])
def test_a_dilution_of_precision_is_no_accuracy_and_that_is_said(tmp_path: Path, title: str) -> None:
    report, accuracies = imported(tmp_path, title, "1.2", "0.9")
    assert accuracies == [None, None]
    (said,) = [w for w in report.warnings if "dilution" in w]
    assert said.startswith(f"{title} was not read")
    assert "--metres-per-dop" in said


def test_a_dilution_of_precision_beside_an_accuracy_is_nothing_to_say(tmp_path: Path) -> None:
    report, accuracies = imported(tmp_path, "hdop,accuracy", "1.2,8")
    assert accuracies == [8_000]
    assert report.warnings == ()


def test_a_dilution_of_precision_is_taken_with_the_metres_that_were_declared(tmp_path: Path) -> None:
    report, accuracies = imported(tmp_path, "hdop", "1.2", "0", "", "20", metres_per_dop=5.0)
    assert accuracies == [6_000, None, None, 100_000]
    assert (report.columns["dop"], report.metres_per_dop, report.zero_accuracies) == ("hdop", 5.0, 1)


def test_a_stated_accuracy_comes_before_a_dilution_of_precision(tmp_path: Path) -> None:
    _, accuracies = imported(tmp_path, "hdop,accuracy", "1.2,8", "1.2,", "1.2,0", metres_per_dop=5.0)
    assert accuracies == [8_000, 6_000, 6_000]


def test_a_negative_dilution_is_a_fault(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, "hdop", "-1", "1", metres_per_dop=5.0)
    assert report.by_rule == {"NEGATIVE_ACCURACY": 1}


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"mapping": {"accuracy_m": "hdop"}}, "hdop is a dilution of precision, which is no accuracy"),
        ({"mapping": {"dop": "hdop"}}, "only where it is declared how many metres"),
        ({"metres_per_dop": 0.0}, "Give a number over 0"),
        ({"mapping": {"dop": None}, "metres_per_dop": 5.0}, "has no column dop"),
    ],
)
def test_a_dilution_that_cannot_be_metres_is_refused(tmp_path: Path, how: dict[str, Any], said: str) -> None:
    with pytest.raises(BadMapping, match=said):
        imported(tmp_path, "hdop", "1.2", **how)


def test_a_column_called_precision_is_metres_only_where_the_mapping_says_so(tmp_path: Path) -> None:
    report, accuracies = imported(tmp_path, "precision", "8", "9")
    assert accuracies == [None, None]
    assert any(w.startswith("precision was not read: it may be a radius in metres or a dil") for w in report.warnings)


def test_a_column_called_precision_that_is_metres(tmp_path: Path) -> None:
    report, accuracies = imported(tmp_path, "precision", "8", "9", mapping={"accuracy_m": "precision"})
    assert (accuracies, report.warnings) == ([8_000, 9_000], ())


def test_a_column_called_precision_that_holds_dilutions(tmp_path: Path) -> None:
    _, accuracies = imported(tmp_path, "precision", "1.2", "2", mapping={"dop": "precision"}, metres_per_dop=5.0)
    assert accuracies == [6_000, 10_000]


def test_accuracies_as_small_as_dilutions_are_warned_of(tmp_path: Path) -> None:
    report, accuracies = imported(tmp_path, "accuracy", "0.9", "1.1", "1.4", "12", "")
    assert accuracies == [900, 1_100, 1_400, 12_000, None]
    assert any(w.startswith("3 of the 4 accuracies stated are under 2 m") for w in report.warnings)


def levels(folder: Path) -> list[tuple[int | None, int]]:
    day = NOW.date().replace(day=15)
    return FixStore.open(folder / "store").read(day, day).select("accuracy_mm", "accuracy_level").rows()


def test_an_import_says_at_which_level_it_took_the_accuracies(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, "accuracy", "8", "", "0", accuracy_level=95)
    assert levels(tmp_path) == [(8_000, 95), (None, 0), (None, 0)]
    assert report.by_level == {95: 1}


def test_without_a_level_none_is_declared(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, "accuracy", "8", "9")
    assert levels(tmp_path) == [(8_000, 0), (9_000, 0)]
    assert report.by_level == {0: 2}


def test_rows_may_declare_their_own_level(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, "accuracy,accuracy_level", "8,68", "8,90%", "8,", "8,95.0", accuracy_level=90)
    assert levels(tmp_path) == [(8_000, 68), (8_000, 90), (8_000, 90), (8_000, 95)]
    assert report.by_level == {68: 1, 90: 2, 95: 1}


def test_another_level_is_a_fault(tmp_path: Path) -> None:
    report, _ = imported(tmp_path, "accuracy,accuracy_level", "8,50", "8,95")
    assert report.by_rule == {"UNKNOWN_LEVEL": 1}
    with pytest.raises(BadInput, match="give 68, 90 or 95"):
        imported(tmp_path, "accuracy", "8", accuracy_level=50)


def test_the_mapping_may_give_every_row_a_level(tmp_path: Path) -> None:
    imported(tmp_path, "accuracy", "8", mapping={"accuracy_level": "=95"})
    assert levels(tmp_path) == [(8_000, 95)]


@pytest.mark.parametrize("order", [(0, 95), (95, 0)])
def test_the_same_file_again_with_a_level_is_taken_at_that_level(tmp_path: Path, order: tuple[int, int]) -> None:
    for level in order:
        imported(tmp_path, "accuracy", "8", accuracy_level=level)
    assert levels(tmp_path) == [(8_000, 95)]


def test_degrees_outside_the_window_are_five_metres_worse_at_any_level(tmp_path: Path) -> None:
    path = tmp_path / "fixes.csv"
    path.write_text("device_id,t,lat,lon,accuracy\nA,2019-06-15T12:00:00Z,53.44451,-2.925173,12\n")
    import_fixes(FixStore.open(tmp_path / "store"), path, rejects_dir=tmp_path, now=NOW, accuracy_level=95)
    # 5 m at 68 % are 8.107 m at 95 %.
    assert levels(tmp_path) == [(14_482, 95)]
