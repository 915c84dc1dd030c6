"""What a reviewer of one run has to look at again after the next."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from matcher.runs.difference import DIFFERENCE, counts, difference, write_difference
from matcher.runs.folder import MANIFEST, RunFolder
from matcher.schemas import CANDIDATES

NOON = datetime(2019, 9, 1, 12, tzinfo=UTC)


def row(ref: str, wearer: str, version: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "force": "met",
        "crime_ref": ref,
        "version": version,
        "wearer_id": wearer,
        "verdict": "present",
        "fixes_within": 3,
        "first_at": NOON,
        "last_at": NOON + timedelta(minutes=3),
        "closest_m": 12.5,
        "closest_at": NOON,
        "dwell_s": 180.0,
        "coverage": 1.0,
        "visits": 1,
        **changes,
    }


def folder(path: Path, *rows: dict[str, Any]) -> RunFolder:
    path.mkdir()
    frame = pl.DataFrame([{name: row.get(name) for name in CANDIDATES} for row in rows], schema=CANDIDATES)
    frame.write_parquet(path / "candidates.parquet")
    (path / MANIFEST).write_text(json.dumps({"run_id": path.name}))
    return RunFolder.open(path)


def told(tmp_path: Path, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    rows = difference(folder(tmp_path / "before", *before), folder(tmp_path / "after", *after))
    assert dict(rows.schema) == DIFFERENCE
    return rows.select("crime_ref", "wearer_id", "change", "version_before", "version", "differs").rows()


def test_the_same_candidates_are_no_difference(tmp_path: Path) -> None:
    assert told(tmp_path, [row("a", "w1"), row("b", "w2")], [row("a", "w1"), row("b", "w2")]) == []


def test_added_and_withdrawn_candidates_are_listed(tmp_path: Path) -> None:
    assert told(tmp_path, [row("a", "w1"), row("b", "w1")], [row("b", "w1"), row("b", "w2")]) == [
        ("a", "w1", "withdrawn", 1, None, None),
        ("b", "w2", "added", None, 1, None),
    ]


def test_a_change_of_e_or_q_alone_is_not_a_difference(tmp_path: Path) -> None:
    worth = {"p_present": 0.5, "e_value": 57.0, "q_value": 0.1, "reference_days": 56, "note": None}
    drifted = {"p_present": 0.5, "e_value": 29.0, "q_value": 0.3, "reference_days": 55, "note": "few_reference_days"}
    assert told(tmp_path, [row("a", "w1", **worth)], [row("a", "w1", **drifted)]) == []


def test_a_p_that_a_late_fix_moved_is_a_difference(tmp_path: Path) -> None:
    before = [row("a", "w1", p_present=0.5), row("b", "w1", p_present=0.5)]
    after = [row("a", "w1", p_present=0.500001), row("b", "w1", p_present=None)]
    assert told(tmp_path, before, after) == [
        ("a", "w1", "changed", 1, 1, "p_present"),
        ("b", "w1", "changed", 1, 1, "p_present"),
    ]


def test_late_fixes_that_change_the_evidence_are_listed(tmp_path: Path) -> None:
    after = [row("a", "w1", fixes_within=4, dwell_s=200.0), row("b", "w1", verdict="passed", fixes_within=0)]
    assert told(tmp_path, [row("a", "w1"), row("b", "w1")], after) == [
        ("a", "w1", "changed", 1, 1, "fixes_within, dwell_s"),
        ("b", "w1", "changed", 1, 1, "verdict, fixes_within"),
    ]


def test_a_run_of_the_algorithm_before_is_compared_by_the_columns_it_has(tmp_path: Path) -> None:
    before = folder(tmp_path / "before", row("a", "w1"), row("b", "w1"), row("c", "w1"))
    then = pl.read_parquet(before.path / "candidates.parquet").drop("device_id", "at_event", "usually")
    then.write_parquet(before.path / "candidates.parquet")
    (before.path / MANIFEST).write_text(json.dumps({"run_id": "before", "algorithm": "2"}))
    now = [row("a", "w1", device_id="D1"), row("b", "w1", device_id="D1", verdict="passed"), row("c", "w2")]
    after = folder(tmp_path / "after", *now)
    rows = difference(RunFolder.open(before.path), after)
    assert dict(rows.schema) == DIFFERENCE
    assert rows.select("crime_ref", "wearer_id", "change", "verdict_before", "verdict", "differs").rows() == [
        ("b", "w1", "changed", "present", "passed", "verdict"),
        ("c", "w1", "withdrawn", "present", None, None),
        ("c", "w2", "added", None, "present", None),
    ]
    assert counts(difference(after, before)) == {"added": 1, "withdrawn": 1, "changed": 1}


def test_an_amended_crime_changes_its_candidates_rather_than_losing_them(tmp_path: Path) -> None:
    after = [row("a", "w1", version=2), row("a", "w3", version=2, visits=2)]
    assert told(tmp_path, [row("a", "w1"), row("a", "w2"), row("a", "w3")], after) == [
        ("a", "w1", "changed", 1, 2, "version"),
        ("a", "w2", "withdrawn", 1, None, None),
        ("a", "w3", "changed", 1, 2, "version, visits"),
    ]


def test_several_versions_are_listed_separately(tmp_path: Path) -> None:
    before = [row("a", "w1", version=1), row("a", "w1", version=2)]
    after = [row("a", "w1", version=2, dwell_s=1.0), row("a", "w1", version=3), row("a", "w1", version=4)]
    assert told(tmp_path, before, after) == [
        ("a", "w1", "changed", 2, 2, "dwell_s"),
        ("a", "w1", "added", None, 3, None),
        ("a", "w1", "added", None, 4, None),
        ("a", "w1", "withdrawn", 1, None, None),
    ]


def test_a_difference_is_stored_under_the_earlier_runs_name(tmp_path: Path) -> None:
    before, after = folder(tmp_path / "before", row("a", "w1")), folder(tmp_path / "after", row("a", "w2"))
    path = write_difference(before, after)
    assert path == after.path / "difference" / "before.parquet"
    assert counts(pl.read_parquet(path)) == {"added": 1, "withdrawn": 1, "changed": 0}
